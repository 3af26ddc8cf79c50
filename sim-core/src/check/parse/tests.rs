//! Goal: every form of the documentation reads as documented, and every mistake is pointed at.
//! Method: short texts against the clock and the names of the reddit incident.

use proptest::prelude::*;

use super::*;
use crate::check::{Flow, Level, Metric, Sample, Spelling};

/// 2018-01-17T18:00:00-08:00, 15 h 30 min, after a warm-up of 12 h.
const CLOCK: Clock = Clock {
    start_unix_micros: 1_516_240_800_000_000,
    offset_seconds: -8 * 3600,
    warm_up: SimDuration::from_secs(12 * 3600),
    horizon: SimTime::from_secs(27 * 3600 + 1800),
};

fn read(text: &str) -> Result<Statement, ParseError> {
    let names = Names {
        clock: &CLOCK,
        groups: vec!["core", "user"],
        workloads: vec!["batch"],
        audiences: vec!["reddit", "regulars"],
    };
    parse(text, &names)
}

fn claim(text: &str) -> Claim {
    match read(text) {
        Ok(Statement::Claim(claim)) => claim,
        other => panic!("{text}: {other:?}"),
    }
}

/// The error of a text as `offset: message (hint)`.
fn error(text: &str) -> String {
    let error = read(text).expect_err(text);
    match error.hint {
        Some(hint) => format!("{}: {} ({hint})", error.offset, error.message),
        None => format!("{}: {}", error.offset, error.message),
    }
}

/// An instant of the night of the incident.
fn at(hours: u64, minutes: u64) -> SimTime {
    SimTime::from_secs((6 + 24 - 18 + 12 + hours - 6) * 3600 + minutes * 60)
}

fn over(function: Function, from: SimTime, to: SimTime) -> When {
    When::Over { function, from, to }
}

#[test]
fn a_level_at_an_instant() {
    let claim = claim("nodes.ready at 04:45 = 12 ± 1");
    let of = Selector::default();
    assert_eq!(
        claim.terms,
        [Term { metric: Metric::Level(Level::NodesReady), of, when: When::At(at(4, 45)) }]
    );
    assert_eq!(claim.range, Range::Within(11.0, 13.0));
    assert_eq!(claim.value, Expression::Term(0));
}

#[test]
fn a_function_over_a_window() {
    let claim = claim("max(pods.running, 06:00..06:30) = 600 ± 5%");
    assert_eq!(claim.terms[0].when, over(Function::Max, at(6, 0), at(6, 30)));
    assert_eq!(claim.range, Range::Within(570.0, 630.0));
}

#[test]
fn no_window_is_the_whole_report() {
    let claim = claim("p95(launch.wait) < 60s");
    let term = claim.terms[0];
    assert_eq!(term.metric, Metric::Sample(Sample::LaunchWait));
    assert_eq!(term.when, over(Function::P95, CLOCK.report_start(), CLOCK.horizon));
    assert_eq!((claim.range, claim.spelling), (Range::Below(60.0), Spelling::Time));
}

#[test]
fn shares_counts_and_durations() {
    let share = claim("mean(launch.success, 06:30..08:29) < 15%");
    assert_eq!((share.range, share.spelling), (Range::Below(0.15), Spelling::Percent));
    let count = claim("count(nodes.requested, 06:15..09:05) = 0");
    assert_eq!(count.terms[0].metric, Metric::Flow(Flow::NodesRequested));
    assert_eq!(count.range, Range::Within(0.0, 0.0));
    let span = claim("mean(pods.failedLifetime, 06:30..08:29) = 40s ± 5s");
    assert_eq!(span.range, Range::Within(35.0, 45.0));
    assert_eq!(claim("mean(pods.failedLifetime) = 40s +- 5s").range, span.range);
    assert_eq!(claim("mean(pods.failedLifetime) within 35s..45s").range, span.range);
    assert_eq!(claim("max(launch.wait) = 0").range, Range::Within(0.0, 0.0), "0 is of every unit");
    assert_eq!(claim("max(cluster.memoryRequestedBytes) <= 2Gi").range, Range::AtMost(2_147_483_648.0));
}

#[test]
fn a_tolerance_beside_a_percentage_is_in_points() {
    assert_eq!(claim("mean(launch.success) = 50% ± 5%").range, Range::Within(0.45, 0.55));
    assert_eq!(claim("mean(launch.success) = 50% ± 5").range, Range::Within(0.45, 0.55));
    assert_eq!(claim("max(pods.running) = 600 ± 5").range, Range::Within(595.0, 605.0));
}

#[test]
fn labels_choose_a_part() {
    let audience = claim("pods.running{audience=reddit} at 04:27 = 300 ± 15%");
    assert_eq!(audience.terms[0].of.owner, Some(Owner::Audience(AudienceId::from_index(0))));
    let both = claim(r#"pods.total{workload="batch", group = user} at 04:27 > 1"#);
    assert_eq!(both.terms[0].of.owner, Some(Owner::Workload(WorkloadId::from_index(0))));
    assert_eq!(both.terms[0].of.group, Some(GroupId::from_index(1)));
    assert_eq!(claim("nodes.ready{} at 04:27 > 1").terms[0].of, Selector::default());
}

#[test]
fn the_last_at_holds_for_all_levels_without_their_own() {
    let claim = |text| claim(text).terms.iter().map(|term| term.when).collect::<Vec<_>>();
    let (early, late) = (When::At(at(6, 0)), When::At(at(8, 29)));
    assert_eq!(claim("pods.running{olderThan=6h} / pods.running at 08:29 >= 45%"), [late, late]);
    assert_eq!(claim("pods.running at 06:00 - pods.running at 08:29 > 0"), [early, late]);
    assert_eq!(claim("(pods.running + pods.pending) at 08:29 > 0"), [late, late]);
    assert_eq!(
        claim("(pods.running + pods.pending) at 06:00 - pods.total at 08:29 > 0"),
        [early, early, late]
    );
    assert_eq!(claim("(pods.running - pods.total at 06:00) at 08:29 > 0"), [late, early]);
    assert!(
        error("pods.running at 08:29 / pods.total > 0").starts_with("24: `pods.total` changes all the time")
    );
}

#[test]
fn arithmetic_has_the_usual_order() {
    let value = |text: &str, terms: &[f64]| {
        let terms: Vec<_> = terms.iter().copied().map(Some).collect();
        claim(text).evaluate(&terms)
    };
    assert_eq!(value("nodes.ready + 2 * 3 at 06:00 > 0", &[1.0]), Some(7.0));
    assert_eq!(value("(nodes.ready + 2) * 3 at 06:00 > 0", &[1.0]), Some(9.0));
    assert_eq!(value("10 - nodes.ready - 2 at 06:00 > 0", &[1.0]), Some(7.0));
    assert_eq!(value("-nodes.ready / 4 at 06:00 < 0", &[1.0]), Some(-0.25));
    assert_eq!(value("1 / nodes.ready at 06:00 < 1", &[0.0]), None, "nothing comes of a division by zero");
}

#[test]
fn units_follow_arithmetic() {
    assert_eq!(claim("mean(launch.wait) / mean(pods.wait) < 3").spelling, Spelling::Plain);
    assert_eq!(claim("mean(launch.wait) - mean(pods.wait) < 3s").range, Range::Below(3.0));
    assert_eq!(claim("2 * mean(launch.wait) < 1m").range, Range::Below(60.0));
    assert_eq!(
        error("p95(launch.wait) < 60"),
        "19: the left side is a time, this is a plain number (write `60s`, `5m`, `1h30m`)"
    );
    assert_eq!(
        error("nodes.ready at 06:00 < 60s"),
        "23: the left side is a plain number, this is a time (write it without the unit)"
    );
    assert_eq!(
        error("mean(launch.wait) + count(launch.wait) > 1s"),
        "18: a time and a plain number cannot be added"
    );
    assert!(error("count(launch.started) / 1h < 9").starts_with("29: the left side is a rate"));
}

#[test]
fn probabilities_hold_a_claim() {
    let statement = read("P(max(pods.pending) > 0) < 5%").unwrap();
    let Statement::Probability { of, range } = statement else { panic!("{statement:?}") };
    assert_eq!((of.range, range), (Range::Above(0.0), Range::Below(0.05)));
    assert!(
        error("P(max(pods.pending) > 0) = 5%")
            .starts_with("25: a probability is claimed to be below or above")
    );
    assert!(error("P(max(pods.pending) > 0) < 5").starts_with("25: a probability lies between 0 and 1"));
    assert_eq!(error("P(max(pods.pending) > 0 < 5%"), "24: expected `)`, found `<`");
}

#[test]
fn mistakes_are_pointed_at() {
    for (text, expected) in [
        ("", "0: expected a metric, a function or a number, the text ends"),
        ("nodes.redy at 04:45 = 12", "0: unknown metric `nodes.redy` (did you mean `nodes.ready`?)"),
        ("maximum(pods.running) = 1", "0: unknown function `maximum` (did you mean `max`?)"),
        (
            "nodes.ready = 12",
            "0: `nodes.ready` changes all the time: when? (write `nodes.ready at 04:45`, `max(nodes.ready)` or `mean(nodes.ready, 06:00..06:30)`)",
        ),
        (
            "count(pods.running) = 1",
            "6: `pods.running` is a level and has no `count` (it has `mean`, `min`, `max`, `last`)",
        ),
        ("p95(nodes.requested) = 1", "4: `nodes.requested` is a flow and has no `p95` (it has `count`)"),
        (
            "nodes.requested at 04:45 = 1",
            "0: `nodes.requested` is counted over a window (it has `count`: `count(nodes.requested)`)",
        ),
        (
            "pods.running{audience=redit} at 04:45 = 1",
            "22: there is no audience `redit` (did you mean `reddit`?)",
        ),
        (
            "nodes.ready{audience=reddit} at 04:45 = 1",
            "12: `nodes.ready` has no label `audience` (it has only `group`)",
        ),
        ("nodes.ready{group=zzz} at 04:45 = 1", "18: there is no node group `zzz` (known: `core`, `user`)"),
        (
            "pods.running{audience=reddit, workload=batch} at 04:45 = 1",
            "30: `workload` has been said before (a pod belongs to one audience or one workload, and to one group)",
        ),
        (
            "max(pods.running{olderThan=6h}) > 1",
            "4: pods are told apart by age only at an instant (write `pods.running{olderThan=6h} at 08:29`)",
        ),
        (
            "max(pods.running at 04:45) > 1",
            "17: a function is taken over a window, not at an instant (write the level itself: `pods.running at 06:00`)",
        ),
        (
            "max(pods.running, 06:30..06:00) > 1",
            "18: this window ends before it begins (a bare time is the first one after the start; write `day 2 04:45` for a later one)",
        ),
        ("max(pods.running, 06:30) > 1", "23: expected `..`, found `)`"),
        (
            "max(pods.running + pods.pending) > 1",
            "17: a function takes one metric (compute with the results: `max(a) + max(b)`)",
        ),
        (
            "nodes.ready at 12:00 = 1",
            "15: 12:00 is after the end of the run (the report covers 18:00 to day 2 09:30)",
        ),
        ("nodes.ready at 04:45 == 1", "22: one `=` is enough"),
        (
            "nodes.ready at 04:45 about 1",
            "21: expected a comparison, found `about` (write `= 600 ± 5%`, `< 15%` or `within 570..630`)",
        ),
        (
            "nodes.ready at 04:45 < 12 ± 1",
            "26: expected the end of the check, found `±` (`±` goes with `=`: write `= 600 ± 5%`)",
        ),
        ("nodes.ready at 04:45 < nodes.target", "23: expected a number, found `nodes.target`"),
        ("nodes.ready at 04:45 within 9..3", "28: this range ends below its beginning"),
        ("12 = 12", "0: this check measures nothing (name a metric: `nodes.ready at 04:45 = 12`)"),
        (
            "nodes.ready{olderThan=6h} at 04:45 = 1",
            "12: `nodes.ready` has no label `olderThan` (it has only `group`)",
        ),
        (
            "pods.running{olderThan=6} at 04:45 = 1",
            "23: expected a time with its unit (write `6h`, `1h30m`, `90s`)",
        ),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
    assert!(error(&"(".repeat(100_000)).contains("too many parentheses"));
    assert!(error(&"-".repeat(100_000)).contains("too many parentheses"));
}

#[test]
fn every_example_of_the_documentation_is_a_check() {
    let documentation = include_str!("../../../../docs/checks.md");
    let tables = documentation.lines().skip_while(|line| *line != "| Write | To claim |").skip(2);
    let in_tables = tables.take_while(|line| line.starts_with('|')).filter_map(|line| line.split('`').nth(1));
    let yaml = documentation.lines().skip_while(|line| *line != "checks:").skip(1);
    let in_yaml = yaml.take_while(|line| *line != "```").filter_map(|line| line.split_once(": "));
    let examples: Vec<_> = in_tables.chain(in_yaml.map(|(_, check)| check)).collect();
    assert_eq!(examples.len(), 8 + 4);
    for example in examples {
        assert!(read(example).is_ok(), "{example}: {:?}", read(example));
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    /// Texts made of the grammar's own pieces get far into the parser.
    #[test]
    fn no_mixture_of_words_makes_the_parser_panic(words in prop::collection::vec(word(), 0..12)) {
        let text = words.concat();
        if let Err(error) = read(&text) {
            prop_assert!(text.is_char_boundary(error.offset), "{text:?} at {}", error.offset);
        }
    }
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(
        [
            "nodes.ready",
            "pods.running",
            "launch.wait",
            "max",
            "p95",
            "mean",
            "P",
            "(",
            ")",
            "{",
            "}",
            "at",
            "day",
            "+",
            "-",
            "*",
            "/",
            "<",
            "=",
            "!=",
            ">=",
            "within",
            "..",
            "±",
            "+-",
            "%",
            "04:45",
            "06:00..06:30",
            "6",
            "12.5",
            "s",
            "Gi",
            "olderThan=6h",
            "audience=reddit",
            "group=",
            ",",
            " ",
            "\u{a0}",
            "é",
            "99999999999999999999999",
            ":",
        ]
        .map(str::to_owned)
        .to_vec(),
    )
}
