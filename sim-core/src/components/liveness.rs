//! The liveness probe of the hub: one that does not answer for long is started again.
//!
//! Models: the kubelet's probe as zero-to-jupyterhub sets it at 48ea50e3: from 300 s after the hub's start a request
//! every 10 s, which fails when the answer takes longer than 3 s; at the 30th failure in a row the process is ended
//! and another begins. How long an answer takes is the hub's `slowdown`; a hub without one always answers in time.
//! Leaves out: failures of the node or of its network between the kubelet and the hub, which share a machine.

use crate::engine::{Component, Context};
use crate::event::LivenessEvent;
use crate::model::Liveness as Settings;
use crate::world::Change;

/// The probe of the hub.
#[derive(Clone, Copy, Debug, Default)]
pub struct Liveness {
    /// The number of the process that is probed: probes of an earlier one are stale.
    life: u32,
}

impl Liveness {
    fn settings(ctx: &Context<'_>) -> Option<Settings> {
        ctx.model.hub.as_ref().and_then(|hub| hub.liveness)
    }

    /// A process has begun.
    fn begin(self, ctx: &mut Context<'_>) {
        if let Some(settings) = Self::settings(ctx) {
            ctx.after(settings.initial_delay, LivenessEvent::ProbeDue { life: self.life, missed: 0 });
        }
    }

    fn answers(settings: Settings, ctx: &Context<'_>) -> bool {
        let slowdown = ctx.model.hub.as_ref().and_then(|hub| hub.slowdown.as_ref());
        slowdown.is_none_or(|row| ctx.world.latency(row).is_some_and(|latency| latency <= settings.timeout))
    }

    fn probe(self, missed: u32, ctx: &mut Context<'_>) {
        let Some(settings) = Self::settings(ctx).filter(|_| ctx.world.services().hub_up) else { return };
        let missed = if Self::answers(settings, ctx) { 0 } else { missed + 1 };
        if missed >= settings.failure_threshold {
            ctx.world.restart_hub(ctx.model);
        } else {
            ctx.after(settings.period, LivenessEvent::ProbeDue { life: self.life, missed });
        }
    }
}

impl Component for Liveness {
    type Event = LivenessEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        if ctx.world.services().hub_up {
            self.begin(ctx);
        }
    }

    fn fire(&mut self, event: LivenessEvent, ctx: &mut Context<'_>) {
        let LivenessEvent::ProbeDue { life, missed } = event;
        if life == self.life {
            self.probe(missed, ctx);
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::HubStopped => self.life += 1,
            Change::HubStarted => {
                self.life += 1;
                self.begin(ctx);
            }
            _ => {}
        }
    }
}
