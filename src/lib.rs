//! Switchboard.

pub mod chance;
pub mod clock;
pub mod domain;
pub mod emulator;
pub mod twilio;
pub mod twiml;
