//! Hundreds of nodes alike, half full, in which pods come and go: where many nodes tie, the index walks along
//! the order of ties instead of comparing them.

use std::collections::VecDeque;
use std::sync::Arc;

use plimsoll_core::kubernetes::{Object, Objects, SchedulerConfiguration};
use plimsoll_core::model::Era;
use plimsoll_core::placement::choice::{choose, choose_naively, is_indexed};
use plimsoll_core::placement::requests::CpuAndMemory;
use plimsoll_core::placement::{NodeSpec, PendingPod, PlacedPod, PodKey, PodSpec, Profile, Snapshot, why};

use crate::dice::Dice;

const NODES: u32 = 400;
const LEAST_ALLOCATED: &str = r#"{"profiles": [{"plugins": {"score": {"disabled": [{"name": "*"}],
    "enabled": [{"name": "NodeResourcesFit"}]}}}]}"#;

fn object(text: &str) -> Object {
    let mut objects = Objects::default();
    objects.add(serde_json::from_str(text).expect("JSON")).expect("an object");
    objects.objects.remove(0)
}

/// Both profiles, with pods small and large: nearly all nodes tie, some do, at last hardly a pod fits.
pub fn crowd(dice: &mut Dice) {
    for configuration in ["{}", LEAST_ALLOCATED] {
        for (most, pods) in [(20, 500), (350, 7_000), (2_000, 4_000)] {
            live(dice, configuration, most, pods);
        }
    }
}

fn live(dice: &mut Dice, configuration: &str, most: u64, pods: usize) {
    let mut snapshot = Snapshot::default();
    let configuration: SchedulerConfiguration = serde_json::from_str(configuration).expect("a configuration");
    let profiles = Profile::compile(&configuration, Era::V1_36, &mut snapshot.symbols).expect("profiles");
    let profile = Arc::new(profiles.into_iter().next().expect("one"));
    for number in 0..NODES {
        let text = format!(
            r#"{{"kind": "Node", "metadata": {{"name": "n{number}"}},
                "status": {{"allocatable": {{"cpu": "8", "memory": "64Gi", "pods": "110"}}}}}}"#
        );
        let Object::Node(node) = object(&text) else { panic!("a node") };
        let spec = NodeSpec::compile(&node, &mut snapshot.symbols);
        snapshot.add_node(spec);
    }
    let Object::Pod(pod) =
        object(r#"{"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{}]}}"#)
    else {
        panic!("a pod")
    };
    let spec = Arc::new(PodSpec::compile(&pod, &Default::default(), &mut snapshot.symbols));
    let mut there: VecDeque<PodKey> = VecDeque::new();
    let (mut nowhere, mut next) = (0, 0);
    while next < pods {
        next += 1;
        let drawn = CpuAndMemory {
            cpu_millis: dice.between(most / 4, most) as i64,
            memory_bytes: (dice.between(most, most * 6) << 20) as i64,
        };
        let pod = PendingPod { key: PodKey(next as u32), spec: spec.clone(), drawn: Some(drawn) };
        assert!(is_indexed(&mut snapshot, &profile, &pod));
        let draw = dice.next();
        let fast = choose(&mut snapshot, &profile, &pod, draw);
        // The naive way is slow; what it would have found wrong once, it finds wrong later.
        if next % (pods / 60) == 0 {
            assert_eq!(fast, choose_naively(&snapshot, &profile, &pod, draw), "pod {next} by draw {draw}");
        }
        match fast {
            Some(node) => {
                there.push_back(pod.key);
                snapshot.assume(PlacedPod::new(pod), node);
            }
            None => {
                nowhere += 1;
                let decision = plimsoll_core::placement::decide(&snapshot, &profile, &pod);
                assert_eq!(why(&mut snapshot, &profile, &pod), decision.why());
                if nowhere > 20 {
                    break;
                }
            }
        }
        if dice.chance(20) {
            let gone = there.swap_remove_back(dice.between(0, there.len() as u64 - 1) as usize);
            snapshot.remove(gone.expect("a pod"));
        }
    }
    assert!(most < 2_000 || nowhere > 0, "large pods fill the nodes");
}
