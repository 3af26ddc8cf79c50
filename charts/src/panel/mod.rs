//! The panels: what of a report is drawn, as plain values.
//!
//! Each panel reads the series it knows and says what there is to see: plots with axes, marks and
//! labels at the line ends, and the same in words. It is `None` where the report lacks its series.
//! Where on the sheet it goes and how it is drawn is for `layout` and `drawing`.

mod launches;
mod memory;
mod memory_use;
mod nodes;
mod pods;
mod populations;
mod reasons;
mod waits;

use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::palette::Ink;
use crate::readings::{Bucket, Readings, Sample};

/// One of the pictures in a figure.
pub(crate) struct Panel {
    /// For CSS and for [`crate::Frame`].
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What to know at a glance, beside the title.
    pub(crate) subtitle: String,
    /// What there is to see, as a whole sentence.
    pub(crate) sentence: String,
    /// One plot, or two above one another.
    pub(crate) plots: Vec<Plot>,
}

/// Marks over one value axis.
pub(crate) struct Plot {
    /// In tenths of a pixel.
    pub(crate) height: i32,
    pub(crate) axis: ValueAxis,
    /// In the order in which they are painted.
    pub(crate) marks: Vec<Mark>,
    pub(crate) ends: Vec<End>,
}

/// Something painted.
pub(crate) enum Mark {
    /// The area between two lines over the same instants.
    Band { ink: Ink, percent: u8, upper: Vec<Sample>, lower: Vec<Sample> },
    /// A line, broken where nothing is known.
    Line { ink: Ink, width: u32, runs: Vec<Vec<Sample>>, course: Course },
    /// Bars between two values.
    Bars { ink: Ink, bars: Vec<Bar> },
}

/// How a line gets from one sample to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// Straight.
    Straight,
    /// Level until the next sample.
    Steps,
}

/// A bar over a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) low: i64,
    pub(crate) high: i64,
}

/// What is written where a line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) ink: Ink,
    pub(crate) text: String,
    /// Where the line ends.
    pub(crate) value: i64,
    /// A dot marks the end; not so for the labels of bars.
    pub(crate) dotted: bool,
}

/// How tall plots are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// One of several in a figure.
    Shared,
    /// Alone in its figure.
    Alone,
}

impl Scale {
    const fn height(self, shared: i32) -> i32 {
        match self {
            Self::Shared => shared,
            Self::Alone => 3_000,
        }
    }
}

/// The panels of a figure that the report has the series for, from top to bottom.
pub(crate) fn panels(readings: &Readings<'_>, figure: Figure) -> Vec<Panel> {
    let all = |scale| {
        [
            pods::panel(readings, scale),
            reasons::panel(readings, scale),
            nodes::panel(readings, scale),
            launches::panel(readings, scale),
            waits::panel(readings, scale),
            memory_use::panel(readings, scale),
            memory::panel(readings, scale),
        ]
    };
    match figure {
        Figure::Overview => all(Scale::Shared).into_iter().flatten().collect(),
        Figure::Pods => pods::panel(readings, Scale::Alone).into_iter().collect(),
        Figure::Reasons => reasons::panel(readings, Scale::Alone).into_iter().collect(),
        Figure::Populations => populations::panel(readings, Scale::Alone).into_iter().collect(),
        Figure::Nodes => nodes::panel(readings, Scale::Alone).into_iter().collect(),
        Figure::Launches => launches::panel(readings, Scale::Alone).into_iter().collect(),
        Figure::Waits => waits::panel(readings, Scale::Alone).into_iter().collect(),
        Figure::MemoryUse => memory_use::panel(readings, Scale::Alone).into_iter().collect(),
        Figure::Memory => memory::panel(readings, Scale::Alone).into_iter().collect(),
    }
}

impl Mark {
    fn line(ink: Ink, width: u32, samples: Vec<Sample>) -> Self {
        Self::Line { ink, width, runs: vec![samples], course: Course::Straight }
    }

    fn steps(ink: Ink, width: u32, samples: Vec<Sample>) -> Self {
        Self::Line { ink, width, runs: vec![samples], course: Course::Steps }
    }
}

impl End {
    fn of(ink: Ink, samples: &[Sample], text: String) -> Option<Self> {
        samples.last().map(|last| Self { ink, text, value: last.value, dotted: true })
    }
}

/// The sample that is highest, the first of them.
fn peak(samples: &[Sample]) -> Sample {
    let mut peak = samples.first().copied().unwrap_or(Sample { at: 0, value: 0 });
    for sample in samples {
        if sample.value > peak.value {
            peak = *sample;
        }
    }
    peak
}

/// Where nine of ten replications run, as areas, and how high they reach. Nothing for a single run.
fn fan(readings: &Readings<'_>, name: &str, ink: Ink) -> (Vec<Mark>, i64) {
    let runs = readings.band(name);
    let highest = runs.iter().flat_map(|run| &run.1).map(|sample| sample.value).max().unwrap_or(0);
    let band = |(lower, upper)| Mark::Band { ink, percent: 26, upper, lower };
    (runs.into_iter().map(band).collect(), highest)
}

/// The area under a line.
fn ground(samples: &[Sample]) -> Vec<Sample> {
    samples.iter().map(|sample| Sample { value: 0, ..*sample }).collect()
}

/// One value for each bucket as a level line, broken where a bucket has none.
fn bucket_runs(buckets: &[Bucket], values: &[Option<i64>]) -> Vec<Vec<Sample>> {
    let mut runs: Vec<Vec<Sample>> = Vec::new();
    let mut open = false;
    for (bucket, value) in buckets.iter().zip(values) {
        let Some(value) = *value else {
            open = false;
            continue;
        };
        if !open {
            runs.push(Vec::new());
            open = true;
        }
        if let Some(run) = runs.last_mut() {
            run.extend([Sample { at: bucket.from, value }, Sample { at: bucket.to, value }]);
        }
    }
    runs
}

/// How wide buckets are, in words.
fn bucket_width(buckets: &[Bucket]) -> String {
    let widest = buckets.iter().map(|bucket| bucket.to - bucket.from).max().unwrap_or(0);
    crate::number::duration(widest)
}
