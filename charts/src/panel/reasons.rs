//! What pods wait for: how many the scheduler has tried in vain, by the main reason of each.

use super::{Course, End, Mark, Panel, Plot, Scale, peak};
use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::number;
use crate::palette::Ink;
use crate::readings::{Readings, Sample};

/// The panel; `None` where no pod ever waited.
pub(super) fn panel(readings: &Readings<'_>, scale: Scale) -> Option<Panel> {
    let reasons = readings.report.waiting.iter();
    let lines: Vec<(&str, Vec<Sample>)> = reasons
        .map(|row| (row.reason.as_str(), readings.samples(&row.pods)))
        .filter(|(_, samples)| peak(samples).value > 0)
        .take(Ink::AUDIENCES.len())
        .collect();
    let (first, _) = lines.first()?;
    let mut marks = Vec::new();
    let mut ends = Vec::new();
    let mut highest = 0;
    for ((reason, samples), ink) in lines.iter().zip(Ink::AUDIENCES) {
        highest = highest.max(peak(samples).value);
        let last = samples.last().map_or(0, |sample| sample.value);
        ends.extend(End::of(ink, samples, format!("{} {reason}", number::count(last))));
        marks.push(Mark::Line { ink, width: 14, runs: vec![samples.clone()], course: Course::Steps });
    }
    let height = scale.height(1_000);
    let axis = ValueAxis::counts(highest, height);
    let row = readings.report.waiting.iter().find(|row| row.reason == *first)?;
    let subtitle = format!("mostly: {first}, at most {} pods ({})", row.peak_pods, row.peak_clock);
    let sentence = format!("Pods that no node takes: {subtitle}. The scheduler says: {}", row.message);
    let plots = vec![Plot { height, axis, marks, ends }];
    Some(Panel { name: Figure::Reasons.name(), title: Figure::Reasons.title(), subtitle, sentence, plots })
}
