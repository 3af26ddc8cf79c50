//! The cluster at an instant: a card for each node with its pods as cells, and those that wait.
//!
//! The cells of a node are one drawing with a path for each state, not an element for each pod: two thousand pods
//! are redrawn in a frame.

use std::rc::Rc;

use plimsoll_core::replay::{Amounts, Scene, SceneNode, ScenePending, Story};
use plimsoll_core::report::units::{self, Unit};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::act::Act;

/// Cells in a row.
const COLUMNS: usize = 12;

/// From one cell to the next, and how much of that is cell.
const PITCH: f64 = 6.0;
const CELL: f64 = 4.9;

/// Cells of one node that are drawn.
const MOST_CELLS: usize = 240;

/// Nodes that room is kept for.
const MOST_BLANK: usize = 60;

/// What is used of a node's memory shows in red from here on.
const NEARLY_FULL: f64 = 0.9;

/// Waiting pods that are listed.
const LISTED: usize = 6;

/// States of pods, in the order in which the key names them, with what people call them.
const STATES: [(&str, &str); 6] = [
    ("answering", "answers"),
    ("running", "runs"),
    ("silent", "runs, nobody reaches it"),
    ("starting", "starts"),
    ("terminating", "is to go"),
    ("placeholder", "keeps room"),
];

/// What the cluster is given.
#[derive(Properties)]
pub struct Props {
    /// The cluster; `None` until it is known.
    pub scene: Option<Rc<Scene>>,
    /// Nodes that there will be, for whom room is kept until then.
    pub expected: usize,
    /// The pod that somebody asks about.
    pub pod: Option<u64>,
    /// What has happened to it.
    pub story: Option<Rc<Story>>,
    /// What somebody wants.
    pub act: Callback<Act>,
}

fn same<T>(one: &Option<Rc<T>>, other: &Option<Rc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Rc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        same(&self.scene, &other.scene)
            && self.expected == other.expected
            && same(&self.story, &other.story)
            && self.pod == other.pod
    }
}

/// The cluster at the cursor.
#[component]
pub fn Cluster(props: &Props) -> Html {
    let Some(scene) = &props.scene else {
        return html! {
            <section class="card" id="cluster" aria-busy="true">
                <h2>{"Cluster"}</h2>
                <p class="sub">{"Looking back to this instant…"}</p>
                <div class="nodes">{ for (0..props.expected.min(MOST_BLANK)).map(|at| html! { <div key={at} class="node blank"></div> }) }</div>
            </section>
        };
    };
    let pods: usize = scene.nodes.iter().map(|node| node.pods.len()).sum();
    let there = |state: &str| scene.nodes.iter().any(|node| node.pods.iter().any(|pod| pod.state == state));
    html! {
        <section class="card" id="cluster" data-clock={scene.clock.clone()} data-seconds={scene.seconds.to_string()}>
            <h2>{"Cluster at "}{ scene.clock.get(..5).unwrap_or(&scene.clock) }
                <span>{ format!("{}, {}", units::counted(scene.nodes.len() as u64, "node"), units::counted(pods as u64, "pod")) }</span></h2>
            <p class="sub">{"One square is a pod; ask one why it is here. "}{ bars(scene) }</p>
            <div class="nodes">
                { for scene.nodes.iter().map(|node| node_card(node, props)) }
                { for scene.groups.iter().filter_map(ghost) }
                if scene.nodes.is_empty() {
                    <p class="empty">{"No node is there. Pods wait until one is."}</p>
                }
            </div>
            <div class="key">
                { for STATES.iter().filter(|(state, _)| there(state)).map(|(state, words)| html! { <span key={*state}><s class={*state}></s>{ *words }</span> }) }
                <span><s class="free"></s>{"free"}</span>
            </div>
            { hub(scene) }
            { question(scene, props) }
            { tray(scene, props) }
        </section>
    }
}

/// What the bars are: what is used is known where the scenario says what containers use.
fn bars(scene: &Scene) -> &'static str {
    if scene.nodes.iter().any(|node| node.memory.used.is_some()) {
        "The bars are memory: requested of what can be had, and used of it."
    } else {
        "The bar is memory: requested of what can be had."
    }
}

/// What is the matter with a node, in words.
fn notes(node: &SceneNode) -> Vec<String> {
    let mut notes = node.faults.clone();
    if node.ready != "Ready" {
        notes.push(node.ready.clone());
    }
    if node.cordoned {
        notes.push("cordoned".to_owned());
    }
    if node.leaving {
        notes.push("given back".to_owned());
    }
    notes
}

/// A text about nodes, with those that people know by another name called so, as on their cards.
fn as_known(scene: &Scene, text: &str) -> String {
    let alias = |word: &str| {
        let node = scene.nodes.iter().find(|node| node.name == word)?;
        node.alias.as_deref()
    };
    let mut known = String::with_capacity(text.len());
    for piece in text.split_inclusive(' ') {
        let word = piece.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        known.push_str(alias(word).unwrap_or(word));
        known.push_str(&piece[word.len()..]);
    }
    known
}

fn name_of(node: &SceneNode) -> &str {
    node.alias.as_ref().unwrap_or(&node.name)
}

fn share(amounts: &Amounts, part: u64) -> f64 {
    if amounts.allocatable == 0 { 0.0 } else { (part as f64 / amounts.allocatable as f64).clamp(0.0, 1.0) }
}

fn node_card(node: &SceneNode, props: &Props) -> Html {
    let (name, notes, room) = (name_of(node), notes(node), room(node));
    let memory = &node.memory;
    let requested = memory.reserved + memory.requested;
    // Of what DaemonSets leave to pods, as in the chart of the fullest node.
    let left = memory.allocatable.saturating_sub(memory.reserved).max(1);
    let used = memory.used.map(|used| used as f64 / left as f64);
    let said = format!(
        "{name}: {} of {room} pods, {} of {} memory requested{}, {} of CPU{}",
        node.pods.len(),
        units::share(share(memory, requested)),
        Unit::Bytes.value(memory.allocatable as f64),
        used.map(|used| format!(", {} used", units::share(used))).unwrap_or_default(),
        units::share(share(&node.cpu, node.cpu.reserved + node.cpu.requested)),
        notes.iter().map(|note| format!("; {note}")).collect::<String>(),
    );
    let click = {
        let (act, pods) = (props.act.clone(), node.pods.iter().map(|pod| pod.uid).collect::<Vec<_>>());
        Callback::from(move |event: MouseEvent| {
            let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
                return;
            };
            let Some(cells) = target.closest("svg.cells").ok().flatten() else { return };
            let place = cells.get_bounding_client_rect();
            let scale = (COLUMNS as f64 * PITCH - 1.0) / place.width().max(1.0);
            let column = ((f64::from(event.client_x()) - place.left()) * scale / PITCH) as usize;
            let row = ((f64::from(event.client_y()) - place.top()) * scale / PITCH) as usize;
            if let Some(pod) = pods.get(row * COLUMNS + column.min(COLUMNS - 1)) {
                act.emit(Act::Pod(Some(*pod)));
            }
        })
    };
    let width = |part: u64| format!("width:{:.1}%", share(memory, part) * 100.0);
    html! {
        <div class={classes!("node", (!notes.is_empty()).then_some("hole"))} key={node.name.clone()} title={said.clone()} onclick={click}>
            <b>{ name }</b><i>{ format!("{}/{room}", node.pods.len()) }</i>
            <div class={classes!("bar", used.map(|_| "both"))} aria-hidden="true">
                <u class="reserved" style={width(memory.reserved)}></u><u class="requested" style={width(memory.requested)}></u>
                if let Some(used) = used {
                    <u class={classes!("used", (used >= NEARLY_FULL).then_some("full"))} style={width(memory.used.unwrap_or(0))}></u>
                }
            </div>
            { cells(node, room, &said, props.pod) }
            if !notes.is_empty() {
                <small>{ notes.join(", ") }</small>
            }
        </div>
    }
}

/// Nodes of a group that are not there: asked for, or allowed and never asked for.
fn ghost(group: &plimsoll_core::replay::SceneGroup) -> Option<Html> {
    let allowed = group.max.saturating_sub(group.target.max(group.nodes));
    let (count, words) = match (group.upcoming, allowed) {
        (0, 0) => return None,
        (0, allowed) => (allowed, "allowed, not asked for"),
        (upcoming, _) => (upcoming, "on the way"),
    };
    Some(html! {
        <div class="node ghost" key={format!("ghost-{}", group.name)}><b>{ format!("+ {count}") }</b><div>{ format!("{}: {words}", group.name) }</div></div>
    })
}

/// Pods that fit: as many as memory has room for at what its pods ask on average, and as there are slots.
fn room(node: &SceneNode) -> usize {
    let (there, slots) = (node.pods.len(), node.pod_slots as usize);
    let asked: u64 = node.pods.iter().map(|pod| pod.memory).sum();
    let free = node.memory.allocatable.saturating_sub(node.memory.reserved);
    let fit = match asked.checked_div(there as u64) {
        Some(each) if each > 0 => (free / each) as usize,
        _ => slots,
    };
    fit.min(slots).max(there)
}

fn cells(node: &SceneNode, room: usize, said: &str, chosen: Option<u64>) -> Html {
    let rows = room.clamp(1, MOST_CELLS).div_ceil(COLUMNS);
    let place = |at: usize| ((at % COLUMNS) as f64 * PITCH, (at / COLUMNS) as f64 * PITCH);
    let square = |at: usize| {
        let (x, y) = place(at);
        format!("M{x:.0} {y:.0}h{CELL}v{CELL}h-{CELL}z")
    };
    let pods = || node.pods.iter().take(MOST_CELLS).enumerate();
    let of = |state: &str| -> String {
        pods().filter(|(_, pod)| pod.state == state).map(|(at, _)| square(at)).collect()
    };
    let free: String = (node.pods.len()..room.min(MOST_CELLS)).map(square).collect();
    let ring = pods().find(|(_, pod)| Some(pod.uid) == chosen).map(|(at, _)| place(at));
    html! {
        <svg class="cells" viewBox={format!("0 0 {} {}", COLUMNS as f64 * PITCH - 1.0, rows as f64 * PITCH - 1.0)} role="img" aria-label={said.to_owned()}>
            <path class="free" d={free} />
            { for STATES.iter().map(|(state, _)| html! { <path key={*state} class={*state} d={of(state)} /> }) }
            if let Some((x, y)) = ring {
                <rect class="chosen" x={(x - 0.6).to_string()} y={(y - 0.6).to_string()} width="6.1" height="6.1" />
            }
        </svg>
    }
}

fn hub(scene: &Scene) -> Html {
    let Some(hub) = &scene.hub else { return Html::default() };
    let mut said = vec![format!("{} servers answer", units::number(hub.ready.into()))];
    for (count, words) in
        [(hub.spawning, "being spawned"), (hub.stopping, "being stopped"), (hub.waiting, "users wait")]
    {
        if count > 0 {
            said.push(format!("{} {words}", units::number(count.into())));
        }
    }
    if hub.culler_stalled {
        said.push("the culler hangs".to_owned());
    }
    let state = if hub.up { "Hub: " } else { "The hub does not answer. " };
    html! { <p class={classes!("hub", (!hub.up).then_some("bad"))}>{ state }{ said.join(", ") }{"."}</p> }
}

/// The pod that somebody asks about, and a list to ask about others by keyboard.
fn question(scene: &Scene, props: &Props) -> Html {
    let found = props.pod.and_then(|uid| {
        scene.nodes.iter().find_map(|node| Some((node, node.pods.iter().find(|pod| pod.uid == uid)?)))
    });
    let choose = props.act.reform(|event: Event| {
        let select: web_sys::HtmlSelectElement = event.target_unchecked_into();
        Act::Pod(select.value().parse().ok())
    });
    let named = |owner: u32, ordinal: u32| {
        format!("{}-{ordinal}", scene.owners.get(owner as usize).map_or("pod", String::as_str))
    };
    let troubled = || scene.nodes.iter().find(|node| !notes(node).is_empty() && !node.pods.is_empty());
    let node = found.map(|(node, _)| node).or_else(troubled).or(scene.nodes.first());
    html! {
        <div class="ask">
            <label class="unseen" for="ask">{"Ask about a pod"}</label>
            <select id="ask" onchange={choose}>
                <option value="" selected={found.is_none()}>{"Ask about a pod…"}</option>
                if let Some(node) = node {
                    { for node.pods.iter().take(120).map(|pod| html! {
                        <option key={pod.uid} value={pod.uid.to_string()} selected={props.pod == Some(pod.uid)}>{ format!("{} on {}", named(pod.owner, pod.ordinal), name_of(node)) }</option>
                    }) }
                }
            </select>
            <div aria-live="polite">
                if let (Some(_), Some(story)) = (props.pod, &props.story) {
                    { answer(story, scene, &props.act) }
                }
            </div>
        </div>
    }
}

/// Why a pod is where it is, and what becomes of it.
fn answer(story: &Story, scene: &Scene, act: &Callback<Act>) -> Html {
    let away = act.reform(|_: MouseEvent| Act::Pod(None));
    let moment = |moment: &plimsoll_core::replay::Moment| {
        let go = {
            let to = moment.seconds;
            act.reform(move |_: MouseEvent| Act::At(to))
        };
        let later = moment.seconds > scene.seconds;
        html! { <li class={classes!(later.then_some("later"))}><button class="link" onclick={go}>{ &moment.clock }</button><span>{ as_known(scene, &moment.text) }</span></li> }
    };
    html! {
        <div class="pod" id="pod">
            <button class="close" onclick={away} aria-label="Put away">{"×"}</button>
            <p><b>{ &story.name }</b></p>
            if let Some(choice) = &story.choice {
                <p class="why">{"Why here: "}{ as_known(scene, &choice.text) }{"."}</p>
                if !choice.refused.is_empty() {
                    <p class="soft">{ choice.refused.iter().map(|(reason, count)| format!("{count} {reason}")).collect::<Vec<_>>().join(", ") }</p>
                }
            }
            <ol>{ for story.moments.iter().map(moment) }</ol>
        </div>
    }
}

/// Pods that wait for a node, with the scheduler's reasons.
fn tray(scene: &Scene, props: &Props) -> Html {
    if scene.pending_count == 0 {
        return html! { <p class="tray none soft" id="pending">{"No pod waits for a node."}</p> };
    }
    let row = |pod: &ScenePending| {
        let ask = {
            let uid = pod.uid;
            props.act.reform(move |_: MouseEvent| Act::Pod(Some(uid)))
        };
        html! {
            <li key={pod.uid}>
                <button class="link" onclick={ask}>{ &pod.name }</button>
                <span>{ units::duration(pod.waited_seconds) }</span>
                <p>{ if pod.message.is_empty() { "not tried yet" } else { &pod.message } }</p>
            </li>
        }
    };
    html! {
        <div class="tray" id="pending">
            <h3>{ format!("{} {} for a node", units::counted(scene.pending_count, "pod"), if scene.pending_count == 1 { "waits" } else { "wait" }) }</h3>
            <ul>{ for scene.pending.iter().take(LISTED).map(row) }</ul>
            if scene.pending_count as usize > LISTED {
                <p class="soft">{ format!("and {} more", scene.pending_count as usize - LISTED) }</p>
            }
        </div>
    }
}
