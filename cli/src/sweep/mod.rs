//! Sweeps: a row for each point and replication, in parts that survive anything.
//!
//! Rows are numbered point by point, and cut into parts of equal length. A part is computed by one thread
//! and written beside the output under a temporary name; when it is whole and on the disk it takes its own.
//! Whoever starts the same sweep again, after Ctrl-C, SIGKILL or a power cut, computes the parts that are
//! missing. When all are there they are read in order and become the file, so its bytes do not depend on
//! who computed what, and when: threads, interruptions and shards leave no trace.
//!
//! `plan` says what is to be done, `store` keeps parts in a folder or an object store, `parts` says which, `workers` fill it, `assembly` makes the file,
//! `columns`, `csv` and `parquet` are its forms, `points` tells what came out, and `emit` prints what makes other
//! machines do it.

pub mod assembly;
mod columns;
mod csv;
pub mod emit;
mod parquet;
pub mod parts;
pub mod plan;
pub mod points;
pub mod store;
pub mod workers;
