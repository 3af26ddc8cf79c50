//! The engine: parses, simulates, draws; runs in a web worker and never blocks it for long.
//!
//! Messages come in between slices of work, so that a cancel or a newer run is heard at once. Nothing here knows
//! of the page.

mod desk;
mod exports;
mod job;
mod presets;
mod reading;
mod side;
mod sweep;
mod thumbnails;
mod worker;

pub use worker::listen;
