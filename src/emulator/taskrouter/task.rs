//! Tasks and reservations: what is to be done, and whose it is for the moment.

use std::{cmp::Reverse, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    AFTERLIFE, LONGEST_WORK,
    configuration::{Configuration, Stop, Target},
};
use crate::{
    emulator::rest::Refusal,
    json,
    twilio::sid::{
        CallSid, ReservationSid, TaskChannelSid, TaskQueueSid, TaskSid, WorkerSid, WorkflowSid,
    },
};

/// The longest attributes of a task or a worker, in characters (Twilio: "TaskRouter limits").
const LONGEST: usize = 4096;

/// Attributes: JSON text, kept as it was sent, and what it says.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    /// As it was sent.
    pub(crate) text: String,
    /// What it says: an object.
    pub(crate) value: Value,
}

impl Attributes {
    /// Reads attributes.
    ///
    /// # Errors
    /// 20001 when they are too long or no JSON object.
    pub(crate) fn read(text: &str) -> Result<Self, Refusal> {
        // Half an emoji and two hundred levels are JSON to Twilio.
        let value = serde_json::from_str(text)
            .or_else(|_| json::object(text).map(Value::Object))
            .map_err(|_| Refusal::invalid("Attributes are not valid JSON"))?;
        Self::check(text.to_owned(), value)
    }

    /// Attributes that say `value`.
    ///
    /// # Errors
    /// As [`Attributes::read`].
    pub(crate) fn of(value: Value) -> Result<Self, Refusal> {
        Self::check(value.to_string(), value)
    }

    fn check(text: String, value: Value) -> Result<Self, Refusal> {
        if text.chars().count() > LONGEST {
            let message = format!("Attributes are limited to {LONGEST} characters");
            return Err(Refusal::invalid(message));
        }
        if !value.is_object() {
            return Err(Refusal::invalid("Attributes must be a JSON object"));
        }
        Ok(Self { text, value })
    }

    /// One member, if it is text.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.value.get(name)?.as_str()
    }

    /// Whether a member is `true`.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool) == Some(true)
    }
}

/// How far a task has come (`assignment_status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskStatus {
    /// It waits for a worker.
    Pending,
    /// It is offered to one.
    Reserved,
    /// One has accepted it.
    Assigned,
    /// The conversation is over, the work is not.
    Wrapping,
    /// Done.
    Completed,
    /// Given up before anybody accepted it.
    Canceled,
}

impl TaskStatus {
    /// As Twilio writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Reserved => "reserved",
            Self::Assigned => "assigned",
            Self::Wrapping => "wrapping",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
        }
    }

    /// The status Twilio writes so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Pending,
            Self::Reserved,
            Self::Assigned,
            Self::Wrapping,
            Self::Completed,
            Self::Canceled,
        ];
        all.into_iter().find(|status| status.name() == name)
    }

    /// Whether no worker has accepted it yet.
    pub(crate) fn waits(self) -> bool {
        matches!(self, Self::Pending | Self::Reserved)
    }
}

/// One task.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// Its SID.
    pub(crate) sid: TaskSid,
    /// Its place among the tasks made at one instant.
    pub(crate) number: u64,
    /// Who routes it.
    pub(crate) workflow: WorkflowSid,
    /// Where it waits.
    pub(crate) queue: TaskQueueSid,
    /// What kind of work it is.
    pub(crate) channel: TaskChannelSid,
    /// What it says.
    pub(crate) attributes: Attributes,
    /// Higher goes first.
    pub(crate) priority: u64,
    /// How far it has come.
    pub(crate) status: TaskStatus,
    /// Why it was completed or canceled.
    pub(crate) reason: Option<String>,
    /// The call that waits with it, if `<Enqueue>` made it.
    pub(crate) call: Option<CallSid>,
    /// A worker, queue or workflow it was made for.
    pub(crate) target: Option<String>,
    /// Whether the targeted worker gets it whatever they are doing.
    pub(crate) ignore_capacity: bool,
    /// How many seconds it may wait.
    pub(crate) timeout: u64,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was changed.
    pub(crate) updated: Timestamp,
    /// What its place in the queue is reckoned from.
    pub(crate) virtual_start: Timestamp,
    /// When it came into its queue.
    pub(crate) queue_entered: Timestamp,
    /// Counts its changes; the `ETag`.
    pub(crate) version: u64,
    /// Where it is on its way to a worker.
    pub(super) way: Way,
}

/// Where a task is on its way through its workflow.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// What the workflow said when the task came into it.
    pub(super) route: Arc<Configuration>,
    /// Where it is; `None` if no filter wants it.
    pub(super) stop: Option<Stop>,
    /// When the time of its target began to count.
    pub(super) began: Timestamp,
    /// It has just come to its target, and no worker was looked for yet.
    pub(super) arrived: bool,
    /// Where it is listed to be offered.
    pub(super) listed: Option<(List, Rank)>,
    /// Its reservations, in order of making.
    pub(super) claims: Vec<ReservationSid>,
    /// How many of them there were when it last became pending: who is asked after that is asked once.
    pub(super) round: usize,
    /// How often it was reserved.
    pub(super) moves: u32,
}

impl Way {
    pub(super) fn new(route: Arc<Configuration>, now: Timestamp) -> Self {
        Self {
            route,
            stop: None,
            began: now,
            arrived: false,
            listed: None,
            claims: Vec::new(),
            round: 0,
            moves: 0,
        }
    }

    /// The target it waits for.
    pub(super) fn target(&self) -> Option<&Target> {
        self.route.target(self.stop?)
    }

    /// When its target's time is up. Each target's time is counted from the end of the one before, whatever happened
    /// in between (Twilio: "Timeout evaluation").
    pub(super) fn ends(&self) -> Option<Timestamp> {
        Some(after(self.began, self.target()?.timeout?))
    }
}

/// A list of tasks that are to be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    /// To the workers of a queue.
    Queue(TaskQueueSid, TaskChannelSid),
    /// To one worker.
    Worker(WorkerSid),
}

/// A task's place in a list: the most urgent first, then the oldest, or in a queue that says so the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(Reverse<u64>, i64, i64);

/// `seconds` after a time.
pub(super) fn after(at: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    at.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

impl Task {
    /// Its place among others.
    pub(super) fn rank(&self, order: TaskOrder) -> Rank {
        let (start, number) = (self.virtual_start.as_microsecond(), self.number);
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        match order {
            TaskOrder::Fifo => Rank(Reverse(self.priority), start, number),
            TaskOrder::Lifo => Rank(Reverse(self.priority), -start, -number),
        }
    }

    /// Whether it was made for one worker (`RoutingTarget`).
    pub(super) fn is_aimed(&self) -> bool {
        self.target.as_ref().is_some_and(|it| it.starts_with("WK"))
    }

    /// When it can no longer be seen; nothing while it waits.
    pub(super) fn forgotten(&self) -> Option<Timestamp> {
        let life = match self.status {
            TaskStatus::Pending | TaskStatus::Reserved => return None,
            TaskStatus::Assigned | TaskStatus::Wrapping => LONGEST_WORK,
            TaskStatus::Completed | TaskStatus::Canceled => AFTERLIFE,
        };
        Some(self.updated.saturating_add(life).unwrap_or(Timestamp::MAX))
    }

    /// When it has waited too long.
    pub(super) fn expires(&self) -> Timestamp {
        after(self.created, self.timeout)
    }
}

/// Which of a queue's tasks goes first (`TaskOrder`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskOrder {
    /// The oldest.
    Fifo,
    /// The newest.
    Lifo,
}

impl TaskOrder {
    /// As Twilio writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fifo => "FIFO",
            Self::Lifo => "LIFO",
        }
    }

    /// The order Twilio writes so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [Self::Fifo, Self::Lifo];
        all.into_iter().find(|order| order.name() == name)
    }
}

/// What a new task says of itself.
#[derive(Clone, Debug)]
pub(crate) struct NewTask {
    /// Who routes it.
    pub(crate) workflow: WorkflowSid,
    /// The channel's SID or unique name.
    pub(crate) channel: String,
    /// What it says.
    pub(crate) attributes: Attributes,
    /// Higher goes first.
    pub(crate) priority: u64,
    /// The call that waits with it.
    pub(crate) call: Option<CallSid>,
    /// A worker, queue or workflow it is made for.
    pub(crate) target: Option<String>,
    /// Whether the targeted worker gets it whatever they are doing.
    pub(crate) ignore_capacity: bool,
    /// How many seconds it may wait.
    pub(crate) timeout: u64,
    /// What its place in the queue is reckoned from; else when it is made.
    pub(crate) virtual_start: Option<Timestamp>,
}

/// What has become of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReservationStatus {
    /// Offered.
    Pending,
    /// Taken.
    Accepted,
    /// Refused by the worker.
    Rejected,
    /// Not answered in time.
    Timeout,
    /// The task went away.
    Canceled,
    /// Another worker was first.
    Rescinded,
    /// The conversation is over, the work is not.
    Wrapping,
    /// Done.
    Completed,
}

impl ReservationStatus {
    /// As Twilio writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Timeout => "timeout",
            Self::Canceled => "canceled",
            Self::Rescinded => "rescinded",
            Self::Wrapping => "wrapping",
            Self::Completed => "completed",
        }
    }

    /// The status Twilio writes so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Pending,
            Self::Accepted,
            Self::Rejected,
            Self::Timeout,
            Self::Canceled,
            Self::Rescinded,
            Self::Wrapping,
            Self::Completed,
        ];
        all.into_iter().find(|status| status.name() == name)
    }

    /// Whether it takes up the worker's capacity.
    pub(crate) fn occupies(self) -> bool {
        matches!(self, Self::Pending | Self::Accepted | Self::Wrapping)
    }
}

/// One worker's claim on one task.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    /// Its SID.
    pub(crate) sid: ReservationSid,
    /// The task.
    pub(crate) task: TaskSid,
    /// The worker.
    pub(crate) worker: WorkerSid,
    /// What has become of it.
    pub(crate) status: ReservationStatus,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was changed.
    pub(crate) updated: Timestamp,
    /// When the offer ends, while it is pending.
    pub(crate) expires: Timestamp,
    /// Counts its changes; the `ETag`.
    pub(crate) version: u64,
}
