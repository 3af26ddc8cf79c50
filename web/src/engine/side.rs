//! One side of a run: a choice, its model, and the replications that are there.

use std::sync::Arc;

use plimsoll_charts::{Figure, Frame, Style, Theme};
use plimsoll_core::Model;
use plimsoll_core::experiment::Replication;
use plimsoll_core::replay::Replay;
use plimsoll_core::report::Report;
use plimsoll_core::scenario::{Diagnostic, Diagnostics, Document, Severity};

use super::{presets, reading};
use crate::protocol::{self, Choice, Picture, Plot, Told};

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
    /// Replication 0 to look back into.
    pub replay: Option<Replay>,
}

impl Side {
    /// Compiles a choice, or says what is wrong with it.
    pub fn new(choice: &Choice) -> Result<Self, Vec<Told>> {
        let (base, document) = documents(choice).map_err(|found| told(&found))?;
        let cluster = choice.cluster.as_deref().map(reading::cluster).transpose()?;
        let compiled = document.compile_on(cluster.as_ref()).map_err(|found| told(&found))?;
        let model = Arc::new(compiled.model);
        Ok(Self {
            choice: choice.clone(),
            seed: choice.seed.unwrap_or(model.seed),
            told: told(&compiled.warnings),
            runs: Vec::new(),
            replay: None,
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

    /// The first so many replications.
    pub fn first(&self, count: usize) -> Vec<Replication> {
        self.runs.iter().take(count).flatten().cloned().collect()
    }

    /// The report of the first so many replications.
    pub fn report(&self, count: usize) -> Report {
        Report::from_replications(&self.model, self.seed, &self.first(count))
    }

    /// What the shell is told of it.
    pub fn shown(&self, report: &Report, other: Option<&Report>, width: u32) -> protocol::Side {
        let question = |name: &String| {
            let path = format!("variants.\"{name}\".question");
            self.base.get(&path).and_then(|text| Some(text.as_str()?.trim().to_owned()))
        };
        protocol::Side {
            choice: self.choice.clone(),
            picture: picture(report, other, width),
            variants: self
                .base
                .variant_names()
                .into_iter()
                .map(|name| (name.clone(), question(&name)))
                .collect(),
            knobs: self.document.knobs(),
            told: self.told.clone(),
            report: report.clone(),
        }
    }
}

/// The file of a choice as it is, and with variant and assignments.
pub fn documents(choice: &Choice) -> Result<(Document, Document), Diagnostics> {
    let text = match &choice.text {
        Some(text) => text.as_str(),
        None => presets::text(&choice.preset).unwrap_or_default(),
    };
    let base = Document::parse(&choice.file(), text.as_bytes())?;
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

fn picture(report: &Report, other: Option<&Report>, width: u32) -> Picture {
    let style = Style { width_px: width, theme: Theme::Auto, plots_only: true };
    let figure = Figure::Overview;
    let frame = Frame::on_axes_of(report, other, figure, &style);
    let plot = |plot: &plimsoll_charts::PlotFrame| Plot {
        panel: plot.panel.to_owned(),
        edges: (plot.top, plot.bottom),
        values: (plot.low, plot.high),
        logarithmic: plot.logarithmic,
    };
    Picture {
        svg: plimsoll_charts::render_on_axes_of(report, other, figure, &style),
        caption: plimsoll_charts::caption(report, figure),
        sentence: plimsoll_charts::summary_sentence(report, figure),
        size: (frame.width, frame.height),
        sides: (frame.left, frame.right),
        seconds: frame.seconds,
        plots: frame.plots.iter().map(plot).collect(),
    }
}
