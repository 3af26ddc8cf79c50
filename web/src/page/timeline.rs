//! The timeline: what the operators did and what the model saw, by the numbers that the charts show.

use plimsoll_core::report::{NoteBy, Report};
use yew::prelude::*;

use super::act::Act;

/// The timeline of a report, with what is the case at the cursor marked.
pub fn timeline(report: &Report, seconds: f64, act: &Callback<Act>) -> Html {
    if report.notes.is_empty() {
        return html! {
            <section class="card" id="timeline">
                <h2>{"Timeline"}</h2>
                <p class="sub">{"Nothing out of the ordinary happens, and nobody does anything."}</p>
            </section>
        };
    }
    let now = report.notes.iter().rposition(|note| note.seconds <= seconds + 0.5);
    let row = |(at, note): (usize, &plimsoll_core::report::Note)| {
        let go = {
            let to = note.seconds;
            act.reform(move |_: MouseEvent| Act::At(to))
        };
        let by = match note.by {
            NoteBy::Timeline => "done",
            NoteBy::Model => "seen",
        };
        html! {
            <li key={at} class={classes!(by, (Some(at) == now).then_some("now"))}>
                <button onclick={go} aria-current={(Some(at) == now).then_some("true")}>
                    <b>{ at + 1 }</b><time>{ &note.clock }</time><span>{ &note.text }</span>
                </button>
            </li>
        }
    };
    html! {
        <section class="card" id="timeline">
            <h2>{"Timeline"}<span>{ format!("{} notes", report.notes.len()) }</span></h2>
            <ol class="log">{ for report.notes.iter().enumerate().map(row) }</ol>
            <p class="key soft"><span><s class="done"></s>{"done by somebody"}</span><span><s class="seen"></s>{"seen by the model"}</span></p>
        </section>
    }
}
