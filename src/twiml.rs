//! The words callers hear.

pub mod document;
