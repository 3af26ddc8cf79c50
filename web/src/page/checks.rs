//! Claims and figures at length, and where they come from.

use plimsoll_core::report::{CheckOutcome, Quantiles, Report, Verdict, units};
use yew::prelude::*;

use super::shown::OfSide;
use crate::protocol::Spent;

/// Claims, figures and quantiles: made anew when there is another side to show, not when the cursor moves.
#[component]
pub fn Tables(OfSide { side }: &OfSide) -> Html {
    let report = &side.report;
    html! { <>{ checks(report) }{ figures(report) }{ quantiles(report) }</> }
}

/// The claims, and how each came out.
fn checks(report: &Report) -> Html {
    if report.checks.is_empty() {
        return Html::default();
    }
    html! {
        <section class="card" id="checks">
            <h2>{"Checks"}<span>{ "what the scenario claims" }</span></h2>
            <table>
                <thead><tr><th scope="col">{"Claim"}</th><th scope="col">{"Found"}</th><th scope="col">{"Verdict"}</th></tr></thead>
                <tbody>{ for report.checks.iter().map(check_row) }</tbody>
            </table>
        </section>
    }
}

/// A verdict in a word.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Undecided => "undecided",
    }
}

fn check_row(check: &CheckOutcome) -> Html {
    let verdict = word(check.verdict);
    html! {
        <tr data-verdict={verdict}>
            <th scope="row">
                <span class="name">{ &check.name }</span>
                if check.name != check.check {
                    <br /><code class="soft">{ &check.check }</code>
                }
            </th>
            <td class="found">{ &check.text }</td>
            <td class={classes!("verdict", verdict)}>{ verdict }</td>
        </tr>
    }
}

/// Figures of the whole run, and quantiles.
fn figures(report: &Report) -> Html {
    let row = |(name, value): (&String, &f64)| {
        let interval = report.intervals.get(name).filter(|interval| interval.high > interval.low);
        let interval =
            interval.map(|it| format!("{} to {}", units::value(name, it.low), units::value(name, it.high)));
        html! {
            <tr>
                <th scope="row" title={name.clone()}>{ units::words(name) }</th>
                <td class="number">{ units::value(name, *value) }</td>
                <td class="number soft">{ interval.unwrap_or_default() }</td>
            </tr>
        }
    };
    html! {
        <section class="card" id="summary">
            <h2>{"Figures of the whole run"}<span>{ if report.replications > 1 { "means with 95 % intervals" } else { "one replication" } }</span></h2>
            <table>
                <thead class="unseen"><tr><th scope="col">{"Figure"}</th><th scope="col">{"Value"}</th><th scope="col">{"Interval"}</th></tr></thead>
                <tbody>{ for report.summary.iter().map(row) }</tbody>
            </table>
        </section>
    }
}

/// How long things take, as quantiles.
fn quantiles(report: &Report) -> Html {
    if report.quantiles.is_empty() {
        return Html::default();
    }
    let cell = |seconds: f64| html! { <td class="number">{ units::duration(seconds) }</td> };
    let row = |(name, row): (&String, &Quantiles)| {
        html! {
            <tr>
                <th scope="row"><code>{ name }</code></th>
                <td class="number">{ units::number(row.count as f64) }</td>
                { cell(row.p50_seconds) }{ cell(row.p90_seconds) }{ cell(row.p95_seconds) }{ cell(row.p99_seconds) }{ cell(row.max_seconds) }
            </tr>
        }
    };
    html! {
        <section class="card" id="quantiles">
            <h2>{"How long things take"}<span>{"of replication 0"}</span></h2>
            <div class="scroll" tabindex="0" role="region" aria-label="How long things take, data">
                <table>
                    <thead><tr><th scope="col">{"What"}</th>{ for ["count", "p50", "p90", "p95", "p99", "max"].map(|head| html! { <th scope="col" class="number">{ head }</th> }) }</tr></thead>
                    <tbody>{ for report.quantiles.iter().map(row) }</tbody>
                </table>
            </div>
        </section>
    }
}

/// Where it all comes from.
pub fn provenance(report: &Report, spent: &Spent) -> Html {
    let took = format!("{:.0} ms to simulate, {:.0} ms to draw", spent.simulating, spent.drawing);
    let parts = serde_json::to_string(spent).ok();
    html! {
        <footer class="provenance soft">
            if let Some(source) = &report.scenario.source {
                <p>{ source }</p>
            }
            <dl>
                <div><dt>{"Digest"}</dt><dd><code id="digest">{ &report.digest }</code></dd></div>
                <div><dt>{"Behaves as"}</dt><dd>{ &report.scenario.era }</dd></div>
                <div><dt>{"Engine"}</dt><dd id="engine">{ &report.engine_version }</dd></div>
                <div><dt>{"Took"}</dt><dd id="took" data-spent={parts} title="One replication, in this browser">{ took }</dd></div>
                <div><dt>{"From"}</dt><dd>{ &report.scenario.start }</dd></div>
                <div><dt>{"To"}</dt><dd>{ &report.scenario.end }</dd></div>
            </dl>
            <p>{"Same scenario and seed, same bytes: here, on the command line, on any machine. Nothing leaves this page."}</p>
        </footer>
    }
}
