//! The page: the question, the answer, and what it rests on.

use std::rc::Rc;
use std::time::Duration;

use plimsoll_charts::{Figure, Style, Theme};
use plimsoll_core::report::{CheckOutcome, Report, Verdict, units};
use yew::platform::{spawn_local, time::sleep};
use yew::prelude::*;

use crate::answer::{REDDIT_HUG, answer};

/// Long enough for the browser to paint what stands there, before the simulation holds it up.
const TIME_TO_PAINT: Duration = Duration::from_millis(30);

enum Phase {
    Running,
    Done(Rc<Report>),
    Failed(AttrValue),
}

/// The whole page below its header.
#[component]
pub fn Page() -> Html {
    let phase = use_state(|| Phase::Running);

    use_effect_with((), {
        let phase = phase.clone();
        move |()| {
            spawn_local(async move {
                sleep(TIME_TO_PAINT).await;
                phase.set(match answer(&REDDIT_HUG) {
                    Ok(report) => Phase::Done(Rc::new(report)),
                    Err(error) => Phase::Failed(error.into()),
                });
            });
        }
    });

    match &*phase {
        Phase::Running => html! {
            <div data-state="running">
                <h1>{"How much can this cluster carry?"}</h1>
                <p role="status">{"Running the simulation…"}</p>
            </div>
        },
        Phase::Failed(error) => html! {
            <div data-state="failed">
                <h1>{"This scenario cannot be run"}</h1>
                <pre role="alert">{error}</pre>
            </div>
        },
        Phase::Done(report) => html! {
            <div data-state="done">
                <Heading report={report.clone()} />
                <Chart report={report.clone()} figure={Figure::Overview} />
                <Checks report={report.clone()} />
                <Summary report={report.clone()} />
                <Provenance report={report.clone()} />
            </div>
        },
    }
}

#[derive(Properties, PartialEq)]
struct ReportProps {
    report: Rc<Report>,
}

#[component]
fn Heading(ReportProps { report }: &ReportProps) -> Html {
    html! {
        <section>
            <h1>{&report.scenario.name}</h1>
            if let Some(question) = &report.scenario.question {
                <p>{question}</p>
            }
            <p role="status"><strong>{&report.verdict}</strong></p>
            if let Some(source) = &report.scenario.source {
                <p class="soft">{source}</p>
            }
        </section>
    }
}

#[component]
fn Checks(ReportProps { report }: &ReportProps) -> Html {
    if report.checks.is_empty() {
        return Html::default();
    }
    html! {
        <section class="card" id="checks">
            <h2>{"Checks"}</h2>
            <table>
                <thead>
                    <tr><th scope="col">{"Claim"}</th><th scope="col">{"Found"}</th><th scope="col">{"Verdict"}</th></tr>
                </thead>
                <tbody>{ for report.checks.iter().map(check_row) }</tbody>
            </table>
        </section>
    }
}

fn check_row(check: &CheckOutcome) -> Html {
    let verdict = match check.verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Undecided => "undecided",
    };
    html! {
        <tr data-verdict={verdict}>
            <th scope="row">
                <span class="name">{&check.name}</span>
                if check.name != check.check {
                    <br /><code class="soft">{&check.check}</code>
                }
            </th>
            <td class="found">{&check.text}</td>
            <td class={classes!("verdict", verdict)}>{verdict}</td>
        </tr>
    }
}

#[derive(Properties, PartialEq)]
struct ChartProps {
    report: Rc<Report>,
    figure: Figure,
}

/// One of the figures that `plimsoll plot` draws, as wide as there is room.
#[component]
fn Chart(ChartProps { report, figure }: &ChartProps) -> Html {
    let style = Style { width_px: width_for_figures(), theme: Theme::Auto, ..Style::default() };
    let svg = plimsoll_charts::render(report, *figure, &style);
    html! {
        <figure class="card" id="chart">
            { Html::from_html_unchecked(svg.into()) }
            <figcaption class="soft">{plimsoll_charts::caption(report, *figure)}</figcaption>
        </figure>
    }
}

/// The window's width without the margins that `style.css` leaves around a card's content.
fn width_for_figures() -> u32 {
    const MARGINS: f64 = 80.0;
    const WIDEST: f64 = 1_040.0;
    let window = web_sys::window().and_then(|window| window.inner_width().ok()?.as_f64());
    window.map_or(WIDEST, |width| (width - MARGINS).clamp(plimsoll_charts::NARROWEST_PX.into(), WIDEST))
        as u32
}

#[component]
fn Summary(ReportProps { report }: &ReportProps) -> Html {
    let row = |(name, value): (&String, &f64)| {
        html! {
            <tr>
                <th scope="row" title={name.clone()}>{units::words(name)}</th>
                <td class="number">{units::value(name, *value)}</td>
            </tr>
        }
    };
    html! {
        <section class="card" id="summary">
            <h2>{"Figures of the whole run"}</h2>
            <table><tbody>{ for report.summary.iter().map(row) }</tbody></table>
        </section>
    }
}

#[component]
fn Provenance(ReportProps { report }: &ReportProps) -> Html {
    html! {
        <dl class="soft">
            <div><dt>{"Seed"}</dt><dd id="seed">{report.seed}</dd></div>
            <div><dt>{"Replications"}</dt><dd id="replications">{report.replications}</dd></div>
            <div><dt>{"Digest"}</dt><dd><code id="digest">{&report.digest}</code></dd></div>
            <div><dt>{"Era"}</dt><dd>{&report.scenario.era}</dd></div>
            <div><dt>{"Engine"}</dt><dd>{&report.engine_version}</dd></div>
        </dl>
    }
}
