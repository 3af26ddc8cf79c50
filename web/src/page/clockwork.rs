//! Things that happen later: each has a number, and what was overtaken does nothing.

use std::time::Duration;

use yew::platform::{spawn_local, time::sleep};
use yew::prelude::*;

use super::app::{App, Msg};

/// Milliseconds between two pictures while it plays.
pub const FRAME_MS: u64 = 40;

/// Something that is put off until nobody has asked for it again for a while.
#[derive(Clone, Copy, Debug, Default)]
pub struct PutOff {
    asked: u64,
    /// Whether one is on its way.
    pub waits: bool,
}

impl PutOff {
    /// Asks, and asks again; only the last counts.
    pub fn ask(&mut self, ctx: &Context<App>, milliseconds: u64, then: fn(u64) -> Msg) {
        self.asked += 1;
        self.waits = true;
        let (number, link) = (self.asked, ctx.link().clone());
        spawn_local(async move {
            sleep(Duration::from_millis(milliseconds)).await;
            link.send_message(then(number));
        });
    }

    /// Whether this is the one asked for last.
    pub fn is_due(&mut self, number: u64) -> bool {
        let due = self.waits && number == self.asked;
        if due {
            self.waits = false;
        }
        due
    }

    /// What was asked for is not wanted any more.
    pub fn forget(&mut self) {
        self.waits = false;
    }
}

/// One message, later.
pub fn later(ctx: &Context<App>, milliseconds: u64, message: Msg) {
    let link = ctx.link().clone();
    spawn_local(async move {
        sleep(Duration::from_millis(milliseconds)).await;
        link.send_message(message);
    });
}
