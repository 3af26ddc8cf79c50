//! What the lead engine's words do.

use std::rc::Rc;

use yew::prelude::*;

use super::app::{App, Phase, Trouble};
use super::browser;
use super::shown::{self, Shown, Side};
use crate::protocol::{Choice, Form, Found, FromEngine, Outcome, Picture};

impl App {
    /// The lead engine said something.
    pub(super) fn told(&mut self, ctx: &Context<Self>, message: FromEngine) -> bool {
        match message {
            FromEngine::Progress { run, share, done, of } => {
                if run != self.run || self.live || self.phase == Phase::Idle {
                    return false;
                }
                self.phase = Phase::Running(share, done, of);
                true
            }
            FromEngine::Refused { run, told, .. } => {
                if run != self.run && run != 0 {
                    return false;
                }
                self.phase = Phase::Idle;
                self.live = false;
                self.trouble = Some(Trouble::Refused(told));
                true
            }
            FromEngine::Story { uid, story } => {
                if self.pod == Some(uid) {
                    self.story = story.map(|story| Rc::new(*story));
                }
                true
            }
            FromEngine::State { run, scene, around, .. } => {
                self.state_asked = None;
                if self.shown.as_ref().is_some_and(|shown| shown.run == run) {
                    self.cluster = Some(Rc::new(*scene));
                    self.around = around;
                }
                if self.state_again {
                    self.ask_state();
                }
                true
            }
            FromEngine::Export { form, name, text } => {
                self.export(form, &name, &text);
                self.say(ctx, format!("Saved {name}"));
                true
            }
            FromEngine::Sweep { sweep, points, .. } => {
                let swept = self.swept.as_mut().filter(|swept| swept.number == sweep);
                swept.map(|swept| swept.points = points).is_some()
            }
            FromEngine::Checked { told } => {
                self.draft.told = told;
                self.draft.checking = false;
                true
            }
            FromEngine::Text { text } => {
                self.draft.text = Some(text);
                true
            }
            FromEngine::Read { found, said, told } => self.read(ctx, found, said, told),
            FromEngine::Ready { .. }
            | FromEngine::Outcome(_)
            | FromEngine::Picture { .. }
            | FromEngine::Replication { .. }
            | FromEngine::Thumbnail { .. }
            | FromEngine::Panicked { .. } => false,
        }
    }

    /// A side that is not the last has been drawn.
    pub(super) fn drawn(&mut self, run: u64, side: usize, picture: Picture) -> bool {
        let Some(shown) = self.shown.as_mut().filter(|shown| shown.run == run) else { return false };
        let Some(place) = shown.sides.get_mut(side) else { return false };
        *place = Rc::new(Side { picture, ..Side::clone(place) });
        self.known.clone_from(&shown.sides);
        self.other
    }

    pub(super) fn outcome(&mut self, ctx: &Context<Self>, mut outcome: Outcome) -> bool {
        let Some(sides) = shown::sides(&mut outcome, &self.known) else { return false };
        self.known.clone_from(&sides);
        // An older run is never shown over a newer one; the present one may be shown again, at another width.
        if outcome.run != self.run {
            return false;
        }
        let first = self.shown.is_none();
        let fresh = self.shown.as_ref().is_none_or(|shown| shown.run != outcome.run);
        self.stopping = 0;
        if !self.keep_trouble && !matches!(self.trouble, Some(Trouble::Said(_))) {
            self.trouble = None;
            self.crashes = 0;
        }
        if outcome.complete {
            self.keep_trouble = false;
        }
        if !self.live && !outcome.complete {
            self.share(outcome.of);
        }
        self.phase = match outcome.complete {
            true => Phase::Idle,
            false => {
                let done = sides.first().map_or(1, |side| side.report.replications);
                Phase::Running(f64::from(done) / f64::from(outcome.of.max(1)), done, outcome.of)
            }
        };
        let length = sides.last().map_or(0.0, |side| side.picture.seconds);
        self.shown = Some(Shown {
            run: outcome.run,
            sides,
            comparison: outcome.comparison.map(Rc::new),
            spent: outcome.spent,
        });
        if self.shown.as_ref().is_some_and(|shown| shown.sides.len() < 2) {
            self.other = false;
        }
        if first && self.seconds == 0.0 {
            self.seconds = self.telling_moment();
        }
        self.seconds = self.seconds.min(length);
        if self.live {
            self.live = false;
            if self.live_again {
                self.start(true);
            }
        } else if fresh {
            self.state_asked = None;
            self.ask_state();
        }
        if first {
            self.write_address(ctx, false);
        }
        true
    }

    /// Where to look first: a quarter of an hour into the worst trouble, else the middle.
    fn telling_moment(&self) -> f64 {
        let Some((side, _)) = self.sides() else { return 0.0 };
        let trouble = side.report.troubles.iter().min_by_key(|trouble| trouble.kind);
        let into = |trouble: &plimsoll_core::report::Trouble| {
            let length = trouble.until_seconds - trouble.from_seconds;
            trouble.from_seconds + (length / 2.0).min(900.0)
        };
        trouble.map_or(side.picture.seconds / 2.0, into).clamp(0.0, side.picture.seconds)
    }

    /// An engine is gone: another is in its place already.
    pub(super) fn broken(&mut self, text: String, lead: bool) -> bool {
        self.crashes += 1;
        self.state_asked = None;
        self.live = false;
        self.phase = Phase::Idle;
        let seed = self.sides().map(|(side, _)| side.report.seed.to_string()).unwrap_or_default();
        let scene = serde_json::to_string(&*self.scene).unwrap_or_default();
        let report = format!("Plimsoll {}\n{text}\nseed {seed}\nscene {scene}", env!("CARGO_PKG_VERSION"));
        self.trouble = Some(Trouble::Broken(report));
        // What stands there was computed by an engine that is gone; the new one has to learn it before it can look
        // back or export. Not again and again, should it be the scenario that breaks it.
        if lead && self.shown.is_some() && self.crashes < 2 {
            let trouble = self.trouble.take();
            self.start(false);
            self.trouble = trouble;
            self.keep_trouble = true;
        }
        true
    }

    fn export(&mut self, form: Form, name: &str, text: &str) {
        if form == Form::Svg
            && let Some(scale) = self.png.take()
        {
            browser::download_png(name.replace(".svg", &format!("@{scale}x.png")), text, scale);
            return;
        }
        let media = match form {
            Form::Svg => "image/svg+xml",
            Form::Csv | Form::Series => "text/csv",
            Form::Json => "application/json",
            Form::Yaml => "application/yaml",
            Form::Markdown => "text/markdown",
        };
        browser::download(name, media, text);
    }

    fn read(
        &mut self,
        ctx: &Context<Self>,
        found: Option<Found>,
        said: Vec<String>,
        told: Vec<crate::protocol::Told>,
    ) -> bool {
        match found {
            Some(Found::Scenario(text)) => {
                self.replace(Choice { text: Some(text), ..Choice::default() }, ctx)
            }
            Some(Found::Cluster(text)) => {
                let choice = Choice { cluster: Some(text), ..self.scene.choice.clone() };
                self.replace(choice, ctx);
            }
            None if !told.is_empty() => {
                self.trouble = Some(Trouble::Refused(told));
                return true;
            }
            None => {}
        }
        self.trouble = (!said.is_empty()).then_some(Trouble::Said(said));
        true
    }
}
