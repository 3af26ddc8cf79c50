//! What if: the scenario's own questions as chips, its values as knobs, and what a change comes to.

use std::rc::Rc;

use plimsoll_core::experiment::{Comparison, Difference, Direction};
use plimsoll_core::report::units;
use plimsoll_core::scenario::Knob;
use yew::prelude::*;

use super::act::Act;
use super::checks::word;
use super::scene::Scene;
use super::shown::Side;

/// Rows of the table that are shown at once.
const ROWS: usize = 7;

/// Knobs that are shown at once.
const KNOBS: usize = 6;

/// What the panel is given.
#[derive(Properties)]
pub struct Props {
    /// What is shown.
    pub side: Rc<Side>,
    /// What is asked, which may be newer.
    pub scene: Rc<Scene>,
    /// The difference.
    pub comparison: Option<Rc<Comparison>>,
    /// Whether the other side is on the charts.
    pub other: bool,
    /// What somebody wants.
    pub act: Callback<Act>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.side, &other.side)
            && self.scene == other.scene
            && self.other == other.other
            && match (&self.comparison, &other.comparison) {
                (Some(one), Some(another)) => Rc::ptr_eq(one, another),
                (None, None) => true,
                _ => false,
            }
    }
}

/// The panel.
#[component]
pub fn WhatIf(props: &Props) -> Html {
    let Props { side, scene, act, .. } = props;
    let changed = scene.against.is_some() || scene.choice.variant.is_some() || !scene.choice.sets.is_empty();
    // What is turned stays in sight.
    let prominent = |(at, knob): &(usize, &Knob)| *at < KNOBS || scene.choice.get(&knob.path).is_some();
    let (first, more): (Vec<_>, Vec<_>) = side.knobs.iter().enumerate().partition(prominent);
    let knobs =
        |list: Vec<(usize, &Knob)>| list.into_iter().map(|(_, knob)| knob.clone()).collect::<Vec<_>>();
    let (first, more) = (knobs(first), knobs(more));
    html! {
        <section class="card" id="what-if">
            <h2>{"What if"}
                if changed {
                    <button class="link" onclick={act.reform(|_: MouseEvent| Act::Reset)}>{"as the file has it"}</button>
                }
            </h2>
            <p class="sub">{ if side.variants.is_empty() { "Turn a knob: it runs at once, and again with intervals when you let go." } else { "Ask one of the scenario's questions, or turn a knob." } }</p>
            if !side.variants.is_empty() {
                <div class="chips" role="group" aria-label="Variants">{ for side.variants.iter().map(|variant| chip(variant, scene, act)) }</div>
            }
            { for first.iter().map(|knob| dial(knob, scene, act)) }
            if !more.is_empty() {
                <details class="more"><summary>{ format!("{} more knobs", more.len()) }</summary>
                    { for more.iter().map(|knob| dial(knob, scene, act)) }
                </details>
            }
            { sizes(scene, side.report.replications, act) }
            if let Some(comparison) = &props.comparison {
                { compared(comparison, scene, props.other, act) }
            } else {
                <p class="hint"><button class="plain" onclick={act.reform(|_: MouseEvent| Act::Pin)}>{"Duplicate as B"}</button>{" keeps this run as A; what you change next is B."}</p>
            }
        </section>
    }
}

fn chip((name, question): &(String, Option<String>), scene: &Scene, act: &Callback<Act>) -> Html {
    let pressed = scene.choice.variant.as_deref() == Some(name);
    let wanted = (!pressed).then(|| name.clone());
    let click = act.reform(move |_: MouseEvent| Act::Variant(wanted.clone()));
    html! {
        <button class="chip" key={name.clone()} aria-pressed={pressed.to_string()} title={question.clone()} onclick={click}>{ name.replace('-', " ") }</button>
    }
}

fn dial(knob: &Knob, scene: &Scene, act: &Callback<Act>) -> Html {
    let set = scene.choice.get(&knob.path).map(str::to_owned);
    html! { <Dial key={knob.path.clone()} knob={knob.clone()} {set} act={act.clone()} /> }
}

#[derive(Properties, PartialEq)]
struct DialProps {
    knob: Knob,
    set: Option<String>,
    act: Callback<Act>,
}

/// One knob: a slider, a field that takes what the file would, and a sweep over its range.
#[component]
fn Dial(DialProps { knob, set, act }: &DialProps) -> Html {
    let shown = set.clone().or(knob.written.clone()).unwrap_or_else(|| knob.text(knob.value));
    let number = knob.read(&shown).unwrap_or(knob.value);
    let turn = {
        let (act, path) = (act.clone(), knob.path.clone());
        move |value: String, live: bool| act.emit(Act::Set { path: path.clone(), value: Some(value), live })
    };
    let text_at = {
        let knob = knob.clone();
        move |input: &web_sys::HtmlInputElement| knob.text(input.value().parse().unwrap_or(knob.value))
    };
    let oninput = {
        let (turn, text_at) = (turn.clone(), text_at.clone());
        Callback::from(move |event: InputEvent| turn(text_at(&event.target_unchecked_into()), true))
    };
    let onchange = {
        let turn = turn.clone();
        Callback::from(move |event: Event| turn(text_at(&event.target_unchecked_into()), false))
    };
    let ontyped = {
        let turn = turn.clone();
        Callback::from(move |event: Event| {
            let input: web_sys::HtmlInputElement = event.target_unchecked_into();
            turn(input.value().trim().to_owned(), false);
        })
    };
    let onchosen = Callback::from(move |event: Event| {
        let select: web_sys::HtmlSelectElement = event.target_unchecked_into();
        turn(select.value(), false);
    });
    let back = {
        let path = knob.path.clone();
        act.reform(move |_: MouseEvent| Act::Set { path: path.clone(), value: None, live: false })
    };
    let sweep = {
        let path = knob.path.clone();
        act.reform(move |_: MouseEvent| Act::Sweep(path.clone()))
    };
    let id = format!("knob-{}", knob.path);
    let field = format!("{}, as the file writes it", knob.label);
    html! {
        <div class={classes!("knob", set.is_some().then_some("set"))} data-path={knob.path.clone()} title={knob.about.clone()}>
            <label for={id.clone()}>{ &knob.label }<code>{ &knob.path }</code></label>
            if knob.choices.is_empty() {
                <input class="typed" aria-label={field} value={shown.clone()} onchange={ontyped} />
                <input type="range" {id} min={knob.min.to_string()} max={knob.max.max(number).to_string()} step={knob.step.to_string()}
                    value={number.to_string()} aria-valuetext={shown} {oninput} {onchange} />
            } else {
                <select class="typed" {id} onchange={onchosen}>
                    { for knob.choices.iter().map(|choice| html! { <option value={choice.clone()} selected={*choice == shown}>{ choice }</option> }) }
                </select>
                <span></span>
            }
            <span class="sweep">
                if set.is_some() { <button class="link" onclick={back} aria-label={format!("{} as the file has it", knob.label)}>{"undo"}</button> }
                <button class="link" onclick={sweep} title="Run it over its whole range" aria-label={format!("Sweep {}", knob.label)}>{"sweep"}</button>
            </span>
        </div>
    }
}

fn sizes(scene: &Scene, present: u32, act: &Callback<Act>) -> Html {
    let choose = act.reform(|event: Event| {
        let select: web_sys::HtmlSelectElement = event.target_unchecked_into();
        Act::Replications(select.value().parse().ok())
    });
    html! {
        <div class="sizes">
            <label for="sizes">{"Replications"}</label>
            <select id="sizes" onchange={choose}>
                <option value="" selected={scene.replications.is_none()}>{ format!("as many as are cheap ({present})") }</option>
                { for [1_u32, 20, 100, 500].map(|count| html! {
                    <option value={count.to_string()} selected={scene.replications == Some(count)}>{ count }</option>
                }) }
            </select>
        </div>
    }
}

/// The order of the table: what the pairs tell for certain first, then what they cannot tell.
fn rank(difference: &Difference) -> u8 {
    match difference.direction {
        Direction::Up | Direction::Down => 0,
        Direction::Unclear => 1,
        Direction::Same => 2,
    }
}

/// Figures that say the same as others, or nothing that anybody decides by.
const LEFT_OUT: [&str; 4] = ["simulatedEvents", "podsRemoved", "podsCreated", "launchWaitP50Seconds"];

fn compared(comparison: &Comparison, scene: &Scene, other: bool, act: &Callback<Act>) -> Html {
    let against = scene.against.as_ref().map(|choice| choice.difference()).unwrap_or_default();
    let now = scene.choice.difference();
    let name = |text: String, usual: &str| if text.is_empty() { usual.to_owned() } else { text };
    let mut rows: Vec<_> =
        comparison.figures.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())).collect();
    rows.sort_by_key(|(_, difference)| rank(difference));
    let checks = comparison.checks.iter().filter(|pair| pair.base != pair.other);
    html! {
        <div class="compared" id="comparison">
            <div class="sides" role="group" aria-label="Which side the charts show">
                <button aria-pressed={other.to_string()} onclick={act.reform(|_: MouseEvent| Act::Other)}><b>{"A"}</b>{ name(against, "as it was") }</button>
                <button aria-pressed={(!other).to_string()} onclick={act.reform(|_: MouseEvent| Act::Other)}><b>{"B"}</b>{ name(now, "as the file has it") }</button>
            </div>
            <p class="verdict" id="difference"><b>{ &comparison.verdict }</b></p>
            <table class="ab">
                <thead><tr><th scope="col">{"Figure"}</th><th scope="col">{"A"}</th><th scope="col">{"B"}</th><th scope="col">{"difference, 95 %"}</th></tr></thead>
                <tbody>
                    { for rows.into_iter().take(ROWS).map(|(name, difference)| row(name, difference)) }
                    { for checks.map(|pair| html! {
                        <tr class="check"><th scope="row">{ &pair.name }</th><td class={word(pair.base)}>{ word(pair.base) }</td><td class={word(pair.other)}>{ word(pair.other) }</td><td></td></tr>
                    }) }
                </tbody>
            </table>
            <p class="hint soft">{ format!("{} under one seed.", units::counted(comparison.replications.into(), "pair")) }
                <button class="link" onclick={act.reform(|_: MouseEvent| Act::Swap)}>{"swap"}</button>
                <button class="link" onclick={act.reform(|_: MouseEvent| Act::Pin)}>{"keep B as A"}</button>
                <button class="link" onclick={act.reform(|_: MouseEvent| Act::Unpin)}>{"drop A"}</button></p>
        </div>
    }
}

fn row(name: &str, found: &Difference) -> Html {
    let interval = match (found.direction, found.interval) {
        (Direction::Same, _) => "the same".to_owned(),
        (_, Some(by)) => {
            let sign = if found.difference > 0.0 { "+" } else { "" };
            format!(
                "{sign}{} ({} to {})",
                found.unit.difference(found.difference),
                found.unit.difference(by.low),
                found.unit.difference(by.high)
            )
        }
        (_, None) => found.unit.difference(found.difference),
    };
    let class = match found.direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Same => "same",
        Direction::Unclear => "unclear",
    };
    html! {
        <tr {class} title={found.text.clone()}>
            <th scope="row">{ units::words(name) }</th>
            <td>{ found.unit.value(found.base) }</td><td>{ found.unit.value(found.other) }</td><td>{ interval }</td>
        </tr>
    }
}
