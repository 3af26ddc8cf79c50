//! Goal: JupyterHub, its culler and BinderHub do what their sources say, in numbers that can be written down.
//! Method: small scenarios of one mechanism each; what theory or source gives beside what the run gives. Seeds are
//! fixed: a failure is a change of behaviour, never bad luck.

mod binder;
mod life;
mod mechanics;

use std::sync::Arc;

use plimsoll_core::experiment;
use plimsoll_core::model::Model;
use plimsoll_core::scenario::Document;

fn model(text: &str) -> Arc<Model> {
    let document = Document::parse("hub.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model)
}

/// The values of the scenario's checks, in their order.
fn values(text: &str) -> Vec<f64> {
    let report = experiment::run(&model(text), 1, 1);
    let value = |check: &plimsoll_core::report::CheckOutcome| {
        check.value.unwrap_or_else(|| panic!("{} has no value", check.name))
    };
    report.checks.iter().map(value).collect()
}
