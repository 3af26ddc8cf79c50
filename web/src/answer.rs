//! From a scenario's text to what the page shows of it.

use plimsoll_core::experiment;
use plimsoll_core::report::Report;
use plimsoll_core::scenario::Document;

/// A scenario that the page brings along.
pub struct Preset {
    /// The name that messages about it use.
    pub name: &'static str,
    /// The file's text.
    pub text: &'static str,
}

/// The incident that the page opens with.
pub const REDDIT_HUG: Preset = Preset {
    name: "2018-01-18-reddit-hug.yaml",
    text: include_str!("../../scenarios/incidents/2018-01-18-reddit-hug.yaml"),
};

/// Simulates a scenario under its own seed and for its own number of replications, as `plimsoll run`
/// does; the error is the text for the scenario's author.
pub fn answer(scenario: &Preset) -> Result<Report, String> {
    let model = Document::parse(scenario.name, scenario.text.as_bytes())
        .and_then(|document| document.compile())
        .map_err(|diagnostics| diagnostics.to_string())?
        .model;
    let (seed, replications) = (model.seed, model.replications);
    Ok(experiment::run(&model.into(), seed, replications))
}
