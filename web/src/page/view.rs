//! The page put together.

use std::rc::Rc;

use yew::prelude::*;

use super::act::{Act, Panel};
use super::app::{App, Phase, Trouble};
use super::charts::Charts;
use super::checks::Tables;
use super::editor::Editor;
use super::keys::{self, Palette};
use super::memory::Memory;
use super::modal::Modal;
use super::nodes::Cluster;
use super::scrubber::Scrubber;
use super::shown::Side;
use super::sweep::SweepChart;
use super::takeaway::TakeAway;
use super::what_if::WhatIf;
use super::{checks, gallery, headline, readout, tiles, timeline};
use crate::protocol::Spent;

/// The whole page.
pub fn page(app: &App, act: &Callback<Act>) -> Html {
    let state = match (&app.phase, &app.trouble, &app.shown) {
        (_, Some(Trouble::Refused(_)), _) => "refused",
        (_, Some(Trouble::Broken(_)), _) => "broken",
        (_, Some(Trouble::NotLoaded(_)), _) => "failed",
        (Phase::Idle, _, Some(_)) => "done",
        (Phase::Loading, ..) => "loading",
        _ => "running",
    };
    html! {
        <div class={classes!("page", app.embedded.then_some("embedded"))} data-state={state} data-run={app.shown.as_ref().map(|shown| shown.run.to_string())}>
            if !app.embedded {
                { top(app, act) }
            }
            { progress(app, act) }
            <main>
                { trouble(app, act) }
                { match app.sides() {
                    Some((side, other)) => content(app, &side, other, act),
                    None => blank(app),
                } }
            </main>
            if let Some((side, _)) = app.sides() {
                <Scrubber side={side} seconds={app.seconds} playing={app.playing} speed={app.speed} act={act.clone()} />
            }
            { panel(app, act) }
            <p class={classes!("toast", app.said.is_some().then_some("shown"))} role="status">{ app.said.clone().unwrap_or_default() }</p>
        </div>
    }
}

fn top(app: &App, act: &Callback<Act>) -> Html {
    let open = |panel| act.reform(move |_: MouseEvent| Act::Open(panel));
    let (name, when) = match app.sides() {
        Some((side, _)) => {
            let report = &side.report;
            let day = report.scenario.start.get(..10).unwrap_or_default().to_owned();
            let (from, to) = (readout::clock(report, 0.0), readout::clock(report, side.picture.seconds));
            (report.scenario.name.clone(), format!("{day} {from} to {to}"))
        }
        None => ("Choose a scenario".to_owned(), String::new()),
    };
    html! {
        <header>
            <a class="brand" href="./" aria-label="Plimsoll, from the beginning">
                <svg width="26" height="26" viewBox="0 0 26 26" fill="none" stroke="currentColor" stroke-width="2.1" aria-hidden="true"><circle cx="13" cy="13" r="7.2"/><path d="M1.5 13h23" stroke-linecap="round"/></svg>
                <span>{"Plimsoll"}</span>
            </a>
            <button class="pick" id="pick" onclick={open(Panel::Gallery)} aria-haspopup="dialog"><b>{ name }</b><span>{ when }{" ▾"}</span></button>
            <nav aria-label="Page">
                <button onclick={open(Panel::Editor)}>{"Scenario"}</button>
                <button onclick={open(Panel::TakeAway)}>{"Export"}</button>
                <button onclick={act.reform(|_: MouseEvent| Act::Theme)}>{"Theme"}</button>
                <button onclick={open(Panel::Keys)} aria-label="Keys">{"?"}</button>
                <button class="main" onclick={act.reform(|_: MouseEvent| Act::CopyLink)}>{"Copy link"}</button>
            </nav>
        </header>
    }
}

fn progress(app: &App, act: &Callback<Act>) -> Html {
    let (share, words) = match app.phase {
        Phase::Loading => (0.0, "Loading the simulator…".to_owned()),
        Phase::Running(share, done, of) if of > 1 => (share, format!("{done} of {of} replications")),
        Phase::Running(share, ..) => (share, "Simulating…".to_owned()),
        Phase::Idle => (1.0, String::new()),
    };
    let running = matches!(app.phase, Phase::Running(..));
    html! {
        <div class={classes!("progress", (app.phase == Phase::Idle).then_some("idle"))} role="progressbar" aria-label="Simulation"
            aria-valuemin="0" aria-valuemax="100" aria-valuenow={format!("{:.0}", share * 100.0)}>
            <i style={format!("transform:scaleX({share:.3})")}></i>
            if running {
                <span>{ words }<button class="link" id="cancel" onclick={act.reform(|_: MouseEvent| Act::Cancel)}>{"stop"}</button></span>
            }
        </div>
    }
}

/// What went wrong, above what still stands.
fn trouble(app: &App, act: &Callback<Act>) -> Html {
    let Some(trouble) = &app.trouble else { return Html::default() };
    let dismiss = html! { <button class="close" onclick={act.reform(|_: MouseEvent| Act::Dismiss)} aria-label="Put away">{"×"}</button> };
    let stands = if app.shown.is_some() { " What you see below is the last answer that stands." } else { "" };
    match trouble {
        Trouble::Refused(told) => html! {
            <section class="trouble" role="alert" id="refused">
                { dismiss }
                <h2>{"This scenario cannot be run"}</h2>
                <p>{"Nothing is lost: mend it in the text, or take the last change back."}{ stands }</p>
                { for told.iter().take(6).map(|told| html! { <pre>{ &told.text }</pre> }) }
                <p class="do"><button class="plain" onclick={act.reform(|_: MouseEvent| Act::Open(Panel::Editor))}>{"Open the text"}</button>
                    <button class="plain" onclick={act.reform(|_: MouseEvent| Act::Reset)}>{"As the file has it"}</button></p>
            </section>
        },
        Trouble::Broken(report) => {
            let copy = {
                let report = report.clone();
                act.reform(move |_: MouseEvent| Act::Copy("report", report.clone()))
            };
            html! {
                <section class="trouble" role="alert" id="broken">
                    { dismiss }
                    <h2>{"The simulator broke off"}</h2>
                    <p>{"This is a fault of ours, not of your scenario. A new engine is in place and the page goes on."}{ stands }</p>
                    <pre>{ report }</pre>
                    <p class="do"><button class="plain" onclick={copy}>{"Copy report"}</button></p>
                </section>
            }
        }
        Trouble::NotLoaded(text) => html! {
            <section class="trouble" role="alert" id="not-loaded">
                <h2>{"The simulator did not load"}</h2>
                <p>{"The page is here, its engine is not. Try to load the page again; if that does not help, the place it is served from lacks a file."}</p>
                <pre>{ text }</pre>
            </section>
        },
        Trouble::Said(lines) => html! {
            <section class="trouble said" role="status" id="said">
                { dismiss }
                { for lines.iter().map(|line| html! { <p>{ line }</p> }) }
            </section>
        },
    }
}

fn content(app: &App, side: &Rc<Side>, other: Option<Rc<Side>>, act: &Callback<Act>) -> Html {
    let report = &side.report;
    let settled = app.phase == Phase::Idle;
    // Those that are there, and the card of those that might be.
    let nodes = readout::level(report, "nodes.total", readout::point(report, app.seconds));
    let expected = if app.cluster.is_some() { 0 } else { nodes.unwrap_or(7.0) as usize + 1 };
    let spent = app.shown.as_ref().map_or_else(Spent::default, |shown| shown.spent);
    let comparison = app.shown.as_ref().and_then(|shown| shown.comparison.clone());
    html! {
        <>
            { headline::headline(report, settled, act) }
            { for side.told.iter().filter(|told| !told.error).take(3).map(|told| html! { <pre class="warned">{ &told.text }</pre> }) }
            { tiles::tiles(report, other.as_ref().map(|other| &other.report)) }
            <div class="grid">
                <div class="wide">
                    <Charts side={side.clone()} other={other} seconds={app.seconds} act={act.clone()} />
                    <Memory side={side.clone()} />
                    <Tables side={side.clone()} />
                </div>
                <aside class="side" aria-label="Cluster and what-ifs">
                    if let Some(swept) = &app.swept {
                        <SweepChart swept={swept.clone()} act={act.clone()} />
                    }
                    <Cluster scene={app.cluster.clone()} expected={expected} pod={app.pod} story={app.story.clone()} act={act.clone()} />
                    if !app.embedded {
                        <WhatIf side={side.clone()} scene={app.scene.clone()} {comparison} other={app.other} act={act.clone()} />
                    }
                    { timeline::timeline(report, app.seconds, act) }
                </aside>
            </div>
            { checks::provenance(report, &spent) }
        </>
    }
}

/// Before there is anything: the shape of what comes, so that nothing jumps.
fn blank(app: &App) -> Html {
    if matches!(app.trouble, Some(Trouble::Refused(_) | Trouble::NotLoaded(_))) {
        return Html::default();
    }
    // An element of its own kind: taken away as a whole, not made into what comes, which would count as a move.
    html! {
        <div key="blank">
            <section class="answer"><div><h1>{"How much can this cluster carry?"}</h1>
                <p class="question" role="status">{ if app.phase == Phase::Loading { "Loading the simulator…" } else { "Simulating…" } }</p></div></section>
            <section class="figs blank" aria-hidden="true">{ for (0..5).map(|at| html! { <div key={at} class="fig"><span>{"\u{a0}"}</span><strong>{"\u{a0}"}</strong><em>{"\u{a0}"}</em></div> }) }</section>
            <div class="grid" aria-hidden="true"><div class="wide"><section class="card charts blank"></section></div><aside class="side"><section class="card blank"></section></aside></div>
        </div>
    }
}

fn panel(app: &App, act: &Callback<Act>) -> Html {
    let Some(panel) = app.panel else { return Html::default() };
    let act = act.clone();
    match panel {
        Panel::Gallery => html! {
            <Modal title="Scenarios" name="wide" act={act.clone()}>{ gallery::gallery(&app.presets, &app.thumbnails, &app.scene.choice.preset, &act) }</Modal>
        },
        Panel::Editor => html! {
            <Modal title={app.scene.choice.file()} name="full" act={act.clone()}>
                if let Some(text) = &app.draft.text {
                    <Editor text={text.clone()} told={app.draft.told.clone()} checking={app.draft.checking} act={act.clone()} />
                } else {
                    <p class="soft">{"Opening…"}</p>
                }
            </Modal>
        },
        Panel::TakeAway => {
            let (seed, replications) =
                app.sides().map_or((0, 1), |(side, _)| (side.report.seed, side.report.replications));
            html! {
                <Modal title="Take it away" name="wide" act={act.clone()}>
                    <TakeAway command={app.scene.command(seed, replications)} fragment={app.fragment.clone()} act={act.clone()} />
                </Modal>
            }
        }
        Panel::Keys => html! { <Modal title="Keys" name="narrow" act={act.clone()}>{ keys::list() }</Modal> },
        Panel::Palette => html! {
            <Modal title="Commands" name="narrow" act={act.clone()}>
                <Palette presets={app.presets.clone()} offers={app.sides().map(|(side, _)| keys::offers(&side)).unwrap_or_default()} act={act.clone()} />
            </Modal>
        },
    }
}
