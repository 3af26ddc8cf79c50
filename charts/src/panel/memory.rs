//! The chance that nodes run out of memory with the pods that are on them.

use super::{End, Mark, Panel, Plot, Scale, ground, peak};
use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::number;
use crate::palette::Ink;
use crate::readings::{Readings, Sample, sample};

/// The panel; `None` where memory is not simulated, or no node ever could run out.
pub(super) fn panel(readings: &Readings<'_>, scale: Scale) -> Option<Panel> {
    let heat = &readings.report.memory.as_ref()?.heat;
    // In per cent, so that the axis counts them.
    let line = |chance: &dyn Fn(usize) -> f64| -> Vec<Sample> {
        let columns = heat.seconds.iter().enumerate();
        columns.filter_map(|(column, at)| sample(*at, 100.0 * chance(column))).collect()
    };
    let (any, worst) = (line(&|column| heat.of_any(column)), line(&|column| heat.of_hottest(column)));
    if peak(&any).value == 0 {
        return None;
    }
    let mut ends = Vec::new();
    let last = |samples: &[Sample]| samples.last().map_or(0, |sample| sample.value);
    ends.extend(End::of(Ink::Failed, &any, format!("{} % some node", number::count(last(&any)))));
    ends.extend(End::of(Ink::Ceiling, &worst, format!("{} % the hottest", number::count(last(&worst)))));
    let marks = vec![
        Mark::Band { ink: Ink::Failed, percent: 20, upper: any.clone(), lower: ground(&any) },
        Mark::line(Ink::Ceiling, 14, worst.clone()),
        Mark::line(Ink::Failed, 20, any.clone()),
    ];
    let height = scale.height(1_000);
    let axis = ValueAxis::counts(peak(&any).value, height);
    let top = peak(&any);
    let subtitle =
        format!("per cent; at most {} % ({})", number::count(top.value), readings.clock.when(top.at));
    let sentence = format!("The chance that the pods on a node need more memory than it has, {subtitle}.");
    let plots = vec![Plot { height, axis, marks, ends }];
    Some(Panel { name: Figure::Memory.name(), title: Figure::Memory.title(), subtitle, sentence, plots })
}
