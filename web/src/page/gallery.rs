//! The gallery: the scenarios that the page brings along.

use yew::prelude::*;

use super::act::Act;
use crate::protocol::Preset;

/// The gallery's content.
pub fn gallery(presets: &[Preset], present: &str, act: &Callback<Act>) -> Html {
    let card = |preset: &Preset| {
        let choose = {
            let key = preset.key.clone();
            act.reform(move |_: MouseEvent| Act::Preset(key.clone()))
        };
        let kind = if preset.key.starts_with("incidents/") { "incident" } else { "scenario" };
        html! {
            <li key={preset.key.clone()}>
                <button class={classes!("preset", kind)} onclick={choose} aria-current={(preset.key == present).then_some("true")} data-key={preset.key.clone()}>
                    <small>{ kind }</small>
                    <b>{ &preset.name }</b>
                    if let Some(question) = &preset.question {
                        <span>{ question }</span>
                    }
                </button>
            </li>
        }
    };
    html! {
        <>
            <ul class="gallery">{ for presets.iter().map(card) }</ul>
            <p class="soft">{"Or drop a file anywhere: a scenario, what "}<code>{"kubectl get nodes,pods -A -o json"}</code>{" says, a hub's "}<code>{"values.yaml"}</code>{". Nothing leaves the page."}</p>
        </>
    }
}
