//! Alerts: rules that look at the run now and then, and tell somebody when their condition has held for long enough.
//!
//! What is done about it, how soon and by whom, is the timeline's: entries with `on`.
//!
//! Models: a Prometheus rule with `for`: looked at every interval, pending while the condition holds, firing after
//! `for`, over at the first look at which it does not hold. A condition that has nothing to look at does not hold.
//! Leaves out: alerts that get lost, and those that nobody believes.

use std::collections::VecDeque;

use crate::engine::{Component, Context};
use crate::event::AlertEvent;
use crate::ids::{AlertId, IdVec};
use crate::model::Model;
use crate::model::watch::{Flow, Function, Gauge, Owner, Selector};
use crate::time::{SimDuration, SimTime};
use crate::world::Change;

/// All alerts.
#[derive(Clone, Debug)]
pub struct Alerts {
    states: IdVec<AlertId, State>,
}

#[derive(Clone, Debug)]
struct State {
    /// Since when the condition holds.
    since: Option<SimTime>,
    fires: bool,
    /// For each gauge, what happened lately: when, and how long it took or whether it went well.
    lately: Vec<VecDeque<(SimTime, u64)>>,
}

impl Alerts {
    /// Nothing has happened yet.
    pub fn new(model: &Model) -> Self {
        let state = |alert: &crate::model::watch::Alert| State {
            since: None,
            fires: false,
            lately: vec![VecDeque::new(); alert.gauges.len()],
        };
        Self { states: model.alerts.iter().map(state).collect() }
    }

    /// What a gauge keeps of an occurrence: nothing, or a number.
    fn kept(gauge: Gauge, flow: Flow, owner: Option<Owner>, took: SimDuration) -> Option<u64> {
        let is_of = |of: Selector| of.owner.is_none() || of.owner == owner;
        match (gauge, flow) {
            (Gauge::Count(wanted, of), flow) => (wanted == flow && is_of(of)).then_some(1),
            (Gauge::Success(of), Flow::LaunchSucceeded) => is_of(of).then_some(1),
            (Gauge::Success(of), Flow::LaunchFailed) => is_of(of).then_some(0),
            (Gauge::Wait(_, of), Flow::LaunchSucceeded) => is_of(of).then_some(took.as_micros()),
            _ => None,
        }
    }

    fn record(&mut self, change: Change, ctx: &Context<'_>) {
        let Some((flow, owner)) = ctx.world.occurrence(change) else { return };
        let took = match change {
            Change::LaunchSucceeded(launch) => {
                ctx.now.since(ctx.world.services().launches[launch].started_at)
            }
            _ => SimDuration::ZERO,
        };
        for (alert, row) in ctx.model.alerts.iter_enumerated() {
            for (gauge, lately) in row.gauges.iter().zip(&mut self.states[alert].lately) {
                if let Some(kept) = Self::kept(*gauge, flow, owner, took) {
                    lately.push_back((ctx.now, kept));
                }
            }
        }
    }

    fn look(&mut self, alert: AlertId, ctx: &mut Context<'_>) {
        let row = &ctx.model.alerts[alert];
        let state = &mut self.states[alert];
        let mut values = Vec::with_capacity(row.gauges.len());
        for (gauge, lately) in row.gauges.iter().zip(&mut state.lately) {
            while lately.front().is_some_and(|(at, _)| ctx.now.since(*at) > row.over) {
                lately.pop_front();
            }
            values.push(match *gauge {
                Gauge::Level(level, of) => Some(ctx.world.read(level, of) as f64),
                Gauge::Count(..) => Some(lately.len() as f64),
                Gauge::Success(_) => mean(lately),
                Gauge::Wait(function, _) => taken(lately, function),
            });
        }
        if row.holds(&values) {
            let since = *state.since.get_or_insert(ctx.now);
            if ctx.now.since(since) >= row.hold && !core::mem::replace(&mut state.fires, true) {
                ctx.world.fire_alert(alert);
            }
        } else {
            state.since = None;
            if core::mem::replace(&mut state.fires, false) {
                ctx.world.end_alert(alert);
            }
        }
        ctx.after(row.every, AlertEvent::LookDue(alert));
    }
}

fn mean(lately: &VecDeque<(SimTime, u64)>) -> Option<f64> {
    let sum: u64 = lately.iter().map(|(_, value)| value).sum();
    (!lately.is_empty()).then(|| sum as f64 / lately.len() as f64)
}

/// What a function takes from spans, in seconds.
fn taken(lately: &VecDeque<(SimTime, u64)>, function: Function) -> Option<f64> {
    let mut spans: Vec<u64> = lately.iter().map(|(_, micros)| *micros).collect();
    spans.sort_unstable();
    let micros = match function {
        Function::Count => return Some(spans.len() as f64),
        Function::Mean => mean(lately)?,
        Function::Sum => spans.iter().sum::<u64>() as f64,
        Function::Min => *spans.first()? as f64,
        other => {
            let rank = other.quantile().unwrap_or(1.0) * spans.len() as f64;
            let position = (rank as usize).min(spans.len().checked_sub(1)?);
            spans[position] as f64
        }
    };
    Some(micros / 1e6)
}

impl Component for Alerts {
    type Event = AlertEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for (alert, row) in ctx.model.alerts.iter_enumerated() {
            ctx.after(row.every, AlertEvent::LookDue(alert));
        }
    }

    fn fire(&mut self, event: AlertEvent, ctx: &mut Context<'_>) {
        let AlertEvent::LookDue(alert) = event;
        self.look(alert, ctx);
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if !self.states.is_empty() {
            self.record(change, ctx);
        }
    }
}
