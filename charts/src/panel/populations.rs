//! The hub's records, the pods of users, their containers, and the users who wait: four populations that agree only
//! while all is well. Every incident is a divergence between two of them.

use super::{End, Mark, Panel, Plot, Scale, peak};
use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::number;
use crate::palette::Ink;
use crate::readings::{Readings, Sample, metric};

/// A population: its series, its ink, how wide its line is, its name.
type Population = (&'static str, Ink, u32, &'static str);

/// Painted in this order, so that a dashed line lies upon the plain one that it agrees with.
const POPULATIONS: [Population; 4] = [
    (metric::USERS_WAITING, Ink::Pending, 14, "users waiting"),
    (metric::SERVERS, Ink::Ready, 24, "hub records"),
    (metric::USERS_PODS, Ink::Running, 14, "pods"),
    (metric::USERS_CONTAINERS, Ink::SecondAudience, 14, "containers"),
];

/// The panel; `None` where the report has no hub.
pub(super) fn panel(readings: &Readings<'_>, scale: Scale) -> Option<Panel> {
    let lines: Vec<(Population, Vec<Sample>)> = POPULATIONS
        .into_iter()
        .filter_map(|population| Some((population, readings.level(population.0)?)))
        .collect();
    let of = |name: &str| lines.iter().find(|line| line.0.0 == name).map(|line| line.1.as_slice());
    let (records, pods) = (of(metric::SERVERS)?, of(metric::USERS_PODS)?);
    let highest = lines.iter().map(|(_, samples)| peak(samples).value).max().unwrap_or(0);
    let mut marks = Vec::new();
    let mut ends = Vec::new();
    for ((_, ink, width, name), samples) in &lines {
        let last = samples.last().map_or(0, |sample| sample.value);
        ends.extend(End::of(*ink, samples, format!("{} {name}", number::count(last))));
        marks.push(Mark::steps(*ink, *width, samples.clone()));
    }
    let mut pairs = vec![(("records", records), ("pods", pods))];
    if let Some(containers) = of(metric::USERS_CONTAINERS) {
        pairs.push((("pods", pods), ("containers", containers)));
    }
    let mut facts: Vec<String> =
        pairs.into_iter().filter_map(|(one, other)| divergence(readings, one, other)).collect();
    if facts.is_empty() {
        facts.push("records, pods and containers agree".to_owned());
    }
    if let Some(waiting) = of(metric::USERS_WAITING).map(peak).filter(|peak| peak.value > 0) {
        let when = readings.clock.when(waiting.at);
        facts.push(format!("at most {} users wait ({when})", number::count(waiting.value)));
    }
    let subtitle = facts.join("; ");
    let sentence = format!("Populations: {subtitle}.");
    let height = scale.height(1_150);
    let plots = vec![Plot { height, axis: ValueAxis::counts(highest, height), marks, ends }];
    Some(Panel {
        name: Figure::Populations.name(),
        title: Figure::Populations.title(),
        subtitle,
        sentence,
        plots,
    })
}

/// Where two populations are furthest apart: `at most 277 more pods than records (08:53)`.
fn divergence(
    readings: &Readings<'_>,
    (one, ones): (&str, &[Sample]),
    (other, others): (&str, &[Sample]),
) -> Option<String> {
    let apart = ones.iter().zip(others).map(|(one, other)| (one.at, one.value.saturating_sub(other.value)));
    // The first of the widest.
    let widest = apart.reduce(|best, next| if next.1.abs() > best.1.abs() { next } else { best })?;
    let (at, by) = widest;
    if by == 0 {
        return None;
    }
    let (more, fewer) = if by > 0 { (one, other) } else { (other, one) };
    let when = readings.clock.when(at);
    Some(format!("at most {} more {more} than {fewer} ({when})", number::count(by.saturating_abs())))
}
