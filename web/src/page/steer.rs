//! What acts and keys do.

use std::rc::Rc;

use yew::prelude::*;

use super::act::{Act, Panel};
use super::app::{App, Draft, Msg, Phase};
use super::browser;
use super::clockwork::later;
use super::keys;
use super::scene::Scene;
use super::sweep::Swept;
use crate::protocol::{Choice, Form, ToEngine};

/// How many times as fast as life it plays.
const SPEEDS: [u32; 9] = [1, 10, 30, 60, 120, 300, 600, 1_200, 3_600];

/// Milliseconds in which an engine stops by itself; after that it is ended.
const STOP_MS: u64 = 400;

/// Levels of a sweep in the page.
const LEVELS: u32 = 9;

/// Replications of each level.
const SWEEP_REPLICATIONS: u32 = 5;

impl App {
    /// Another scenario altogether.
    pub(super) fn replace(&mut self, choice: Choice, ctx: &Context<Self>) {
        self.scene = Rc::new(Scene { choice, against: None, replications: None, seconds: None });
        self.shown = None;
        self.cluster = None;
        self.seconds = 0.0;
        self.playing = false;
        self.pod = None;
        self.story = None;
        self.swept = None;
        self.other = false;
        self.panel = None;
        self.draft = Draft::default();
        self.trouble = None;
        self.changed(ctx, false);
    }

    /// A change to what is simulated; what was there first is kept to compare with.
    fn vary(&mut self, ctx: &Context<Self>, live: bool, change: impl FnOnce(&mut Choice)) {
        let mut scene = (*self.scene).clone();
        scene.keep();
        change(&mut scene.choice);
        if !live {
            scene.settle();
        }
        self.scene = Rc::new(scene);
        self.other = false;
        self.trouble = None;
        self.changed(ctx, live);
    }

    /// Somebody wants something. Whether there is something new to see.
    pub(super) fn act(&mut self, ctx: &Context<Self>, act: Act) -> bool {
        match act {
            Act::Preset(key) => self.replace(Choice::preset(&key), ctx),
            Act::Own(text) => self.replace(Choice { text: Some(text), ..Choice::default() }, ctx),
            Act::Variant(name) => self.vary(ctx, false, |choice| choice.variant = name),
            Act::Set { path, value, live } => self.vary(ctx, live, |choice| choice.set(&path, value)),
            Act::Replications(count) => {
                let mut scene = (*self.scene).clone();
                scene.replications = count;
                self.scene = Rc::new(scene);
                self.changed(ctx, false);
            }
            Act::Pin => self.rearrange(ctx, |scene| scene.against = Some(scene.choice.clone())),
            Act::Swap => self.rearrange(ctx, |scene| {
                if let Some(against) = &mut scene.against {
                    std::mem::swap(against, &mut scene.choice);
                }
            }),
            Act::Unpin => self.rearrange(ctx, |scene| scene.against = None),
            Act::Reset => self.rearrange(ctx, |scene| {
                scene.choice = Choice { variant: None, sets: Vec::new(), ..scene.choice.clone() };
                scene.against = None;
            }),
            Act::Other => {
                if self.shown.as_ref().is_some_and(|shown| shown.sides.len() == 2) {
                    self.other = !self.other;
                    self.state_asked = None;
                    self.ask_state();
                }
            }
            Act::At(_) | Act::Step(_) | Act::By(_) | Act::End(_) | Act::Play | Act::Speed(_) => {
                return self.travel(ctx, act);
            }
            Act::Open(panel) => self.open(panel),
            Act::Close => self.panel = None,
            Act::Theme => self.switch_theme(ctx),
            Act::CopyLink => {
                let location = browser::window().location().href().unwrap_or_default();
                let page = location.split('#').next().unwrap_or_default();
                browser::copy(&format!("{page}{}", self.fragment));
                self.say(ctx, "The link is on the clipboard. It holds everything.");
            }
            Act::Copy(what, text) => {
                browser::copy(&text);
                self.say(ctx, format!("The {what} is on the clipboard."));
            }
            Act::Save(form) => self.save(form),
            Act::Png(scale) => {
                self.png = Some(scale);
                self.save(Form::Svg);
            }
            Act::Cancel => self.cancel(ctx),
            Act::Sweep(path) => self.sweep(&path),
            Act::EndSweep => {
                self.swept = None;
                self.panel = None;
            }
            Act::Width(width) => {
                let width = width.max(320);
                if width != self.width {
                    self.width = width;
                    self.pool.tell_view(ToEngine::View { width });
                }
                return false;
            }
            Act::Pod(pod) => {
                self.pod = pod;
                self.story = None;
                if let (Some(uid), Some(shown)) = (pod, &self.shown) {
                    let message = ToEngine::Story { run: shown.run, side: self.side_at(), uid };
                    self.pool.tell(0, &message);
                }
            }
            Act::Check(text) => {
                self.draft.checking = true;
                self.draft.newest = Some(text);
                self.check.ask(ctx, 200, Msg::Check);
            }
            Act::Read(name, text) => {
                self.say(ctx, format!("Reading {name}…"));
                self.pool.tell(0, &ToEngine::Read { name, text });
            }
            Act::Dismiss => self.trouble = None,
        }
        true
    }

    fn save(&mut self, form: Form) {
        let Some((shown, _)) = self.sides() else { return };
        let command = self.scene.command(shown.report.seed, shown.report.replications);
        let side = self.side_at();
        self.pool.tell(0, &ToEngine::Export { side, form, command });
    }

    fn rearrange(&mut self, ctx: &Context<Self>, change: impl FnOnce(&mut Scene)) {
        let mut scene = (*self.scene).clone();
        change(&mut scene);
        self.scene = Rc::new(scene);
        self.other = false;
        self.trouble = None;
        self.changed(ctx, false);
    }

    fn travel(&mut self, ctx: &Context<Self>, act: Act) -> bool {
        let Some((side, _)) = self.sides() else { return false };
        let length = side.picture.seconds;
        let to = match act {
            Act::At(seconds) => seconds,
            Act::By(seconds) => self.seconds + seconds,
            Act::End(last) => {
                if last {
                    length
                } else {
                    0.0
                }
            }
            Act::Step(on) => self.next_event(&side.report, on),
            Act::Speed(faster) => {
                let at = SPEEDS.iter().position(|speed| *speed == self.speed).unwrap_or(3);
                let at = if faster { at + 1 } else { at.saturating_sub(1) };
                self.speed = SPEEDS[at.min(SPEEDS.len() - 1)];
                return true;
            }
            _ => {
                self.playing = !self.playing;
                if self.playing {
                    if self.seconds >= length {
                        self.seconds = 0.0;
                    }
                    self.frame += 1;
                    later(ctx, 0, Msg::Frame(self.frame));
                }
                return true;
            }
        };
        if !matches!(act, Act::At(_)) {
            self.playing = false;
        }
        self.seconds = to.clamp(0.0, length);
        self.ask_state();
        self.write_address(ctx, false);
        true
    }

    /// The nearest instant at which something happens, as the engine says of the cluster; else the next note.
    fn next_event(&self, report: &plimsoll_core::report::Report, on: bool) -> f64 {
        let near = self.cluster.as_ref().filter(|cluster| (cluster.seconds - self.seconds).abs() < 1.0);
        let found = near.and(if on { self.around.1 } else { self.around.0 });
        let mut notes = report.notes.iter().map(|note| note.seconds);
        let note = if on {
            notes.find(|at| *at > self.seconds + 0.5)
        } else {
            notes.rfind(|at| *at < self.seconds - 0.5)
        };
        found.or(note).unwrap_or(self.seconds)
    }

    fn open(&mut self, panel: Panel) {
        self.panel = Some(panel);
        if panel == Panel::Gallery {
            self.ask_thumbnails();
        }
        if panel == Panel::Editor {
            self.draft = Draft::default();
            self.pool.tell(0, &ToEngine::Text { choice: self.scene.choice.clone() });
        }
    }

    /// Asks for the thumbnails that are not there. The lead stays free for what is asked of it meanwhile.
    fn ask_thumbnails(&mut self) {
        let engine = self.pool.len() as usize - 1;
        for preset in &self.presets {
            let key = preset.key.clone();
            if !self.thumbnails.has(&key) && !self.thumbnails_asked.contains(&key) {
                self.pool.tell(engine, &ToEngine::Thumbnail { key: key.clone() });
                self.thumbnails_asked.push(key);
            }
        }
    }

    fn switch_theme(&mut self, ctx: &Context<Self>) {
        let next = match browser::theme().as_deref() {
            None => Some("light"),
            Some("light") => Some("dark"),
            _ => None,
        };
        browser::set_theme(next);
        self.say(
            ctx,
            match next {
                None => "Light or dark as the system has it.",
                Some("light") => "Light.",
                Some(_) => "Dark.",
            },
        );
    }

    fn cancel(&mut self, ctx: &Context<Self>) {
        self.playing = false;
        if !matches!(self.phase, Phase::Running(..)) && self.swept.is_none() {
            return;
        }
        self.rest.forget();
        for at in 0..self.pool.len() as usize {
            self.pool.tell(at, &ToEngine::Cancel);
        }
        self.stopping = self.run;
        later(ctx, STOP_MS, Msg::Stopped(self.run));
    }

    fn sweep(&mut self, path: &str) {
        let Some((side, _)) = self.sides() else { return };
        let Some(knob) = side.knobs.iter().find(|knob| knob.path == path) else { return };
        let level = |at: u32| {
            let value = knob.min + (knob.max - knob.min) * f64::from(at) / f64::from(LEVELS - 1);
            knob.text(knob.min + ((value - knob.min) / knob.step).round() * knob.step)
        };
        let mut values: Vec<String> = match knob.choices.is_empty() {
            true => (0..LEVELS).map(level).collect(),
            false => knob.choices.clone(),
        };
        values.dedup();
        let number = self.swept.as_ref().map_or(1, |swept| swept.number + 1);
        self.swept = Some(Swept {
            number,
            path: path.to_owned(),
            name: knob.label.clone(),
            levels: values.len(),
            points: Vec::new(),
            present: knob.written.clone().unwrap_or_else(|| knob.text(knob.value)),
        });
        let choice = self.scene.choice.clone();
        let path = path.to_owned();
        // The lead stays free for what is asked of it meanwhile.
        let engine = if self.pool.len() > 1 { 1 } else { 0 };
        let replications = SWEEP_REPLICATIONS;
        self.pool.tell(engine, &ToEngine::Sweep { sweep: number, choice, path, values, replications });
    }

    /// A key was pressed: a command, unless somebody types.
    pub(super) fn key(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        use wasm_bindgen::JsCast;
        let key = keys::spelled(event);
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let tag = target.as_ref().map(|element| element.tag_name().to_lowercase()).unwrap_or_default();
        let kind = target.as_ref().and_then(|element| element.get_attribute("type")).unwrap_or_default();
        let typing = matches!(tag.as_str(), "textarea" | "select") || tag == "input" && kind != "range";
        let slider = tag == "input" && kind == "range";
        let moves = key.contains("Arrow") || matches!(key.as_str(), "Home" | "End");
        let knob = slider && target.as_ref().is_some_and(|element| element.id() != "time");
        let presses = key == " " && matches!(tag.as_str(), "button" | "summary" | "a");
        let palette = key == "Ctrl+k";
        if !palette && (typing || self.panel.is_some() || presses || (knob && moves)) {
            return false;
        }
        let Some(command) = keys::commands().into_iter().find(|command| command.key == key) else {
            return false;
        };
        event.prevent_default();
        self.act(ctx, command.act)
    }
}
