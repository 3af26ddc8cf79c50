//! The scheduler's profiles.

use std::sync::Arc;

use super::super::path::Path;
use super::super::scalar::Problem;
use super::super::schema::{Scenario, SchedulerPreset};
use super::Findings;
use crate::kubernetes::{Object, SchedulerConfiguration, SchedulerProfile, read, unread};
use crate::model::Scoring;
use crate::placement::{Profile, Symbols};

/// zero-to-jupyterhub 4, jupyterhub/values.yaml (`scheduling.userScheduler`): packs users onto the fullest
/// node. The weights are powers of 11: each score outranks all below it.
const Z2JH_USER_SCHEDULER: &str = r"
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
  - schedulerName: user-scheduler
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
";

/// Packs, for `score: MostAllocated`.
const MOST_ALLOCATED: &str = r"
kind: KubeSchedulerConfiguration
profiles:
  - pluginConfig:
      - {name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated}}}
";

/// The profiles of the scenario's scheduler, the default profile first unless the file says otherwise.
pub(super) fn profiles(
    scenario: &Scenario,
    symbols: &mut Symbols,
    findings: &mut Findings<'_>,
) -> Vec<Arc<Profile>> {
    let written = &scenario.scheduler;
    let path = Path::of(&["scheduler"]);
    if written.score.is_some() && written.configuration.is_some() {
        let fact = "the scheduler has both `score` and `configuration`";
        let hint = "give the strategy in the configuration's `pluginConfig` and leave `score` out";
        findings.error(&path.key("score"), Problem::new("S048", fact, hint));
    }
    warn_of_unread(&path.key("configuration"), findings);
    let mut configuration = match (&written.configuration, written.score) {
        (Some(configuration), _) => configuration.clone(),
        (None, Some(Scoring::MostAllocated)) => parsed(MOST_ALLOCATED),
        (None, _) => SchedulerConfiguration::default(),
    };
    if configuration.profiles.is_empty() {
        configuration.profiles.push(SchedulerProfile::default());
    }
    for preset in &written.presets {
        let SchedulerPreset::Z2jhUserScheduler = preset;
        configuration.profiles.extend(parsed(Z2JH_USER_SCHEDULER).profiles);
    }
    let profiles = Profile::compile(&configuration, scenario.era, symbols).unwrap_or_else(|error| {
        let hint = "profiles, plugins and arguments are those of kubescheduler.config.k8s.io/v1";
        findings.error(&path.key("configuration"), Problem::new("S048", error.to_string(), hint));
        Profile::compile(&SchedulerConfiguration::default(), scenario.era, symbols)
            .expect("the default configuration compiles")
    });
    profiles.into_iter().map(Arc::new).collect()
}

/// What a configuration says and nothing reads is named: extenders, extension points and arguments that are not
/// modelled, and what is misspelt.
fn warn_of_unread(path: &Path, findings: &mut Findings<'_>) {
    let Some(configuration) = findings.document.root().at(path) else { return };
    for field in unread(configuration) {
        let fact = format!("`{field}` of the scheduler's configuration is not modelled; it changes nothing");
        let hint = "leave it out, or compare its name with kubescheduler.config.k8s.io/v1";
        findings.warning(&path.join(&field), Problem::new("S086", fact, hint));
    }
}

fn parsed(text: &str) -> SchedulerConfiguration {
    let objects = read(text).expect("a configuration of our own is well formed").objects;
    match objects.into_iter().next() {
        Some(Object::SchedulerConfiguration(configuration)) => *configuration,
        _ => unreachable!("a configuration of our own is one"),
    }
}
