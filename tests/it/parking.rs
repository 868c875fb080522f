//! Stories of parked calls: what the caller hears, what the agent sees, what Twilio was told.

mod comeback;
mod defects;
mod faults;
mod gauges;
mod metrics;
mod odd;
mod refused;
mod security;
mod stories;
mod storms;
