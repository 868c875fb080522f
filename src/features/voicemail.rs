//! Voicemail: a caller who reaches no one leaves a message for a worker or a queue; it becomes a task, and is kept in a
//! mailbox.
//!
//! What must hold under every interleaving, failure and crash: what a caller has said is never lost, and becomes exactly
//! one task for its owner, who can hear it; no one else can. The means are those of parking:
//!
//! - a note of each visit, written *before* the caller is asked to speak (`visit`), so that a message that is never
//!   reported is looked for when the call is over;
//! - one record for each message (`message`), by the SID of its recording, written as soon as either of Twilio's two
//!   reports, the action of `<Record>` or its status callback, names the recording; never by the transcript alone, which
//!   Twilio makes of short messages only. Of all reports of one message exactly one makes the record, and goes on to make
//!   the task (`keep`);
//! - tickets: the task carries the recording's SID, so that after a crash it can be looked for before another is made;
//! - a shelf for each box (`shelf`): what its owner sees, and whether they have heard it;
//! - a reconciler in every replica (`reconcile`).
//!
//! # Sending a caller to a box
//!
//! A feature that has a caller and no agent for them sends the call to [`Voicemail::url`]: a mailbox, and the task that waits for
//! the caller, if it is known. What is there is a document like any other: answer with a `<Redirect>` to it (the document
//! [`Onward`](crate::twiml::document::Onward)), or give it to the live call over REST
//! ([`Next::Url`](crate::twilio::resource::calls::Next::Url), harmless, with itself as its fallback). Nothing else has to
//! be done or known: the greeting, the recording, the task, and the end of the caller's own task follow. Where there are
//! no boxes there is no URL, and a caller who comes to one nevertheless ([`visit_url`]) is told that no one can take the call.
//!
//! ---

#![doc = include_str!("voicemail/README.md")]

mod attributes;
mod keep;
mod links;
mod message;
mod offer;
mod reconcile;
pub mod routes;
pub mod settings;
pub mod shelf;
mod transcript;
mod visit;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{fmt, str::FromStr, sync::Arc};

use moka::sync::Cache;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub(crate) use self::settings::is_on;
pub use self::{links::visit_url, settings::Settings, shelf::Kept};
use self::{message::Message, visit::Visit};
pub use crate::twilio::resource::recordings::Media;
use crate::{
    clock::Clock,
    context::Context,
    durable::{cache::Lately, outage::Outages, reconcile::Runner, store::Store},
    error::{Error, upstream},
    features::Feature,
    rng::Rng,
    telemetry::{FollowUpKind, FollowUpOutcome, Metrics},
    twilio::{
        Twilio,
        party::Party,
        sid::{CallSid, RecordingSid, TaskQueueSid, TaskSid, TranscriptionSid, WorkerSid},
    },
};

/// How many maps the records of messages are spread over, and the notes of visits. A message is three writes of some
/// kilobytes, and Sync takes a handful of those a second on one map.
const MAPS: u8 = 2;

/// Whose messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mailbox {
    /// A worker's own.
    Worker(WorkerSid),
    /// Those of everybody in a queue.
    Queue(TaskQueueSid),
}

/// A text that is not the SID of a worker or a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected WK or WQ followed by 32 hexadecimal digits")]
pub struct MailboxError;

impl Mailbox {
    /// The SID it is known by.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Worker(worker) => worker.as_str(),
            Self::Queue(queue) => queue.as_str(),
        }
    }
}

impl FromStr for Mailbox {
    type Err = MailboxError;

    fn from_str(text: &str) -> Result<Self, MailboxError> {
        let worker = text.parse().map(Self::Worker);
        worker
            .or_else(|_| text.parse().map(Self::Queue))
            .map_err(|_| MailboxError)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Mailbox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Mailbox {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A caller who is sent to a mailbox.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose.
    pub mailbox: Mailbox,
    /// Their call.
    pub call: CallSid,
    /// The task that waited for them, if that is known.
    pub task: Option<TaskSid>,
    /// Who they are.
    pub from: Party,
    /// Whom they called.
    pub to: Party,
    /// How often they have said nothing.
    pub silences: u32,
}

/// What one of Twilio's reports says of a recording.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Whose box it is for.
    pub mailbox: Mailbox,
    /// The call.
    pub call: CallSid,
    /// The task that waited for the caller.
    pub task: Option<TaskSid>,
    /// The recording.
    pub recording: RecordingSid,
    /// How long it is in whole seconds, if the report says so.
    pub seconds: Option<u32>,
    /// Nothing was recorded.
    pub absent: bool,
    /// Who called whom, if the report says so: the status callback does not.
    pub parties: Option<(Party, Party)>,
}

/// The transcript of a message.
#[derive(Clone)]
pub struct Transcribed {
    /// The recording it is of.
    pub recorded: Recorded,
    /// The transcript.
    pub transcription: Option<TranscriptionSid>,
    /// The words; nothing if they could not be made out.
    pub words: Option<String>,
}

impl fmt::Debug for Transcribed {
    /// Leaves out the words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcribed")
            .field("recorded", &self.recorded)
            .finish_non_exhaustive()
    }
}

/// Everything that can be done with a message. Cheap to clone.
#[derive(Clone)]
pub struct Voicemail(Arc<Parts>);

struct Parts {
    twilio: Twilio,
    clock: Clock,
    rng: Rng,
    outages: Outages,
    metrics: Metrics,
    settings: Settings,
    messages: Store<Message>,
    visits: Store<Visit>,
    /// Boxes that are known to be in the list of boxes.
    listed: Cache<Mailbox, ()>,
    /// Which queues a worker belongs to.
    queues: Lately<WorkerSid, Vec<TaskQueueSid>>,
}

impl fmt::Debug for Voicemail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Voicemail")
    }
}

impl Feature for Voicemail {
    fn work<'a>(&'a self, runner: &'a Runner) -> BoxFuture<'a, ()> {
        runner.run(self).boxed()
    }
}

impl Voicemail {
    /// Puts the parts together.
    #[must_use]
    pub fn new(context: &Context, settings: Settings) -> Self {
        let Context {
            twilio,
            clock,
            rng,
            metrics,
            ..
        } = context.clone();
        Self(Arc::new(Parts {
            messages: Store::new(twilio.clone(), "Global.Voicemails", MAPS, Message::life),
            visits: Store::new(twilio.clone(), "Global.VoicemailVisits", MAPS, |_| {
                visit::KEPT
            }),
            listed: Cache::new(10_000),
            queues: Lately::new(clock, shelf::BELIEVED),
            twilio,
            clock,
            rng,
            outages: Outages::new(clock, "voicemail"),
            metrics,
            settings,
        }))
    }

    /// Where to send a caller who is to leave a message, and who had waited with `task`, if that is known; see
    /// [the module](self). Nothing if there are no boxes.
    #[must_use]
    pub fn url(&self, mailbox: Mailbox, task: Option<TaskSid>) -> Option<String> {
        let settings = &self.0.settings;
        self.is_on()
            .then(|| visit_url(&settings.public_url, mailbox, task))
    }

    /// Whether there are boxes.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.settings.workflow.is_some()
    }

    /// Counts what became of a message, where its record has moved.
    fn count(&self, outcome: FollowUpOutcome) {
        let kind = FollowUpKind::Voicemail;
        self.0.metrics.followed_up(kind, outcome);
    }

    /// A fresh id for one write.
    fn mark(&self) -> String {
        self.0.rng.uuid(self.0.clock.now()).simple().to_string()
    }
}
