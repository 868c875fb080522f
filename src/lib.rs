//! Switchboard.

pub mod assembly;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod emulator;
pub mod hours;
pub mod json;
pub mod music;
pub mod telemetry;
pub mod twilio;
pub mod twiml;
pub mod web;
