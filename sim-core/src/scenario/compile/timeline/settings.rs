//! What an entry sets: sizes of groups, replicas, templates, capacities.

use super::super::super::diagnostic::suggestion;
use super::super::super::path::{Path, Step, ends};
use super::super::super::scalar::Problem;
use super::super::super::schema::{Rollout, WorkloadKind};
use super::super::Findings;
use super::super::load::workload_class;
use super::super::pods::Classes;
use super::Context;
use crate::ids::{ClassId, Id};
use crate::model::Act;
use crate::model::controllers::Template;

/// What `set` changes of a node group.
const KNOBS: [&str; 3] = ["min", "max", "target"];

/// The largest size that an entry may give a group.
const MAX_SIZE: u64 = 50_000;
/// The most pods that an entry may give a workload.
const MAX_REPLICAS: u64 = 1_000_000;

impl Context<'_> {
    /// `workloads.web.replicas: 5`.
    pub(super) fn replicas(
        &self,
        name: &str,
        field: &str,
        value: &serde_json::Value,
        path: &Path,
        findings: &mut Findings<'_>,
    ) -> Option<Act> {
        let id = self.workload(name, path, "S081", findings)?;
        let kind = self.scenario.workloads.get(name).and_then(|workload| workload.kind);
        if field != "replicas" || !matches!(kind, Some(WorkloadKind::Deployment | WorkloadKind::StatefulSet))
        {
            let fact = format!("`{}` of `{}` cannot be set while the cluster runs", ends(field), ends(name));
            let hint = "`replicas` of a Deployment or StatefulSet can; a new template is a `rollout`";
            findings.error(path, Problem::new("S081", fact, hint));
            return None;
        }
        let Some(replicas) = value.as_u64().filter(|count| *count <= MAX_REPLICAS) else {
            let fact = format!("`{}` is not a number of pods", ends(&value.to_string()));
            let hint = format!("write a whole number from 0 to {MAX_REPLICAS}");
            findings.error(path, Problem::new("S081", fact, hint));
            return None;
        };
        Some(Act::Scale(id, replicas as u32))
    }

    /// `rollout: {of: web}`.
    pub(super) fn rollout(
        &self,
        rollout: &Rollout,
        path: &Path,
        classes: &mut Classes<'_>,
        findings: &mut Findings<'_>,
    ) -> Option<Act> {
        let id = self.workload(&rollout.of, &path.key("of"), "S083", findings)?;
        let before = self.scenario.workloads.get(&rollout.of)?;
        if !matches!(
            before.kind,
            Some(WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet)
        ) {
            let fact = format!("`{}` has no template that could be rolled out", ends(&rollout.of));
            let hint = "Deployments, StatefulSets and DaemonSets have";
            findings.error(&path.key("of"), Problem::new("S083", fact, hint));
            return None;
        }
        let class = if rollout.pod.is_some() || rollout.startup.is_some() {
            let pod = rollout.pod.as_ref().unwrap_or(&before.pod);
            let startup = rollout.startup.as_ref().or(before.startup.as_ref());
            workload_class(&rollout.of, before.kind, pod, startup, &path.key("pod"), classes, findings)
        } else {
            ClassId::from_index(id.index())
        };
        let ready_after = rollout.ready_after.as_ref().map(|after| after.seconds.clone());
        Some(Act::Rollout(id, Template { class, ready_after }))
    }

    /// `nodeGroups.user.max: 20`.
    pub(super) fn knob(
        &mut self,
        knob: &str,
        value: &serde_json::Value,
        path: &Path,
        findings: &mut Findings<'_>,
    ) -> Option<Act> {
        let path = path.key(knob);
        let hint =
            "`set` changes `nodeGroups.<name>.min`, `.max` and `.target`, and `workloads.<name>.replicas`";
        let steps = Path::parse(knob).ok();
        let (group, bound) = match steps.as_ref().map(Path::steps) {
            Some([Step::Key(section), Step::Key(group), Step::Key(bound)]) if section == "nodeGroups" => {
                (group, bound)
            }
            Some([Step::Key(section), Step::Key(name), Step::Key(field)]) if section == "workloads" => {
                return self.replicas(name, field, value, &path, findings);
            }
            Some([Step::Key(section), Step::Key(name), Step::Key(field)])
                if section == "limits" && field == "capacity" =>
            {
                let limit = self.reader.limit(name, &path, findings)?;
                let Some(units) = value.as_f64().filter(|units| (0.0..=1e12).contains(units)) else {
                    let fact = format!("`{}` is not how much there is", ends(&value.to_string()));
                    findings.error(&path, Problem::new("S081", fact, "write a number from 0 on"));
                    return None;
                };
                return Some(Act::SetCapacity(limit, (units * 1e3 + 0.5) as u64));
            }
            _ => {
                findings.error(&path, Problem::not("S081", knob, "something the timeline can set", hint));
                return None;
            }
        };
        let Some(id) = self.names.groups.get(group.as_str()).copied() else {
            let known = self.names.groups.keys().copied();
            let problem = Problem::new(
                "S081",
                format!("there is no node group `{}`", ends(group)),
                suggestion(group, "groups", known),
            );
            findings.error(&path, problem);
            return None;
        };
        if !KNOBS.contains(&bound.as_str()) {
            let fact = format!("`{}` of a node group cannot be set while the cluster runs", ends(bound));
            findings.error(&path, Problem::new("S081", fact, suggestion(bound, "knobs", KNOBS)));
            return None;
        }
        let Some(size) = value.as_u64().filter(|size| *size <= MAX_SIZE).map(|size| size as u32) else {
            let fact = format!("`{}` is not a number of nodes", ends(&value.to_string()));
            findings.error(
                &path,
                Problem::new("S081", fact, format!("write a whole number from 0 to {MAX_SIZE}")),
            );
            return None;
        };
        if bound == "target" {
            return Some(Act::SetTarget(id, size));
        }
        let (min, max) = self.bounds.get_mut(id.index())?;
        if bound == "min" {
            *min = size;
            return Some(Act::SetMin(id, size));
        }
        *max = size;
        Some(Act::SetMax(id, size))
    }

    /// Once an entry has set all it sets, floors must lie below ceilings.
    pub(super) fn check_bounds(&self, acts: &[Act], path: &Path, findings: &mut Findings<'_>) {
        let set = acts.iter().filter_map(|act| match act {
            Act::SetMin(group, _) | Act::SetMax(group, _) => Some(group.index()),
            _ => None,
        });
        for (min, max) in set.filter_map(|index| self.bounds.get(index)).filter(|(min, max)| min > max) {
            let fact = format!("from here on `min` would be {min} and `max` {max}");
            findings.error(path, Problem::new("S081", fact, "set both in one entry"));
        }
    }
}
