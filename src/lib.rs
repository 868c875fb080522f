//! Switchboard.

pub mod chance;
pub mod clock;
pub mod twilio;
