//! Checks: claims about the outcome of a run, written beside the scenario that they are about.
//!
//! A check is one line such as `max(pods.running, 06:00..06:30) = 600 ± 5%`. [`parse()`] turns it into a
//! [`Statement`] whose names are ids and whose clock times are instants of the run, so whatever can be
//! wrong with it is wrong before the run: an unknown metric, a function that the metric does not have,
//! a time outside the report, a duration compared with a bare number. `metrics` takes the values of the
//! [`Term`]s from the run; `experiment` compares them with the claim.
//!
//! The grammar and the table of metrics are documented in `docs/checks.md`; a test keeps that table
//! equal to [`CATALOGUE`].

mod ast;
mod cursor;
mod metric;
mod moment;
mod parse;
mod range;
mod unit;

pub use ast::{Claim, Expression, Function, Operator, Owner, Selector, Statement, Term, When};
pub use cursor::ParseError;
pub use metric::{CATALOGUE, Entry, Flow, Kind, Labels, Level, Metric, Ratio, Sample};
pub use parse::{Names, parse, parse_condition, parse_metric};
pub use range::{Position, Range};
pub(crate) use unit::BYTE_SUFFIXES;
pub use unit::{Spelling, Unit};

/// A claim of the scenario with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name in the file.
    pub name: String,
    /// The claim as written.
    pub text: String,
    /// What it says.
    pub statement: Statement,
}
