//! Nodes that are ready, against the most there may be.

use super::{End, Mark, Panel, Plot, Scale, fan, ground, peak};
use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::number;
use crate::palette::Ink;
use crate::readings::{Readings, Sample, metric};

/// How many values of the ceiling are told before it is only said to change.
const TOLD_CEILINGS: usize = 4;

/// The panel; `None` where the report counts no nodes.
pub(super) fn panel(readings: &Readings<'_>, scale: Scale) -> Option<Panel> {
    let ready = readings.level(metric::NODES_READY);
    let ceiling = readings.level(metric::NODES_CEILING);
    let schedulable =
        readings.level(metric::NODES_SCHEDULABLE).filter(|samples| ready.as_ref() != Some(samples));
    let counted = ready.as_deref().or(schedulable.as_deref()).or(ceiling.as_deref())?;

    let (mut marks, reach) = fan(readings, metric::NODES_READY, Ink::Ready);
    let mut ends = Vec::new();
    let mut highest = peak(counted).value.max(reach);
    if let Some(samples) = &ready {
        marks.push(Mark::Band {
            ink: Ink::Ready,
            percent: 6,
            upper: steps(samples),
            lower: ground(&steps(samples)),
        });
    }
    if let Some(samples) = &ceiling {
        let last = samples.last().map_or(0, |sample| sample.value);
        let lowest = samples.iter().map(|sample| sample.value).min().unwrap_or(0);
        // A ceiling far above would press the nodes flat: then it is told, not drawn.
        let far = lowest > highest.saturating_mul(4).max(10_000);
        let arrow = if far { " ↑" } else { "" };
        ends.extend(End::of(Ink::Ceiling, samples, format!("{} ceiling{arrow}", number::count(last))));
        if far {
            highest = highest.saturating_mul(3) / 2;
        } else {
            highest = highest.max(peak(samples).value);
            marks.push(Mark::steps(Ink::Ceiling, 16, samples.clone()));
        }
    }
    for (samples, ink, width, name) in
        [(&schedulable, Ink::Schedulable, 14, "schedulable"), (&ready, Ink::Ready, 20, "ready")]
    {
        if let Some(samples) = samples {
            let last = samples.last().map_or(0, |sample| sample.value);
            ends.extend(End::of(ink, samples, format!("{} {name}", number::count(last))));
            marks.push(Mark::steps(ink, width, samples.clone()));
        }
    }

    let height = scale.height(1_150);
    let axis = ValueAxis::counts(highest, height);
    let (subtitle, sentence) = words(readings, ready.as_deref(), ceiling.as_deref());
    let plots = vec![Plot { height, axis, marks, ends }];
    Some(Panel { name: Figure::Nodes.name(), title: Figure::Nodes.title(), subtitle, sentence, plots })
}

/// The corners of a line that is level until the next sample.
fn steps(samples: &[Sample]) -> Vec<Sample> {
    let mut corners: Vec<Sample> = Vec::with_capacity(samples.len());
    for sample in samples {
        if let Some(last) = corners.last().copied().filter(|last| last.value != sample.value) {
            corners.push(Sample { at: sample.at, ..last });
        }
        corners.push(*sample);
    }
    corners
}

fn words(readings: &Readings<'_>, ready: Option<&[Sample]>, ceiling: Option<&[Sample]>) -> (String, String) {
    let mut facts = Vec::new();
    if let Some(samples) = ready {
        let (first, peak) = (samples[0].value, peak(samples));
        facts.push(if peak.value > first {
            format!(
                "{} ready, at most {} ({})",
                number::count(first),
                number::count(peak.value),
                readings.clock.when(peak.at)
            )
        } else {
            format!("{} ready", number::count(first))
        });
    }
    if let Some(samples) = ceiling {
        facts.push(ceilings(readings, samples));
    }
    let subtitle = facts.join("; ");
    let sentence = format!("Nodes: {subtitle}.");
    (subtitle, sentence)
}

/// `ceiling 15, then 20 (05:59)`.
fn ceilings(readings: &Readings<'_>, samples: &[Sample]) -> String {
    let mut changes: Vec<Sample> = Vec::new();
    for sample in samples {
        if changes.last().is_none_or(|last| last.value != sample.value) {
            changes.push(*sample);
        }
    }
    if changes.len() > TOLD_CEILINGS {
        let values = || changes.iter().map(|change| change.value);
        let (lowest, highest) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
        return format!("ceiling {} to {}", number::count(lowest), number::count(highest));
    }
    let mut text = String::from("ceiling ");
    for (index, change) in changes.iter().enumerate() {
        let value = number::count(change.value);
        if index == 0 {
            text.push_str(&value);
        } else {
            text.push_str(&format!(", then {value} ({})", readings.clock.when(change.at)));
        }
    }
    text
}
