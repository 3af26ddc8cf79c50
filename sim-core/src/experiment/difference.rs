//! The difference: what a what-if changes for users, beside its base, in the answer's words.

use super::answer::{by_kind, happening, listed, sentence, span, uncapitalised, worst};
use crate::report::{Report, Trouble, TroubleKind, units};

/// What the second of two runs of one scenario does differently for users, in a sentence or two: for a what-if
/// beside its base. Over several replications a [`Comparison`](super::Comparison) says more.
pub fn difference(base: &Report, other: &Report) -> String {
    let (was, is) = (by_kind(&base.troubles), by_kind(&other.troubles));
    let worst_of = |kinds: &[(TroubleKind, Vec<&Trouble>)], kind: TroubleKind| {
        kinds.iter().find(|(other, _)| *other == kind).map(|(_, all)| worst(all).clone())
    };
    let mut sentences = Vec::new();
    match was.first() {
        None => sentences.extend(is.first().map(|(_, all)| {
            let worst = worst(all);
            format!("It makes trouble: {}", uncapitalised(&sentence(worst, "")))
        })),
        Some((kind, all)) => {
            let before = worst(all);
            sentences.push(match worst_of(&is, *kind) {
                None => gone(before),
                Some(after) if alike(before, &after) => {
                    format!(
                        "It changes nothing: {} {} all the same.",
                        uncapitalised(&happening(before)),
                        span(before)
                    )
                }
                Some(after) => format!(
                    "{} {} instead of {}.",
                    happening(&after),
                    extent(&after),
                    if after.kind == TroubleKind::LaunchesFail || after.kind == TroubleKind::ServiceDown {
                        extent(before)
                    } else {
                        format!("{} {}", units::duration(before.longest_seconds), extent(before))
                    }
                ),
            });
            // What it brings that was not there.
            let new = is.iter().find(|(kind, _)| was.iter().all(|(known, _)| known != kind));
            sentences.extend(new.map(|(_, all)| sentence(worst(all), "")));
        }
    }
    let figure = |report: &Report, name: &str| report.summary.get(name).copied();
    let both = |name| figure(base, name).zip(figure(other, name));
    if let Some((before, after)) = both("launchSuccessShare").filter(|(a, b)| (a - b).abs() >= 0.01) {
        let (before, after) = (units::share(before), units::share(after));
        sentences.push(format!("{after} of launches succeed instead of {before}."));
    }
    if let Some((before, after)) = both("peakNodes").filter(|(a, b)| a != b) {
        let noun = if after == 1.0 { "node" } else { "nodes" };
        let (before, after) = (units::number(before), units::number(after));
        sentences.push(format!("At most {after} {noun} instead of {before}."));
    }
    if sentences.is_empty() {
        sentences.push("It changes nothing for users.".to_owned());
    }
    sentences.join(" ")
}

/// `from 06:15 to 09:05 (880 of 913)`
fn extent(trouble: &Trouble) -> String {
    if trouble.kind == TroubleKind::ServiceDown {
        return span(trouble);
    }
    let (hit, of) = (units::number(trouble.hit as f64), units::number(trouble.of as f64));
    format!("{} ({hit} of {of})", span(trouble))
}

/// The same trouble at the same time, but for a few.
fn alike(one: &Trouble, other: &Trouble) -> bool {
    let close = |a: f64, b: f64, by: f64| (a - b).abs() <= by;
    let length = one.until_seconds - one.from_seconds;
    close(one.from_seconds, other.from_seconds, 0.05 * length)
        && close(one.until_seconds, other.until_seconds, 0.05 * length)
        && close(one.hit as f64, other.hit as f64, 0.05 * one.hit as f64)
        && close(one.longest_seconds, other.longest_seconds, 0.2 * one.longest_seconds)
        && one.subjects == other.subjects
}

/// A trouble that is not there any more.
fn gone(trouble: &Trouble) -> String {
    let names = listed(&trouble.subjects);
    match trouble.kind {
        TroubleKind::LaunchesFail => "Launches do not fail.".to_owned(),
        TroubleKind::ServiceDown if trouble.subjects.len() > 1 => format!("{names} stay up."),
        TroubleKind::ServiceDown => format!("{names} stays up."),
        TroubleKind::LaunchesSlow => "Launches do not take long.".to_owned(),
        TroubleKind::PodsWait => format!("Pods of {names} do not wait."),
    }
}
