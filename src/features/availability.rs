//! Who is ready for the next call: the worker's attribute `isAcdReady` and the capacity of their voice channel.
//!
//! The published sample computes both in the agent's browser, so a tab that is closed or crashes leaves an agent who
//! gets no calls any more, or two at once. Here they follow from what TaskRouter and the list of parked calls say
//! ([`formula`]), whichever browsers are open. What must hold: once things settle, both are what the formula gives,
//! whatever was lost, repeated or reordered; while an agent has a call of any kind, no call from the line comes; no
//! attribute that another program writes is lost. The means:
//!
//! - nothing is counted. An event (`events.rs`) or a park says only *whom to look at*; a look (`look.rs`) reads the
//!   truth, computes, and writes what differs, with the worker's revision, in the order that never lets a call in
//!   between: first not ready, then more room; first less room, then ready;
//! - a call that is being parked or picked up is neither a task nor in the list for a moment. A note says so
//!   before it is moved (`on_the_way.rs`), and its worker is not taken for idle;
//! - whom to look at is remembered in this process (`due`), one look at a worker at a time; what a crash or a lost
//!   event makes it forget, the reconciler of any replica finds (`reconcile.rs`).
//!
//! With `AVAILABILITY=plugin` all of it is off and costs nothing.
//!
//! ---

#![doc = include_str!("availability/README.md")]

mod due;
pub mod events;
pub mod formula;
mod look;
mod on_the_way;
mod reconcile;
pub mod settings;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{fmt, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use tokio::sync::Mutex;

pub use self::look::Settled;
pub use self::settings::Settings;
use self::{due::Due, look::Seen};
use crate::{
    clock::Clock,
    context::Context,
    durable::{outage::Outages, reconcile::Runner},
    error::Error,
    events::RouterEvent,
    features::Feature,
    rng::Rng,
    twilio::{
        Twilio,
        deadline::Deadline,
        sid::{EventSid, TaskSid, WorkerSid},
    },
};

/// The worker's attribute: whether calls from the line may come.
pub const READY: &str = "isAcdReady";

/// The task channel of calls.
pub const VOICE: &str = "voice";

/// How long a park or pick-up waits for us at most. The caller is not touched before.
const HURRY: Duration = Duration::from_secs(3);

/// More workers and tasks than a large contact center has at a time.
const REMEMBERED: u64 = 20_000;

/// Keeps workers ready, or not. Cheap to clone.
#[derive(Clone)]
pub struct Availability(Arc<Parts>);

struct Parts {
    settings: Settings,
    twilio: Twilio,
    clock: Clock,
    rng: Rng,
    outages: Outages,
    due: Due,
    /// One look at a worker at a time.
    turns: Cache<WorkerSid, Arc<Mutex<()>>>,
    /// What this process saw when it last looked. Good for asking less, never for concluding that all is well.
    seen: Cache<WorkerSid, Arc<Seen>>,
    /// Whether a task is a call; it stays what it is.
    calls: Cache<TaskSid, bool>,
    /// Events that were heard, so that a second delivery costs nothing.
    heard: Cache<EventSid, ()>,
}

impl fmt::Debug for Availability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Availability({:?})", self.0.settings)
    }
}

impl Feature for Availability {
    fn work<'a>(&'a self, runner: &'a Runner) -> BoxFuture<'a, ()> {
        self.work_for_ever(runner).boxed()
    }

    fn hear<'a>(&'a self, event: &'a RouterEvent, _: Deadline) -> BoxFuture<'a, Result<(), Error>> {
        self.take_note(event);
        std::future::ready(Ok(())).boxed()
    }
}

impl Availability {
    /// Puts the parts together.
    #[must_use]
    pub fn new(context: &Context, settings: Settings) -> Self {
        let Context {
            twilio, clock, rng, ..
        } = context.clone();
        Self(Arc::new(Parts {
            settings,
            twilio,
            clock,
            rng,
            outages: Outages::new(clock, "availability"),
            due: Due::default(),
            turns: Cache::new(REMEMBERED),
            seen: Cache::new(REMEMBERED),
            calls: Cache::new(REMEMBERED),
            heard: Cache::new(REMEMBERED),
        }))
    }

    /// Whether availability is computed here, and not by the plugin.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.settings.on
    }

    /// Has a worker looked at as soon as possible, at no cost to the request that says so.
    pub fn look_soon(&self, worker: WorkerSid) {
        self.look_at(worker, self.0.clock.now());
    }

    fn look_at(&self, worker: WorkerSid, at: Timestamp) {
        if self.0.settings.on {
            self.0.due.add(worker, at);
        }
    }

    fn look_after(&self, worker: WorkerSid, wait: Duration) {
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        let at = self.0.clock.now().saturating_add(wait);
        self.look_at(worker, at.unwrap_or(Timestamp::MAX));
    }

    /// A call is about to go on hold, or to come off it to this worker: from now on they count as having it parked,
    /// wherever it is for the moment, and they have room for one more than they have.
    ///
    /// Never fails: callers are moved whether or not their agent's room could be set. Then it is set later.
    pub async fn make_room(&self, worker: WorkerSid, by: Deadline) {
        if !self.0.settings.on {
            return;
        }
        let by = by.or_after(HURRY);
        // Boxed: most of the time this is a future that is never polled.
        let noted = Box::pin(self.note_on_the_way(worker, by));
        let look = Box::pin(self.look(worker, look::Assume::Parked, by));
        let (noted, looked) = tokio::join!(noted, in_time(look, by));
        if let Err(error) = noted {
            tracing::warn!(worker.sid = %worker, %error, "a call is on its way without a note that it is");
        }
        if let Err(error) = looked {
            tracing::warn!(worker.sid = %worker, %error, "room for one more call is made later");
            self.look_soon(worker);
        }
    }

    /// A task of this worker's is about to be completed by us: the room it needed goes first, so that two calls cannot
    /// come into it.
    pub async fn take_room(&self, worker: WorkerSid, task: TaskSid, by: Deadline) {
        if !self.0.settings.on {
            return;
        }
        let by = by.or_after(HURRY);
        let look = Box::pin(self.look(worker, look::Assume::Wrapping(task), by));
        if let Err(error) = in_time(look, by).await {
            tracing::warn!(worker.sid = %worker, %error, "room for a call is taken back later");
            self.look_soon(worker);
        }
    }

    /// Looks at a worker now, after any look that is going on.
    ///
    /// # Errors
    /// When Twilio cannot be asked or does not take what is written.
    pub async fn settle(
        &self,
        worker: WorkerSid,
        by: Deadline,
    ) -> Result<Option<Settled>, crate::twilio::error::Error> {
        self.look(worker, look::Assume::Nothing, by).await
    }
}

/// A look waits its turn, which may be long when Twilio is slow.
async fn in_time<T>(
    look: impl Future<Output = Result<T, crate::twilio::error::Error>>,
    by: Deadline,
) -> Result<T, crate::twilio::error::Error> {
    let late = Err(crate::twilio::error::Error::Late);
    tokio::time::timeout(by.left(), look).await.unwrap_or(late)
}
