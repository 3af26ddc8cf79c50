//! The desk: takes the shell's messages, does the work between them, and answers.

use plimsoll_charts::Theme;
use plimsoll_core::replay::Replay;
use plimsoll_core::scenario::Document;

use super::job::{Found, Job};
use super::side::{self, Side};
use super::sweep::Sweep;
use super::thumbnails::Thumbnails;
use super::{exports, presets, reading};
use crate::protocol::{Choice, FromEngine, ToEngine};

/// Milliseconds of work at a time: short enough that a cancel is idle at once.
pub const SLICE_MS: f64 = 10.0;

/// Milliseconds between two words on progress.
const PROGRESS_MS: f64 = 80.0;

/// Events between two looks at the clock.
const EVENTS_PER_LOOK: u64 = 200;

/// How messages leave: the message, and a text and numbers beside it.
type Send = Box<dyn Fn(&FromEngine, Option<String>, &[f64])>;

/// The engine's state.
pub struct Desk {
    send: Send,
    now: fn() -> f64,
    width: u32,
    job: Option<Job>,
    sweep: Option<Sweep>,
    thumbnails: Thumbnails,
    /// The instant that somebody wants to see, and of which side; the last one asked for.
    wanted: Option<(usize, f64)>,
    /// The choices, and of how many replications, that the last outcome was about.
    told: Vec<(Choice, usize)>,
    /// What was drawn last, sides with their replications and the width, and how many milliseconds that took.
    drawn: Option<(Vec<(Choice, usize)>, u32)>,
    drawing: f64,
    /// Sides whose pictures are to follow when there is time.
    undrawn: Vec<usize>,
    told_at: f64,
}

impl Desk {
    /// An engine that has just loaded.
    pub fn new(now: fn() -> f64, send: Send) -> Self {
        let inks =
            (plimsoll_charts::css_variables(Theme::Light), plimsoll_charts::css_variables(Theme::Dark));
        let version = plimsoll_core::VERSION.to_owned();
        let ready = FromEngine::Ready { version, presets: presets::list(), inks };
        send(&ready, None, &[]);
        Self {
            send,
            now,
            width: 900,
            job: None,
            sweep: None,
            wanted: None,
            told: Vec::new(),
            drawn: None,
            drawing: 0.0,
            undrawn: Vec::new(),
            thumbnails: Thumbnails::default(),
            told_at: 0.0,
        }
    }

    fn tell(&self, message: &FromEngine) {
        (self.send)(message, None, &[]);
    }

    /// A message has come.
    pub fn hear(&mut self, message: ToEngine) {
        match message {
            ToEngine::View { width } => self.view(width),
            ToEngine::Run { run, sides, replications, share, of, live } => {
                self.run(run, &sides, replications, (share, of.max(1)), live);
            }
            ToEngine::Cancel => {
                self.sweep = None;
                if let Some(job) = &mut self.job {
                    job.stop();
                }
                self.show();
            }
            ToEngine::StateAt { run, side, seconds } => {
                if self.job.as_ref().is_some_and(|job| job.run == run && side < job.sides.len()) {
                    self.wanted = Some((side, seconds));
                }
            }
            ToEngine::Story { run, side, uid } => self.story(run, side, uid),
            ToEngine::Export { side, form, command } => self.export(side, form, &command),
            ToEngine::Sweep { sweep, choice, path, values, replications } => {
                self.sweep = Some(Sweep::new(sweep, choice, path, values, replications));
            }
            ToEngine::Thumbnail { key } => self.thumbnails.want(key),
            ToEngine::Check { name, text } => {
                let found = Document::parse(&name, text.as_bytes()).and_then(|document| document.validate());
                let told = side::told(&found.unwrap_or_else(|errors| errors));
                self.tell(&FromEngine::Checked { told });
            }
            ToEngine::Text { choice } => self.text(choice),
            ToEngine::Read { name, text } => self.tell(&reading::look(&name, text)),
            ToEngine::Panic => panic!("somebody asked for a panic"),
        }
    }

    /// A replication that another engine computed, as it wrote it.
    pub fn take(&mut self, run: u64, side: usize, number: u32, text: &str) {
        let Some(job) = self.job.as_mut().filter(|job| job.run == run) else { return };
        if let Ok(replication) = serde_json::from_str(text)
            && matches!(job.learn(side, number, replication), Found::News)
        {
            self.show();
        }
    }

    /// Whether there is work to do between messages.
    pub fn has_work(&self) -> bool {
        self.wanted.is_some() && self.job.is_some()
            || self.job.as_ref().is_some_and(Job::has_work)
            || self.sweep.as_ref().is_some_and(Sweep::has_work)
            || self.may_draw()
            || self.thumbnails.has_work()
    }

    /// Works for a slice of time.
    pub fn work(&mut self) {
        let until = (self.now)() + SLICE_MS;
        let blank = self.job.as_ref().is_none_or(|job| job.is_blank() && job.has_work());
        if self.wanted.is_some() && !blank {
            self.look_back(until);
        } else if self.may_draw() {
            self.draw();
        } else if let Some(job) = self.job.as_mut().filter(|job| job.has_work()) {
            let run = job.run;
            match job.work(self.now, until) {
                Found::Nothing => {}
                Found::News => self.show(),
                Found::Replication(side, replication, result) => {
                    let text = serde_json::to_string(&result).unwrap_or_default();
                    (self.send)(&FromEngine::Replication { run, side, replication }, Some(text), &[]);
                }
            }
            self.progress();
        } else if let Some(sweep) = &mut self.sweep {
            let number = sweep.sweep;
            let told = match sweep.work(self.now, until) {
                Ok(false) => None,
                Ok(true) => {
                    let (points, done) = (sweep.points.clone(), !sweep.has_work());
                    Some(FromEngine::Sweep { sweep: number, points, done })
                }
                Err(told) => Some(FromEngine::Refused { run: 0, side: 0, told }),
            };
            if !sweep.has_work() {
                self.sweep = None;
            }
            if let Some(told) = told {
                self.tell(&told);
            }
        } else if let Some((key, picture)) = self.thumbnails.work(self.now, until) {
            (self.send)(&FromEngine::Thumbnail { key }, Some(picture), &[]);
        }
    }

    fn progress(&mut self) {
        let now = (self.now)();
        if let Some(job) = self.job.as_ref().filter(|job| job.leads())
            && now - self.told_at > PROGRESS_MS
        {
            self.told_at = now;
            let (share, done, of) = job.progress();
            self.tell(&FromEngine::Progress { run: job.run, share, done, of });
        }
    }

    fn view(&mut self, width: u32) {
        if self.width != width {
            self.width = width;
            self.show();
        }
    }

    /// Tells what there is. The last side's picture comes first, if it looks different; those of others may follow,
    /// since nobody looks at them before.
    fn show(&mut self) {
        let Some(job) = self.job.as_mut().filter(|job| job.leads()) else { return };
        let Some(mut outcome) = job.outcome(&mut self.told, self.now) else { return };
        let looks = (self.told.clone(), self.width);
        let mut svg = None;
        if self.drawn.as_ref() != Some(&looks) {
            let from = (self.now)();
            outcome.picture = job.picture(job.sides.len() - 1, self.width);
            svg = outcome.picture.as_mut().map(|picture| std::mem::take(&mut picture.svg));
            self.drawing = (self.now)() - from;
            self.drawn = Some(looks);
            self.undrawn = (0..job.sides.len() - 1).collect();
        }
        outcome.spent.drawing = self.drawing;
        let numbers = outcome.take_series();
        (self.send)(&FromEngine::Outcome(Box::new(outcome)), svg, &numbers);
    }

    /// Whether there is a picture to draw that nobody waits for. While a knob moves, there is not.
    fn may_draw(&self) -> bool {
        !self.undrawn.is_empty()
            && self.job.as_ref().is_some_and(|job| job.leads() && !job.live && !job.is_blank())
    }

    fn draw(&mut self) {
        let (Some(job), Some(side)) = (&mut self.job, self.undrawn.pop()) else { return };
        if let Some(mut picture) = job.picture(side, self.width) {
            let svg = std::mem::take(&mut picture.svg);
            let picture = Box::new(picture);
            (self.send)(&FromEngine::Picture { run: job.run, side, picture }, Some(svg), &[]);
        }
    }

    /// Begins a run. Sides that the last run had as well keep what is known of them. With a mistake in a side, what
    /// was there before stays.
    fn run(
        &mut self,
        run: u64,
        choices: &[Choice],
        replications: Option<u32>,
        share: (u32, u32),
        live: bool,
    ) {
        let from = (self.now)();
        let unfinished = self.job.as_mut().and_then(Job::interrupt);
        let mut known: Vec<Side> = Vec::new();
        for (at, choice) in choices.iter().enumerate() {
            let old = self.job.as_mut().and_then(|job| {
                let at = job.sides.iter().position(|side| side.choice == *choice)?;
                Some(job.sides.swap_remove(at))
            });
            let read = self.job.iter().flat_map(|job| &job.sides).chain(&known);
            match old.map_or_else(|| Side::new(choice, read), Ok) {
                Ok(side) => known.push(side),
                Err(told) => {
                    // What was taken out of the last run goes back.
                    if let Some(job) = &mut self.job {
                        job.sides.append(&mut known);
                        job.stop();
                    }
                    if share.0 == 0 {
                        self.tell(&FromEngine::Refused { run, side: at, told });
                    }
                    return;
                }
            }
        }
        self.wanted = None;
        let mut job = Job::new(run, known, replications, share);
        job.live = live;
        job.spent.compiling = (self.now)() - from;
        if let Some(unfinished) = unfinished {
            job.resume(unfinished);
        }
        let news = job.restart();
        self.job = Some(job);
        if news {
            self.show();
        }
    }

    /// Takes the replay of the side that somebody looks at a slice further, and shows the instant when it is there.
    fn look_back(&mut self, until: f64) {
        let Some((at, seconds)) = self.wanted else { return };
        let Some(job) = &mut self.job else { return };
        let (run, Some(side)) = (job.run, job.sides.get_mut(at)) else { return };
        let replay = side.replay.get_or_insert_with(|| Replay::new(side.model.clone(), side.seed, 0));
        while !replay.prepare(EVENTS_PER_LOOK) {
            if (self.now)() >= until {
                return;
            }
        }
        while !replay.seek(seconds, EVENTS_PER_LOOK) {
            if (self.now)() >= until {
                return;
            }
        }
        let scene = Box::new(replay.scene(seconds));
        let around = (replay.previous(seconds), replay.next(seconds));
        self.wanted = None;
        self.tell(&FromEngine::State { run, side: at, scene, around });
    }

    fn story(&self, run: u64, side: usize, uid: u64) {
        let job = self.job.as_ref().filter(|job| job.run == run);
        let replay = job.and_then(|job| job.sides.get(side)?.replay.as_ref());
        let story = replay.and_then(|replay| replay.story(uid)).map(Box::new);
        self.tell(&FromEngine::Story { uid, story });
    }

    fn export(&mut self, side: usize, form: crate::protocol::Form, command: &str) {
        let Some(job) = &mut self.job else { return };
        let replications = job.replications;
        let Some(side) = job.sides.get_mut(side) else { return };
        let count = side.ready(replications).max(1);
        let report = side.report(count).clone();
        let (name, text) = exports::export(form, side, &report, command);
        self.tell(&FromEngine::Export { form, name, text });
    }

    fn text(&self, choice: Choice) {
        let text =
            choice.text.unwrap_or_else(|| presets::text(&choice.preset).unwrap_or_default().to_owned());
        self.tell(&FromEngine::Text { text });
    }
}
