//! Pods by phase, stacked: those that run, those that start, those that are to go where they do not, and on
//! top those that wait for a node.

use super::{Course, End, Mark, Panel, Plot, Scale, fan, ground, peak};
use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::number;
use crate::palette::Ink;
use crate::readings::{Readings, Sample, metric};

/// The panel; `None` where the report counts no pods.
pub(super) fn panel(readings: &Readings<'_>, scale: Scale) -> Option<Panel> {
    let running = readings.level(metric::PODS_RUNNING);
    let starting = readings.level(metric::PODS_STARTING);
    let pending = readings.level(metric::PODS_PENDING);
    if running.is_none() && starting.is_none() && pending.is_none() {
        return None;
    }

    let mut stack = Stack::default();
    stack.put(Ink::Running, 18, "running", running.as_deref());
    stack.put(Ink::Starting, 45, "starting", starting.as_deref());
    let terminating = readings.level(metric::PODS_TERMINATING).filter(|samples| lasts(samples, &stack.top));
    stack.put(Ink::Terminating, 45, "terminating", terminating.as_deref());
    stack.put(Ink::PendingArea, 60, "pending", pending.as_deref());
    let mut highest = peak(&stack.top).value;
    let (lines, mut ends) = stack.finish();
    let (mut marks, reach) = fan(readings, metric::PODS_RUNNING, Ink::Running);
    highest = highest.max(reach);
    marks.extend(lines);

    for ((name, samples), ink) in audiences(readings).into_iter().zip(Ink::AUDIENCES) {
        highest = highest.max(peak(&samples).value);
        let last = samples.last().map_or(0, |sample| sample.value);
        ends.extend(End::of(ink, &samples, format!("{} {name}", number::count(last))));
        marks.push(Mark::line(ink, 12, samples));
    }

    let height = scale.height(1_500);
    let axis = ValueAxis::counts(highest, height);
    let (subtitle, sentence) = words(readings, running.as_deref(), pending.as_deref());
    let plots = vec![Plot { height, axis, marks, ends }];
    Some(Panel { name: Figure::Pods.name(), title: Figure::Pods.title(), subtitle, sentence, plots })
}

/// The audiences with the most pods, in the report's order; none where there is nothing to tell apart.
fn audiences<'r>(readings: &Readings<'r>) -> Vec<(&'r str, Vec<Sample>)> {
    let mut audiences = readings.by_audience(metric::PODS_RUNNING);
    if audiences.len() < 2 {
        return Vec::new();
    }
    let mut peaks: Vec<i64> = audiences.iter().map(|(_, samples)| peak(samples).value).collect();
    peaks.sort_unstable_by(|one, other| other.cmp(one));
    let least = peaks.get(Ink::AUDIENCES.len() - 1).copied().unwrap_or(0);
    audiences.retain(|(_, samples)| peak(samples).value >= least);
    audiences
}

/// Pods stop within seconds where all is well. They are a phase of their own where more than one in fifty is
/// still there a step later.
fn lasts(samples: &[Sample], others: &[Sample]) -> bool {
    let most = peak(samples).value.max(peak(others).value);
    samples.windows(2).any(|pair| pair.iter().all(|sample| sample.value * 50 > most))
}

/// Phases laid upon one another.
#[derive(Default)]
struct Stack {
    top: Vec<Sample>,
    bands: Vec<Mark>,
    /// From top to bottom, so that the lower lines, which matter more, are painted last.
    lines: Vec<Mark>,
    ends: Vec<End>,
}

impl Stack {
    fn put(&mut self, area: Ink, percent: u8, name: &str, samples: Option<&[Sample]>) {
        let Some(samples) = samples.filter(|samples| samples.iter().any(|sample| sample.value > 0)) else {
            return;
        };
        let lower = if self.top.is_empty() { ground(samples) } else { self.top.clone() };
        let upper: Vec<Sample> = lower
            .iter()
            .zip(samples)
            .map(|(below, sample)| Sample { at: sample.at, value: below.value.saturating_add(sample.value) })
            .collect();
        let ink = if area == Ink::PendingArea { Ink::Pending } else { area };
        let last = samples.last().map_or(0, |sample| sample.value);
        self.ends.extend(End::of(ink, &upper, format!("{} {name}", number::count(last))));
        let width = if ink == Ink::Running { 20 } else { 12 };
        // A line only where its phase has pods: elsewhere it would lie upon the one below.
        let runs = present(&upper, samples);
        self.lines.push(Mark::Line { ink, width, runs, course: Course::Straight });
        self.bands.push(Mark::Band { ink: area, percent, upper: upper.clone(), lower });
        self.top = upper;
    }

    fn finish(mut self) -> (Vec<Mark>, Vec<End>) {
        // The labels as well: where they meet, the upper phase is named first.
        self.lines.reverse();
        self.ends.reverse();
        self.bands.append(&mut self.lines);
        (self.bands, self.ends)
    }
}

/// The stretches of `upper` in which `samples` is above 0, each with the sample before and after.
fn present(upper: &[Sample], samples: &[Sample]) -> Vec<Vec<Sample>> {
    let mut runs: Vec<Vec<Sample>> = Vec::new();
    let mut open = false;
    for index in 0..upper.len() {
        let some = samples[index].value > 0;
        if some && !open {
            runs.push(if index > 0 { vec![upper[index - 1]] } else { Vec::new() });
        }
        if let Some(run) = runs.last_mut().filter(|_| some || open) {
            run.push(upper[index]);
        }
        open = some;
    }
    runs
}

fn words(
    readings: &Readings<'_>,
    running: Option<&[Sample]>,
    pending: Option<&[Sample]>,
) -> (String, String) {
    let at_most = |samples: &[Sample], state: &str| {
        let peak = peak(samples);
        if peak.value == 0 {
            return format!("none {state}");
        }
        format!("at most {} {state} ({})", number::count(peak.value), readings.clock.when(peak.at))
    };
    let running_peak = running.map(|samples| at_most(samples, "running"));
    let pending_peak = pending.map(|samples| at_most(samples, "pending"));
    let facts: Vec<String> = [running_peak, pending_peak].into_iter().flatten().collect();
    let subtitle = facts.join(", ");
    let mut sentence = format!("Pods: {subtitle}");
    if let Some([first, .., last]) = running {
        let (first, last) = (number::count(first.value), number::count(last.value));
        sentence.push_str(&format!("; {first} run at the start and {last} at the end"));
    }
    sentence.push('.');
    (subtitle, sentence)
}
