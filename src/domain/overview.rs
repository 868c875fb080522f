//! What a supervisor sees: who is on which call, who is free, and who waits on hold.
//!
//! Flex's own real-time view is blind in three places when calls can be parked: a worker who is not ready for calls from
//! the line is in no queue's count, a parked call is in no queue at all, and a call that was picked up counts in the
//! queue of pick-ups. Here busy workers are counted beside those who are free, parked calls by the queue they came from,
//! and a task shows both its queues.
//!
//! Nothing is kept but what was read: an answer stands for `FRESH`, however many supervisors look, and who has a task
//! is asked once for each and remembered for `PLACED` (`overview/floor.rs`), or until an event says otherwise.

mod floor;
mod parked;

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::Mutex;

pub use self::{
    floor::{Floor, State, TaskNow, WorkerNow},
    parked::{OnHold, ParkedNow},
};
use super::{Error, dispatch::RouterEvent, lately::Lately, parking::Parking, upstream};
use crate::{
    clock::Clock,
    twilio::{Twilio, deadline::Deadline, error::Error as TwilioError, sid::TaskSid},
};

/// For how long an answer is good enough for the next who asks.
const FRESH: Duration = Duration::from_secs(5);

/// For how long it is believed who has a task that was accepted, should no event say otherwise.
const PLACED: Duration = Duration::from_mins(5);

/// The overview. Cheap to clone.
#[derive(Clone)]
pub struct Overview(Arc<Parts>);

struct Parts {
    twilio: Twilio,
    clock: Clock,
    parking: Parking,
    places: Lately<TaskSid, Arc<floor::Place>>,
    floor: Mutex<Option<Arc<Floor>>>,
    on_hold: Mutex<Option<Arc<OnHold>>>,
}

impl fmt::Debug for Overview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overview")
    }
}

/// Something that was true at a time.
trait Dated {
    fn at(&self) -> Timestamp;
}

impl Overview {
    /// Puts the parts together.
    #[must_use]
    pub fn new(twilio: Twilio, clock: Clock, parking: Parking) -> Self {
        Self(Arc::new(Parts {
            twilio,
            clock,
            parking,
            places: Lately::new(clock, PLACED),
            floor: Mutex::default(),
            on_hold: Mutex::default(),
        }))
    }

    /// Every worker, with their calls and other tasks.
    ///
    /// # Errors
    /// [`Error::Upstream`].
    pub async fn floor(&self, by: Deadline) -> Result<Arc<Floor>, Error> {
        let read = Box::pin(self.read_floor(by));
        self.fresh(&self.0.floor, read).await
    }

    /// Every parked call.
    ///
    /// # Errors
    /// [`Error::Upstream`].
    pub async fn on_hold(&self, by: Deadline) -> Result<Arc<OnHold>, Error> {
        let read = Box::pin(self.read_on_hold(by));
        self.fresh(&self.0.on_hold, read).await
    }

    /// What was read a moment ago, or else what is read now; those who ask meanwhile wait for the same answer.
    async fn fresh<T: Dated + Send + Sync>(
        &self,
        last: &Mutex<Option<Arc<T>>>,
        read: impl Future<Output = Result<T, TwilioError>> + Send,
    ) -> Result<Arc<T>, Error> {
        let mut last = last.lock().await;
        let fresh = |it: &&Arc<T>| self.0.clock.since(it.at()) < FRESH;
        if let Some(known) = last.as_ref().filter(fresh) {
            return Ok(Arc::clone(known));
        }
        let now = read.await.map(Arc::new);
        let now = now.map_err(upstream("looking at the whole floor"))?;
        *last = Some(Arc::clone(&now));
        Ok(now)
    }

    /// Something has become of a reservation: who has its task is asked anew. Costs whoever says so nothing.
    pub fn hear(&self, event: &RouterEvent) {
        if let Some(task) = event.task
            && event.kind.starts_with("reservation.")
        {
            self.0.places.forget(&task);
        }
    }
}
