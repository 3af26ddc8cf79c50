//! The frame of the engine: a web worker that hears and tells.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::js_sys::{Array, Float64Array, global};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

use super::desk::Desk;
use crate::protocol::{FromEngine, ToEngine};

thread_local! {
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
    /// A message to oneself: the browser's own messages get their turn before it arrives.
    static AGAIN: RefCell<Option<MessagePort>> = const { RefCell::new(None) };
    static AWAITED: RefCell<bool> = const { RefCell::new(false) };
}

fn scope() -> DedicatedWorkerGlobalScope {
    global().unchecked_into()
}

fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}

/// Messages are arrays: the message as JSON, and perhaps a text and numbers that go with it.
fn send(message: &FromEngine, text: Option<String>, numbers: &[f64]) {
    let parts = Array::of1(&serde_json::to_string(message).unwrap_or_default().into());
    if text.is_some() || !numbers.is_empty() {
        parts.push(&text.map_or(JsValue::UNDEFINED, JsValue::from));
    }
    if !numbers.is_empty() {
        parts.push(&Float64Array::from(numbers).into());
    }
    // Nobody listens any more: nothing is left to do.
    let _ = scope().post_message(&parts);
}

/// Asks for a turn after the messages that wait, if there is work.
fn go_on() {
    let work = DESK.with_borrow(|desk| desk.as_ref().is_some_and(Desk::has_work));
    if work && !AWAITED.replace(true) {
        AGAIN.with_borrow(|port| port.as_ref().map(|port| port.post_message(&JsValue::NULL)));
    }
}

fn hear(event: &MessageEvent) {
    let parts: Array = event.data().unchecked_into();
    let Some(message) = parts.get(0).as_string() else { return };
    DESK.with_borrow_mut(|desk| {
        let Some(desk) = desk else { return };
        if let Some(text) = parts.get(1).as_string() {
            if let Ok(FromEngine::Replication { run, side, replication }) = serde_json::from_str(&message) {
                desk.take(run, side, replication, &text);
            }
        } else if let Ok(message) = serde_json::from_str::<ToEngine>(&message) {
            desk.hear(message);
        }
    });
    go_on();
}

/// Begins to listen; everything else happens when messages come.
pub fn listen() {
    std::panic::set_hook(Box::new(|panic| {
        send(&FromEngine::Panicked { text: panic.to_string() }, None, &[])
    }));
    let Ok(channel) = MessageChannel::new() else { return };
    let again = Closure::<dyn FnMut()>::new(|| {
        AWAITED.set(false);
        DESK.with_borrow_mut(|desk| {
            if let Some(desk) = desk {
                desk.work();
            }
        });
        go_on();
    });
    channel.port2().set_onmessage(Some(again.as_ref().unchecked_ref()));
    again.forget();
    AGAIN.set(Some(channel.port1()));
    let message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| hear(&event));
    scope().set_onmessage(Some(message.as_ref().unchecked_ref()));
    message.forget();
    DESK.set(Some(Desk::new(now, Box::new(send))));
}
