//! A sweep: one knob through its range, and where the cliff is.

use plimsoll_core::report::units::{self, Unit};
use yew::prelude::*;

use super::act::Act;
use crate::protocol::{Mean, SweepPoint};

/// What is drawn, in pixels.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 12.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 10.0;

/// What is known of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Swept {
    /// Its number.
    pub number: u64,
    /// The path.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// Levels that there will be.
    pub levels: usize,
    /// Those that are there.
    pub points: Vec<SweepPoint>,
    /// What the present value is.
    pub present: String,
}

/// What the chart is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The sweep.
    pub swept: Swept,
    /// What somebody wants.
    pub act: Callback<Act>,
}

/// Figures worth a look, the first that moves is shown.
const FIGURES: [&str; 9] = [
    "launchSuccessShare",
    "oomKills",
    "launchWaitP95Seconds",
    "peakPodsPending",
    "podWaitP95Seconds",
    "peakNodes",
    "nodeHours",
    "costDollars",
    "peakPodsRunning",
];

fn value(point: &SweepPoint, name: &str) -> Option<Mean> {
    point.figures.iter().find(|figure| figure.0 == name).map(|figure| figure.1)
}

/// The level at which a figure leaps most, if it leaps: more than a third of its whole way in one step.
fn cliff(values: &[f64]) -> Option<usize> {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    let steps = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).enumerate();
    let (at, step) = steps.max_by(|one, other| one.1.total_cmp(&other.1))?;
    (values.len() > 3 && high > low && step > (high - low) / 3.0).then_some(at)
}

/// The sweep as a chart and a table.
#[component]
pub fn SweepChart(Props { swept, act }: &Props) -> Html {
    let chosen = use_state_eq(|| None::<String>);
    let there = |name: &&str| swept.points.iter().all(|point| value(point, name).is_some());
    let moves = |name: &&str| {
        let values: Vec<f64> = swept.points.iter().filter_map(|point| Some(value(point, name)?.0)).collect();
        values.windows(2).any(|pair| pair[0] != pair[1])
    };
    let names: Vec<&str> = FIGURES.into_iter().filter(there).collect();
    let usual = names.iter().copied().find(moves).or(names.first().copied()).unwrap_or("peakPodsRunning");
    let name = chosen.as_deref().filter(|name| names.contains(name)).unwrap_or(usual).to_owned();
    let choose = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            let select: web_sys::HtmlSelectElement = event.target_unchecked_into();
            chosen.set(Some(select.value()));
        })
    };
    html! {
        <section class="card" id="sweep">
            <h2>{ format!("{} from end to end", swept.name) }<button class="link" onclick={act.reform(|_: MouseEvent| Act::EndSweep)}>{"close"}</button></h2>
            <p class="sub"><code>{ &swept.path }</code>{ format!(" · {} of {} levels", swept.points.len(), swept.levels) }</p>
            <label class="unseen" for="swept">{"Figure"}</label>
            <select id="swept" onchange={choose}>{ for names.iter().map(|it| html! { <option value={(*it).to_owned()} selected={*it == name}>{ units::words(it) }</option> }) }</select>
            if swept.points.is_empty() {
                <p class="soft">{"Running the first level…"}</p>
            } else {
                { picture(swept, &name, act) }
            }
        </section>
    }
}

fn picture(swept: &Swept, name: &str, act: &Callback<Act>) -> Html {
    let unit = Unit::of(name);
    let points: Vec<(f64, f64, f64)> = swept
        .points
        .iter()
        .filter_map(|point| {
            let (mean, interval) = value(point, name)?;
            let (low, high) = interval.unwrap_or((mean, mean));
            Some((mean, low, high))
        })
        .collect();
    let means: Vec<f64> = points.iter().map(|point| point.0).collect();
    let top = points.iter().map(|point| point.2).fold(0.0, f64::max);
    let top = if unit == Unit::Share {
        1.0
    } else if top > 0.0 {
        top * 1.08
    } else {
        1.0
    };
    let last = (swept.levels.max(2) - 1) as f64;
    let x = |at: usize| LEFT + (WIDTH - LEFT - RIGHT) * at as f64 / last;
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value / top).clamp(0.0, 1.0);
    let line: String = means
        .iter()
        .enumerate()
        .map(|(at, mean)| format!("{}{:.1} {:.1}", if at == 0 { 'M' } else { 'L' }, x(at), y(*mean)))
        .collect();
    let cliff = (points.len() == swept.levels).then(|| cliff(&means)).flatten();
    let sentence = cliff.map(|at| {
        let (from, to) = (&swept.points[at], &swept.points[at + 1]);
        format!(
            "The cliff is between {} and {}: {} goes from {} to {}.",
            from.value,
            to.value,
            units::words(name),
            unit.value(means[at]),
            unit.value(means[at + 1])
        )
    });
    let band = |(at, (_, low, high)): (usize, &(f64, f64, f64))| {
        (high > low).then(|| html! { <path class="whisker" d={format!("M{0:.1} {1:.1}V{2:.1}", x(at), y(*low), y(*high))} /> })
    };
    let dot = |(at, point): (usize, &SweepPoint)| {
        let go = {
            let (path, value) = (swept.path.clone(), point.value.clone());
            act.reform(move |_: MouseEvent| Act::Set {
                path: path.clone(),
                value: Some(value.clone()),
                live: false,
            })
        };
        let present = point.value == swept.present;
        let label = if swept.levels <= 7 || at % 2 == 0 { point.value.clone() } else { String::new() };
        html! {
            <g key={at} class={classes!("level", present.then_some("present"))} onclick={go}>
                <title>{ format!("{}: {}; click to take it", point.value, unit.value(means.get(at).copied().unwrap_or_default())) }</title>
                <circle cx={format!("{:.1}", x(at))} cy={format!("{:.1}", y(means.get(at).copied().unwrap_or_default()))} r={if present { "5" } else { "3.6" }} />
                <text x={format!("{:.1}", x(at))} y={format!("{:.1}", HEIGHT - 8.0)} text-anchor="middle">{ label }</text>
            </g>
        }
    };
    html! {
        <>
            <svg class="swept" viewBox={format!("0 0 {WIDTH} {HEIGHT}")} role="img" aria-label={format!("{} over {}", units::words(name), swept.name)}>
                if let Some(at) = cliff {
                    <rect class="cliff" x={format!("{:.1}", x(at))} y={format!("{TOP}")} width={format!("{:.1}", x(at + 1) - x(at))} height={format!("{:.1}", HEIGHT - BOTTOM - TOP)} />
                }
                <path class="axis" d={format!("M{LEFT} {0}H{1}", HEIGHT - BOTTOM, WIDTH - RIGHT)} />
                <text x={format!("{:.1}", LEFT - 6.0)} y={format!("{:.1}", y(0.0) + 3.0)} text-anchor="end">{"0"}</text>
                <text x={format!("{:.1}", LEFT - 6.0)} y={format!("{:.1}", y(top) + 8.0)} text-anchor="end">{ unit.value(top) }</text>
                { for points.iter().enumerate().filter_map(band) }
                <path class="line" d={line} />
                { for swept.points.iter().enumerate().map(dot) }
            </svg>
            if let Some(sentence) = sentence {
                <p class="verdict" id="cliff"><b>{ sentence }</b></p>
            }
            <details><summary>{"Show data"}</summary>
                <table class="data"><thead><tr><th scope="col">{ swept.path.clone() }</th><th scope="col">{ units::words(name) }</th><th scope="col">{"checks"}</th></tr></thead>
                <tbody>{ for swept.points.iter().enumerate().map(|(at, point)| html! {
                    <tr><th scope="row">{ &point.value }</th><td class="number">{ unit.value(means.get(at).copied().unwrap_or_default()) }</td><td class="number">{ format!("{} of {}", point.checks.0, point.checks.1) }</td></tr>
                }) }</tbody></table>
            </details>
        </>
    }
}
