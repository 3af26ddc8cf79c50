//! A bar on standard error for work that takes long enough to wonder.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use plimsoll_core::experiment::Progress as Share;

use crate::terminal;

/// How often the bar is drawn anew.
pub const TICK: Duration = Duration::from_millis(100);

/// Work that is done sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Progress of the work at hand.
pub struct Progress {
    started: Instant,
    wanted: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins now. Only a person who reads standard error and did not say `--quiet` sees a bar.
    pub fn start(quiet: bool) -> Progress {
        Progress { started: Instant::now(), wanted: !quiet && terminal::person_reads_stderr(), bar: None }
    }

    /// Shows how far an experiment is.
    pub fn show(&mut self, Share { done, of: total }: Share) {
        if !self.wanted || self.started.elapsed() < PATIENCE {
            return;
        }
        let started = self.started;
        let bar = self.bar.get_or_insert_with(|| bar(total).with_elapsed(started.elapsed()));
        bar.set_length(total);
        bar.set_position(done);
        bar.tick();
    }

    /// Leaves no trace.
    pub fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64) -> ProgressBar {
    let template = match total {
        1 => "{spinner} simulating, {elapsed}",
        _ => "{spinner} simulating {wide_bar} {pos}/{len}, {eta} to go",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
}
