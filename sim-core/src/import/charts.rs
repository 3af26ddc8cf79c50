//! What the charts say where a values file says nothing, and where in a file each chart's values stand.

use crate::model::Era;
use crate::tree::node::{Node, Value};

/// zero-to-jupyterhub, `jupyterhub/values.yaml` at 48ea50e3 (2026-07-24): the values that an import reads.
const Z2JH: &str = r"
hub:
  concurrentSpawnLimit: 64
  consecutiveFailureLimit: 5
  db: {type: sqlite-pvc}
singleuser:
  memory: {guarantee: 1G}
  startTimeout: 300
scheduling:
  userScheduler:
    enabled: true
    replicas: 2
    plugins:
      score:
        disabled:
          - name: NodeResourcesBalancedAllocation
          - name: NodeAffinity
          - name: InterPodAffinity
          - name: NodeResourcesFit
          - name: ImageLocality
        enabled:
          - {name: NodeAffinity, weight: 14631}
          - {name: InterPodAffinity, weight: 1331}
          - {name: NodeResourcesFit, weight: 121}
          - {name: ImageLocality, weight: 11}
    pluginConfig:
      - name: NodeResourcesFit
        args:
          scoringStrategy:
            type: MostAllocated
            resources:
              - {name: cpu, weight: 1}
              - {name: memory, weight: 1}
  podPriority: {enabled: false, defaultPriority: 0, imagePullerPriority: -5, userPlaceholderPriority: -10}
  userPlaceholder: {enabled: true, replicas: 0}
  userPods:
    nodeAffinity: {matchNodePurpose: prefer}
    tolerations:
      - {key: hub.jupyter.org/dedicated, operator: Equal, value: user, effect: NoSchedule}
      - {key: hub.jupyter.org_dedicated, operator: Equal, value: user, effect: NoSchedule}
prePuller:
  continuous: {enabled: true}
cull: {enabled: true, users: false, timeout: 3600, every: 600, concurrency: 10, maxAge: 0}
";

/// The same chart before the user scheduler, placeholders, failure limit and maximum age: 0.6 and the builds of
/// 0.7 until August 2018 (`jupyterhub/values.yaml` at 9701a90 and 4b122ad).
const Z2JH_2018: &str = r"
hub: {concurrentSpawnLimit: 64}
singleuser:
  memory: {guarantee: 1G}
  startTimeout: 300
cull: {enabled: true, users: false, timeout: 3600, every: 600}
";

/// binderhub, `helm-chart/binderhub/values.yaml` at b9fad995 (2026-04-20).
const BINDERHUB: &str = r"
replicas: 1
resources: {requests: {cpu: 0.2, memory: 512Mi}}
imageBuilderType: host
imageCleaner: {enabled: true}
config:
  BinderHub: {concurrent_build_limit: 32}
jupyterhub:
  cull: {enabled: true, users: true}
  singleuser:
    memory: {guarantee: null}
  prePuller:
    continuous: {enabled: false}
";

/// A chart's defaults.
pub(super) struct Chart {
    /// What comments call it.
    pub name: &'static str,
    /// Its values.
    pub text: &'static str,
    /// Whether they are those of the BinderHub chart, with JupyterHub's inside.
    pub of_binderhub: bool,
}

/// The charts whose defaults lie under the files, lowest first.
pub(super) fn charts(era: Era, binderhub: bool) -> Vec<Chart> {
    let z2jh = if era <= Era::V1_10 { Z2JH_2018 } else { Z2JH };
    let mut charts = vec![Chart { name: "default of zero-to-jupyterhub", text: z2jh, of_binderhub: false }];
    if binderhub {
        charts.push(Chart { name: "default of BinderHub", text: BINDERHUB, of_binderhub: true });
    }
    charts
}

/// Sections that only JupyterHub's chart has; two of them together are its values.
const HUB_SECTIONS: [&str; 8] =
    ["hub", "singleuser", "proxy", "scheduling", "prePuller", "cull", "rbac", "auth"];
/// What only the BinderHub chart has beside `jupyterhub`.
const BINDERHUB_SECTIONS: [&str; 5] =
    ["imageBuilderType", "dind", "pink", "imageCleaner", "repo2dockerImage"];
/// How deep in umbrella charts the values may stand: `daskhub.basehub.jupyterhub` has three.
const DEPTH: usize = 4;

/// Where in a file the values of each chart stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sections {
    /// JupyterHub's; absent when there are none.
    pub hub: Option<Vec<String>>,
    /// BinderHub's.
    pub binderhub: Option<Vec<String>>,
}

/// Finds them: under `jupyterhub`, however deep in umbrella charts, or at the root.
pub(super) fn sections(root: &Node) -> Sections {
    if let Some(hub) = find(root) {
        let parent = hub[..hub.len() - 1].to_vec();
        let beside = parent.iter().try_fold(root, |node, key| node.entries()?.get(key).map(|e| &e.node));
        let is_binderhub = parent.last().is_some_and(|key| key == "binderhub")
            || beside.is_some_and(|node| {
                BINDERHUB_SECTIONS.iter().any(|key| has_map(node, key))
                    || node.entries().and_then(|entries| entries.get("config")).is_some_and(|config| {
                        config.node.entries().is_some_and(|entries| entries.contains_key("BinderHub"))
                    })
            });
        return Sections { hub: Some(hub), binderhub: is_binderhub.then_some(parent) };
    }
    if HUB_SECTIONS.iter().any(|key| has_map(root, key)) {
        return Sections { hub: Some(Vec::new()), binderhub: None };
    }
    let binderhub = root.entries().and_then(|entries| entries.get("binderhub"));
    let binderhub = binderhub.filter(|entry| entry.node.entries().is_some());
    Sections { hub: None, binderhub: binderhub.map(|_| vec!["binderhub".to_owned()]) }
}

/// The shallowest map called `jupyterhub`, breadth first.
fn find(root: &Node) -> Option<Vec<String>> {
    let mut level = vec![(Vec::new(), root)];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for (path, node) in level {
            for (key, entry) in node.entries().into_iter().flatten() {
                if entry.node.entries().is_none() {
                    continue;
                }
                let mut path: Vec<String> = path.clone();
                path.push(key.clone());
                if key == "jupyterhub" {
                    return Some(path);
                }
                next.push((path, &entry.node));
            }
        }
        level = next;
    }
    None
}

fn has_map(node: &Node, key: &str) -> bool {
    let entry = node.entries().and_then(|entries| entries.get(key));
    entry.is_some_and(|entry| !matches!(entry.node.value, Value::Null))
}
