//! The pool of engines: web workers that all run one program, compiled once.
//!
//! The first engine leads; the others take their shares of the replications. An engine that is to be stopped for
//! good is ended and another put in its place: that takes as long as making a worker, since the program is at hand.
//! Messages from an engine that has been replaced are dropped by its generation.

use std::collections::VecDeque;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::js_sys::{Array, Float64Array, Object, Promise, Reflect};
use web_sys::{ErrorEvent, MessageEvent, Worker};
use yew::Callback;

use super::browser::{document, window};
use crate::protocol::{FromEngine, ToEngine};

/// More engines than these bring little and cost memory.
const MOST: usize = 4;

/// What an engine says: which one, of which generation, what, and a text that goes with it.
#[derive(Debug)]
pub struct Heard {
    pub engine: usize,
    pub generation: u32,
    pub message: FromEngine,
    pub text: Option<String>,
    pub raw: String,
}

/// The engines.
pub struct Pool {
    engines: Vec<Engine>,
    module: Option<JsValue>,
    heard: Callback<Heard>,
    generation: u32,
    /// Everything that an engine must know before anything else.
    view: Option<ToEngine>,
}

struct Engine {
    worker: Worker,
    generation: u32,
    ready: bool,
    waiting: VecDeque<Array>,
    _listeners: [Closure<dyn FnMut(JsValue)>; 2],
}

/// The version that `index.html` names: files of engines keep their names, so it tells old from new.
pub fn version() -> String {
    let meta = document().query_selector("meta[name=engine]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

fn address(file: &str) -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let base = base.rsplit_once('/').map_or(base.as_str(), |(folder, _)| folder);
    format!("{base}/{file}?v={}", version())
}

/// Compiles the engines' program: `web/early.js` has begun with it, while the shell was on its way. Where that did not
/// work it is tried again plainly, and that says what is wrong.
pub async fn compile() -> Result<JsValue, JsValue> {
    if let Ok(promise) = Reflect::get(&window(), &"plimsollEngine".into())?.dyn_into::<Promise>()
        && let Ok(module) = JsFuture::from(promise).await
    {
        return Ok(module);
    }
    let response: web_sys::Response =
        JsFuture::from(window().fetch_with_str(&address("engine_bg.wasm"))).await?.into();
    if !response.ok() {
        return Err(format!("engine_bg.wasm: {}", response.status()).into());
    }
    let bytes = JsFuture::from(response.array_buffer()?).await?;
    let wasm = Reflect::get(&window(), &"WebAssembly".into())?;
    let compile: web_sys::js_sys::Function = Reflect::get(&wasm, &"compile".into())?.unchecked_into();
    let promise: Promise = compile.call1(&wasm, &bytes)?.unchecked_into();
    JsFuture::from(promise).await
}

impl Pool {
    /// Engines as the machine has cores to spare; they begin as soon as [`Pool::begin`] brings the program.
    pub fn new(heard: Callback<Heard>) -> Self {
        Self { engines: Vec::new(), module: None, heard, generation: 0, view: None }
    }

    /// The program is there.
    pub fn begin(&mut self, module: JsValue) {
        self.module = Some(module);
        let cores = window().navigator().hardware_concurrency() as usize;
        for at in 0..cores.saturating_sub(1).clamp(1, MOST) {
            if let Some(engine) = self.spawn(at) {
                self.engines.push(engine);
            }
        }
    }

    /// How many engines there are.
    pub fn len(&self) -> u32 {
        self.engines.len().max(1) as u32
    }

    fn spawn(&mut self, at: usize) -> Option<Engine> {
        let worker = Worker::new(&address("worker.js")).ok()?;
        self.generation += 1;
        let generation = self.generation;
        let heard = self.heard.clone();
        let message = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let parts: Array = event.unchecked_into::<MessageEvent>().data().unchecked_into();
            let Some(raw) = parts.get(0).as_string() else { return };
            if let Ok(mut message) = serde_json::from_str(&raw) {
                if let (FromEngine::Outcome(outcome), Ok(numbers)) =
                    (&mut message, parts.get(2).dyn_into::<Float64Array>())
                {
                    outcome.put_series(&numbers.to_vec());
                }
                heard.emit(Heard { engine: at, generation, message, text: parts.get(1).as_string(), raw });
            }
        });
        let heard = self.heard.clone();
        let error = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let event: ErrorEvent = event.unchecked_into();
            event.prevent_default();
            let text = format!("The engine broke off: {}", event.message());
            let message = FromEngine::Panicked { text };
            heard.emit(Heard { engine: at, generation, message, text: None, raw: String::new() });
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        let first = Object::new();
        Reflect::set(&first, &"script".into(), &address("engine.js").into()).ok()?;
        Reflect::set(&first, &"module".into(), self.module.as_ref()?).ok()?;
        worker.post_message(&first).ok()?;
        let mut engine = Engine {
            worker,
            generation,
            ready: false,
            waiting: VecDeque::new(),
            _listeners: [message, error],
        };
        if let Some(view) = &self.view {
            engine.send(packed(view));
        }
        Some(engine)
    }

    /// Ends an engine and puts another in its place.
    pub fn replace(&mut self, at: usize) {
        if at >= self.engines.len() {
            return;
        }
        if let Some(engine) = self.spawn(at) {
            self.engines[at] = engine;
        }
    }

    /// Whether a message is from an engine that is still there; marks it ready when it says so.
    pub fn is_current(&mut self, heard: &Heard) -> bool {
        let Some(engine) = self.engines.get_mut(heard.engine) else { return false };
        if engine.generation != heard.generation {
            return false;
        }
        if matches!(heard.message, FromEngine::Ready { .. }) {
            engine.ready = true;
            while let Some(parts) = engine.waiting.pop_front() {
                let _ = engine.worker.post_message(&parts);
            }
        }
        true
    }

    /// Tells an engine something; what it cannot hear yet waits.
    pub fn tell(&mut self, at: usize, message: &ToEngine) {
        if let Some(engine) = self.engines.get_mut(at) {
            engine.send(packed(message));
        }
    }

    /// Tells the lead how wide figures are, and every engine that comes in its place.
    pub fn tell_view(&mut self, view: ToEngine) {
        self.tell(0, &view);
        self.view = Some(view);
    }

    /// Passes a replication on to the lead.
    pub fn pass_on(&mut self, message: &str, text: &str) {
        if let Some(lead) = self.engines.first_mut() {
            lead.send(Array::of2(&message.into(), &text.into()));
        }
    }
}

impl Engine {
    fn send(&mut self, parts: Array) {
        if self.ready {
            let _ = self.worker.post_message(&parts);
        } else {
            self.waiting.push_back(parts);
        }
    }
}

impl Drop for Engine {
    /// What it has said already is on its way, and would find its listeners gone.
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn packed(message: &ToEngine) -> Array {
    Array::of1(&serde_json::to_string(message).unwrap_or_default().into())
}

/// Fetches and compiles the program, and says how that went.
pub fn fetch(done: Callback<Result<JsValue, String>>) {
    spawn_local(async move {
        let found = compile().await;
        done.emit(found.map_err(|error| {
            error
                .as_string()
                .or_else(|| Some(error.dyn_ref::<web_sys::js_sys::Error>()?.message().into()))
                .unwrap_or_default()
        }));
    });
}
