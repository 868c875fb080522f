//! How many tasks a worker may have on one channel.

use super::{Error, agent::Agent};
use crate::twilio::{
    Twilio,
    deadline::Deadline,
    sid::{WorkerChannelSid, WorkerSid},
};

/// What to set.
#[derive(Clone, Copy, Debug)]
pub struct CapacityWish {
    /// Whose channel.
    pub worker: WorkerSid,
    /// Which channel.
    pub channel: WorkerChannelSid,
    /// The new capacity.
    pub capacity: u32,
}

/// What Twilio says it is now.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// The channel.
    pub channel: WorkerChannelSid,
    /// The capacity.
    pub configured: u32,
    /// When it was changed, as Twilio wrote it.
    pub updated: String,
    /// The task channel's unique name, such as `voice`.
    pub task_channel: String,
}

/// Sets a worker's capacity, up to `ceiling`.
///
/// # Errors
/// [`Error::NotYours`], [`Error::Invalid`] above the ceiling, [`Error::Upstream`].
pub async fn set_capacity(
    _twilio: &Twilio,
    _agent: &Agent,
    _wish: CapacityWish,
    _ceiling: u32,
    _by: Deadline,
) -> Result<Capacity, Error> {
    Err(Error::Unknown("not yet"))
}
