//! What came out of a sweep: a line for each point, which axis matters, and pictures.

use std::path::Path;

use comfy_table::{Cell, CellAlignment};
use plimsoll_charts::{Style, render_front, render_sweep};
use plimsoll_core::experiment::{PointSummary, Row, Sampling, SweepSummary, sensitivity};
use plimsoll_core::report::{Interval, Verdict, units};

use super::plan::{Plan, told};
use crate::args::{AnswerForm, SweepArgs};
use crate::artifact;
use crate::exit::{Exit, Failure};
use crate::render::table::{self, Column, lines, text};
use crate::terminal;

/// More points than these the file leaves to those who read it.
const SHOWN: usize = 40;
/// More points than these are not kept for pictures and indices.
const MOST_KEPT: u64 = 200_000;
/// The figures of a line: without a hub, what waits are pods.
const FIGURES: [(&str, &[&str]); 4] = [
    ("PEAK PODS", &["peakPodsRunning"]),
    ("NODES", &["peakNodes"]),
    ("LAUNCHED", &["launchSuccessShare"]),
    ("P95 WAIT", &["launchWaitP95Seconds", "podWaitP95Seconds"]),
];
/// What a cluster costs, as far as it is simulated.
const COST: &str = "nodeHours";

/// The points as their rows come by.
pub struct Points<'p> {
    plan: &'p Plan,
    /// The rows of the point that is coming by.
    current: Vec<Row>,
    /// Those that are shown, or all where something is made of all.
    summary: SweepSummary,
    keeps_all: bool,
    counts: [u64; 3],
}

impl<'p> Points<'p> {
    /// No row has come by.
    pub fn new(plan: &'p Plan, args: &SweepArgs) -> Result<Self, Failure> {
        let keeps_all = args.plot.is_some() || args.output == AnswerForm::Json || is_sensitivity(plan);
        if keeps_all && plan.manifest.points > MOST_KEPT {
            return Err(Failure::bad_input(
                format!("pictures, indices and summaries are made of up to {MOST_KEPT} points"),
                "take fewer, or leave out --plot and -o json",
            ));
        }
        let model = plan.sweep.model(0).map_err(|found| told(&found))?;
        let summary = SweepSummary::new(&plan.sweep, &model);
        Ok(Self { plan, current: Vec::new(), summary, keeps_all, counts: [0; 3] })
    }

    /// A row comes by, in the order of the points.
    pub fn see(&mut self, row: &Row) -> Result<(), Failure> {
        self.current.push(row.clone());
        if self.current.len() == self.plan.manifest.replications as usize {
            self.close()?;
        }
        Ok(())
    }

    /// The last row of a point is there: its verdicts over all of them.
    fn close(&mut self) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.current);
        let Some(first) = rows.first() else { return Ok(()) };
        let model = self.plan.sweep.model(first.point).map_err(|found| told(&found))?;
        let point = PointSummary::of(&model, &rows);
        if let Some(verdict) = point.verdict {
            self.counts[rank(verdict)] += 1;
        }
        if self.keeps_all || self.summary.points.len() < SHOWN {
            self.summary.points.push(point);
        }
        Ok(())
    }

    /// All there is to say of each point.
    pub fn summary(&self) -> &SweepSummary {
        &self.summary
    }

    /// What the checks of all points mean for a gate.
    pub fn exit(&self) -> Exit {
        match self.counts {
            [_, _, failed] if failed > 0 => Exit::Failed,
            [_, open, _] if open > 0 => Exit::Undecided,
            _ => Exit::Passed,
        }
    }

    /// For people: a line for each of the first points, a sentence, and which axis matters.
    pub fn table(&self) -> String {
        let manifest = &self.plan.manifest;
        let width = manifest.axes.len();
        let heads = ["CHECKS"].into_iter().chain(FIGURES.map(|(head, _)| head)).chain(["VERDICT"]);
        let mut table = table::table(&[]);
        table.set_header(manifest.axes.iter().map(|axis| text(&axis.path)).chain(heads.map(Cell::new)));
        for column in table.column_iter_mut().skip(width).take(1 + FIGURES.len()) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for point in self.summary.points.iter().take(SHOWN) {
            let mut cells: Vec<Cell> = point.values.iter().map(|value| text(value)).collect();
            cells.push(Cell::new(format!("{}/{}", point.passed, point.checks)));
            cells.extend(FIGURES.iter().map(|(_, names)| Cell::new(mean(point, names))));
            cells.push(Cell::new(point.verdict.map_or("no checks", word)));
            table.add_row(cells);
        }
        format!("{}\n{}\n{}", lines(&table, str::to_owned), self.sentence(), self.indices())
    }

    fn sentence(&self) -> String {
        let manifest = &self.plan.manifest;
        let points = units::counted(manifest.points, "point");
        let shown = match manifest.points as usize > SHOWN {
            true => format!(" The first {SHOWN} are shown."),
            false => String::new(),
        };
        match self.counts {
            [0, 0, 0] => format!("{points}, no checks.{shown}"),
            [pass, open, fail] => {
                format!("{points}: all checks hold at {pass}, one fails at {fail}, {open} undecided.{shown}")
            }
        }
    }

    /// The names of the figures that there are.
    fn figures(&self) -> impl Iterator<Item = &'static str> {
        let there = |name: &&str| self.summary.points.iter().any(|point| point.figures.contains_key(*name));
        FIGURES.iter().filter_map(move |(_, names)| names.iter().copied().find(there))
    }

    /// Which axis matters, of a design that tells.
    fn indices(&self) -> String {
        if !is_sensitivity(self.plan) {
            return String::new();
        }
        let axes = self.plan.sweep.design().axes();
        let mut table = table::table(&[
            Column::Words("FIGURE"),
            Column::Words("AXIS"),
            Column::Number("ALONE"),
            Column::Number("95 % INTERVAL"),
            Column::Number("IN ALL"),
            Column::Number("95 % INTERVAL"),
        ]);
        for figure in self.figures().chain([COST]) {
            let value = |point: &PointSummary| point.figures.get(figure).map(|spread| spread.mean);
            let values: Vec<Option<f64>> = self.summary.points.iter().map(value).collect();
            let between = |interval: Interval| {
                format!("{} to {}", units::share(interval.low), units::share(interval.high))
            };
            for (axis, found) in axes.iter().zip(sensitivity(axes.len(), &values).into_iter().flatten()) {
                table.add_row([
                    text(&units::words(figure)),
                    text(&axis.paths.join(" ")),
                    Cell::new(units::share(found.first)),
                    Cell::new(between(found.first_interval)),
                    Cell::new(units::share(found.total)),
                    Cell::new(between(found.total_interval)),
                ]);
            }
        }
        if table.row_count() == 0 {
            return "No figure varies, so no axis matters.\n".to_owned();
        }
        format!(
            "\n{}\nAlone: the share of the variance that an axis explains by itself. In all: that it has a part in.\n",
            lines(&table, str::to_owned)
        )
    }

    /// Draws the figures over the axes, and what the points trade, as files in `folder`.
    pub fn draw(&self, folder: &Path, stem: &str) -> Result<(), Failure> {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io("make the directory", folder, &error))?;
        let style = Style::default();
        let mut pictures = Vec::new();
        let mut undrawn = String::new();
        for figure in self.figures() {
            match render_sweep(&self.summary, figure, &style) {
                Ok(svg) => pictures.push((figure.to_owned(), svg)),
                Err(reason) => undrawn = reason.to_string(),
            }
        }
        if let Some(wait) = FIGURES[3].1.iter().find(|name| self.figures().any(|figure| figure == **name))
            && let Ok(svg) = render_front(&self.summary, COST, wait, &style)
        {
            pictures.push(("front".to_owned(), svg));
        }
        for (name, svg) in &pictures {
            let path = folder.join(format!("{stem}-{name}.svg"));
            artifact::write(&path, svg.as_bytes())?;
            terminal::tell(&format!("wrote {}", path.display()));
        }
        if !undrawn.is_empty() {
            terminal::tell(&format!("warning: {undrawn}"));
        }
        Ok(())
    }
}

fn is_sensitivity(plan: &Plan) -> bool {
    matches!(plan.sweep.design().sampling(), Sampling::Saltelli(_))
}

/// The mean of the first figure there is.
fn mean(point: &PointSummary, names: &[&str]) -> String {
    let found = names.iter().find_map(|name| Some((name, point.figures.get(*name)?)));
    found.map_or("-".to_owned(), |(name, spread)| units::value(name, spread.mean))
}

fn rank(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Undecided => 1,
        Verdict::Fail => 2,
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "holds",
        Verdict::Undecided => "undecided",
        Verdict::Fail => "fails",
    }
}
