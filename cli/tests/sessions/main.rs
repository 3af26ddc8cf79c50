//! Plimsoll as it is used: each test is a session with the real program, in a directory of its own.
//!
//! What people read is compared with snapshots (`cargo insta review`); what programs rely on (exit
//! codes, formats, files) is asserted. `shell` holds the session, the other files a topic each: a new
//! test goes to the topic of the promise that it keeps.

mod cluster;
mod compare;
mod endings;
mod forms;
mod help;
mod import;
mod plan;
mod plot;
mod run;
mod shell;
mod sweep;
mod validate;
