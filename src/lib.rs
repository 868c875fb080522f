//! Switchboard.

pub mod chance;
pub mod clock;
pub mod domain;
pub mod music;
pub mod twilio;
pub mod twiml;
