//! Parked calls: an agent sets a live call aside on hold music, takes another, and picks the first one up again.
//!
//! What must hold under every interleaving, failure and crash: no caller is on hold without a record that names them; a
//! call is picked up at most once; a failed pick-up leaves the caller on hold *and* listed; a caller who hangs up on
//! hold yields exactly one wrap-up task; hold never ends by itself. The means:
//!
//! - one record for each call ([`record`]), written *before* the call is touched, moved by compare-and-set only
//!   ([`ledger`]), so that of two that want the same move exactly one wins;
//! - the hold document, which Twilio asks for again after every track (`parking/hold.rs`): the proof of who is on hold,
//!   and the place where a move that was cut short is noticed and taken back;
//! - tickets: a task made for a call carries the id of the move that made it, so that after a crash it can be looked
//!   for before another is made;
//! - a reconciler in every replica ([`reconcile`]) for what neither a request nor the hold document will finish.
//!
//! Each move has its own file. A process holds no state but a memory of what it read.
//!
//! ---

#![doc = include_str!("parking/README.md")]

pub mod attributes;
mod comeback;
pub mod contents;
mod hangup;
mod hold;
pub mod ledger;
mod left_behind;
pub mod links;
pub mod list;
mod ownership;
mod park;
mod pickup;
pub mod reconcile;
pub mod record;
pub mod routes;
pub mod settings;
mod whole;

pub use park::Parked;
pub use settings::Settings;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{fmt, sync::Arc};

use jiff::Timestamp;

use crate::{
    clock::Clock,
    context::Context,
    durable::{outage::Outages, reconcile::Runner},
    error::{Error, upstream},
    events::{RouterEvent, left_behind::LeftBehind},
    features::{Feature, availability::Availability},
    rng::Rng,
    telemetry::Metrics,
    twilio::{
        Twilio,
        deadline::Deadline,
        error::Error as TwilioError,
        sid::{CallSid, TaskSid, WorkerSid, WorkflowSid},
    },
    twiml::Library,
};
use ledger::{Entry, Ledger, NotMoved};
use list::List;
use record::{ParkedCall, Phase};

/// What the plugin sends to park a call.
#[derive(Clone, Debug)]
pub struct ParkWish {
    /// The task's attributes as JSON text.
    pub attributes: Option<String>,
    /// The customer's leg.
    pub call: CallSid,
    /// What the list shows.
    pub name: Option<String>,
    /// The queue the call came from.
    pub queue_name: Option<String>,
    /// The task whose call is parked.
    pub task: TaskSid,
    /// The worker who parks it.
    pub worker: WorkerSid,
    /// The workflow that will bring it back.
    pub workflow: WorkflowSid,
}

/// What the plugin sends to pick a call up. Attributes, name, queue and date come from our record.
#[derive(Clone, Debug)]
pub struct PickUpWish {
    /// The parked leg.
    pub call: CallSid,
    /// The worker who picks it up.
    pub worker: WorkerSid,
}

/// One request for the hold document.
#[derive(Clone, Copy, Debug)]
pub struct HoldRound {
    /// The leg on hold.
    pub call: CallSid,
    /// Who parked it.
    pub worker: WorkerSid,
    /// The task it was parked from.
    pub task: Option<TaskSid>,
    /// The workflow that will bring it back.
    pub workflow: WorkflowSid,
    /// When it was parked, in Unix milliseconds.
    pub since: i64,
    /// How many rounds came before.
    pub round: u32,
}

/// A call left the queue of a pick-up or a come-back (`action` of `<Enqueue>`).
#[derive(Clone, Debug)]
pub struct QueueLeft {
    /// The hold it came from, to go back to.
    pub hold: HoldRound,
    /// Twilio's `QueueResult`.
    pub result: String,
}

/// A call that came back waits for its worker (`waitUrl` of `<Enqueue>`).
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// The hold it came from.
    pub hold: HoldRound,
    /// Twilio's `QueueTime`: seconds in the queue so far.
    pub queue_seconds: u64,
}

/// A call reached a final status.
#[derive(Clone, Copy, Debug)]
pub struct CallEnded {
    /// The leg.
    pub call: CallSid,
    /// When, if Twilio said.
    pub at: Option<Timestamp>,
    /// Whether the call is known to have been parked, ever; false if a number reports, as it does of all its calls.
    pub was_parked: bool,
}

/// Everything that can be done with a parked call. Cheap to clone.
#[derive(Clone)]
pub struct Parking(Arc<Parts>);

struct Parts {
    twilio: Twilio,
    library: Library,
    clock: Clock,
    rng: Rng,
    outages: Outages,
    metrics: Metrics,
    settings: Settings,
    ledger: Ledger,
    availability: Availability,
    left_behind: LeftBehind,
}

impl fmt::Debug for Parking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parking")
    }
}

impl Feature for Parking {
    fn work<'a>(&'a self, runner: &'a Runner) -> BoxFuture<'a, ()> {
        runner.run(self).boxed()
    }

    fn hear<'a>(
        &'a self,
        event: &'a RouterEvent,
        by: Deadline,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.router_event(event, by).boxed()
    }
}

impl Parking {
    /// Puts the parts together.
    #[must_use]
    pub fn new(context: &Context, settings: Settings, availability: Availability) -> Self {
        let Context {
            twilio,
            library,
            clock,
            rng,
            metrics,
            ..
        } = context.clone();
        let ledger = Ledger::new(
            twilio.clone(),
            clock,
            settings.proof() + settings.return_ring,
        );
        let left_behind = LeftBehind::new(twilio.clone(), clock);
        Self(Arc::new(Parts {
            twilio,
            library,
            clock,
            rng,
            outages: Outages::new(clock, "parking"),
            metrics,
            settings,
            ledger,
            availability,
            left_behind,
        }))
    }

    fn list(&self, worker: WorkerSid, by: Deadline) -> List<'_> {
        List::of(&self.0.twilio, worker, by)
    }

    /// Puts a call on its worker's list, and has it looked at what else they may have.
    async fn enlist(&self, call: &ParkedCall, by: Deadline) -> Result<(), TwilioError> {
        let shown = self.list(call.worker_sid, by).show(call).await;
        self.0.availability.look_soon(call.worker_sid);
        shown
    }

    /// Takes a call off a worker's list, and has it looked at what else they may have.
    async fn unlist(
        &self,
        worker: WorkerSid,
        call: CallSid,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let hidden = self.list(worker, by).hide(call).await;
        self.0.availability.look_soon(worker);
        hidden
    }

    /// A fresh id for one write. No hyphens: TaskRouter's expressions may stumble over them.
    fn mark(&self) -> String {
        self.0.rng.uuid(self.0.clock.now()).simple().to_string()
    }

    /// Moves a record to another phase, now.
    async fn advance(&self, entry: &Entry, phase: Phase, by: Deadline) -> Result<Entry, NotMoved> {
        let moved = entry
            .record
            .moved_to(phase, self.0.clock.now(), self.mark());
        self.0.ledger.replace(entry, moved, by).await
    }
}

impl ParkedCall {
    /// The hold this record belongs to, as its URLs tell it.
    #[must_use]
    pub fn hold_round(&self, round: u32) -> HoldRound {
        HoldRound {
            call: self.call_sid,
            worker: self.worker_sid,
            task: self.task_sid,
            workflow: self.workflow_sid,
            since: self.date_created.as_millisecond(),
            round,
        }
    }
}
