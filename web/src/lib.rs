//! Plimsoll in the browser: capacity planning on one static page.
//!
//! Two programs. The **shell** ([`page`]) is thin: it shows, and it is there at once. The **engine** ([`engine`])
//! parses, simulates and draws, in web workers, so that nothing ever holds the page up. Between the two there are
//! messages and nothing else ([`protocol`]): each run has a number, a later number supersedes an earlier one, and
//! whatever arrives for an old number is dropped.
//!
//! ```text
//! shell ──Run, StateAt, Export …──▶ lead engine ──Partial, Done, State …──▶ shell
//!   └────Run (its share)──▶ other engines ──Replication──▶ (passed on unread) ──▶ lead engine
//! ```
//!
//! The lead engine runs replication 0 of each side and folds all others in by their numbers, so any number of
//! engines gives the same bytes.

pub mod engine;
pub mod page;
mod protocol;
