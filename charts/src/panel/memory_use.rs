//! Memory: what pods request and use, against what nodes have for them, and the fullest node.

use super::{Course, End, Mark, Panel, Plot, Scale, fan, ground, peak};
use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::number;
use crate::palette::Ink;
use crate::readings::{Readings, Sample, metric};

/// The panel; `None` where nothing is requested and nobody says what containers use.
pub(super) fn panel(readings: &Readings<'_>, scale: Scale) -> Option<Panel> {
    let some = |name: &str| readings.level(name).filter(|samples| peak(samples).value > 0);
    let requested = some(metric::MEMORY_REQUESTED);
    let used = some(metric::MEMORY_USED);
    if requested.is_none() && used.is_none() {
        return None;
    }
    let allocatable = some(metric::MEMORY_ALLOCATABLE);
    let fullest = some(metric::FULLEST_NODE);

    let (subtitle, sentence) =
        words(readings, requested.as_deref(), used.as_deref(), allocatable.as_deref(), fullest.as_deref());
    let mut plots = vec![bytes_plot(readings, requested, used, allocatable, scale)];
    plots.extend(fullest.map(|fullest| fullest_plot(readings, fullest)));
    let (name, title) = (Figure::MemoryUse.name(), Figure::MemoryUse.title());
    Some(Panel { name, title, subtitle, sentence, plots })
}

fn bytes_plot(
    readings: &Readings<'_>,
    requested: Option<Vec<Sample>>,
    used: Option<Vec<Sample>>,
    allocatable: Option<Vec<Sample>>,
    scale: Scale,
) -> Plot {
    let (mut marks, mut ends, mut highest) = (Vec::new(), Vec::new(), 0);
    if let Some(samples) = used.as_deref().or(requested.as_deref()) {
        let ink = if used.is_some() { Ink::Wait } else { Ink::Running };
        marks.push(Mark::Band { ink, percent: 10, upper: samples.to_vec(), lower: ground(samples) });
    }
    for (samples, ink, series, name) in [
        (allocatable, Ink::Ceiling, metric::MEMORY_ALLOCATABLE, "allocatable"),
        (requested, Ink::Running, metric::MEMORY_REQUESTED, "requested"),
        (used, Ink::Wait, metric::MEMORY_USED, "used"),
    ] {
        let Some(samples) = samples else { continue };
        let (fan, reach) = fan(readings, series, ink);
        marks.extend(fan);
        highest = highest.max(peak(&samples).value).max(reach);
        let last = samples.last().map_or(0, |sample| sample.value);
        ends.extend(End::of(ink, &samples, format!("{} {name}", number::short_mebibytes(last))));
        let (width, course) = match ink {
            Ink::Ceiling => (16, Course::Steps),
            Ink::Running => (20, Course::Steps),
            _ => (20, Course::Straight),
        };
        marks.push(Mark::Line { ink, width, runs: vec![samples], course });
    }
    let height = scale.height(1_000);
    Plot { height, axis: ValueAxis::mebibytes(highest, height), marks, ends }
}

/// The fullest node. It may use more than its allocatable memory, at the expense of the system's.
fn fullest_plot(readings: &Readings<'_>, samples: Vec<Sample>) -> Plot {
    let (mut marks, reach) = fan(readings, metric::FULLEST_NODE, Ink::LongestWait);
    let last = samples.last().map_or(0, |sample| sample.value);
    let ends = End::of(Ink::LongestWait, &samples, format!("{} fullest node", number::percent(last)));
    let height = 520;
    let axis = ValueAxis::share_up_to(peak(&samples).value.max(reach), height);
    marks.push(Mark::line(Ink::LongestWait, 14, samples));
    Plot { height, axis, marks, ends: ends.into_iter().collect() }
}

/// The most of each. A share would mislead: what is allocatable is so on Ready nodes, and what is used is used.
fn words(
    readings: &Readings<'_>,
    requested: Option<&[Sample]>,
    used: Option<&[Sample]>,
    allocatable: Option<&[Sample]>,
    fullest: Option<&[Sample]>,
) -> (String, String) {
    let when = |sample: Sample| readings.clock.when(sample.at);
    let most = |(samples, of): (Option<&[Sample]>, &str)| {
        let most = peak(samples?);
        Some(format!("{} {of} ({})", number::mebibytes(most.value), when(most)))
    };
    let facts =
        [(requested, "requested"), (used, "used"), (allocatable, "allocatable")].into_iter().filter_map(most);
    let mut subtitle = format!("at most {}", facts.collect::<Vec<_>>().join(", "));
    if let Some(samples) = fullest {
        let most = peak(samples);
        subtitle += &format!("; the fullest node {} ({})", number::percent(most.value), when(most));
    }
    let sentence = format!("Memory: {subtitle}.");
    (subtitle, sentence)
}
