//! What TaskRouter tells us of workers, tasks and reservations: parsed once, and handed to every feature. It knows no
//! feature.
//!
//! Events may be lost, come twice, or come in another order than things happened. So an event is a reason to look, and
//! no proof.

pub mod left_behind;

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    json,
    twilio::{
        party::E164,
        resource::tasks::SET_ASIDE,
        sid::{CallSid, EventSid, ReservationSid, TaskQueueSid, TaskSid, WorkerSid, WorkflowSid},
    },
};

/// One event (Twilio: "TaskRouter event callbacks").
#[derive(Clone)]
pub struct RouterEvent {
    /// Its SID: the same when it is delivered again.
    pub sid: Option<EventSid>,
    /// Its type, such as `reservation.canceled`.
    pub kind: String,
    /// The reservation it is about.
    pub reservation: Option<ReservationSid>,
    /// The task it is about.
    pub task: Option<TaskSid>,
    /// The workflow of its task.
    pub workflow: Option<WorkflowSid>,
    /// Why its task was canceled.
    pub reason: Option<String>,
    /// Its task was taken out of line by us, because its caller is seen to later: they are on their way elsewhere.
    pub set_aside: bool,
    /// The queue it is about.
    pub queue: Option<TaskQueueSid>,
    /// The worker it is about.
    pub worker: Option<WorkerSid>,
    /// The unique name of the task's channel.
    pub channel: Option<String>,
    /// What the worker's attributes say of their readiness for calls from the line, where that may have changed.
    pub ready: Option<bool>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// What its task says of the caller.
    pub caller: Caller,
}

/// What a task says of its caller, as far as a feature needs it.
#[derive(Clone, Default)]
pub struct Caller {
    /// The call the task stands for.
    pub call: Option<CallSid>,
    /// We have called them.
    pub is_outbound: bool,
    /// The number that was called, of such a call.
    pub outbound_to: Option<E164>,
    /// The number that calls.
    pub from: Option<E164>,
    /// The extension that was dialed, or the operator's instead of one.
    pub extension: Option<Dialled>,
    /// The agent's own number that was dialed, or one without an owner.
    pub did: Option<Dialled>,
    /// They come from hold, to one worker or to anybody: parking looks after them.
    pub from_hold: bool,
    /// They come from hold, to one worker: they have reached an agent, and parking looks after them.
    pub was_parked: bool,
}

/// An extension or a number that was dialed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dialled {
    /// Whose it is, if that was known.
    pub owner: Option<WorkerSid>,
    /// The call was sent to the desk that takes calls to numbers without an owner.
    pub is_nobodys: bool,
}

impl fmt::Debug for RouterEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterEvent")
            .field("kind", &self.kind)
            .field("reservation", &self.reservation)
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

impl RouterEvent {
    /// Reads an event of this kind from the form's other fields. What an event that is not known means by them is not
    /// our business, so nothing is complained about.
    pub fn read<'a>(kind: String, field: impl Fn(&str) -> Option<&'a str>) -> Self {
        let caller: Attributes =
            read(field("TaskAttributes").unwrap_or_default()).unwrap_or_default();
        let set_aside = caller.was_set_aside();
        let at = field("TimestampMs").and_then(|at| at.parse().ok());
        // Only where it may have changed: it costs reading all attributes.
        let changed = kind == "worker.attributes.update";
        let readiness =
            changed.then(|| read::<Readiness>(field("WorkerAttributes").unwrap_or_default()));
        Self {
            sid: parsed(field("Sid")),
            kind,
            reservation: parsed(field("ReservationSid")),
            task: parsed(field("TaskSid")),
            workflow: parsed(field("WorkflowSid")),
            reason: field("TaskCanceledReason").map(str::to_owned),
            set_aside,
            queue: parsed(field("TaskQueueSid")),
            worker: parsed(field("WorkerSid")),
            at: at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            caller: caller.into(),
            channel: field("TaskChannelUniqueName").map(str::to_owned),
            ready: readiness.and_then(Result::ok).and_then(|it| it.ready),
        }
    }
}

/// What an event's task says of its caller; what is not as it should be says nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    #[serde(deserialize_with = "lenient")]
    call_sid: Option<CallSid>,
    #[serde(deserialize_with = "lenient")]
    direction: Option<Direction>,
    #[serde(deserialize_with = "lenient")]
    outbound_to: Option<String>,
    #[serde(deserialize_with = "lenient")]
    from: Option<String>,
    #[serde(deserialize_with = "lenient")]
    extension: Option<Owned>,
    #[serde(deserialize_with = "lenient")]
    did: Option<Owned>,
    #[serde(rename = "isParkPickup", deserialize_with = "lenient")]
    parked: Option<bool>,
    #[serde(rename = "parkTicket", deserialize_with = "lenient")]
    ticket: Option<String>,
    #[serde(deserialize_with = "lenient")]
    conversations: Option<Conversations>,
}

#[derive(Deserialize)]
struct Conversations {
    #[serde(default)]
    abandoned: Option<String>,
}

impl Attributes {
    fn was_set_aside(&self) -> bool {
        let conversations = self.conversations.as_ref();
        conversations.is_some_and(|it| it.abandoned.as_deref() == Some(SET_ASIDE))
    }
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Outbound,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Owned {
    owner: Option<WorkerSid>,
    #[serde(default)]
    routing: Option<String>,
}

impl From<Owned> for Dialled {
    fn from(of: Owned) -> Self {
        Self {
            owner: of.owner,
            is_nobodys: of.routing.as_deref() == Some("nobody"),
        }
    }
}

fn lenient<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::de::DeserializeOwned,
    D: serde::Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

impl From<Attributes> for Caller {
    fn from(of: Attributes) -> Self {
        let number = |text: Option<String>| text?.parse().ok();
        Self {
            call: of.call_sid,
            is_outbound: of.direction == Some(Direction::Outbound),
            outbound_to: number(of.outbound_to),
            from: number(of.from),
            extension: of.extension.map(Dialled::from),
            did: of.did.map(Dialled::from),
            from_hold: of.ticket.is_some(),
            was_parked: of.parked == Some(true),
        }
    }
}

/// What an event's worker says of themselves.
#[derive(Deserialize)]
struct Readiness {
    #[serde(rename = "isAcdReady")]
    ready: Option<bool>,
}

fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
    text?.parse().ok()
}

/// What attributes say.
fn read<T: serde::de::DeserializeOwned>(attributes: &str) -> Result<T, serde_json::Error> {
    // Deeply nested attributes and halves of an emoji are no reason to forget a caller.
    serde_json::from_str(attributes).or_else(|_| {
        let members = json::object(attributes)?;
        serde_json::from_value(Value::Object(members))
    })
}
