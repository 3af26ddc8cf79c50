//! Hubs that are known by name: `hub.preset`, a layer of a scenario that lies under what the file says.
//!
//! **Models** the values of zero-to-jupyterhub at 48ea50e3 (2026-07-24) and of mybinder.org-deploy (prod) at the days of the
//! incidents: domain reference, sections 1 and 14. The file goes over its preset as a variant goes over a file: maps merge,
//! everything else replaces. **Leaves out** nodes and people, which no chart knows.

use super::json_schema::Guide;
use super::patch::Changes;
use crate::tree::node::{Entry, Node, Value};
use crate::tree::path::Path;

/// The presets by name, each a part of a scenario.
const PRESETS: [(&str, &str); 5] = [
    (
        "z2jh-4",
        r"
scheduler: {presets: [z2jh-user-scheduler]}
hub:
  singleuser:
    memory: {guarantee: 1G}
    pod: {schedulerName: user-scheduler}
  concurrentSpawnLimit: 64
  startTimeout: 300s
  httpTimeout: 30s
  pollInterval: 30s
  cull: {timeout: 1h, every: 10m, maxAge: 0s}
",
    ),
    ("mybinder-2017-11-30", MYBINDER_2018),
    ("mybinder-2018-01-18", MYBINDER_2018),
    (
        "mybinder-2018-03-13",
        // 2018-01-24: guarantee 2G = limit 2G; 2018-01-29: the pack strategy takes effect.
        r"
era: k8s-1.8
hub:
  singleuser:
    memory: {guarantee: 2G, limit: 2G}
    pod:
      labels: {component: singleuser-server}
      affinity:
        podAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 50
              podAffinityTerm:
                labelSelector: {matchLabels: {component: hub}}
                topologyKey: kubernetes.io/hostname
            - weight: 5
              podAffinityTerm:
                labelSelector: {matchLabels: {component: singleuser-server}}
                topologyKey: kubernetes.io/hostname
  concurrentSpawnLimit: 64
  startTimeout: 300s
  httpTimeout: 30s
  cull: {timeout: 600s, every: 600s, maxAge: 0s}
",
    ),
    (
        "mybinder-2018-07-07",
        // 2018-03-27: max age and 660 s; 2018-04-03: CPU; 2018-06-08: 1G to 2G and a CPU limit of 1.
        r"
era: k8s-1.10
hub:
  singleuser:
    memory: {guarantee: 1G, limit: 2G}
    cpu: {guarantee: 0.1, limit: 1}
    pod:
      labels: {component: singleuser-server}
      affinity:
        podAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 50
              podAffinityTerm:
                labelSelector: {matchLabels: {component: hub}}
                topologyKey: kubernetes.io/hostname
            - weight: 5
              podAffinityTerm:
                labelSelector: {matchLabels: {component: singleuser-server}}
                topologyKey: kubernetes.io/hostname
  concurrentSpawnLimit: 64
  startTimeout: 300s
  httpTimeout: 30s
  cull: {timeout: 600s, every: 660s, maxAge: 6h}
",
    ),
];

/// mybinder.org from 2017-10-18 to 2018-01-24.
const MYBINDER_2018: &str = r"
era: k8s-1.8
hub:
  singleuser:
    memory: {guarantee: 1G, limit: 4G}
  concurrentSpawnLimit: 64
  startTimeout: 300s
  httpTimeout: 30s
  cull: {timeout: 600s, every: 600s, maxAge: 0s}
";

/// Where a scenario names its preset.
pub(super) fn path() -> Path {
    Path::of(&["hub", "preset"])
}

/// The preset that the scenario `root` names: its name and its text. An unknown name is for the decoder to refuse.
pub(super) fn named(root: &Node) -> Option<(&'static str, &'static str)> {
    let Value::Text(name) = &root.at(&path())?.value else { return None };
    PRESETS.into_iter().find(|(known, _)| known == name)
}

/// The scenario `root` on top of its preset, whose text is source `source`. The name itself goes: what it stands for is there.
pub(super) fn layered(root: &Node, text: &str, source: u32) -> Node {
    let mut whole = super::yaml::read(text, source).expect("a preset of our own is YAML");
    let mut over = root.clone();
    if let Some(hub) = over.at_mut(&Path::of(&["hub"])).and_then(Node::entries_mut) {
        hub.shift_remove("preset");
    }
    // A variant has no variants, so a file's are kept aside.
    let variants = over.entries_mut().and_then(|entries| entries.shift_remove("variants"));
    // What is to be removed and is in neither is told of the file by itself.
    Changes::new(Guide::of_scenario()).patch(&mut whole, &over);
    whole.mark = root.mark;
    if let (Some(Entry { key, node }), Some(entries)) = (variants, whole.entries_mut()) {
        entries.insert("variants".to_owned(), Entry { key, node });
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Document;

    const HEAD: &str = "apiVersion: plimsoll/v1\nname: s\nstart: 2018-01-01T00:00:00Z\nduration: 1h\nnodeGroups: {user: \
                        {machine: n1-highmem-8, min: 1, max: 2}}\n";

    fn document(body: &str) -> Document {
        Document::parse("s.yaml", format!("{HEAD}{body}").as_bytes())
            .unwrap_or_else(|wrong| panic!("{wrong}"))
    }

    #[test]
    fn every_preset_is_a_whole_hub_and_what_the_file_says_goes_over_it() {
        for (name, _) in PRESETS {
            let bare = document(&format!("hub: {{preset: {name}}}\n"));
            let hub =
                bare.compile().unwrap_or_else(|wrong| panic!("{name}: {wrong}")).model.hub.expect("a hub");
            assert!(hub.cull.is_some(), "{name}");
        }
        let hub = |body: &str| document(body).compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
        let then = hub("hub: {preset: mybinder-2018-07-07}\n");
        assert_eq!(then.era.name(), "k8s-1.10");
        let cull = then.hub.expect("a hub").cull.expect("a culler");
        assert_eq!((cull.timeout.as_secs_f64(), cull.every.as_secs_f64()), (600.0, 660.0));
        let over = hub("era: k8s-1.36\nhub: {preset: mybinder-2018-07-07, cull: {every: 5m}}\n");
        assert_eq!(over.era.name(), "k8s-1.36");
        let cull = over.hub.expect("a hub").cull.expect("a culler");
        assert_eq!((cull.timeout.as_secs_f64(), cull.every.as_secs_f64()), (600.0, 300.0));
    }

    #[test]
    fn variants_and_assignments_reach_into_a_preset_and_may_choose_another() {
        let body = "hub: {preset: mybinder-2018-01-18}\nvariants:\n  later: {hub: {preset: mybinder-2018-07-07}}\n  \
                    unculled: {hub: {cull: null}}\n";
        let base = document(body);
        let every = |document: &Document| {
            let model = document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
            model.hub.expect("a hub").cull.map(|cull| cull.every.as_secs_f64())
        };
        assert_eq!(every(&base), Some(600.0));
        assert_eq!(every(&base.variant("later").unwrap_or_else(|wrong| panic!("{wrong}"))), Some(660.0));
        assert_eq!(every(&base.variant("unculled").unwrap_or_else(|wrong| panic!("{wrong}"))), None);
        let mut set = base.clone();
        set.set("hub.cull.every=42s").unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!(every(&set), Some(42.0));
        let mut other = base.clone();
        other.set("hub.preset=mybinder-2018-07-07").unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!(every(&other), Some(660.0));
        assert!(base.validate().is_ok());
        let wrong = document("hub: {preset: mybinder}\n").compile().expect_err("unknown").to_string();
        assert!(wrong.contains("mybinder-2017-11-30"), "{wrong}");
    }
}
