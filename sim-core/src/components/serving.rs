//! The hub's own pods: the hub answers while one of them is Ready and can be reached.
//!
//! Only for a hub that has a `service`; any other is up unless somebody restarts it. What else a launch
//! needs (proxy, DNS) is asked for when it is needed, see [`World::service_answers`].
//!
//! [`World::service_answers`]: crate::world::World::service_answers

use crate::engine::{Component, Context};
use crate::world::Change;

/// Watches over the hub's endpoints.
#[derive(Clone, Copy, Debug, Default)]
pub struct Serving;

impl Component for Serving {
    type Event = core::convert::Infallible;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: Self::Event, _: &mut Context<'_>) {
        match event {}
    }

    fn observe(&mut self, _: Change, ctx: &mut Context<'_>) {
        let Some(service) = ctx.model.hub.as_ref().and_then(|hub| hub.service) else { return };
        let up = ctx.world.endpoints(ctx.model, service).any(|pod| ctx.world.pod_answers(pod));
        if up {
            ctx.world.start_hub();
        } else {
            ctx.world.stop_hub();
        }
    }
}
