//! What memory may cost: the chances of a run, on a scale of their own, whom they hit, and which setting lets them.
//!
//! Chances from one in a thousand to certain are all of interest, so equal distances mean equal ratios. What was never
//! seen stands at the left end, with as much of a band as the replications leave possible.

use plimsoll_core::report::{MemoryRisk, RankedCause, Risk, Victim, units};
use yew::prelude::*;

use super::shown::OfSide;

/// The chances that are named under the scale.
const TICKS: [(f64, &str); 4] = [(0.001, "0.1 %"), (0.01, "1 %"), (0.1, "10 %"), (1.0, "100 %")];

/// Victims and causes that are listed.
const LISTED: usize = 4;

/// The panel; nothing where nobody says what containers use.
#[component]
pub fn Memory(OfSide { side }: &OfSide) -> Html {
    let runs = side.report.replications;
    let Some(memory) = &side.report.memory else { return Html::default() };
    html! {
        <section class="card" id="memory">
            <h2>{"What memory may cost"}<span>{ format!("in {}", units::counted(runs.into(), "run")) }</span></h2>
            <p class="sub">{ hint(memory, runs) }</p>
            <table class="risks">
                <thead class="unseen"><tr><th scope="col">{"In a run"}</th><th scope="col">{"On the scale"}</th><th scope="col">{"Chance"}</th></tr></thead>
                <tbody>{ for memory.risks.iter().map(|risk| row(risk, runs)) }</tbody>
                <tfoot aria-hidden="true"><tr><td></td><td><div class="ticks">
                    { for TICKS.iter().map(|(chance, text)| html! { <span style={format!("left:{:.1}%", share(*chance))}>{ *text }</span> }) }
                </div></td><td></td></tr></tfoot>
            </table>
            if !memory.victims.is_empty() {
                <h3>{"Who is hit"}</h3>
                <ul class="hit">{ for memory.victims.iter().take(LISTED).map(victim) }</ul>
            }
            if !memory.causes.is_empty() {
                <h3>{"What lets it happen first"}</h3>
                <ul class="hit">{ for memory.causes.iter().take(LISTED).map(|cause| first_cause(cause, &memory.causes)) }</ul>
            }
        </section>
    }
}

/// What to know before the numbers.
fn hint(memory: &MemoryRisk, runs: u32) -> String {
    let seen = memory.risks.iter().any(|risk| risk.probability > 0.0);
    let lost = memory.user_hours_lost_share.filter(|share| *share > 0.0);
    let lost = lost.map(|share| {
        format!(" The work that people lose with it comes to {} of their hours.", units::share(share))
    });
    let first = match (runs, seen) {
        (1, _) => "One run shows what can happen, not how likely it is: more replications do.",
        (_, true) => "The dot is the share of runs in which it happens; the band is what the chance may be.",
        (_, false) => "It happens in none of the runs; the band is what the chance may be all the same.",
    };
    format!("{first}{}", lost.unwrap_or_default())
}

/// Where a chance lies, in per cent of the scale's width.
fn share(chance: f64) -> f64 {
    let (least, most) = (TICKS[0].0.log10(), 0.0);
    100.0 * ((chance.max(TICKS[0].0).log10() - least) / (most - least)).clamp(0.0, 1.0)
}

fn row(risk: &Risk, runs: u32) -> Html {
    let never = risk.probability == 0.0;
    let (low, high) = (share(risk.interval.low), share(risk.interval.high));
    let text = match (runs, never) {
        (1, true) => "no".to_owned(),
        (1, false) => "yes".to_owned(),
        (_, true) => format!("never seen, at most {}", units::share(risk.interval.high)),
        (_, false) => format!(
            "{} ({} to {})",
            units::share(risk.probability),
            units::share(risk.interval.low),
            units::share(risk.interval.high)
        ),
    };
    html! {
        <tr key={risk.what.clone()} class={classes!((!never).then_some("seen"))}>
            <th scope="row">{ &risk.what }</th>
            <td aria-hidden="true"><div class="scale">
                if runs > 1 {
                    <u style={format!("left:{low:.1}%;width:{:.1}%", high - low)}></u>
                }
                <i style={format!("left:{:.1}%", share(risk.probability))}></i>
            </div></td>
            <td>{ text }</td>
        </tr>
    }
}

fn victim(victim: &Victim) -> Html {
    html! {
        <li key={format!("{} {} {}", victim.workload, victim.node_group, victim.how)}>
            <b>{ units::share(victim.probability) }</b>
            <span>{ format!("{} on {} nodes: {}", victim.workload, victim.node_group, victim.how) }</span>
        </li>
    }
}

fn first_cause(cause: &RankedCause, all: &[RankedCause]) -> Html {
    let runs: u32 = all.iter().map(|cause| cause.runs).sum();
    html! {
        <li key={cause.cause.clone()}><b>{ format!("{} of {runs}", cause.runs) }</b><span>{ &cause.cause }</span></li>
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn chances_lie_at_equal_ratios() {
        let places: Vec<f64> = [0.0, 0.001, 0.01, 0.1, 1.0].map(share).to_vec();
        for (place, expected) in places.iter().zip([0.0, 0.0, 100.0 / 3.0, 200.0 / 3.0, 100.0]) {
            assert!((place - expected).abs() < 1e-9, "{places:?}");
        }
    }
}
