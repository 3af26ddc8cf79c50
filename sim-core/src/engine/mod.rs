//! The engine: event queue, keyed random draws, and the context that a component acts through.

mod alarm;
mod arrival_cursor;
pub mod context;
pub mod queue;
pub mod random;
mod token_bucket;

pub use alarm::Alarm;
pub use arrival_cursor::ArrivalCursor;
pub use context::{Component, Context};
pub use queue::EventQueue;
pub use random::{Purpose, Random};
pub use token_bucket::TokenBucket;
