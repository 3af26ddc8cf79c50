//! The autoscaler: has a provisioner look at the cluster every scan interval, and does what it decides.
//!
//! Models: the loop of cluster-autoscaler, a look each `--scan-interval`; what a look decides is in
//! [`crate::autoscaling`], what it sees is in `view`, what it does in `scene`.
//! Leaves out: looks between intervals that events set off (`--scan-interval` is the longest wait then).
//!
//! A look that would find nothing is left out: the provisioner says until when an unchanged cluster gives it
//! nothing to do, and every change that it could see ends that. So a crowd that waits at the ceiling costs a
//! look only when something else happens. Where only pods have moved, it may say so at a glance.

mod scene;
mod view;

use crate::autoscaling;
use crate::engine::{Alarm, Component, Context, Purpose};
use crate::event::AutoscalerEvent;
use crate::model::Model;
use crate::time::SimTime;
use crate::world::Change;
use scene::Scene;
use view::{Changed, View};

/// The autoscaler. Whatever is a [`autoscaling::Provisioner`] can stand in the place of cluster-autoscaler.
#[derive(Clone, Debug)]
pub struct Autoscaler<P = autoscaling::Autoscaler> {
    /// `None`: the scenario has no autoscaler.
    looks: Option<Looks<P>>,
}

/// A provisioner and what it is told.
#[derive(Clone, Debug)]
struct Looks<P> {
    provisioner: P,
    view: View,
    /// Whether looks that would find nothing are taken all the same: a test compares the two.
    all: bool,
    /// Until then an unchanged cluster gives nothing to do.
    idle_until: SimTime,
    /// Whether looks have been left out since the last one.
    left_out: bool,
    /// Random draws so far.
    draws: u64,
    /// The timer for deletions under way.
    alarm: Alarm,
}

impl Autoscaler {
    /// An autoscaler that has seen nothing.
    pub fn new(model: &Model) -> Self {
        let looks = model.autoscaler.as_ref().map(|configured| Looks {
            provisioner: autoscaling::Autoscaler::new(configured.options.clone(), view::groups(model)),
            view: View::new(model),
            all: false,
            idle_until: SimTime::ZERO,
            left_out: false,
            draws: 0,
            alarm: Alarm::default(),
        });
        Self { looks }
    }

    /// Takes every look, also those that would find nothing, reads everything for it, and looks at each pod:
    /// nothing may differ.
    pub fn take_every_look(&mut self) {
        if let Some(looks) = &mut self.looks {
            looks.all = true;
            looks.provisioner.look_at_each_pod();
        }
    }
}

impl<P: autoscaling::Provisioner> Looks<P> {
    fn look(&mut self, ctx: &mut Context<'_>) {
        let Some(configured) = &ctx.model.autoscaler else { return };
        ctx.after(configured.scan_interval, AutoscalerEvent::ScanDue);
        if !self.all && self.would_find_nothing(ctx) {
            self.left_out = true;
            return;
        }
        if core::mem::take(&mut self.left_out) {
            let last = ctx.now.as_micros() - configured.scan_interval.as_micros();
            self.provisioner.left_out(SimTime::from_micros(last));
        }
        let (random, now) = (ctx.random, ctx.now);
        let draws = &mut self.draws;
        let mut draw = |count: usize| {
            *draws += 1;
            random.index(Purpose::Expander, 0, *draws, count)
        };
        if self.all {
            self.view.read_anew(ctx);
        } else {
            self.view.read(ctx);
        }
        self.idle_until = self.provisioner.look(&mut Scene { view: &mut self.view, ctx }, now, &mut draw);
        self.set_timer(ctx);
    }

    fn would_find_nothing(&mut self, ctx: &mut Context<'_>) -> bool {
        let now = ctx.now;
        if now >= self.idle_until {
            return false;
        }
        match self.view.changed() {
            Changed::Nothing => true,
            Changed::Pods => {
                let moved = self.view.glance(ctx);
                let until = self.provisioner.glance(&Scene { view: &mut self.view, ctx }, now, &moved);
                self.idle_until = until.map_or(now, |until| until.min(self.idle_until));
                now < self.idle_until
            }
            Changed::More => false,
        }
    }

    fn step(&mut self, ctx: &mut Context<'_>) {
        if !self.alarm.rings(ctx.now) {
            return;
        }
        self.view.read(ctx);
        let now = ctx.now;
        self.provisioner.advance(&mut Scene { view: &mut self.view, ctx }, now);
        // How a deletion ended is something that the next look tells.
        self.idle_until = now;
        self.set_timer(ctx);
    }

    fn set_timer(&mut self, ctx: &mut Context<'_>) {
        if let Some(due) = self.provisioner.next_due()
            && self.alarm.bring_forward(due, ctx.now)
        {
            ctx.at(due, AutoscalerEvent::StepDue);
        }
    }
}

impl<P: autoscaling::Provisioner> Component for Autoscaler<P> {
    type Event = AutoscalerEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        if self.looks.is_some() {
            ctx.at(ctx.now, AutoscalerEvent::ScanDue);
        }
    }

    fn fire(&mut self, event: AutoscalerEvent, ctx: &mut Context<'_>) {
        let Some(looks) = &mut self.looks else { return };
        match event {
            AutoscalerEvent::ScanDue => looks.look(ctx),
            AutoscalerEvent::StepDue => looks.step(ctx),
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if let Some(looks) = &mut self.looks {
            looks.view.note(change, ctx);
        }
    }
}
