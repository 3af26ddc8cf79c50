//! The verbs, a file and a function each.

mod compare;
mod completions;
mod explain;
mod field;
mod import;
mod man;
mod merge;
mod plan;
mod plot;
mod right_size;
mod run;
mod schema;
mod serve;
mod sweep;
mod validate;

pub use compare::compare;
pub use completions::completions;
pub use explain::explain;
pub use import::import;
pub use man::man;
pub use merge::merge;
pub use plan::{Answer, plan};
pub use plot::plot;
pub use right_size::right_size;
pub use run::run;
pub use schema::schema;
pub use serve::serve;
pub use sweep::sweep;
pub use validate::validate;
