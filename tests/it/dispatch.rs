//! Stories of workers on their own phones: what the caller hears, whose phone rings, what TaskRouter was told. Each case
//! of D4 in `tests/README.md` has its number in its name.

mod answers;
mod endings;
mod leavers;
mod matrix;
mod metrics;
mod nobody;
mod office;
mod outages;
mod proxies;
pub(crate) mod remote;
mod rooms;
mod setups;
mod storms;
mod trouble;
mod twilio;
mod unreadable;
mod whispers;
