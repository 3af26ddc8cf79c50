//! What the shell hears that is no button of its own: keys, files that are dropped, texts that are pasted, Back.

use wasm_bindgen::prelude::*;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::act::Act;
use super::app::{App, Msg};
use super::{browser, link};

/// Keys, wherever the focus is.
pub fn to_keys(ctx: &Context<App>) -> Closure<dyn FnMut(KeyboardEvent)> {
    let key = ctx.link().callback(Msg::Key);
    let listener = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event| key.emit(event));
    let _ =
        browser::document().add_event_listener_with_callback("keydown", listener.as_ref().unchecked_ref());
    listener
}

/// Files that are dropped, texts that are pasted, and the browser's Back.
pub fn to_files(ctx: &Context<App>) -> Vec<Closure<dyn FnMut(Event)>> {
    let document = browser::document();
    let over = Closure::<dyn FnMut(Event)>::new(|event: Event| event.prevent_default());
    let _ = document.add_event_listener_with_callback("dragover", over.as_ref().unchecked_ref());
    let link = ctx.link().clone();
    let drop = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        event.prevent_default();
        let event: DragEvent = event.unchecked_into();
        let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            let (link, name) = (link.clone(), file.name());
            spawn_local(async move {
                let text = wasm_bindgen_futures::JsFuture::from(file.text()).await;
                let text = text.ok().and_then(|text| text.as_string()).unwrap_or_default();
                link.send_message(Msg::Act(Act::Read(name, text)));
            });
        }
    });
    let _ = document.add_event_listener_with_callback("drop", drop.as_ref().unchecked_ref());
    let link = ctx.link().clone();
    let paste = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        let into_field = event.target().is_some_and(|target| {
            target.has_type::<web_sys::HtmlInputElement>()
                || target.has_type::<web_sys::HtmlTextAreaElement>()
        });
        let event: web_sys::ClipboardEvent = event.unchecked_into();
        let text =
            event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
        if !into_field && text.contains('\n') {
            link.send_message(Msg::Act(Act::Read("pasted.yaml".to_owned(), text)));
        }
    });
    let _ = document.add_event_listener_with_callback("paste", paste.as_ref().unchecked_ref());
    let (link, window) = (ctx.link().clone(), browser::window());
    let back = Closure::<dyn FnMut(Event)>::new(move |_| {
        let (link, fragment) = (link.clone(), browser::window().location().hash().unwrap_or_default());
        spawn_local(async move {
            let scene = link::read(&fragment).await;
            link.send_message(Msg::Opened(scene.map(Box::new), false));
        });
    });
    let _ = window.add_event_listener_with_callback("popstate", back.as_ref().unchecked_ref());
    let _ = window.add_event_listener_with_callback("hashchange", back.as_ref().unchecked_ref());
    vec![over, drop, paste, back]
}
