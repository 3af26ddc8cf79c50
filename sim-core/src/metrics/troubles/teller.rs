//! Sentences of troubles: who suffers from when to when, from what, and what was done about it in vain.

use std::collections::BTreeMap;

use super::cause::{Cause, Naming, Obstacle};
use super::episodes::Episode;
use super::{IN_ADVANCE, MOST, Outage, Raise};
use crate::ids::WorkloadId;
use crate::report::{Trouble, TroubleKind};
use crate::time::SimTime;

/// Makes sentences of what was found.
pub(super) struct Teller<'a> {
    pub end: SimTime,
    pub naming: &'a Naming<'a>,
    pub raises: &'a [Raise],
}

impl Teller<'_> {
    pub fn launches(&self, kind: TroubleKind, episodes: Vec<Episode<Cause>>) -> Vec<Trouble> {
        let told = |episode: &Episode<Cause>| {
            let (cause, share) = dominant(&episode.causes);
            let rules = share * episode.bad as f64 / episode.all.max(1) as f64;
            let cause = cause.map_or(String::new(), |cause| cause.of_launches(rules, self.naming));
            self.told(kind, episode, cause, share)
        };
        worst(episodes).iter().map(told).collect()
    }

    pub fn pods(&self, episodes: Vec<Episode<(WorkloadId, Cause)>>) -> Vec<Trouble> {
        let told = |episode: &Episode<(WorkloadId, Cause)>| {
            let mut causes: BTreeMap<Cause, u64> = BTreeMap::new();
            let mut workloads: BTreeMap<WorkloadId, u64> = BTreeMap::new();
            for ((workload, cause), count) in &episode.causes {
                *causes.entry(*cause).or_default() += count;
                *workloads.entry(*workload).or_default() += count;
            }
            let (cause, share) = dominant(&causes);
            let cause = cause.map_or(String::new(), |cause| cause.of_pods(self.naming));
            let mut trouble = self.told(TroubleKind::PodsWait, episode, cause, share);
            let named = |workload: &WorkloadId| self.naming.model.workloads[*workload].name.clone();
            trouble.subjects = workloads.keys().map(named).collect();
            trouble
        };
        worst(episodes).iter().map(told).collect()
    }

    /// Outages that begin together and last as long are one. Where launches fail meanwhile, that of the hub has
    /// been told.
    pub fn outages(&self, mut outages: Vec<Outage>, failing: &[Trouble]) -> Vec<Trouble> {
        let model = self.naming.model;
        let start = model.clock.report_start();
        let hub = model.hub.as_ref().and_then(|hub| hub.service).map(|hub| model.services[hub].selects);
        let seconds = |outage: &Outage| {
            let after = |at: SimTime| at.max(start).since(start).as_secs_f64();
            (after(outage.from), after(outage.until))
        };
        outages.retain(|outage| {
            let (from, until) = seconds(outage);
            let told = |it: &Trouble| it.from_seconds < until && from < it.until_seconds + 120.0;
            outage.until > start && (Some(outage.workload) != hub || !failing.iter().any(told))
        });
        // The longest of those that are one speaks for them.
        outages.sort_by_key(|outage| (core::cmp::Reverse(outage.until.since(outage.from)), outage.workload));
        let mut together: Vec<(Outage, Vec<WorkloadId>)> = Vec::new();
        for outage in outages {
            let (from, until) = seconds(&outage);
            let same = together.iter_mut().find(|(other, _)| {
                let (begins, ends) = seconds(other);
                (from - begins).abs() <= 120.0 && ends - until <= 120.0_f64.max((ends - begins) / 10.0)
            });
            match same {
                Some((_, workloads)) if !workloads.contains(&outage.workload) => {
                    workloads.push(outage.workload);
                }
                Some(_) => {}
                None => together.push((outage.clone(), vec![outage.workload])),
            }
        }
        together.truncate(MOST);
        together.sort_by_key(|(outage, _)| (outage.from, outage.workload));
        let told = |(outage, mut workloads): (Outage, Vec<WorkloadId>)| {
            workloads.sort_unstable();
            let (cause, share) = dominant(&outage.causes);
            let cause = cause.map(|cause| cause.of_workloads(workloads.len() > 1, self.naming));
            let (from, until) = seconds(&outage);
            let ends = (!outage.open).then_some(outage.until);
            Trouble {
                subjects: workloads.iter().map(|it| model.workloads[*it].name.clone()).collect(),
                hit: workloads.len() as u64,
                of: workloads.len() as u64,
                longest_seconds: until - from,
                cause: cause.unwrap_or_default(),
                cause_share: share,
                ..self.span(TroubleKind::ServiceDown, outage.from, ends)
            }
        };
        together.into_iter().map(told).collect()
    }

    fn told<C>(&self, kind: TroubleKind, episode: &Episode<C>, cause: String, share: f64) -> Trouble {
        let until = (!episode.open || episode.until + IN_ADVANCE < self.end).then_some(episode.until);
        Trouble {
            hit: episode.bad,
            of: episode.all,
            longest_seconds: episode.longest.as_secs_f64(),
            cause,
            cause_share: share,
            in_vain: self.in_vain(episode.from, episode.until),
            ..self.span(kind, episode.from, until)
        }
    }

    fn span(&self, kind: TroubleKind, from: SimTime, until: Option<SimTime>) -> Trouble {
        let clock = &self.naming.model.clock;
        let start = clock.report_start();
        let seconds = |at: SimTime| at.max(start).since(start).as_secs_f64();
        Trouble {
            kind,
            from_seconds: seconds(from),
            until_seconds: seconds(until.unwrap_or(self.end)),
            from_clock: clock.when(from.max(start)),
            until_clock: until.map(|until| clock.when(until)),
            ..Trouble::default()
        }
    }

    /// Ceilings that were raised for it, and that nothing grew up to before it was over.
    fn in_vain(&self, from: SimTime, until: SimTime) -> Vec<String> {
        let meant = |raise: &&Raise| raise.at + IN_ADVANCE >= from && raise.at < until;
        let unused = |raise: &&Raise| raise.used.is_none_or(|used| used > until);
        let told = |raise: &Raise| {
            let clock = self.naming.model.clock.when(raise.at);
            format!("The ceiling of {} nodes from {clock} on changes nothing.", raise.to)
        };
        self.raises.iter().filter(meant).filter(unused).map(told).collect()
    }
}

/// The worst episodes, in order of time.
fn worst<C>(mut episodes: Vec<Episode<C>>) -> Vec<Episode<C>> {
    episodes.sort_by_key(|episode| core::cmp::Reverse(episode.bad));
    episodes.truncate(MOST);
    episodes.sort_by_key(|episode| episode.from);
    episodes
}

/// The cause of most of it and its share. Nodes with the same fault count together where none of them is most
/// of it.
fn dominant(causes: &BTreeMap<Cause, u64>) -> (Option<Cause>, f64) {
    let all: u64 = causes.values().sum();
    let most = causes.iter().rev().max_by_key(|(_, count)| **count);
    let Some((cause, count)) = most else { return (None, 0.0) };
    let share = |count: u64| count as f64 / all.max(1) as f64;
    let Cause::Pod(Obstacle::Node(_, fault)) = *cause else { return (Some(*cause), share(*count)) };
    let alike = |cause: &Cause| matches!(cause, Cause::Pod(Obstacle::Node(_, other)) if *other == fault);
    let family = causes.iter().filter(|(cause, _)| alike(cause)).map(|(_, count)| count).sum();
    if 5 * count >= 4 * family {
        return (Some(*cause), share(*count));
    }
    (Some(Cause::Pod(Obstacle::Nodes(fault))), share(family))
}
