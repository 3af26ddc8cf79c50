//! One side of a run: a choice, its model, and the replications that are there.

use std::sync::Arc;

use plimsoll_charts::{Figure, Style, Theme};
use plimsoll_core::Model;
use plimsoll_core::experiment::Replication;
use plimsoll_core::metrics::Measured;
use plimsoll_core::replay::Replay;
use plimsoll_core::report::Report;
use plimsoll_core::scenario::{Diagnostic, Diagnostics, Document, Severity};

use super::{presets, reading};
use crate::protocol::{About, Choice, Picture, Plot, Told};

/// A choice that can be simulated.
pub struct Side {
    pub choice: Choice,
    /// The file, before variant and assignments.
    pub base: Document,
    /// With both.
    pub document: Document,
    pub model: Arc<Model>,
    pub seed: u64,
    pub told: Vec<Told>,
    /// Replications by their numbers.
    pub runs: Vec<Option<Replication>>,
    /// Milliseconds that replication 0 took.
    pub took: f64,
    /// Replication 0 to look back into.
    pub replay: Option<Replay>,
    /// The report of so many replications, the last that was asked for.
    reported: Option<(usize, Report)>,
}

impl Side {
    /// Compiles a choice, or says what is wrong with it. `known` are sides whose files need not be read again.
    pub fn new<'s>(choice: &Choice, known: impl IntoIterator<Item = &'s Self>) -> Result<Self, Vec<Told>> {
        let same_file = |side: &&Self| side.choice.file_of() == choice.file_of();
        let read = known.into_iter().find(same_file).map(|side| side.base.clone());
        let (base, document) = documents(choice, read).map_err(|found| told(&found))?;
        let cluster = choice.cluster.as_deref().map(reading::cluster).transpose()?;
        let compiled = document.compile_on(cluster.as_ref()).map_err(|found| told(&found))?;
        let model = Arc::new(compiled.model);
        Ok(Self {
            choice: choice.clone(),
            seed: choice.seed.unwrap_or(model.seed),
            told: told(&compiled.warnings),
            runs: Vec::new(),
            took: 0.0,
            replay: None,
            reported: None,
            base,
            document,
            model,
        })
    }

    /// Takes in a replication.
    pub fn learn(&mut self, number: u32, run: Replication) {
        let place = number as usize;
        if self.runs.len() <= place {
            self.runs.resize(place + 1, None);
        }
        self.runs[place] = Some(run);
    }

    /// Whether a replication is there.
    pub fn has(&self, number: u32) -> bool {
        self.runs.get(number as usize).is_some_and(Option::is_some)
    }

    /// Replications that are there without a gap, `most` at most.
    pub fn ready(&self, most: u32) -> usize {
        self.runs.iter().take(most as usize).take_while(|run| run.is_some()).count()
    }

    /// What a comparison needs of the first so many replications: their figures, and nothing that is drawn.
    pub fn figures(&self, count: usize) -> Vec<Replication> {
        let bare = |run: &Replication| {
            let (values, summary) = (run.measured.values.clone(), run.measured.summary.clone());
            let measured = Measured { values, summary, ..Measured::default() };
            Replication { measured, digest: run.digest, ..Replication::default() }
        };
        self.runs.iter().take(count).flatten().map(bare).collect()
    }

    /// The report of the first so many replications.
    pub fn report(&mut self, count: usize) -> &Report {
        if self.reported.as_ref().is_none_or(|(of, _)| *of != count) {
            let runs: Vec<Replication> = self.runs.iter().take(count).flatten().cloned().collect();
            self.reported = None;
            let report = Report::from_replications(&self.model, self.seed, &runs);
            return &self.reported.insert((count, report)).1;
        }
        &self.reported.as_ref().expect("it was looked for above").1
    }

    /// What the shell is told of it after so many replications.
    pub fn told_of(&mut self, count: usize) -> About {
        let report = self.report(count).clone();
        let question = |name: &String| {
            let path = format!("variants.\"{name}\".question");
            self.base.get(&path).and_then(|text| Some(text.as_str()?.trim().to_owned()))
        };
        About {
            variants: self
                .base
                .variant_names()
                .into_iter()
                .map(|name| (name.clone(), question(&name)))
                .collect(),
            knobs: self.document.knobs(),
            told: self.told.clone(),
            report,
        }
    }
}

/// The file of a choice as it is, and with variant and assignments.
///
/// `read`: the file, where it has been read already.
fn documents(choice: &Choice, read: Option<Document>) -> Result<(Document, Document), Diagnostics> {
    let text = match &choice.text {
        Some(text) => text.as_str(),
        None => presets::text(&choice.preset).unwrap_or_default(),
    };
    let base = match read {
        Some(base) => base,
        None => Document::parse(&choice.file(), text.as_bytes())?,
    };
    let mut document = match &choice.variant {
        Some(name) => base.variant(name)?,
        None => base.clone(),
    };
    for (path, value) in &choice.sets {
        document.set(&format!("{path}={value}"))?;
    }
    Ok((base, document))
}

/// Diagnostics as the shell shows them.
pub fn told(found: &Diagnostics) -> Vec<Told> {
    let one = |diagnostic: &Diagnostic| Told {
        error: diagnostic.severity == Severity::Error,
        place: diagnostic
            .place
            .as_ref()
            .filter(|place| place.source == 0)
            .map(|place| (place.line, place.column)),
        text: diagnostic.to_string(),
    };
    found.iter().map(one).collect()
}

/// The overview of a report, on axes that another fits on too.
pub fn picture(report: &Report, other: Option<&Report>, width: u32) -> Picture {
    let style = Style { width_px: width, theme: Theme::Auto, plots_only: true };
    let drawn = plimsoll_charts::draw_on_axes_of(report, other, Figure::Overview, &style);
    let plot = |plot: &plimsoll_charts::PlotFrame| Plot {
        panel: plot.panel.to_owned(),
        edges: (plot.top, plot.bottom),
        values: (plot.low, plot.high),
        logarithmic: plot.logarithmic,
    };
    Picture {
        size: (drawn.frame.width, drawn.frame.height),
        sides: (drawn.frame.left, drawn.frame.right),
        seconds: drawn.frame.seconds,
        plots: drawn.frame.plots.iter().map(plot).collect(),
        svg: drawn.svg,
        caption: drawn.caption,
        sentence: drawn.sentence,
    }
}
