//! The figures that sum a run up, with their intervals, and what they were.

use plimsoll_core::report::{Report, units, units::Unit};
use yew::prelude::*;

/// In the order of what matters most; the first five that a report has are shown.
const ORDER: [&str; 14] = [
    "launchSuccessShare",
    "peakPodsRunning",
    "peakNodes",
    "launchWaitP95Seconds",
    "oomKills",
    "peakPodsPending",
    "podWaitP95Seconds",
    "costDollars",
    "nodeHours",
    "peakMemoryRequestedShare",
    "podsUnschedulable",
    "nodesAdded",
    "meanNodes",
    "podsCreated",
];

/// Tiles in a row.
const SHOWN: usize = 5;

/// The tiles of a report, beside what they are on the other side.
pub fn tiles(report: &Report, other: Option<&Report>) -> Html {
    let shown = ORDER.iter().filter(|name| report.summary.contains_key(**name)).take(SHOWN);
    html! {
        <section class="figs" aria-label="Figures of the whole run">
            { for shown.map(|name| tile(report, other, name)) }
        </section>
    }
}

fn tile(report: &Report, other: Option<&Report>, name: &str) -> Html {
    let value = report.summary.get(name).copied().unwrap_or_default();
    let unit = Unit::of(name);
    let bad = matches!(name, "launchSuccessShare") && value < 0.9 || name == "oomKills" && value > 0.0;
    let interval = report.intervals.get(name).filter(|interval| interval.high > interval.low);
    let beside = other.and_then(|other| other.summary.get(name));
    let below = match (beside, interval) {
        (Some(was), _) if unit.value(*was) == unit.value(value) => "as it was".to_owned(),
        (Some(was), _) => format!("was {}", unit.value(*was)),
        (None, Some(_)) => "95 % interval of the mean".to_owned(),
        (None, None) if report.replications > 1 => "the same in every replication".to_owned(),
        (None, None) => "one replication".to_owned(),
    };
    let mut words = units::words(name);
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    html! {
        <div class="fig" key={name.to_owned()}>
            <span>{ words }</span>
            <strong class={classes!(bad.then_some("bad"))}>
                <b>{ unit.value(value) }</b>
                if let Some(interval) = interval {
                    <i>{ format!("{} to {}", unit.value(interval.low), unit.value(interval.high)) }</i>
                }
            </strong>
            <em>{ below }</em>
        </div>
    }
}
