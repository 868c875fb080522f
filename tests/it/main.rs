//! The one integration binary: one link, one shared harness.

mod twiml;
