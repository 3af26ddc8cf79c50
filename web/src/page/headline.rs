//! The answer, in words, and what it rests on.

use plimsoll_core::report::{Report, Verdict};
use yew::prelude::*;

use super::act::{Act, Panel};

/// Headlines with more letters than these are set smaller.
const LONG: usize = 90;

/// The headline of a report.
pub fn headline(report: &Report, settled: bool, act: &Callback<Act>) -> Html {
    let passed = report.checks.iter().filter(|check| check.verdict == Verdict::Pass).count();
    let all = report.checks.len();
    let class = if passed == all { "ok" } else { "bad" };
    let take = act.reform(|_: MouseEvent| Act::Open(Panel::TakeAway));
    html! {
        <section class="answer" id="answer">
            <div aria-live={if settled { "polite" } else { "off" }}>
                <h1 id="headline" class={classes!((first(&report.answer).len() > LONG).then_some("long"))}>{ first(&report.answer) }</h1>
                if let Some(rest) = rest(&report.answer) {
                    <p id="reasons">{ rest }</p>
                }
                if let Some(question) = &report.scenario.question {
                    <p class="question">{ question }</p>
                }
            </div>
            <div class="proof">
                if all > 0 {
                    <a href="#checks" class="fact"><b {class}>{ format!("{passed} of {all}") }</b>{ if all == 1 { "check passes" } else { "checks pass" } }</a>
                }
                <div class="fact"><b id="replications">{ report.replications }</b>{ if report.replications == 1 { "replication" } else { "replications" } }</div>
                <div class="fact"><b id="seed">{ report.seed }</b>{"seed"}</div>
                <button class="fact link" onclick={take} title="Links, pictures, tables and the command line"><b>{"↗"}</b>{"take away"}</button>
            </div>
        </section>
    }
}

/// The first sentence of an answer, for the headline.
fn first(answer: &str) -> &str {
    answer.find(". ").map_or(answer, |at| &answer[..=at])
}

/// What follows it.
fn rest(answer: &str) -> Option<&str> {
    answer.find(". ").map(|at| answer[at + 2..].trim()).filter(|rest| !rest.is_empty())
}
