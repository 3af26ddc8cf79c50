//! Our own bugs: a panic becomes a message that can be reported, and never takes other runs with it.
//!
//! The panic hook tells what happened, where, and what was being simulated in that thread; whoever
//! called [`contain`] goes on with the rest and ends with exit code 4.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use crate::terminal;

thread_local! {
    /// What this thread works at: `Reddit hugs mybinder, seed 42, replication 3`.
    static TASK: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A bug of ours that has been told to the user already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault;

/// Replaces Rust's panic message by ours.
pub fn install_hook() {
    panic::set_hook(Box::new(|info| terminal::tell(&message(info))));
}

/// Does `work`, known as `task` in messages; a panic in it is told and returned as a [`Fault`].
///
/// `work` may be resumed after only by code that does not look at what it left half done: every caller
/// throws its result away.
pub fn contain<T>(task: impl FnOnce() -> String, work: impl FnOnce() -> T) -> Result<T, Fault> {
    TASK.with_borrow_mut(|current| *current = task());
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    TASK.with_borrow_mut(String::clear);
    result.map_err(|_| Fault)
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let what =
        text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("it gives no reason");
    let mut text = format!("error: this is a fault of Plimsoll itself: {what}\n");
    if let Some(place) = info.location() {
        let _ = writeln!(text, "  at {}:{}:{}", place.file(), place.line(), place.column());
    }
    TASK.with(|task| {
        // A panic while the task is being named must not end in a second one.
        if let Ok(task) = task.try_borrow()
            && !task.is_empty()
        {
            let _ = writeln!(text, "  while at {task}");
        }
    });
    let _ = writeln!(
        text,
        "  plimsoll {}, {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        let _ = writeln!(text, "{backtrace}");
    }
    let _ = writeln!(
        text,
        "  hint: please report these lines and the scenario at {}/issues; the same seed repeats it",
        env!("CARGO_PKG_REPOSITORY")
    );
    text
}
