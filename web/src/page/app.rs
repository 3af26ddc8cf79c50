//! The whole state of the shell, and what each message does to it.

use std::rc::Rc;

use plimsoll_core::replay::{Scene as Cluster, Story};
use wasm_bindgen::prelude::*;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::act::{Act, Panel};
use super::browser;
use super::clockwork::{FRAME_MS, PutOff, later};
use super::gallery::Thumbnails;
use super::link;
use super::listeners;
use super::pool::{self, Heard, Pool};
use super::scene::Scene;
use super::shown::{Shown, Side};
use super::sweep::Swept;
use crate::protocol::{FromEngine, Preset, ToEngine, Told};

/// Milliseconds of rest before a change is computed with all its replications.
const REST_MS: u64 = 250;

/// Milliseconds between two writes of the address: browsers allow some fifty in half a minute.
const ADDRESS_MS: u64 = 750;

/// How far what was asked for is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The engines' program is on its way.
    Loading,
    /// Computing: 0 to 1, replications, of how many.
    Running(f64, u32, u32),
    /// Everything is there.
    Idle,
}

/// What went wrong last.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The scenario cannot be run.
    Refused(Vec<Told>),
    /// An engine broke off: what it said, and what it was doing.
    Broken(String),
    /// The program did not load.
    NotLoaded(String),
    /// Something else worth a sentence.
    Said(Vec<String>),
}

/// The editor's state.
#[derive(Default)]
pub struct Draft {
    pub text: Option<String>,
    pub told: Vec<Told>,
    pub checking: bool,
    pub newest: Option<String>,
}

/// The shell.
pub struct App {
    pub pool: Pool,
    pub scene: Rc<Scene>,
    pub presets: Vec<Preset>,
    pub thumbnails: Rc<Thumbnails>,
    /// Those that engines have been asked for.
    pub(super) thumbnails_asked: Vec<String>,
    pub phase: Phase,
    pub trouble: Option<Trouble>,
    pub shown: Option<Shown>,
    /// The sides of the lead engine's last outcome, shown or not.
    pub(super) known: Vec<Rc<Side>>,
    /// Whether the charts show what is compared with instead of what is asked.
    pub other: bool,
    pub seconds: f64,
    pub playing: bool,
    pub speed: u32,
    pub cluster: Option<Rc<Cluster>>,
    /// The nearest instants in which something changes.
    pub around: (Option<f64>, Option<f64>),
    pub pod: Option<u64>,
    pub story: Option<Rc<Story>>,
    pub panel: Option<Panel>,
    pub draft: Draft,
    pub swept: Option<Swept>,
    pub fragment: String,
    pub said: Option<String>,
    pub embedded: bool,
    /// The engines' program is there, and the address has been read: which of them comes first is open.
    begun: bool,
    addressed: bool,
    pub(super) run: u64,
    pub(super) width: u32,
    pub(super) live: bool,
    pub(super) live_again: bool,
    pub(super) shared: bool,
    pub(super) state_asked: Option<f64>,
    pub(super) state_again: bool,
    pub(super) rest: PutOff,
    pub(super) address: PutOff,
    pub(super) check: PutOff,
    pub(super) commit: bool,
    pub(super) stopping: u64,
    pub(super) frame: u64,
    pub(super) png: Option<u32>,
    pub(super) crashes: u32,
    /// What is said stays although a run succeeds: it is the repeat of one that did.
    pub(super) keep_trouble: bool,
    _keys: Closure<dyn FnMut(KeyboardEvent)>,
    _others: Vec<Closure<dyn FnMut(Event)>>,
}

/// What happens to the shell.
#[derive(Debug)]
pub enum Msg {
    /// An engine said something.
    Heard(Box<Heard>),
    /// The engines' program has come, or not.
    Module(Result<JsValue, String>),
    /// The scene of the address; whether it is the first.
    Opened(Option<Box<Scene>>, bool),
    /// Somebody wants something.
    Act(Act),
    /// The knobs have rested.
    Rested(u64),
    /// It is time to write the address.
    Address(u64),
    /// The address is packed.
    Packed(String, bool),
    /// Time for the next picture of what plays.
    Frame(u64),
    /// It is time to check the text.
    Check(u64),
    /// An engine should have stopped by now.
    Stopped(u64),
    /// A word has stood long enough.
    Unsaid,
    /// A key.
    Key(KeyboardEvent),
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        pool::fetch(ctx.link().callback(Msg::Module));
        open_address(ctx, true);
        let app = Self {
            pool: Pool::new(ctx.link().callback(|heard| Msg::Heard(Box::new(heard)))),
            scene: Rc::new(Scene::default()),
            presets: Vec::new(),
            thumbnails: Rc::new(Thumbnails::kept(&pool::version())),
            thumbnails_asked: Vec::new(),
            phase: Phase::Loading,
            trouble: None,
            shown: None,
            known: Vec::new(),
            other: false,
            seconds: 0.0,
            playing: false,
            speed: 60,
            cluster: None,
            around: (None, None),
            pod: None,
            story: None,
            panel: None,
            draft: Draft::default(),
            swept: None,
            fragment: String::new(),
            said: None,
            embedded: browser::embedded(),
            begun: false,
            addressed: false,
            run: 0,
            width: first_width(),
            live: false,
            live_again: false,
            shared: false,
            state_asked: None,
            state_again: false,
            rest: PutOff::default(),
            address: PutOff::default(),
            check: PutOff::default(),
            commit: false,
            stopping: 0,
            frame: 0,
            png: None,
            crashes: 0,
            keep_trouble: false,
            _keys: listeners::to_keys(ctx),
            _others: listeners::to_files(ctx),
        };
        browser::set_theme(browser::theme().as_deref());
        app
    }

    fn update(&mut self, ctx: &Context<Self>, message: Msg) -> bool {
        match message {
            Msg::Heard(heard) => self.heard(ctx, *heard),
            Msg::Module(Ok(module)) => {
                self.pool.begin(module);
                self.pool.tell_view(ToEngine::View { width: self.width });
                self.begun = true;
                if self.addressed {
                    self.start(false);
                }
                true
            }
            Msg::Module(Err(text)) => {
                self.trouble = Some(Trouble::NotLoaded(text));
                true
            }
            Msg::Opened(scene, first) => self.opened(scene.map(|scene| *scene), first),
            Msg::Act(act) => self.act(ctx, act),
            Msg::Rested(number) => {
                if self.rest.is_due(number) {
                    self.start(false);
                    self.write_address(ctx, true);
                }
                true
            }
            Msg::Address(number) => {
                if self.address.is_due(number) {
                    self.pack(ctx);
                }
                false
            }
            Msg::Packed(fragment, commit) => self.put_address(fragment, commit),
            Msg::Frame(number) => self.next_frame(ctx, number),
            Msg::Check(number) => {
                if self.check.is_due(number)
                    && let Some(text) = self.draft.newest.take()
                {
                    self.pool.tell(0, &ToEngine::Check { name: "scenario.yaml".to_owned(), text });
                }
                false
            }
            Msg::Stopped(run) => {
                if self.stopping == run {
                    self.pool.replace(0);
                    self.state_asked = None;
                    self.phase = Phase::Idle;
                    self.stopping = 0;
                }
                true
            }
            Msg::Unsaid => {
                self.said = None;
                true
            }
            Msg::Key(event) => self.key(ctx, &event),
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        super::view::page(self, &ctx.link().callback(Msg::Act))
    }
}

impl App {
    /// The side that the charts show, and the one beside it.
    pub fn sides(&self) -> Option<(Rc<Side>, Option<Rc<Side>>)> {
        let sides = &self.shown.as_ref()?.sides;
        match sides.as_slice() {
            [base, changed] if self.other => Some((base.clone(), Some(changed.clone()))),
            [base, changed] => Some((changed.clone(), Some(base.clone()))),
            [one] => Some((one.clone(), None)),
            _ => None,
        }
    }

    /// The place of the side that the charts show.
    pub(super) fn side_at(&self) -> usize {
        let sides = self.shown.as_ref().map_or(1, |shown| shown.sides.len());
        if self.other { 0 } else { sides.saturating_sub(1) }
    }

    /// A change was made: computes it once at once if it is `live`, and with all replications after a rest.
    pub(super) fn changed(&mut self, ctx: &Context<Self>, live: bool) {
        self.rest.ask(ctx, if live { REST_MS } else { 0 }, Msg::Rested);
        if live {
            if self.live {
                self.live_again = true;
            } else {
                self.start(true);
            }
        }
    }

    /// Begins a run of the scene.
    pub(super) fn start(&mut self, live: bool) {
        self.run += 1;
        self.live = live;
        self.live_again = false;
        self.shared = false;
        self.stopping = 0;
        let replications = if live { Some(1) } else { self.scene.replications };
        let of = if live { 1 } else { self.pool.len() };
        let sides = self.scene.sides();
        self.pool.tell(0, &ToEngine::Run { run: self.run, sides, replications, share: 0, of, live });
        if let Some(count) = replications.filter(|count| *count > 1) {
            self.share(count);
        }
        if !live && self.phase != Phase::Loading {
            self.phase = Phase::Running(0.0, 0, replications.unwrap_or(1));
        }
    }

    /// Gives the other engines their shares of a run.
    pub(super) fn share(&mut self, replications: u32) {
        if self.shared {
            return;
        }
        self.shared = true;
        let of = self.pool.len();
        for share in 1..of {
            let sides = self.scene.sides();
            let replications = Some(replications);
            let run = ToEngine::Run { run: self.run, sides, replications, share, of, live: false };
            self.pool.tell(share as usize, &run);
        }
    }

    /// Asks for the cluster at the cursor; while one answer is on its way, at most once more.
    pub(super) fn ask_state(&mut self) {
        if self.state_asked.is_some() {
            self.state_again = true;
            return;
        }
        let Some(shown) = &self.shown else { return };
        self.state_asked = Some(browser::now());
        self.state_again = false;
        let message = ToEngine::StateAt { run: shown.run, side: self.side_at(), seconds: self.seconds };
        self.pool.tell(0, &message);
    }

    /// Says something for a moment.
    pub(super) fn say(&mut self, ctx: &Context<Self>, text: impl Into<String>) {
        self.said = Some(text.into());
        later(ctx, 2_600, Msg::Unsaid);
    }

    /// The address follows, a while later; `commit`: as a step that Back takes back.
    pub(super) fn write_address(&mut self, ctx: &Context<Self>, commit: bool) {
        self.commit |= commit;
        if !self.address.waits {
            self.address.ask(ctx, ADDRESS_MS, Msg::Address);
        }
    }

    fn pack(&mut self, ctx: &Context<Self>) {
        let mut scene = (*self.scene).clone();
        scene.seconds = Some(self.seconds.round() as u64);
        let (link, commit) = (ctx.link().clone(), self.commit);
        self.commit = false;
        spawn_local(async move {
            let fragment = link::written(&scene).await;
            link.send_message(Msg::Packed(fragment, commit));
        });
    }

    fn put_address(&mut self, fragment: String, commit: bool) -> bool {
        if fragment.len() <= link::LONGEST
            && let Ok(history) = browser::window().history()
        {
            let _ = if commit && !self.fragment.is_empty() {
                history.push_state_with_url(&JsValue::NULL, "", Some(&fragment))
            } else {
                history.replace_state_with_url(&JsValue::NULL, "", Some(&fragment))
            };
        }
        self.fragment = fragment;
        true
    }

    fn opened(&mut self, scene: Option<Scene>, first: bool) -> bool {
        self.addressed = true;
        let news = match scene {
            Some(scene) if scene != *self.scene => {
                self.seconds = scene.seconds.unwrap_or(0) as f64;
                self.scene = Rc::new(scene);
                true
            }
            None if !first => {
                self.scene = Rc::new(Scene::default());
                true
            }
            _ => false,
        };
        if self.begun && (news || first) {
            self.start(false);
        }
        news
    }

    fn next_frame(&mut self, ctx: &Context<Self>, number: u64) -> bool {
        if !self.playing || number != self.frame {
            return false;
        }
        let Some((side, _)) = self.sides() else { return false };
        // With reduced motion time leaps once a second instead of flowing.
        let pause = if browser::matches("(prefers-reduced-motion: reduce)") { 1_000 } else { FRAME_MS };
        self.seconds += f64::from(self.speed) * pause as f64 / 1_000.0;
        if self.seconds >= side.picture.seconds {
            self.seconds = side.picture.seconds;
            self.playing = false;
        }
        self.ask_state();
        self.write_address(ctx, false);
        later(ctx, pause, Msg::Frame(number));
        true
    }
}

/// Reads the scene of the address.
fn open_address(ctx: &Context<App>, first: bool) {
    let link = ctx.link().clone();
    let fragment = browser::window().location().hash().unwrap_or_default();
    spawn_local(async move {
        let scene = link::read(&fragment).await;
        link.send_message(Msg::Opened(scene.map(Box::new), first));
    });
}

/// What the charts will have, as far as it can be told before they are there.
fn first_width() -> u32 {
    let width = browser::window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1_280.0);
    let side = if width > 1_080.0 { 412.0 + 20.0 } else { 0.0 };
    (width.min(1_480.0) - side - 84.0).clamp(320.0, 1_100.0) as u32
}

impl App {
    fn heard(&mut self, ctx: &Context<Self>, heard: Heard) -> bool {
        if !self.pool.is_current(&heard) {
            return false;
        }
        let lead = heard.engine == 0;
        match heard.message {
            FromEngine::Ready { presets, inks, .. } if lead => {
                self.presets = presets;
                browser::set_inks(&inks.0, &inks.1);
                if self.phase == Phase::Loading {
                    self.phase = Phase::Running(0.0, 0, 1);
                }
                true
            }
            FromEngine::Replication { run, .. } => {
                if run == self.run
                    && let Some(text) = heard.text
                {
                    self.pool.pass_on(&heard.raw, &text);
                }
                false
            }
            FromEngine::Thumbnail { key } => {
                Rc::make_mut(&mut self.thumbnails).learn(key, heard.text.unwrap_or_default());
                self.panel == Some(Panel::Gallery)
            }
            FromEngine::Panicked { text } => {
                self.thumbnails_asked.clear();
                self.pool.replace(heard.engine);
                self.broken(text, lead)
            }
            FromEngine::Outcome(mut outcome) => {
                if let Some(picture) = &mut outcome.picture {
                    picture.svg = heard.text.unwrap_or_default();
                }
                self.outcome(ctx, *outcome)
            }
            FromEngine::Picture { run, side, mut picture } => {
                picture.svg = heard.text.unwrap_or_default();
                self.drawn(run, side, *picture)
            }
            message => self.told(ctx, message),
        }
    }
}
