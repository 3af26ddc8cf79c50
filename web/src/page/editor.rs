//! The scenario's text, with what the command line would say of it at the places where it says it.

use yew::prelude::*;

use super::act::Act;
use crate::protocol::Told;

/// What the editor is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The text to begin with.
    pub text: AttrValue,
    /// What is wrong with what was checked last.
    pub told: Vec<Told>,
    /// Whether somebody waits for the check.
    pub checking: bool,
    /// What somebody wants.
    pub act: Callback<Act>,
}

/// The editor.
#[component]
pub fn Editor(props: &Props) -> Html {
    let area = use_node_ref();
    let lines = use_state_eq(|| props.text.lines().count());
    let read = {
        let area = area.clone();
        move || area.cast::<web_sys::HtmlTextAreaElement>().map(|area| area.value()).unwrap_or_default()
    };
    let oninput = {
        let (act, read, lines) = (props.act.clone(), read.clone(), lines.clone());
        Callback::from(move |_: InputEvent| {
            let text = read();
            lines.set(text.lines().count());
            act.emit(Act::Check(text));
        })
    };
    let run = props.act.reform(move |_: MouseEvent| Act::Own(read()));
    let go = {
        let area = area.clone();
        Callback::from(move |place: (u32, u32)| {
            if let Some(area) = area.cast::<web_sys::HtmlTextAreaElement>() {
                select(&area, place);
            }
        })
    };
    let bad: Vec<u32> =
        props.told.iter().filter(|told| told.error).filter_map(|told| Some(told.place?.0)).collect();
    let gutter: String = (1..=lines.max(1))
        .map(|line| {
            let mark = if bad.contains(&(line as u32)) { "▸" } else { "" };
            format!("{mark}{line}\n")
        })
        .collect();
    let errors = props.told.iter().filter(|told| told.error).count();
    let verdict = match (props.checking, errors, props.told.len()) {
        (true, ..) => "Checking…".to_owned(),
        (_, 0, 0) => "Nothing wrong.".to_owned(),
        (_, 0, warnings) => format!("It runs; {warnings} to know."),
        (_, 1, _) => "One mistake.".to_owned(),
        (_, errors, _) => format!("{errors} mistakes."),
    };
    html! {
        <div class="editor">
            <div class="text">
                <pre class="gutter" aria-hidden="true">{ gutter }</pre>
                <textarea id="yaml" ref={area} spellcheck="false" autocomplete="off" autocapitalize="off" wrap="off"
                    rows={(*lines).max(24).to_string()} aria-label="Scenario" aria-describedby="told" {oninput} defaultvalue={props.text.clone()} />
            </div>
            <div class="told" id="told" aria-live="polite">
                <p class={classes!("sum", (errors > 0).then_some("bad"))}>{ verdict }</p>
                { for props.told.iter().map(|told| diagnostic(told, &go)) }
            </div>
            <p class="do"><button class="main" onclick={run} disabled={errors > 0}>{"Run this"}</button></p>
        </div>
    }
}

fn diagnostic(told: &Told, go: &Callback<(u32, u32)>) -> Html {
    let class = classes!("diagnostic", if told.error { "error" } else { "warning" });
    match told.place {
        Some(place) => html! {
            <button {class} onclick={go.reform(move |_: MouseEvent| place)} title="Go to the line"><pre>{ &told.text }</pre></button>
        },
        None => html! { <div {class}><pre>{ &told.text }</pre></div> },
    }
}

/// Selects from a place to the end of its line, and shows it.
fn select(area: &web_sys::HtmlTextAreaElement, (line, column): (u32, u32)) {
    let text = area.value();
    let mut start = 0;
    for (number, row) in text.split('\n').enumerate() {
        let length = row.encode_utf16().count() as u32;
        if number as u32 + 1 == line {
            let from = start + column.saturating_sub(1).min(length);
            let _ = area.focus();
            let _ = area.set_selection_range(from, start + length);
            if let Some(frame) = area.closest(".text").ok().flatten() {
                let height = f64::from(area.scroll_height()) / text.split('\n').count().max(1) as f64;
                frame.set_scroll_top((height * f64::from(line.saturating_sub(6))) as i32);
            }
            return;
        }
        start += length + 1;
    }
}
