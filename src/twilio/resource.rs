//! One file per family of resources.

pub mod tokens;
