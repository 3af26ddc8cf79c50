//! The charts: the figure that `plimsoll plot` draws, with a layer over it that has one cursor for all plots.
//!
//! The figure comes as it is and is never touched; the layer above knows from the figure's frame where instants and
//! values lie. Each plot is one tab stop: arrows move the cursor, and what the plot shows there is its value text.

use std::rc::Rc;

use plimsoll_core::report::Report;
use wasm_bindgen::prelude::*;
use web_sys::{Element, PointerEvent, ResizeObserver};
use yew::prelude::*;

use super::act::Act;
use super::readout::{self, Reading};
use super::shown::Side;
use crate::protocol::{Picture, Plot};

/// What the charts are given.
#[derive(Properties, Clone)]
pub struct Props {
    /// What is shown.
    pub side: Rc<Side>,
    /// What it is compared with.
    pub other: Option<Rc<Side>>,
    /// The cursor.
    pub seconds: f64,
    /// What somebody wants.
    pub act: Callback<Act>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.side, &other.side)
            && match (&self.other, &other.other) {
                (Some(one), Some(another)) => Rc::ptr_eq(one, another),
                (None, None) => true,
                _ => false,
            }
            && self.seconds == other.seconds
    }
}

/// All charts over one time axis.
#[component]
pub fn Charts(props: &Props) -> Html {
    let host = use_node_ref();
    use_room(&host, &props.act);
    let picture = &props.side.picture;
    let on_pointer = {
        let (act, side, host) = (props.act.clone(), props.side.clone(), host.clone());
        Callback::from(move |event: PointerEvent| {
            let moves = event.pointer_type() == "mouse" || event.buttons() != 0;
            let Some(host) = host.cast::<Element>().filter(|_| moves) else { return };
            let place = host.get_bounding_client_rect();
            let x =
                (f64::from(event.client_x()) - place.left()) * side.picture.size.0 / place.width().max(1.0);
            act.emit(Act::At(side.picture.seconds_at(x)));
        })
    };
    let panels = panels(picture);
    html! {
        <section class="card charts" id="charts" aria-label="Charts">
            <div class="figure" ref={host} onpointermove={on_pointer.clone()} onpointerdown={on_pointer}>
                <Drawing side={props.side.clone()} />
                <Layer ..props.clone() />
            </div>
            <p class="read soft" aria-hidden="true">
                <kbd>{"←"}</kbd><kbd>{"→"}</kbd>{" what happens next · "}<kbd>{"space"}</kbd>{" play · "}
                <kbd>{"?"}</kbd>{" all keys"}
            </p>
            <div class="tables">
                { for panels.iter().map(|panel| html! {
                    <DataTable key={panel.clone()} side={props.side.clone()} panel={panel.clone()} />
                }) }
            </div>
        </section>
    }
}

/// Tells how much room there is for figures, now and whenever it changes.
#[hook]
fn use_room(host: &NodeRef, act: &Callback<Act>) {
    let (host, act) = (host.clone(), act.clone());
    use_effect_with((), move |()| {
        let element = host.cast::<Element>();
        let watched = element.clone();
        let tell = Closure::<dyn FnMut()>::new(move || {
            if let Some(element) = &watched {
                act.emit(Act::Width(element.client_width().unsigned_abs()));
            }
        });
        let observer = ResizeObserver::new(tell.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(tell);
        }
    });
}

fn panels(picture: &Picture) -> Vec<String> {
    let mut names: Vec<String> = picture.plots.iter().map(|plot| plot.panel.clone()).collect();
    names.dedup();
    names
}

#[derive(Properties)]
struct DrawingProps {
    side: Rc<Side>,
}

impl PartialEq for DrawingProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.side, &other.side)
    }
}

#[component]
fn Drawing(props: &DrawingProps) -> Html {
    Html::from_html_unchecked(props.side.picture.svg.clone().into())
}

/// The layer above the figure.
#[component]
fn Layer(props: &Props) -> Html {
    let picture = &props.side.picture;
    let report = &props.side.report;
    let x = picture.x(props.seconds);
    let (width, height) = picture.size;
    let top = picture.plots.first().map_or(0.0, |plot| plot.edges.0);
    let bottom = picture.plots.last().map_or(0.0, |plot| plot.edges.1);
    let mut nth = 0;
    let mut before = "";
    let plots = picture.plots.iter().map(|plot| {
        nth = if plot.panel == before { nth + 1 } else { 0 };
        before = &plot.panel;
        plot_layer(props, plot, nth, x)
    });
    let plots: Vec<Html> = plots.collect();
    html! {
        <svg class="layer" viewBox={format!("0 0 {width} {height}")} role="group" aria-label="Cursor over the charts">
            <path class="cursor" d={format!("M{x:.1} {:.1}V{bottom:.1}", top - 2.0)} />
            { for plots }
            <g class="clock" transform={format!("translate({:.1} {:.1})", x.clamp(picture.sides.0 + 18.0, picture.sides.1 - 18.0), bottom + 15.0)}>
                <rect x="-24" y="-11" width="48" height="16" rx="4" />
                <text text-anchor="middle" y="1">{ short_clock(report, props.seconds) }</text>
            </g>
        </svg>
    }
}

fn short_clock(report: &Report, seconds: f64) -> String {
    let clock = readout::clock(report, seconds);
    clock.rsplit(' ').next().unwrap_or_default().to_owned()
}

/// One plot's part of the layer: the other side's line, dots on the own lines, the values in words.
fn plot_layer(props: &Props, plot: &Plot, nth: usize, x: f64) -> Html {
    let Side { report, picture, .. } = &*props.side;
    let readings = readout::readings(report, &plot.panel, nth, props.seconds);
    let title = readout::title(&plot.panel);
    let said = said(report, props.seconds, &readings);
    let ghost = props.other.as_ref().and_then(|other| readout::ghost(&other.report, &plot.panel, nth));
    let (top, bottom) = plot.edges;
    let (left, right) = picture.sides;
    // Words stand on the side of the cursor that has room.
    let to_right = x < (left + right) / 2.0;
    let dot = |reading: &Reading| {
        let y = plot.y(reading.at?);
        let style = format!("fill:var(--pl-{},var(--ink))", reading.ink);
        Some(html! { <circle class="dot" cx={format!("{x:.1}")} cy={format!("{y:.1}")} r="3.6" {style} /> })
    };
    let words = |(line, reading): (usize, &Reading)| {
        let style = format!("fill:var(--pl-{}-text,var(--ink))", reading.ink);
        let dx = if to_right { 9.0 } else { -9.0 };
        let text = match reading.text.as_str() {
            "" => reading.label.clone(),
            text => format!("{text} {}", reading.label),
        };
        html! {
            <text class="value" x={format!("{:.1}", x + dx)} y={format!("{:.1}", top + 12.0 + 14.0 * line as f64)}
                text-anchor={if to_right { "start" } else { "end" }} {style}>{ text }</text>
        }
    };
    let most = ((bottom - top) / 14.0).max(1.0) as usize;
    html! {
        <g class="plot" key={format!("{}-{nth}", plot.panel)} tabindex="0" role="slider" data-panel={plot.panel.clone()}
            aria-label={match (nth, plot.panel.as_str()) {
                (0, _) => title.to_owned(),
                (_, "memory-use") => format!("{title}, fullest node"),
                _ => format!("{title}, counts"),
            }}
            aria-valuemin="0" aria-valuemax={format!("{:.0}", picture.seconds)}
            aria-valuenow={format!("{:.0}", props.seconds)} aria-valuetext={said}>
            <rect class="hit" x={format!("{left:.1}")} y={format!("{top:.1}")}
                width={format!("{:.1}", right - left)} height={format!("{:.1}", bottom - top)} />
            { for report.troubles.iter().map(|trouble| {
                let (from, to) = (picture.x(trouble.from_seconds), picture.x(trouble.until_seconds));
                html! {
                    <rect class="trouble" x={format!("{from:.1}")} y={format!("{top:.1}")}
                        width={format!("{:.1}", (to - from).max(1.0))} height={format!("{:.1}", bottom - top)} />
                }
            }) }
            if let Some(points) = ghost {
                <path class="ghost" d={path(picture, plot, &points)} />
            }
            { for readings.iter().filter_map(dot) }
            { for readings.iter().take(most).enumerate().map(words) }
        </g>
    }
}

fn path(picture: &Picture, plot: &Plot, points: &[(f64, f64)]) -> String {
    let mut path = String::with_capacity(points.len() * 12);
    for (at, (seconds, value)) in points.iter().enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        path.push_str(&format!("{letter}{:.1} {:.1}", picture.x(*seconds), plot.y(*value)));
    }
    path
}

/// A plot's values in one line.
fn said(report: &Report, seconds: f64, readings: &[Reading]) -> String {
    let values: Vec<String> =
        readings.iter().map(|reading| format!("{} {}", reading.label, reading.text)).collect();
    format!("{}: {}", readout::clock(report, seconds), values.join(", "))
}

#[derive(Properties)]
struct TableProps {
    side: Rc<Side>,
    panel: AttrValue,
}

impl PartialEq for TableProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.side, &other.side) && self.panel == other.panel
    }
}

/// The data behind a panel, made when somebody opens it.
#[component]
fn DataTable(props: &TableProps) -> Html {
    let open = use_state_eq(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            let details: web_sys::HtmlDetailsElement = event.target_unchecked_into();
            open.set(details.open());
        })
    };
    let title = readout::title(&props.panel);
    html! {
        <details ontoggle={toggle} data-panel={props.panel.clone()}>
            <summary>{"Show data: "}{ title }</summary>
            if *open {
                <div class="scroll" tabindex="0" role="region" aria-label={format!("{title}, data")}>{ rows(&props.side.report, title, &props.panel) }</div>
            }
        </details>
    }
}

fn rows(report: &Report, title: &str, panel: &str) -> Html {
    let (head, rows) = readout::table(report, panel);
    html! {
        <table class="data">
            <caption>{ title }{", replication 0"}</caption>
            <thead><tr>{ for head.iter().map(|cell| html! { <th scope="col">{ cell }</th> }) }</tr></thead>
            <tbody>
                { for rows.iter().map(|row| html! {
                    <tr>{ for row.iter().enumerate().map(|(at, cell)| if at == 0 {
                        html! { <th scope="row">{ cell }</th> }
                    } else {
                        html! { <td class="number">{ cell }</td> }
                    }) }</tr>
                }) }
            </tbody>
        </table>
    }
}
