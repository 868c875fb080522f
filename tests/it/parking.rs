//! Stories of parked calls: what the caller hears, what the agent sees, what Twilio was told.

mod clocks;
mod comeback;
mod defects;
mod ends;
mod faults;
mod gauges;
mod metrics;
mod odd;
mod queries;
mod refused;
mod security;
mod stories;
mod storms;
mod unreadable;
