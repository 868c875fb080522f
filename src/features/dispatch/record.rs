//! The record of one leg: which reservation it is for, whose phone it rings, and how far it has come.
//!
//! It is written before anything is done and found again from the reservation's SID, which every URL of the leg
//! carries: never from a phone number, and never as "the first that is pending", so an answer that comes late cannot
//! take the next caller's reservation. Its phases go one way only:
//!
//! ```text
//!   Dialing ──► Ringing ──► Screening ──► Joining ──► Ended ─┐
//!      │            │            │            │               ├──► Over
//!      └────────────┴─────┬──────┴────────────┘               │
//!                         ├──► Rejected: a reject is owed ────┤
//!                         └──► Withdrawn: the leg must end ───┘
//! ```
//!
//! `Ended`, `Rejected` and `Withdrawn` have pending effects: the request that moves a record there carries them out at once,
//! and the reconciler does it for a request that could not. Because they are entered by compare-and-set and left only to `Over`, whatever Twilio reports
//! afterwards, however often and in whatever order, changes nothing.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cause::Cause;
use crate::{
    durable::{store, time::millis},
    twilio::{
        party::E164,
        sid::{CallSid, ReservationSid, TaskSid, WorkerSid, WorkflowSid},
    },
};

/// How long a record of a leg that is done with is kept, for webhooks that come late: a call's take 15 s at
/// most with all their tries (Twilio: "Webhooks connection overrides"). Until then every pass of the reconciler lists it.
const OVER_KEPT: Duration = Duration::from_mins(2);

/// How long a record is kept that is not done with: longer than any call lasts (Twilio: 24 hours at most).
const KEPT: Duration = Duration::from_hours(26);

/// How a worker shows that they are no mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Screening {
    /// Twilio listens before anything is said.
    Amd,
    /// They press 1.
    Press1,
    /// They press 1 while Twilio listens; a pressed key wins.
    Both,
    /// Not at all: any answer is joined.
    None,
}

impl Screening {
    /// Reads a word of the configuration or of a worker's attribute.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Some(match word {
            "amd" => Self::Amd,
            "press1" => Self::Press1,
            "both" => Self::Both,
            "none" => Self::None,
            _ => return None,
        })
    }

    /// Whether Twilio is asked to listen.
    #[must_use]
    pub fn listens(self) -> bool {
        matches!(self, Self::Amd | Self::Both)
    }
}

/// How a worker who was let through meets the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connect {
    /// The worker's leg dials the queue.
    #[default]
    Queue,
    /// Both meet in a conference; see `dispatch/room.rs`.
    Conference,
}

impl Connect {
    /// Reads a word of the configuration or of a worker's attribute.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "queue" => Some(Self::Queue),
            "conference" => Some(Self::Conference),
            _ => None,
        }
    }
}

/// What a worker hears before they are joined. It may name the caller, so it is not shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Whisper(pub String);

impl fmt::Debug for Whisper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Whisper")
    }
}

/// Where a leg stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Written down; about to be dialed, or dialed without our knowing.
    Dialling,
    /// Dialed. It may have been answered, and Twilio may be listening.
    Ringing,
    /// Answered, and asked for a key.
    Screening,
    /// Told to dial the queue, which takes the reservation, or to go to the room where the caller is brought.
    Joining,
    /// Caller and worker have talked; the task is to be completed.
    Ended,
    /// The reservation is to be rejected.
    Rejected,
    /// The reservation is gone; the leg is to be ended.
    Withdrawn,
    /// Nothing is owed.
    Over,
}

impl Phase {
    /// Its word in records and log lines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Dialling => "dialling",
            Self::Ringing => "ringing",
            Self::Screening => "screening",
            Self::Joining => "joining",
            Self::Ended => "ended",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Over => "over",
        }
    }
}

/// The record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leg {
    /// The reservation.
    pub reservation_sid: ReservationSid,
    /// Its task.
    pub task_sid: TaskSid,
    /// Its worker.
    pub worker_sid: WorkerSid,
    /// The phone.
    #[serde(with = "e164")]
    pub phone: E164,
    /// How its worker shows that they are no mailbox.
    pub screening: Screening,
    /// How they meet.
    #[serde(default)]
    pub connect: Connect,
    /// The caller, if they are to come to a room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_sid: Option<CallSid>,
    /// The workflow the caller came by, to go back to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_sid: Option<WorkflowSid>,
    /// What the worker hears first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whisper: Option<Whisper>,
    /// When they were told to join, in seconds of Unix time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joining: Option<i64>,
    /// TaskRouter places the leg, by our instruction.
    #[serde(default)]
    pub instructed: bool,
    /// Twilio may have been asked to place the leg: written before it is asked, and only while the record is open. So
    /// the leg of a record that was closed without it never rings.
    #[serde(default = "yes")]
    pub dialed: bool,
    /// The leg, once its SID is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_sid: Option<CallSid>,
    /// Where it stands.
    pub phase: Phase,
    /// The reconciler has seen that they talk.
    #[serde(default)]
    pub talking: bool,
    /// Why it was not joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// When the record was made.
    #[serde(with = "millis")]
    pub made: Timestamp,
    /// When it came to stand where it stands.
    #[serde(with = "millis")]
    pub moved: Timestamp,
    /// When the worker must have been joined, or the reservation is given back.
    #[serde(with = "millis")]
    pub deadline: Timestamp,
    /// Proves that a URL belongs to this record.
    pub nonce: String,
    /// Who wrote this version.
    pub mark: String,
}

impl store::Record for Leg {
    fn key(&self) -> &str {
        self.reservation_sid.as_str()
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

impl Leg {
    /// How long Sync keeps it.
    pub(super) fn life(&self) -> Duration {
        if self.phase == Phase::Over {
            OVER_KEPT
        } else {
            KEPT
        }
    }

    /// Whether TaskRouter does everything, by a `conference` instruction: it rings, and joins any answer.
    #[must_use]
    pub fn is_routers(&self) -> bool {
        let unasked = self.screening == Screening::None && self.whisper.is_none();
        self.instructed && unasked && self.connect == Connect::Conference
    }

    /// The caller, if they were, or may have been, brought into a room of ours.
    #[must_use]
    pub fn brought(&self) -> Option<CallSid> {
        let brought = self.joining.is_some() && !self.is_routers();
        self.caller_sid
            .filter(|_| brought && self.connect == Connect::Conference)
    }

    /// Whether the worker may still be joined.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self.phase,
            Phase::Dialling | Phase::Ringing | Phase::Screening
        )
    }

    /// Whether something is to be done that cannot be taken back.
    #[must_use]
    pub fn is_owed(&self) -> bool {
        matches!(
            self.phase,
            Phase::Ended | Phase::Rejected | Phase::Withdrawn
        )
    }

    /// Whether `call` is this leg, or may be: a leg whose SID is not known yet is the first call that comes with the nonce.
    #[must_use]
    pub fn is(&self, call: CallSid) -> bool {
        self.call_sid.is_none_or(|known| known == call)
    }

    /// Whether a call that rings or talks has a reason to.
    #[must_use]
    pub fn wants(&self, call: CallSid) -> bool {
        self.is(call) && (self.is_open() || self.phase == Phase::Joining)
    }

    /// How long ago it came to stand where it stands.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.moved)).unwrap_or_default()
    }

    /// The same leg in another phase.
    #[must_use]
    pub fn moved_to(&self, phase: Phase, now: Timestamp, mark: String) -> Self {
        Self {
            phase,
            moved: millis::whole(now),
            mark,
            ..self.clone()
        }
    }
}

/// What a record says that was written before it could say it.
fn yes() -> bool {
    true
}

/// Phone numbers as Twilio writes them.
mod e164 {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::twilio::party::E164;

    pub(super) fn serialize<S: Serializer>(
        number: &E164,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(number.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<E164, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
