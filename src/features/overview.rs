//! What a supervisor sees: who is on which call, who is free, and who waits on hold.
//!
//! Flex's own real-time view is blind in three places when calls can be parked: a worker who is not ready for calls from
//! the line is in no queue's count, a parked call is in no queue at all, and a call that was picked up counts in the
//! queue of pick-ups. Here busy workers are counted beside those who are free, parked calls by the queue they came from,
//! and a task shows both its queues.
//!
//! Nothing is kept but what was read: an answer stands for `FRESH`, however many supervisors look, and who has a task
//! is asked once for each and remembered for `PLACED` (`overview/floor.rs`), or until an event says otherwise.
//!
//! ---

#![doc = include_str!("overview/README.md")]

mod floor;
mod latest;
mod line;
mod parked;
pub mod routes;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::Mutex;

pub use self::{
    floor::{Floor, State, TaskNow, WorkerNow},
    latest::{Latest, Seen},
    line::{InLine, QueueNow},
    parked::{OnHold, ParkedNow},
};
use crate::{
    clock::Clock,
    context::Context,
    durable::cache::Lately,
    error::{Error, upstream},
    events::RouterEvent,
    features::{Feature, parking::Parking},
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
    line: Mutex<Option<Arc<InLine>>>,
    latest: latest::Shared,
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

impl Feature for Overview {
    fn hear<'a>(&'a self, event: &'a RouterEvent, _: Deadline) -> BoxFuture<'a, Result<(), Error>> {
        self.note(event);
        std::future::ready(Ok(())).boxed()
    }
}

impl Overview {
    /// Puts the parts together.
    #[must_use]
    pub fn new(context: &Context, parking: Parking) -> Self {
        let Context { twilio, clock, .. } = context.clone();
        Self(Arc::new(Parts {
            twilio,
            clock,
            parking,
            places: Lately::new(clock, PLACED),
            floor: Mutex::default(),
            on_hold: Mutex::default(),
            line: Mutex::default(),
            latest: latest::Shared::default(),
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

    /// Every queue that has tasks waiting.
    ///
    /// # Errors
    /// [`Error::Upstream`].
    pub async fn line(&self, by: Deadline) -> Result<Arc<InLine>, Error> {
        let read = Box::pin(self.read_line(by));
        self.fresh(&self.0.line, read).await
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

    /// Something has become of a reservation: who has its task is asked anew. It costs the event nothing.
    fn note(&self, event: &RouterEvent) {
        if let Some(task) = event.task
            && event.kind.starts_with("reservation.")
        {
            self.0.places.forget(&task);
        }
    }
}
