//! A panel over the page: the browser's own dialog, which keeps the focus in and gives it back.

use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::prelude::*;

use super::act::Act;
use super::browser::document;

/// What a panel is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What it is called.
    pub title: AttrValue,
    /// For style.
    pub name: AttrValue,
    /// What somebody wants.
    pub act: Callback<Act>,
    /// What it holds.
    pub children: Html,
}

/// A panel.
#[component]
pub fn Modal(props: &Props) -> Html {
    let dialog = use_node_ref();
    use_effect_with((), {
        let dialog = dialog.clone();
        move |()| {
            let before = document().active_element();
            let shown = dialog.cast::<HtmlDialogElement>();
            if let Some(dialog) = &shown {
                let _ = dialog.show_modal();
            }
            move || {
                if let Some(dialog) = shown {
                    dialog.close();
                }
                if let Some(element) = before.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
                    let _ = element.focus();
                }
            }
        }
    });
    let close = props.act.reform(|_: MouseEvent| Act::Close);
    let cancel = props.act.reform(|event: Event| {
        event.prevent_default();
        Act::Close
    });
    // A click on the dialog itself is one beside its content.
    let beside = {
        let (act, dialog) = (props.act.clone(), dialog.clone());
        Callback::from(move |event: MouseEvent| {
            let on = event.target().and_then(|target| target.dyn_into::<HtmlDialogElement>().ok());
            if on.is_some() && on == dialog.cast::<HtmlDialogElement>() {
                act.emit(Act::Close);
            }
        })
    };
    html! {
        <dialog ref={dialog} class={props.name.clone()} aria-label={props.title.clone()} oncancel={cancel} onclick={beside}>
            <div class="inside">
                <header><h2>{ &props.title }</h2><button class="close" onclick={close} aria-label="Close">{"×"}</button></header>
                { props.children.clone() }
            </div>
        </dialog>
    }
}
