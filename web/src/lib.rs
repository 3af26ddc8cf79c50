//! Plimsoll in the browser: one static page that simulates a scenario and shows what came of it.
//!
//! [`answer`] does the work and knows nothing of the page, so that it can move into a worker;
//! [`Page`] shows it; [`failure`] sees to it that a fault never leaves the page blank.

pub mod answer;
pub mod failure;
mod page;

pub use page::Page;
