//! What the shell and the engines say to one another: JSON in a text, with replications passed on unread.

use plimsoll_core::experiment::Comparison;
use plimsoll_core::replay::{Scene, Story};
use plimsoll_core::report::Report;
use plimsoll_core::scenario::Knob;
use serde::{Deserialize, Serialize};

/// What is to be simulated: a preset or a text of one's own, and what is different from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The preset, by its file's path below `scenarios/` without the ending.
    #[serde(rename = "p", default, skip_serializing_if = "String::is_empty")]
    pub preset: String,
    /// A scenario of the visitor's own, instead of the preset's text.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A real cluster to begin with, as kubectl prints it.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The variant.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Values set on top, by their paths, in the order in which they were set.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<(String, String)>,
    /// The seed, where it is not the scenario's.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl Choice {
    /// A preset as it is.
    pub fn preset(key: &str) -> Self {
        Self { preset: key.to_owned(), ..Self::default() }
    }

    /// The file's name in messages and commands.
    pub fn file(&self) -> String {
        match self.text {
            Some(_) => "scenario.yaml".to_owned(),
            None => format!("scenarios/{}.yaml", self.preset),
        }
    }

    /// What tells its file from others.
    pub fn file_of(&self) -> (&str, Option<&str>) {
        (&self.preset, self.text.as_deref())
    }

    /// The value that was set at a path.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.sets.iter().find(|(at, _)| at == path).map(|(_, value)| value.as_str())
    }

    /// Sets a value; `None` takes back what was set.
    pub fn set(&mut self, path: &str, value: Option<String>) {
        let at = self.sets.iter().position(|(set, _)| set == path);
        match (at, value) {
            (Some(at), Some(value)) => self.sets[at].1 = value,
            (Some(at), None) => {
                self.sets.remove(at);
            }
            (None, Some(value)) => self.sets.push((path.to_owned(), value)),
            (None, None) => {}
        }
    }

    /// What is different from the file, in a few words; empty when nothing is.
    pub fn difference(&self) -> String {
        let sets = self.sets.iter().map(|(path, value)| {
            let last = path.rsplit('.').next().unwrap_or(path);
            format!("{last} {value}")
        });
        let words: Vec<String> = self.variant.clone().into_iter().chain(sets).collect();
        words.join(", ")
    }
}

/// A scenario that the page brings along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Path below `scenarios/` without the ending.
    pub key: String,
    /// Its title.
    pub name: String,
    /// The question it answers.
    pub question: Option<String>,
}

/// From the shell to an engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToEngine {
    /// How wide figures are to be.
    View { width: u32 },
    /// Simulate: one side, or two to compare. This engine does replication `r` where `r % of == share`; the
    /// engine with share 0 leads.
    /// `live`: a knob moves, and nothing is wanted but the last side's picture, soon.
    Run { run: u64, sides: Vec<Choice>, replications: Option<u32>, share: u32, of: u32, live: bool },
    /// Stop what you do; what there is stays.
    Cancel,
    /// The cluster at an instant, in seconds after the report's start.
    StateAt { run: u64, side: usize, seconds: f64 },
    /// What has happened to a pod, by its number.
    Story { run: u64, side: usize, uid: u64 },
    /// Something to take away, with the command that repeats it.
    Export { side: usize, form: Form, command: String },
    /// One value through several levels.
    Sweep { sweep: u64, choice: Choice, path: String, values: Vec<String>, replications: u32 },
    /// What a preset looks like, when there is time.
    Thumbnail { key: String },
    /// What is wrong with a text?
    Check { name: String, text: String },
    /// The text that a choice begins with.
    Text { choice: Choice },
    /// Somebody dropped or pasted this.
    Read { name: String, text: String },
    /// Panics. For the test of what happens then.
    Panic,
}

/// Forms that something can be taken away in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// The overview as `plimsoll plot` writes it.
    Svg,
    /// The figures as `plimsoll run -o csv` writes them.
    Csv,
    /// The series over time.
    Series,
    /// The whole report.
    Json,
    /// The scenario with everything set in it.
    Yaml,
    /// A snippet for a document.
    Markdown,
}

/// From an engine to the shell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromEngine {
    /// The program has loaded. `inks` are the figures' colours as CSS variables, light and dark.
    Ready { version: String, presets: Vec<Preset>, inks: (String, String) },
    /// How far a run is: 0 to 1, and replications.
    Progress { run: u64, share: f64, done: u32, of: u32 },
    /// What is known so far; the last is complete. The drawing of the last side's picture follows as a text, and the
    /// series of the reports as numbers: see [`Outcome::take_series`].
    Outcome(Box<Outcome>),
    /// The picture of a side that is not the last; its drawing follows as a text.
    Picture { run: u64, side: usize, picture: Box<Picture> },
    /// A replication that another engine computed; its text follows and is passed on to the lead.
    Replication { run: u64, side: usize, replication: u32 },
    /// A scenario cannot be run.
    Refused { run: u64, side: usize, told: Vec<Told> },
    /// The cluster at an instant, and the nearest instants before and after in which something changes.
    State { run: u64, side: usize, scene: Box<Scene>, around: (Option<f64>, Option<f64>) },
    /// What has happened to a pod; nothing is known of some.
    Story { uid: u64, story: Option<Box<Story>> },
    /// Something to take away.
    Export { form: Form, name: String, text: String },
    /// What a sweep has found so far.
    Sweep { sweep: u64, points: Vec<SweepPoint>, done: bool },
    /// What a preset looks like; the drawing follows as a text.
    Thumbnail { key: String },
    /// What is wrong with a text: nothing, if there are no errors.
    Checked { told: Vec<Told> },
    /// The text that was asked for.
    Text { text: String },
    /// What was read, and what there is to say about it.
    Read { found: Option<Found>, said: Vec<String>, told: Vec<Told> },
    /// The engine is gone: this is what it said last.
    Panicked { text: String },
}

/// What a text turned out to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Found {
    /// A scenario, as it is or made of something else.
    Scenario(String),
    /// A real cluster.
    Cluster(String),
}

/// What a run has come to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// The run.
    pub run: u64,
    /// The sides, in the order asked.
    pub sides: Vec<SideNews>,
    /// The overview of the last side; `None`: it looks as it did.
    pub picture: Option<Picture>,
    /// The second side against the first.
    pub comparison: Option<Comparison>,
    /// Replications that there will be.
    pub of: u32,
    /// Whether this is all.
    pub complete: bool,
    /// Where the time went.
    pub spent: Spent,
}

impl Outcome {
    /// Takes the series out of the reports, to travel as numbers: as text they would be most of the message. In the
    /// place of each is its length.
    pub fn take_series(&mut self) -> Vec<f64> {
        let mut numbers = Vec::new();
        for values in self.series() {
            let length = values.len() as f64;
            numbers.append(values);
            values.push(length);
        }
        numbers
    }

    /// Puts them back.
    pub fn put_series(&mut self, numbers: &[f64]) {
        let mut rest = numbers;
        for values in self.series() {
            let length = values.first().map_or(0, |length| *length as usize).min(rest.len());
            let (own, others) = rest.split_at(length);
            *values = own.to_vec();
            rest = others;
        }
    }

    fn series(&mut self) -> impl Iterator<Item = &mut Vec<f64>> {
        let reports = self.sides.iter_mut().filter_map(|side| Some(&mut side.about.as_mut()?.report.series));
        reports.flat_map(|series| std::iter::once(&mut series.seconds).chain(series.metrics.values_mut()))
    }
}

/// Milliseconds that an engine took for what a picture needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// To read and compile the scenarios.
    pub compiling: f64,
    /// To simulate replication 0 of the last side.
    pub simulating: f64,
    /// To sum up and to compare.
    pub reporting: f64,
    /// To draw.
    pub drawing: f64,
}

/// One side of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SideNews {
    /// What was asked.
    pub choice: Choice,
    /// What came of it; `None`: what the shell was told of this choice with the last outcome.
    pub about: Option<About>,
}

/// What there is to know of a side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// What came of it.
    pub report: Report,
    /// The scenario's what-ifs.
    pub variants: Vec<(String, Option<String>)>,
    /// What may be turned.
    pub knobs: Vec<Knob>,
    /// Warnings about the scenario.
    pub told: Vec<Told>,
}

/// A figure, and where its plots lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// The drawing. It travels beside the message: it is long, and nothing in it is to be escaped.
    #[serde(skip)]
    pub svg: String,
    /// What it shows.
    pub caption: String,
    /// What there is to see in it.
    pub sentence: String,
    /// Width and height of the drawing.
    pub size: (f64, f64),
    /// Left and right edge of the plots.
    pub sides: (f64, f64),
    /// Seconds between the edges.
    pub seconds: f64,
    /// The plots, from top to bottom.
    pub plots: Vec<Plot>,
}

/// Where a plot lies, and which values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// The panel it belongs to.
    pub panel: String,
    /// Upper and lower edge.
    pub edges: (f64, f64),
    /// Values at the lower and the upper edge.
    pub values: (f64, f64),
    /// Equal distances mean equal ratios.
    pub logarithmic: bool,
}

impl Picture {
    /// Where an instant lies.
    pub fn x(&self, seconds: f64) -> f64 {
        let share = if self.seconds > 0.0 { (seconds / self.seconds).clamp(0.0, 1.0) } else { 0.0 };
        self.sides.0 + share * (self.sides.1 - self.sides.0)
    }

    /// The instant at a place.
    pub fn seconds_at(&self, x: f64) -> f64 {
        ((x - self.sides.0) / (self.sides.1 - self.sides.0)).clamp(0.0, 1.0) * self.seconds
    }
}

impl Plot {
    /// Where a value lies.
    pub fn y(&self, value: f64) -> f64 {
        let ((top, bottom), (low, high)) = (self.edges, self.values);
        let part = if self.logarithmic {
            let log = |value: f64| value.max(low).log10();
            (log(value) - log(low)) / (log(high) - log(low))
        } else {
            (value - low) / (high - low)
        };
        bottom - part.clamp(0.0, 1.0) * (bottom - top)
    }
}

/// Something said about a scenario, as the command line says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Whether the scenario cannot be run for it.
    pub error: bool,
    /// Line and column of the file; absent for what is not in it.
    pub place: Option<(u32, u32)>,
    /// What the command line prints.
    pub text: String,
}

/// A mean, with the ends of its interval where there are replications enough for one.
pub type Mean = (f64, Option<(f64, f64)>);

/// What one level of a sweep came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// The value.
    pub value: String,
    /// Means of the figures with the ends of their intervals, by name.
    pub figures: Vec<(String, Mean)>,
    /// Checks that pass, of how many.
    pub checks: (usize, usize),
}
