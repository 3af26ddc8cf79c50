//! Made-up reports for the tests.

#![allow(dead_code, reason = "each test binary uses some of them")]

use indexmap::IndexMap;
use plimsoll_core::report::{BandSet, Note, NoteBy, Report, ScenarioInfo, SeriesSet};

/// A report with nothing in it.
pub fn empty() -> Report {
    Report {
        api_version: "plimsoll/v1".to_owned(),
        kind: "Report".to_owned(),
        engine_version: "0.1.0".to_owned(),
        scenario: ScenarioInfo {
            name: "Nothing happens".to_owned(),
            question: None,
            source: None,
            era: "current".to_owned(),
            start: "2018-01-17T18:00:00-08:00".to_owned(),
            end: "2018-01-17T18:00:00-08:00".to_owned(),
            duration_seconds: 0.0,
        },
        variant: None,
        seed: 7,
        replications: 1,
        digest: "0123456789abcdef".to_owned(),
        answer: String::new(),
        troubles: Vec::new(),
        verdict: String::new(),
        summary: IndexMap::new(),
        intervals: IndexMap::new(),
        series: SeriesSet { seconds: Vec::new(), start_second_of_day: 64_800, metrics: IndexMap::new() },
        bands: BandSet::default(),
        quantiles: IndexMap::new(),
        waiting: Vec::new(),
        memory: None,
        pending: Vec::new(),
        notes: Vec::new(),
        checks: Vec::new(),
    }
}

/// A report of `hours` with these series on a common grid.
pub fn with_series(hours: f64, points: usize, series: &[(&str, &dyn Fn(f64) -> f64)]) -> Report {
    let mut report = empty();
    let length = hours * 3_600.0;
    let last = points.saturating_sub(1).max(1) as f64;
    report.scenario.duration_seconds = length;
    report.series.seconds = (0..points).map(|index| length * index as f64 / last).collect();
    for (name, value) in series {
        let values = report.series.seconds.iter().map(|seconds| value(seconds / 3_600.0)).collect();
        report.series.metrics.insert((*name).to_owned(), values);
    }
    report
}

/// Adds a note so many hours after the start.
pub fn note(report: &mut Report, hours: f64, by: NoteBy, text: &str) {
    let minutes = (18.0 * 60.0 + hours * 60.0).round() as u32 % 1_440;
    let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    report.notes.push(Note { seconds: hours * 3_600.0, clock, by, text: text.to_owned() });
}

/// The evening of reddit, roughly: a ramp to 600 pods, launches that fail from 06:15.
pub fn reddit() -> Report {
    reddit_of(1_000)
}

/// The same with so many points.
pub fn reddit_of(points: usize) -> Report {
    let noise = |hour: f64, salt: f64| {
        let bits = ((hour * 3_600.0 + salt).to_bits() >> 12).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (bits >> 40) as f64 / (1_u64 << 24) as f64
    };
    // A smooth ramp without transcendental functions.
    let ramp = |hour: f64| {
        let part = ((hour - 4.0) / 8.2).clamp(0.0, 1.0);
        part * part * (3.0 - 2.0 * part)
    };
    let demand = move |hour: f64| 70.0 + 530.0 * ramp(hour);
    let running = move |hour: f64| {
        let level = match hour {
            ..12.25 => demand(hour),
            12.25..14.48 => 598.0,
            14.48..14.9 => 430.0,
            _ => 430.0 - 160.0 * ((hour - 14.9) / 0.6).min(1.0),
        };
        (level + 8.0 * noise(hour, 1.0)).round()
    };
    let pending = move |hour: f64| match hour {
        7.0..7.12 | 9.5..9.65 => (24.0 * noise(hour, 2.0) + 12.0).round(),
        10.7..12.0 => (55.0 * (hour - 10.7) / 1.3 + 6.0 * noise(hour, 3.0)).round(),
        _ => 0.0,
    };
    let starting =
        move |hour: f64| if (12.25..14.5).contains(&hour) { 3.0 } else { (2.4 * noise(hour, 4.0)).floor() };
    let nodes = move |hour: f64| {
        if hour < 12.0 { (demand(hour) / 46.0 + 1.4).floor().clamp(3.0, 14.0) } else { 14.0 }
    };
    let ceiling = |hour: f64| if hour < 11.983 { 15.0 } else { 20.0 };
    let rate = move |hour: f64| ((0.35 + 2.2 * ramp(hour)) * 2.0 * noise(hour, 5.0)).round();
    let works = move |hour: f64| match hour {
        ..12.25 => 0.985,
        12.25..14.9 => 0.03,
        14.9..15.1 => 0.6,
        _ => 0.97,
    };
    let succeeded = move |hour: f64| {
        (0..rate(hour) as u32).filter(|n| noise(hour, f64::from(*n) + 9.0) < works(hour)).count() as f64
    };
    let failed = move |hour: f64| rate(hour) - succeeded(hour);
    let mean = move |hour: f64| {
        if pending(hour) > 0.0 { 90.0 + 60.0 * noise(hour, 6.0) } else { 9.0 + 6.0 * noise(hour, 6.0) }
    };
    let longest = move |hour: f64| mean(hour) * (1.2 + 2.0 * noise(hour, 7.0));

    let mut report = with_series(
        15.5,
        points,
        &[
            ("pods.running", &running),
            ("pods.starting", &starting),
            ("pods.pending", &pending),
            ("nodes.ready", &nodes),
            ("nodes.ceiling", &ceiling),
            ("nodes.schedulable", &move |hour| if hour < 15.083 { nodes(hour) } else { nodes(hour) - 1.0 }),
            ("launch.succeeded", &succeeded),
            ("launch.failed", &failed),
            ("launch.waitMeanSeconds", &mean),
            ("launch.waitMaxSeconds", &longest),
            ("cluster.memoryRequestedBytes", &move |hour| demand(hour) * 450e6),
            ("cluster.memoryAllocatableBytes", &move |hour| nodes(hour) * 24e9),
            ("cluster.memoryUsedBytes", &move |hour| demand(hour) * 210e6),
            ("nodes.memoryUsedMaxShare", &move |hour| 0.2 + 0.9 * ramp(hour)),
        ],
    );
    report.scenario.name = "Reddit hugs mybinder".to_owned();
    report.scenario.question =
        Some("Would raising the node ceiling from 15 to 20 have saved the launches?".to_owned());
    report.scenario.source = Some("mybinder.org incident report of 2018-01-18; times in PST".to_owned());
    report.scenario.end = "2018-01-18T09:30:00-08:00".to_owned();
    report.verdict = "All 9 checks pass.".to_owned();
    for (hours, by, text) in [
        (10.75, NoteBy::Model, "12 of 15 nodes are ready"),
        (11.5, NoteBy::Model, "The autoscaler asks for a node and gets it after 2 min 40 s"),
        (11.983, NoteBy::Timeline, "Ceiling raised from 15 to 20"),
        (12.25, NoteBy::Timeline, "Pod network of 2fhq dies; the node stays Ready"),
        (12.26, NoteBy::Model, "2fhq takes every new pod: it is the emptiest node"),
        (12.5, NoteBy::Model, "First hour with fewer than half of the launches succeeding begins"),
        (14.483, NoteBy::Timeline, "Pods aged 6 h to 9 h 59 min deleted"),
        (14.783, NoteBy::Timeline, "Hub restarted"),
        (14.79, NoteBy::Model, "The culler resumes and deletes 171 idle servers"),
        (15.083, NoteBy::Timeline, "2fhq cordoned"),
    ] {
        note(&mut report, hours, by, text);
    }
    report
}
