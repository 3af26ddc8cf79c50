//! `plimsoll plot`: figures of a run, each with a snippet of Markdown that shows, explains and repeats it.

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll_charts::{Figure, Style};
use plimsoll_core::report::Report;

use crate::args::{PictureForm, PlotArgs, SelectionArgs};
use crate::cluster::read_cluster;
use crate::exit::{Exit, Failure};
use crate::progress::Progress;
use crate::simulate::simulate;
use crate::source::Source;
use crate::{artifact, fault, render, repeat, runs, saved, terminal};

/// Draws what is asked for and prints the snippets. Checks decide nothing here: a figure of a failure
/// is a figure.
pub fn plot(args: &PlotArgs) -> Result<Exit, Failure> {
    let source = Source::read(&args.file)?;
    let (reports, from, worst) = match saved::reports(&source)? {
        Some(reports) => (reports, repeat::From::Report, refuse_selection(&args.selection)?),
        None => {
            let (reports, worst) = simulate_selected(&source, &args.selection)?;
            (reports, repeat::From::Scenario, worst)
        }
    };
    let out = &args.out;
    std::fs::create_dir_all(out).map_err(|error| Failure::io("make the directory", out, &error))?;
    let mut stems = BTreeSet::new();
    let mut between = "";
    for report in &reports {
        let stem = unique(plimsoll_charts::file_stem(report), &mut stems);
        for &figure in &args.figures {
            let command = repeat::plot_command(args, from, report, figure);
            let snippet = draw(report, figure, &format!("{stem}-{}", figure.name()), &command, args)?;
            terminal::print(&format!("{between}{snippet}"))?;
            between = "\n";
        }
    }
    Ok(worst)
}

/// The reports of the runs chosen, without those whose simulation failed, and how that ends the command.
fn simulate_selected(source: &Source, selection: &SelectionArgs) -> Result<(Vec<Report>, Exit), Failure> {
    let cluster = read_cluster(selection, false)?;
    let mut runs = Vec::new();
    let mut worst = Exit::Passed;
    if let Err(failure) = runs::select_in(source, selection, cluster.as_ref(), false, &mut runs) {
        terminal::tell(&failure.to_string());
        worst = failure.exit();
    }
    let results = simulate(&runs, selection.threads, Progress::start(false));
    if results.iter().any(Result::is_err) {
        worst = Exit::Fault;
    }
    Ok((results.into_iter().flatten().collect(), worst))
}

/// A saved report is what it is.
fn refuse_selection(selection: &SelectionArgs) -> Result<Exit, Failure> {
    let chosen = !selection.sets.is_empty()
        || selection.variant.is_some()
        || selection.variants.is_some()
        || selection.seed.is_some()
        || selection.replications.is_some();
    if chosen {
        return Err(Failure::bad_input(
            "a saved report cannot be run differently",
            "give the scenario file instead of the report, or leave out --set, --variant, --seed and --replications",
        ));
    }
    Ok(Exit::Passed)
}

/// Writes one figure and its snippet under `name`; gives the snippet.
fn draw(
    report: &Report,
    figure: Figure,
    name: &str,
    command: &str,
    args: &PlotArgs,
) -> Result<String, Failure> {
    let drawn = fault::contain(
        || format!("figure {} of {name}, seed {}", figure.name(), report.seed),
        || {
            (
                plimsoll_charts::render(report, figure, &Style::default()),
                plimsoll_charts::caption(report, figure),
            )
        },
    );
    let (svg, caption) = drawn.map_err(|_| Failure::Reported(Exit::Fault))?;
    let mut picture = None;
    for &form in &args.formats {
        let (extension, bytes) = match form {
            PictureForm::Svg => ("svg", svg.clone().into_bytes()),
            PictureForm::Png => ("png", render::png::from_svg(&svg)?),
        };
        let file = format!("{name}.{extension}");
        write(&args.out.join(&file), &bytes)?;
        picture.get_or_insert(file);
    }
    let picture = picture.unwrap_or_default();
    let text = plimsoll_charts::snippet(&plimsoll_charts::Snippet {
        report,
        figure,
        picture: &picture,
        caption: &caption,
        command,
    });
    write(&args.out.join(format!("{name}.md")), text.as_bytes())?;
    Ok(text)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    artifact::write(path, bytes)?;
    let shown = path.strip_prefix(".").unwrap_or(path);
    terminal::tell(&format!("wrote {}", shown.display()));
    Ok(())
}

/// `stem`, or `stem-2` where two variants differ only in what file names leave out.
fn unique(stem: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = stem.clone();
    let mut number = 1;
    while !taken.insert(candidate.clone()) {
        number += 1;
        candidate = format!("{stem}-{number}");
    }
    candidate
}
