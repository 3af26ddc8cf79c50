//! Things to take away: a link, pictures, tables, the command, a frame for other pages.

use yew::prelude::*;

use super::act::Act;
use super::browser;
use super::link;
use crate::protocol::Form;

/// What the panel is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The command that repeats the run.
    pub command: String,
    /// The link's fragment.
    pub fragment: String,
    /// What somebody wants.
    pub act: Callback<Act>,
}

/// The panel.
#[component]
pub fn TakeAway(Props { command, fragment, act }: &Props) -> Html {
    let location = browser::window().location();
    let page =
        format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    let address = format!("{page}{fragment}");
    let frame = format!(
        "<iframe src=\"{page}?embed=1{fragment}\" title=\"Plimsoll\" width=\"100%\" height=\"720\" style=\"border:0\"></iframe>"
    );
    let save = |form, name: &'static str, what: &'static str| {
        html! {
            <li><button class="plain" onclick={act.reform(move |_: MouseEvent| Act::Save(form))}>{ name }</button><span class="soft">{ what }</span></li>
        }
    };
    let png = |scale: u32| {
        html! {
            <li><button class="plain" onclick={act.reform(move |_: MouseEvent| Act::Png(scale))}>{ format!("PNG {scale}×") }</button><span class="soft">{ if scale == 1 { "for a chat" } else { "for a sharp screen" } }</span></li>
        }
    };
    html! {
        <div class="takeaway">
            <h3>{"A link that holds everything"}</h3>
            if address.len() > link::LONGEST {
                <p>{"This scenario is too long for a link. Take the file with you instead."}</p>
            } else {
                { copied("link", address, "Copy link", act) }
            }
            <h3>{"The command that repeats it"}</h3>
            { copied("command", command.clone(), "Copy command", act) }
            <h3>{"Files"}</h3>
            <ul class="files">
                { save(Form::Svg, "SVG", "the picture, the same bytes as plimsoll plot") }
                { png(1) }{ png(2) }
                { save(Form::Markdown, "Markdown", "picture, caption and origin for a document") }
                { save(Form::Csv, "CSV", "figures and checks with intervals") }
                { save(Form::Series, "CSV, series", "everything over time") }
                { save(Form::Json, "JSON", "the whole report") }
                { save(Form::Yaml, "YAML", "the scenario") }
            </ul>
            <h3>{"A frame for a wiki or a notebook"}</h3>
            { copied("frame", frame, "Copy frame", act) }
        </div>
    }
}

fn copied(what: &'static str, text: String, label: &'static str, act: &Callback<Act>) -> Html {
    let copy = {
        let text = text.clone();
        act.reform(move |_: MouseEvent| Act::Copy(what, text.clone()))
    };
    html! {
        <div class="copied"><code id={format!("take-{what}")} tabindex="0">{ text }</code><button class="plain" onclick={copy}>{ label }</button></div>
    }
}
