//! A file as a tree of values, each with its place, and how types are read from it.
//!
//! Scenarios and Kubernetes objects are both read from here and by one [`deserializer`]: so every type is
//! compiled for one reader only, and every error knows the way to the value it is about.

pub(crate) mod deserializer;
pub(crate) mod error;
pub(crate) mod node;
pub(crate) mod path;
