//! Captions: what a picture shows, in words, for those who read before or instead of looking.

use plimsoll_core::report::Report;

use crate::figure::Figure;
use crate::panel::{Panel, panels};
use crate::readings::Readings;

/// One sentence to stand under a picture: the scenario, its variant, the seed, and what is shown.
///
/// ```text
/// Reddit hugs mybinder (variant cordon-at-06:25, seed 7): pods, nodes, launches and waits from 2018-01-17 18:00 to 2018-01-18 09:30.
/// ```
#[must_use]
pub fn caption(report: &Report, figure: Figure) -> String {
    of(&Readings::new(report), figure)
}

/// The same of a report that has been read already.
pub(crate) fn of(readings: &Readings<'_>, figure: Figure) -> String {
    let report = readings.report;
    let variant = report.variant.as_ref().map_or(String::new(), |variant| format!("variant {variant}, "));
    let replication = if report.replications > 1 {
        format!(", the first of {} replications; nine of ten run within the bands", report.replications)
    } else {
        String::new()
    };
    format!(
        "{} ({variant}seed {}{replication}): {} from {} to {}.",
        report.scenario.name.trim(),
        report.seed,
        figure.shows(),
        readings.clock.when_in_full(0),
        readings.clock.when_in_full(readings.length),
    )
}

/// What there is to see in a picture, in a sentence for each of its panels.
#[must_use]
pub fn summary_sentence(report: &Report, figure: Figure) -> String {
    let readings = Readings::new(report);
    sentences(panels(&readings, figure).iter())
}

/// The panels' sentences as one text.
pub(crate) fn sentences<'p>(panels: impl Iterator<Item = &'p Panel>) -> String {
    let sentences: Vec<&str> = panels.map(|panel| panel.sentence.as_str()).collect();
    if sentences.is_empty() { NOTHING.to_owned() } else { sentences.join(" ") }
}

/// Said of a report that lacks the series of a figure.
pub(crate) const NOTHING: &str = "The report has no series for this figure.";
