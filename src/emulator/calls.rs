//! Call legs: what Twilio knows of each, and the store of all of them.
//!
//! A leg is always in one place: its own TwiML, a queue (its [`Ticket`]), a `<Dial>` (its [`Bridge`]), a conference.
//! [`moves`] takes it from one to another at once, under the lock, so that a reader of the world sees either the
//! old place or the new one; the leg's own life (`phone`) follows when it is rung.

mod detection;
mod fields;
mod moves;
mod queueing;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

pub(super) use self::{
    detection::{Detection, Report},
    fields::{FROM, TO, call_token, rfc2822},
    moves::NewCall,
};
use super::{
    assignment::Talk,
    hooks::{Hook, Source},
    journal::masked,
    numbers::{Callee, Pickup},
    recordings::{Saying, Tape},
};
use crate::twilio::sid::{CallSid, ConferenceSid, PhoneNumberSid, QueueSid, TaskSid, WorkflowSid};

/// Where a call stands (Twilio: "Call resource", `Status` values).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStatus {
    /// Made by REST, not yet dialed.
    Queued,
    /// Ringing.
    Ringing,
    /// Answered.
    InProgress,
    /// Answered and over.
    Completed,
    /// The other side was busy.
    Busy,
    /// It could not be connected.
    Failed,
    /// The call was not answered.
    NoAnswer,
    /// Ended by REST before it was answered.
    Canceled,
}

impl CallStatus {
    /// The word Twilio uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }

    /// Whether the call is over.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Ringing | Self::InProgress)
    }
}

impl fmt::Display for CallStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a person on the phone hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A voice reading this text.
    Words(String),
    /// A recording.
    Audio(String),
    /// The music Twilio plays in a queue without a `waitUrl`.
    QueueMusic,
    /// The people in a conference.
    Conference,
    /// The person on the other leg.
    Somebody,
    /// "We are sorry, an application error has occurred": Twilio's own voice, before it hangs up.
    ApplicationError,
    /// The beep before a recording.
    Beep,
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(text) => write!(f, "\"{text}\""),
            Self::Audio(url) => write!(f, "music from {url}"),
            Self::QueueMusic => f.write_str("Twilio's waiting music"),
            Self::Conference => f.write_str("the conference"),
            Self::Somebody => f.write_str("the other side"),
            Self::ApplicationError => f.write_str("\"an application error has occurred\""),
            Self::Beep => f.write_str("the beep"),
        }
    }
}

/// A leg as a test or the demo may see it.
#[derive(Clone)]
pub struct CallView {
    /// The leg.
    pub sid: CallSid,
    /// Who calls, as Twilio writes it.
    pub from: String,
    /// Who is called.
    pub to: String,
    /// `inbound`, `outbound-api` or `outbound-dial`.
    pub direction: &'static str,
    /// Where it stands.
    pub status: CallStatus,
    /// Who or what picked up, in truth; `None` until then, and for the caller's own leg.
    pub picked_up_by: Option<Callee>,
    /// What machine detection makes of them, if it was asked and knows.
    pub answered_by: Option<&'static str>,
    /// What was heard on it, in order. A repeat counts each time.
    pub heard: Vec<Heard>,
    /// The text of the document it plays or played last.
    pub document: Option<String>,
    /// The URL that document came from, if it was fetched.
    pub document_url: Option<String>,
    /// The conference it is in.
    pub conference: Option<ConferenceSid>,
    /// The task it waits for in a queue.
    pub in_queue: Option<TaskSid>,
    /// The leg it talks to since one of them dialed the other's queue.
    pub talks_to: Option<CallSid>,
    /// Whether it ended because a document ran out.
    pub fell_off: bool,
}

impl fmt::Debug for CallView {
    /// Enough to follow a story; numbers are masked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallView")
            .field("sid", &self.sid)
            .field("from", &masked(&self.from))
            .field("to", &masked(&self.to))
            .field("direction", &self.direction)
            .field("status", &self.status)
            .field("picked_up_by", &self.picked_up_by)
            .field("answered_by", &self.answered_by)
            .field("heard", &self.heard)
            .field("document_url", &self.document_url)
            .field("conference", &self.conference)
            .field("in_queue", &self.in_queue)
            .field("fell_off", &self.fell_off)
            .finish_non_exhaustive()
    }
}

/// A leg.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) sid: CallSid,
    pub(super) parent: Option<CallSid>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) direction: &'static str,
    pub(super) number: Option<PhoneNumberSid>,
    pub(super) status: CallStatus,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    /// The first document; `None` for a leg that only talks.
    pub(super) voice: Option<Source>,
    pub(super) fallback: Option<Hook>,
    /// Call-level callback and the events it wants.
    pub(super) callback: Option<(Hook, Vec<String>)>,
    /// Number-level callback: the end of an inbound call.
    pub(super) number_callback: Option<Hook>,
    pub(super) ring_limit: u64,
    pub(super) time_limit: Option<Duration>,
    pub(super) detection: Option<Detection>,
    /// What machine detection has found out.
    pub(super) answered_by: Option<&'static str>,
    pub(super) pickup: Option<Pickup>,
    /// When Twilio dials it: at once, or when it is its turn.
    pub(super) dialled: Timestamp,
    /// Whether Twilio has begun to dial it.
    pub(super) initiated: bool,
    /// How many progress events were sent.
    pub(super) sequence: u32,
    /// What REST told it to play instead.
    pub(super) order: Option<Source>,
    pub(super) ticket: Option<Ticket>,
    pub(super) bridge: Option<Bridge>,
    pub(super) conference: Option<ConferenceSid>,
    pub(super) keys: String,
    /// What the person on it will say into a recording.
    pub(super) sayings: VecDeque<Saying>,
    /// The recording that runs.
    pub(super) tape: Option<Tape>,
    pub(super) heard: Vec<Heard>,
    /// Text and URL of the last document.
    pub(super) document: Option<(String, Option<String>)>,
    pub(super) fell_off: bool,
    /// Rung when `order` or a final status is set.
    pub(super) orders: Arc<Notify>,
    /// Rung when the leg's place changes or a key is pressed.
    pub(super) moves: Arc<Notify>,
}

/// A leg's place in a TaskRouter queue, from `<Enqueue>` until its verb is over.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) queue: QueueSid,
    pub(super) task: TaskSid,
    pub(super) entered: Timestamp,
    pub(super) action: Option<Hook>,
    /// An agent has it, since then.
    pub(super) bridged: Option<Timestamp>,
    /// The conversation with the party that dialed the queue, while it goes on.
    pub(super) talk: Option<Talk>,
    /// What the waiting caller hears before that.
    pub(super) whisper: Option<Hook>,
    /// The verb is over, with this `QueueResult`.
    pub(super) result: Option<&'static str>,
}

/// A leg's `<Dial>`, until its verb is over.
#[derive(Clone, Debug)]
pub(super) struct Bridge {
    pub(super) action: Option<Hook>,
    /// The other leg; none for a conference.
    pub(super) child: Option<CallSid>,
    /// The leg out of a queue that it talks to.
    pub(super) queued: Option<CallSid>,
    /// The verb is over, with this `DialCallStatus`.
    pub(super) result: Option<&'static str>,
}

impl Call {
    /// Wakes the tasks that wait for this leg to move; a wake that comes before the wait is not lost.
    pub(super) fn wake(&self) {
        self.moves.notify_waiters();
        self.moves.notify_one();
    }

    /// How long it was in progress.
    pub(super) fn seconds(&self) -> u64 {
        let span = self.started.zip(self.ended);
        span.map_or(0, |(from, to)| {
            u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0)
        })
    }

    /// The other side of a conversation that began with `<Dial><Queue>`.
    fn partner(&self) -> Option<CallSid> {
        let waited = self.ticket.as_ref().and_then(|ticket| ticket.talk);
        let dialled = self.bridge.as_ref();
        let dialled = dialled.filter(|bridge| bridge.result.is_none());
        let dialled = dialled.and_then(|bridge| bridge.queued);
        waited.map(|talk| talk.with).or(dialled)
    }

    pub(super) fn view(&self) -> CallView {
        let ticket = self.ticket.as_ref();
        CallView {
            sid: self.sid,
            from: self.from.clone(),
            to: self.to.clone(),
            direction: self.direction,
            status: self.status,
            picked_up_by: self.pickup.as_ref().map(|pickup| pickup.who),
            answered_by: self.answered_by,
            heard: self.heard.clone(),
            document: self.document.as_ref().map(|(text, _)| text.clone()),
            document_url: self.document.as_ref().and_then(|(_, url)| url.clone()),
            conference: self.conference,
            in_queue: ticket
                .filter(|ticket| ticket.bridged.is_none() && ticket.result.is_none())
                .map(|ticket| ticket.task),
            talks_to: self.partner(),
            fell_off: self.fell_off,
        }
    }
}

/// All legs, in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// By the number of the leg: those that are forgotten leave a gap.
    all: BTreeMap<usize, Call>,
    places: BTreeMap<CallSid, usize>,
    /// How many there have been.
    made: usize,
    /// Those that are over, where they are to be forgotten.
    over: VecDeque<(Timestamp, CallSid)>,
    queues: BTreeMap<WorkflowSid, QueueSid>,
    /// When the next call made by REST may be dialed.
    next_turn: Option<Timestamp>,
}

impl Calls {
    pub(super) fn get(&self, sid: CallSid) -> Option<&Call> {
        self.all.get(self.places.get(&sid)?)
    }

    pub(super) fn get_mut(&mut self, sid: CallSid) -> Option<&mut Call> {
        self.all.get_mut(self.places.get(&sid)?)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.all.values()
    }

    /// All legs with the number of each, which stays the same.
    pub(super) fn numbered(&self) -> impl DoubleEndedIterator<Item = (usize, &Call)> {
        self.all.iter().map(|(number, call)| (*number, call))
    }

    /// A leg is over, and is to be forgotten some time.
    pub(super) fn is_over(&mut self, sid: CallSid, now: Timestamp) {
        self.over.push_back((now, sid));
    }

    /// Forgets the next leg that was over before `then`.
    pub(super) fn forget(&mut self, then: Timestamp) -> Option<Call> {
        let (_, sid) = *self.over.front().filter(|(at, _)| *at < then)?;
        self.over.pop_front();
        self.all.remove(&self.places.remove(&sid)?)
    }

    /// When a call made by REST now is dialed, if the account may dial so many a second.
    pub(super) fn turn(&mut self, now: Timestamp, per_second: Option<u32>) -> Timestamp {
        let Some(per_second) = per_second.filter(|most| *most > 0) else {
            return now;
        };
        let turn = self.next_turn.map_or(now, |next| next.max(now));
        let gap = SignedDuration::from_secs(1) / i32::try_from(per_second).unwrap_or(i32::MAX);
        self.next_turn = Some(turn + gap);
        turn
    }

    fn add(&mut self, call: Call) {
        self.places.insert(call.sid, self.made);
        self.all.insert(self.made, call);
        self.made += 1;
    }
}
