//! Switchboard.

pub mod chance;
pub mod clock;
pub mod domain;
pub mod twilio;
pub mod twiml;
