//! Scenarios: from the bytes of a file to the [`crate::model::Model`], with everything that can be
//! wrong on the way said at once, at its place, with a way out.
//!
//! ```text
//! bytes --yaml--> tree (node) --patch: variant, --set--> tree --decode--> schema --compile--> Model
//! ```
//!
//! [`Document`] holds the tree and is the one entrance; [`schema`] is the file as it may be written;
//! [`Diagnostics`] is what comes back instead of a panic, whatever the bytes are. Nothing else in the
//! crate imports this module but the experiments, which vary a document, and the imports, which make one: after
//! compilation no string and no `Option` for a default is left.
//!
//! **Leaves out** reading files (the caller has the bytes) and colour (the caller has the fields).

mod as_written;
mod bound;
mod clock_time;
mod codes;
mod compile;
mod decode;
mod diagnostic;
mod difference;
mod distribution;
mod document;
mod flag;
mod json_schema;
mod knobs;
pub(crate) mod machine;
mod patch;
mod presets;
mod quantity;
pub(crate) mod scalar;
pub mod schema;
mod shape_error;
pub(crate) mod yaml;

use crate::tree::{node, path};

pub use clock_time::{ClockTime, Span, Timestamp};
pub use codes::{CODES, Code, explain};
pub(crate) use diagnostic::suggestion;
pub use diagnostic::{Diagnostic, Diagnostics, Excerpt, Place, Severity};
pub use distribution::Distribution;
pub use document::{Compiled, Document};
pub use json_schema::json_schema;
pub use knobs::{Knob, KnobKind};
pub use quantity::{Cpu, HubBytes, Memory, Share};
