//! The gallery: the scenarios that the page brings along, each with what a run of it looks like.
//!
//! The thumbnails are drawn by an engine from a run of the preset, when the gallery is opened first, and kept where the
//! browser keeps things, until there is another engine.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use yew::prelude::*;

use super::act::Act;
use super::browser;
use crate::protocol::Preset;

/// Where thumbnails are kept.
const KEPT: &str = "plimsoll.thumbnails";

/// Thumbnails by their presets, and the engine that drew them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Thumbnails {
    engine: String,
    pictures: BTreeMap<String, String>,
}

impl Thumbnails {
    /// Those that are kept, if this engine drew them.
    pub fn kept(engine: &str) -> Self {
        let kept = browser::remembered(KEPT).and_then(|text| serde_json::from_str::<Self>(&text).ok());
        let fresh = || Self { engine: engine.to_owned(), ..Self::default() };
        kept.filter(|kept| kept.engine == engine).unwrap_or_else(fresh)
    }

    /// Whether a preset's is there.
    pub fn has(&self, key: &str) -> bool {
        self.pictures.contains_key(key)
    }

    /// Takes one in, and keeps it.
    pub fn learn(&mut self, key: String, picture: String) {
        self.pictures.insert(key, picture);
        browser::remember(KEPT, serde_json::to_string(self).ok().as_deref());
    }
}

#[derive(Properties, PartialEq)]
struct ThumbnailProps {
    picture: AttrValue,
}

/// Not drawn anew while it is the same.
#[component]
fn Thumbnail(props: &ThumbnailProps) -> Html {
    Html::from_html_unchecked(props.picture.clone())
}

/// The gallery's content.
pub fn gallery(presets: &[Preset], thumbnails: &Rc<Thumbnails>, present: &str, act: &Callback<Act>) -> Html {
    let card = |preset: &Preset| {
        let choose = {
            let key = preset.key.clone();
            act.reform(move |_: MouseEvent| Act::Preset(key.clone()))
        };
        let kind = if preset.key.starts_with("incidents/") { "incident" } else { "scenario" };
        let picture = thumbnails.pictures.get(&preset.key).cloned();
        html! {
            <li key={preset.key.clone()}>
                <button class={classes!("preset", kind)} onclick={choose} aria-current={(preset.key == present).then_some("true")} data-key={preset.key.clone()}>
                    <div class={classes!("stamp", picture.is_none().then_some("blank"))} aria-hidden="true">
                        if let Some(picture) = picture {
                            <Thumbnail {picture} />
                        }
                    </div>
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
