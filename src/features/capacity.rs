//! How many tasks a worker may have on one channel. The plugin raises a worker's voice capacity while calls are
//! parked; a browser could ask for any number, so there is a ceiling.
//!
//! Where the server computes the capacity for calls ([`crate::features::availability`]), a wish for it only says that something has
//! changed: two who write the same number by turns, one of them from what a browser knows, would never settle.

pub mod routes;
pub mod settings;

pub use self::settings::Settings;

use crate::{
    agent::Agent,
    error::Error,
    features::availability::{Availability, VOICE},
    twilio::{
        self, Twilio,
        deadline::Deadline,
        resource::workers::WorkerChannel,
        sid::{WorkerChannelSid, WorkerSid},
    },
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
    pub updated: Option<String>,
    /// The task channel's unique name, such as `voice`.
    pub task_channel: String,
}

/// Sets a worker's capacity, up to `ceiling`.
///
/// # Errors
/// [`Error::NotYours`] for another worker, [`Error::Invalid`] above the ceiling, [`Error::Unknown`] when the
/// worker has no such channel, [`Error::Upstream`].
pub async fn set_capacity(
    twilio: &Twilio,
    availability: &Availability,
    agent: &Agent,
    wish: CapacityWish,
    ceiling: u32,
    by: Deadline,
) -> Result<Capacity, Error> {
    agent.may_act_for(wish.worker)?;
    if wish.capacity > ceiling {
        return Err(Error::Invalid {
            field: "capacity",
            expected: "a number up to the configured CAPACITY_LIMIT",
        });
    }
    let computed = if availability.is_on() {
        computed(twilio, availability, wish, by).await
    } else {
        Ok(None)
    };
    let set = match computed {
        Ok(Some(channel)) => Ok(channel),
        Ok(None) => {
            let workers = twilio.workers(by);
            let set = workers.set_capacity(wish.worker, wish.channel, wish.capacity);
            set.await
        }
        Err(error) => Err(error),
    };
    let channel = set.map_err(|source| match source {
        source if source.is_not_found() => Error::Unknown("this worker has no such channel"),
        source => Error::Upstream {
            doing: "setting the capacity",
            source,
        },
    })?;
    Ok(Capacity {
        channel: channel.sid,
        configured: channel.configured_capacity,
        updated: channel.date_updated,
        task_channel: channel.task_channel_unique_name,
    })
}

/// The channel as it is, if its capacity is computed by us.
async fn computed(
    twilio: &Twilio,
    availability: &Availability,
    wish: CapacityWish,
    by: Deadline,
) -> Result<Option<WorkerChannel>, twilio::error::Error> {
    let workers = twilio.workers(by);
    let asked = workers.channel(wish.worker, wish.channel.as_str()).await?;
    if asked.task_channel_unique_name != VOICE {
        return Ok(None);
    }
    let settled = availability.settle(wish.worker, by).await?;
    Ok(Some(settled.map_or(asked, |settled| settled.channel)))
}
