//! What survives a crash, and what every feature needs for that: records that are moved by compare-and-set, locks, the
//! loop that finishes what was cut short, and the URLs by which Twilio comes back to us. It knows no feature.

pub mod cache;
pub mod callback_url;
pub mod claim;
pub mod outage;
pub mod reconcile;
pub mod store;
pub mod time;
