//! A whole scenario through the front: goal, every section of the schema compiles to what it says,
//! variants and assignments change exactly what they name. Method: one valid file, looked at closely.

use plimsoll_core::ids::Id;
use plimsoll_core::model::{Act, Distribution, NodeChoice, NodeSet, Population};
use plimsoll_core::scenario::Document;
use plimsoll_core::time::{SimDuration, SimTime};

const FILE: &str = include_str!("valid/reddit.yaml");

fn document() -> Document {
    Document::parse("reddit.yaml", FILE.as_bytes()).expect("valid")
}

fn with(assignments: &[&str]) -> Result<Document, String> {
    let mut document = document();
    for assignment in assignments {
        document.set(assignment).map_err(|diagnostics| diagnostics.to_string())?;
    }
    Ok(document)
}

fn codes(document: &Document) -> Vec<&'static str> {
    let diagnostics = document.compile().map_or_else(|failed| failed, |compiled| compiled.warnings);
    diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn the_file_and_its_variants_are_valid() {
    let found = document().validate().expect("no errors");
    let expected = "warning[S082]: no earlier entry names a node `2fhq`; this entry will do nothing";
    assert_eq!(found.len(), 1, "{found}");
    assert!(found.to_string().starts_with(expected), "{found}");
    assert_eq!(document().variant_names(), ["ceiling-20-at-04:45", "no-fault", "calm"]);
}

#[test]
fn the_model_says_what_the_file_says() {
    let model = document().compile().expect("valid").model;
    let [core, user] = model.groups.as_slice() else { panic!("two groups") };
    assert_eq!((core.name.as_str(), user.name.as_str()), ("core", "user"));
    assert_eq!((user.min, user.max, user.initial), (3, 15, 3));
    assert_eq!(user.allocatable.cpu_millis, 7910 - 300);
    assert_eq!(user.allocatable.pods, 107);
    assert_eq!(user.daemon_sets.pods, 3);
    assert!((user.machine.boot.quantile(0.95) - 240.0).abs() < 1e-9);
    let names: Vec<&str> = model.classes.iter().map(|class| class.name.as_str()).collect();
    assert_eq!(names, ["builds", "proxy", "hub"]);
    let admits: Vec<&[bool]> = model.classes.iter().map(|class| class.admits.as_slice()).collect();
    assert_eq!(admits, [&[false, true], &[true, true], &[false, true]]);
    let [builds, proxy, hub] = model.classes.as_slice() else { panic!("three classes") };
    assert_eq!(builds.requests.memory_bytes, 1 << 30);
    assert_eq!(proxy.requests.memory_bytes, 512 << 20, "a limit without a request is the request");
    assert_eq!((hub.requests.memory_bytes, hub.requests.cpu_millis), (1 << 30, 10));
    assert_eq!((proxy.grace, hub.grace), (SimDuration::from_secs(30), SimDuration::from_secs(1)));
    let cull = model.hub.as_ref().and_then(|hub| hub.cull).expect("a culler");
    assert_eq!((cull.every, cull.max_age), (SimDuration::from_secs(600), SimDuration::MAX));
    assert_eq!(model.hub.as_ref().map(|hub| hub.concurrent_spawn_limit), Some(64));
    assert_eq!((model.seed, model.replications, model.checks.len()), (1, 20, 2));
}

#[test]
fn times_count_from_the_beginning_of_the_run() {
    let model = document().compile().expect("valid").model;
    assert_eq!(model.clock.report_start(), SimTime::from_secs(12 * 3600));
    assert_eq!(model.clock.horizon, SimTime::from_secs(27 * 3600 + 1800));
    let reddit = &model.audiences.as_slice()[0].arrivals.rate;
    assert_eq!(reddit.at(11.9 * 3600.0), 0.0, "nobody before the link is posted");
    assert!((reddit.at(18.0 * 3600.0) - 20.0 / 3600.0).abs() < 1e-12);
    assert!((reddit.at(27.0 * 3600.0) - 20.0 / 3600.0).abs() < 1e-12, "half of the peak three hours later");
    let builds = model.workloads.as_slice()[0].arrivals.as_ref().expect("arrivals");
    assert!(
        (builds.rate.at(0.0) - 15.0 / 3600.0).abs() < 1e-12,
        "06:00 is ten of twelve hours from 30 to 12"
    );
    let timeline: Vec<String> = model
        .timeline
        .iter()
        .map(|action| format!("{} {}", model.clock.time_of_day(action.at), action.name))
        .collect();
    assert_eq!(
        timeline,
        [
            "05:59 ceiling raised",
            "06:15 network dies",
            "06:20 culler hangs",
            "08:29 pods deleted",
            "08:47 hub restarted",
            "09:05 cordoned"
        ]
    );
    let acts: Vec<&Act> = model.timeline.iter().flat_map(|action| &action.acts).collect();
    assert!(matches!(acts[0], Act::SetMax(group, 20) if group.index() == 1));
    assert!(matches!(acts[1], Act::SetFaults(NodeSet::One(NodeChoice::Newest), _)));
    assert_eq!(acts[2], &Act::StallCuller);
    assert!(matches!(acts[3], Act::DeletePods { of: Some(Population::Hub), .. }));
    assert_eq!(acts[5], &Act::Cordon(NodeChoice::Alias(0)));
    assert_eq!(model.alias_names, ["2fhq"]);
    assert_eq!(model.timeline.as_slice()[1].alias, Some(0));
}

#[test]
fn a_variant_is_a_patch() {
    let base = document();
    let early = base.variant("ceiling-20-at-04:45").expect("there").compile().expect("valid").model;
    assert_eq!(early.about.question.as_deref(), Some("Was the ceiling the problem?"));
    assert_eq!(early.about.variant.as_deref(), Some("ceiling-20-at-04:45"));
    assert_eq!(early.clock.time_of_day(early.timeline.as_slice()[0].at), "04:45");
    assert_eq!((early.timeline.len(), early.checks.len()), (6, 1), "checks replace, everything else merges");
    let calm = base.variant("calm").expect("there").compile().expect("valid").model;
    assert_eq!((calm.timeline.len(), calm.audiences.len(), calm.checks.len()), (0, 1, 2));
    assert_eq!(calm.groups.as_slice()[1].machine.boot, Distribution::Constant(90.0));
    let no_fault = base.variant("no-fault").expect("there").compile().expect("valid");
    assert_eq!(no_fault.warnings.len(), 1);
    let cordoned = no_fault.model.timeline.iter().last().expect("there");
    assert!(cordoned.acts.is_empty() && cordoned.note.as_deref().is_some_and(|note| note.contains("2fhq")));
}

#[test]
fn an_assignment_changes_one_value() {
    let model = |assignments: &[&str]| {
        with(assignments)
            .and_then(|document| document.compile().map_err(|found| found.to_string()))
            .map(|compiled| compiled.model)
    };
    assert_eq!(model(&["nodeGroups.user.max=20"]).expect("valid").groups.as_slice()[1].max, 20);
    assert_eq!(model(&["timeline={}"]).expect("valid").timeline.len(), 0);
    assert_eq!(model(&["timeline.\"culler hangs\"=null"]).expect("valid").timeline.len(), 5);
    assert_eq!(model(&["checks.\"nodes at 04:45\"=null"]).expect("valid").checks.len(), 1);
    assert_eq!(
        model(&["hub.startTimeout=10m"]).expect("valid").hub.expect("there").start_timeout,
        SimDuration::from_secs(600)
    );
    assert_eq!(
        model(&["hub.cull.maxAge=6h"]).expect("valid").hub.and_then(|hub| hub.cull).expect("there").max_age,
        SimDuration::from_secs(6 * 3600)
    );
    assert_eq!(
        model(&["workloads.proxy.pod.resources.requests.cpu=500m"]).expect("valid").classes.as_slice()[1]
            .requests
            .cpu_millis,
        500
    );
    assert_eq!(
        model(&["audience.reddit.session.active.lognormal.median=1h"]).expect("valid").audiences.as_slice()
            [0]
        .active
        .quantile(0.5)
        .round(),
        3600.0
    );
    assert_eq!(
        model(&["workloads.builds.arrivals.profile[1].perHour=12"]).expect("valid").workloads.as_slice()[0]
            .arrivals
            .as_ref()
            .map(|a| (a.rate.at(0.0) * 3600.0).round()),
        Some(12.0)
    );
    assert_eq!(model(&["workloads.extra={replicas: 2, pod: {}}"]).expect("valid").workloads.len(), 3);
    assert_eq!(document().get("nodeGroups.user.max"), Some(15.into()));
    assert_eq!(document().get("nodeGroups.user.maxx"), None);
}

#[test]
fn an_assignment_that_fails_changes_nothing() {
    let mut document = document();
    for assignment in [
        "nodeGroups.usr.max=20",
        "nodeGroups.user.maximum=20",
        "nodeGroups.user.max",
        "=1",
        "a=[",
        "hub.cull.timeout.x=1",
        "nodeGroups.user.taints[0].key=x",
    ] {
        assert!(document.set(assignment).is_err(), "{assignment}");
    }
    assert_eq!(codes(&document), Vec::<&str>::new());
}

#[test]
fn a_section_that_means_something_is_not_made_on_the_way() {
    let refused = with(&["hub.cull=null", "hub.cull.maxAge=6h"]).expect_err("no culler");
    assert!(refused.contains("the scenario has no `hub.cull`"), "{refused}");
    assert!(with(&["hub.cull=null", "hub.cull={maxAge: 6h}"]).is_ok());
    assert!(with(&["scheduler=null", "scheduler.score=MostAllocated"]).is_ok());
}

#[test]
fn too_many_things_are_refused_before_they_are_compiled() {
    for (section, entry, count) in [
        ("nodeGroups", "{machine: n1-highmem-8, max: 1}", 1_001),
        ("workloads", "{replicas: 1, pod: {}}", 5_001),
        ("timeline", "{at: +1h, note: x}", 10_001),
        ("variants", "", 201),
    ] {
        let entries: String = (0..count).map(|n| format!("  e{n}: {entry}\n")).collect();
        let text =
            FILE.lines().take_while(|line| !line.starts_with("nodeGroups")).collect::<Vec<_>>().join("\n");
        let text = format!("{text}\n{section}:\n{entries}");
        let found = Document::parse("many.yaml", text.as_bytes())
            .expect("readable")
            .validate()
            .expect_err("too many");
        assert!(found.iter().any(|diagnostic| diagnostic.code == "S063"), "{section}: {found}");
    }
}

/// A small scenario with these groups and workloads.
fn small(groups: &str, workloads: &str) -> Document {
    let head = "apiVersion: plimsoll/v1\nname: small\nstart: 2020-01-01T00:00:00Z\nduration: 1h\n";
    let text = format!("{head}nodeGroups: {groups}\nworkloads: {workloads}\n");
    Document::parse("small.yaml", text.as_bytes()).expect("readable")
}

#[test]
fn taints_exclude_unless_tolerated_or_only_preferred() {
    let group =
        |taint: &str| format!("{{machine: n1-standard-4, max: 1, taints: [{{key: k, value: v, {taint}}}]}}");
    let groups = format!(
        "{{a: {}, b: {}, c: {}}}",
        group("effect: NoSchedule"),
        group("effect: NoExecute"),
        group("effect: PreferNoSchedule")
    );
    let pods = "{none: {replicas: 1, pod: {}}, \
        equal: {replicas: 1, pod: {tolerations: [{key: k, value: v, effect: NoSchedule}]}}, \
        exists: {replicas: 1, pod: {tolerations: [{operator: Exists}]}}}";
    let model = small(&groups, pods).compile().expect("valid").model;
    let admits: Vec<_> =
        model.classes.iter().map(|class| (class.name.as_str(), class.admits.as_slice())).collect();
    let expected: [(&str, &[bool]); 3] =
        [("equal", &[true, false, true]), ("exists", &[true, true, true]), ("none", &[false, false, true])];
    assert_eq!(admits, expected);
}

#[test]
fn a_pod_without_requests_counts_in_scores() {
    let model = small("{a: {machine: n1-standard-4, max: 1}}", "{w: {replicas: 1, pod: {}}}").compile();
    let model = model.expect("valid").model;
    let class = &model.classes.as_slice()[0];
    assert_eq!((class.requests.cpu_millis, class.requests.memory_bytes, class.requests.pods), (0, 0, 1));
    let scored = &class.spec.requests.scored;
    assert_eq!((scored.cpu_millis, scored.memory_bytes), (100, 200 << 20));
}

#[test]
fn an_even_stream_has_the_rate_of_its_interval() {
    let model = small(
        "{a: {machine: n1-standard-4, max: 1}}",
        "{w: {arrivals: {every: 30s, from: \"00:10\", until: +40m}, pod: {}}}",
    );
    let model = model.compile().expect("valid").model;
    let arrivals = model.workloads.as_slice()[0].arrivals.as_ref().expect("arrivals");
    assert_eq!(arrivals.process, plimsoll_core::model::ArrivalProcess::Even);
    assert!((arrivals.rate.total() - 60.0).abs() < 1e-9, "half an hour of two a minute");
}
