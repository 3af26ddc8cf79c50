//! Goal: the autoscaler's flags have the names and, in each era, the defaults of cluster-autoscaler.

use plimsoll_core::model::Model;
use plimsoll_core::model::autoscaler::{ExpanderKind, Options};
use plimsoll_core::scenario::Document;

fn compile(body: &str) -> Model {
    let head = "apiVersion: plimsoll/v1\nname: small\nstart: 2020-01-01T00:00:00Z\nduration: 3h\n";
    let document = Document::parse("small.yaml", format!("{head}{body}").as_bytes());
    let document = document.unwrap_or_else(|wrong| panic!("{wrong}"));
    document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model
}

#[test]
fn defaults_are_those_of_their_era() {
    let options = |era: &str| {
        let model = compile(&format!("era: {era}\nautoscaler: {{}}\n"));
        model.autoscaler.expect("there is one").options
    };
    let old = options("k8s-1.8");
    assert_eq!((&*old.expanders, old.expendable_below), (&[ExpanderKind::Random][..], 0));
    assert_eq!((old.max_total_unready_ppm, options("k8s-1.10").max_total_unready_ppm), (330_000, 450_000));
    assert_eq!((old.max_nodes_per_scale_up, old.system_pod_blocks_for), (0, None));
    assert!(old.utilization_of_capacity && !options("k8s-1.10").utilization_of_capacity);
    for era in ["k8s-1.34", "k8s-1.36"] {
        assert_eq!(options(era), Options::default(), "{era}");
        assert_eq!(
            (&*options(era).expanders, options(era).expendable_below),
            (&[ExpanderKind::LeastWaste][..], -10)
        );
    }
}

#[test]
fn flags_have_their_own_names() {
    let model = compile(
        "autoscaler:\n  scanInterval: 20s\n  expander: priority,least-waste\n  priorityExpander: {\"10\": [\".*\"], \
         \"50\": [\"^spot-\"]}\n  coresTotal: 2:64\n  memoryTotal: 0:100\n  scaleDownUtilizationThreshold: 0.65\n  \
         maxTotalUnreadyPercentage: 30\n  maxGracefulTerminationSec: 90\n  \
         blockingSystemPodDistruptionTimeout: 5m\n  expendablePodsPriorityCutoff: -100\n",
    );
    let configured = model.autoscaler.expect("there is one");
    let options = configured.options;
    assert_eq!(options.expanders, [ExpanderKind::Priority, ExpanderKind::LeastWaste]);
    assert_eq!((options.cores_total, options.memory_total), ((2, 64), (0, 100 << 30)));
    assert_eq!((options.utilization_threshold_ppm, options.max_total_unready_ppm), (650_000, 300_000));
    assert_eq!(options.max_graceful_termination.as_secs_f64(), 90.0);
    assert_eq!(options.system_pod_blocks_for.map(|time| time.as_secs_f64()), Some(300.0));
    assert_eq!(options.expendable_below, -100);
    assert_eq!(configured.group_priorities.expect("ranks").len(), 2);
}

#[test]
fn what_is_no_flag_is_refused() {
    for (text, code) in [
        ("expander: least-wasted", "S013"),
        ("coresTotal: 10", "S027"),
        ("coresTotal: 10:2", "S027"),
        ("scaleDownUtilizationThreshold: 50", "S023"),
        ("maxTotalUnreadyPercentage: 101", "S015"),
        ("priorityExpander: {high: [x]}", "S012"),
        ("scanInterval: 10ms", "S062"),
        ("scaleDown: {enabled: false}", "S010"),
    ] {
        let text = format!(
            "apiVersion: plimsoll/v1\nname: small\nstart: 2020-01-01T00:00:00Z\nduration: 3h\nautoscaler: {{{text}}}\n"
        );
        let document =
            Document::parse("small.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
        let found = document.validate().expect_err(&text);
        assert!(found.iter().any(|diagnostic| diagnostic.code == code), "{text}: {found}");
    }
}
