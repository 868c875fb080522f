//! The one integration binary: one link, one shared harness.

mod client;
mod twiml;
