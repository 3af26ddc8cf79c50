//! The verbs, a file and a function each.

mod plot;
mod run;
mod schema;
mod validate;

pub use plot::plot;
pub use run::run;
pub use schema::schema;
pub use validate::validate;
