//! The parked call.

use jiff::Timestamp;

use super::{Error, agent::Agent};
use crate::{
    twilio::{
        deadline::Deadline,
        sid::{CallSid, TaskSid, WorkerSid, WorkflowSid},
    },
    twiml::document::Document,
};

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
    /// The workflow, used when our record has none.
    pub workflow: Option<WorkflowSid>,
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
    /// When it was parked, in Unix seconds.
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
}

/// What one pass of the reconciler mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Calls that had ended without our knowing.
    pub ended: u32,
    /// Claims that had gone stale.
    pub claims: u32,
    /// Calls that were on hold without being listed.
    pub listed: u32,
    /// Records of calls that were never put on hold.
    pub ghosts: u32,
}

/// Everything that can be done with a parked call.
#[derive(Clone, Debug)]
pub struct Parking;

impl Parking {
    /// Parks a call: it hears hold music, and stands in the worker's list.
    ///
    /// # Errors
    /// See [`Error`]. After an error nothing has changed, or the rest is undone or finished without anybody asking.
    pub async fn park(&self, _agent: &Agent, _wish: ParkWish, _by: Deadline) -> Result<(), Error> {
        Err(Error::Unknown("not yet"))
    }

    /// Picks a parked call up: it is routed to the worker.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else was first or the call is over; see [`Error`].
    pub async fn pick_up(
        &self,
        _agent: &Agent,
        _wish: PickUpWish,
        _by: Deadline,
    ) -> Result<(), Error> {
        Err(Error::Unknown("not yet"))
    }

    /// What a parked caller hears next. Never fails: in doubt they stay on hold.
    pub async fn hold(&self, _round: HoldRound, _by: Deadline) -> Document {
        Document::End
    }

    /// What a caller hears who left the queue without an agent, or after one.
    pub async fn queue_left(&self, _left: QueueLeft, _by: Deadline) -> Document {
        Document::End
    }

    /// What a caller hears who waits for the worker who parked them.
    pub fn waiting(&self, _wait: Waiting) -> Document {
        Document::End
    }

    /// The pick-up document, for attributes too long to be sent with the call's update.
    pub async fn pick_up_document(&self, _round: HoldRound, _by: Deadline) -> Document {
        Document::End
    }

    /// A call is over: if it was parked, its worker gets a wrap-up task, once.
    ///
    /// # Errors
    /// [`Error::Upstream`]: Twilio should deliver the callback again.
    pub async fn call_ended(&self, _ended: CallEnded, _by: Deadline) -> Result<(), Error> {
        Ok(())
    }

    /// One pass over all parked calls; mends what a crash cut short.
    pub async fn reconcile(&self) -> Mended {
        Mended::default()
    }
}
