//! TwiML as the emulator reads it: a document becomes a list of verbs, or an error Twilio would log.
//!
//! Names are case-sensitive, an unknown verb or attribute is an error here although Twilio only warns about some of
//! them: a misspelt attribute should fail a test, not a caller. Verbs that Twilio knows and this emulator does not
//! play (`Sms`, `Pay`, …) are refused by name. Documents are limited to 64 kB (Twilio: error 11750), text given
//! as a parameter to 4000 characters.

mod reader;

use std::time::Duration;

pub(super) use self::reader::read;
use super::hooks::Method;

/// Why a document cannot be played: Twilio's code and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) code: u32,
    pub(super) text: String,
}

impl Flaw {
    pub(super) fn new(code: u32, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }
}

/// What a document says to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Say {
        text: String,
        times: u32,
    },
    Play {
        url: String,
        times: u32,
    },
    /// `<Play digits="…">`: tones.
    Tones,
    Pause(Duration),
    Gather(Box<Gather>),
    Redirect {
        url: String,
        method: Method,
    },
    Enqueue(Box<Enqueue>),
    Leave,
    Hangup,
    Reject {
        busy: bool,
    },
    Dial(Box<Dial>),
    Record(Box<Record>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gather {
    pub(super) action: String,
    pub(super) method: Method,
    pub(super) timeout: Duration,
    pub(super) digits: Option<usize>,
    pub(super) finish: Option<char>,
    pub(super) on_empty: bool,
    pub(super) inner: Vec<Verb>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Enqueue {
    pub(super) workflow: String,
    pub(super) action: Option<String>,
    pub(super) method: Method,
    /// `None`: Twilio's own music. Empty: silence.
    pub(super) wait: Option<String>,
    pub(super) wait_method: Method,
    pub(super) task: String,
    pub(super) priority: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dial {
    pub(super) action: Option<String>,
    pub(super) method: Method,
    pub(super) timeout: u64,
    pub(super) caller_id: Option<String>,
    pub(super) noun: Noun,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Noun {
    /// A number or a `client:`.
    Party(String),
    /// A room where legs meet.
    Conference(Room),
    /// The caller who waits for a reservation.
    Queue(Waiting),
}

/// A message to be recorded, with Twilio's defaults (Twilio: "TwiML: Record").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Empty: where the document came from.
    pub(super) action: String,
    pub(super) method: Method,
    /// After how long a silence it ends; never at zero.
    pub(super) timeout: Duration,
    /// The keys that end it.
    pub(super) finish: String,
    pub(super) longest: Duration,
    pub(super) beep: bool,
    /// The silence at both ends is cut off.
    pub(super) trim: bool,
    pub(super) callback: Option<(String, Method)>,
    /// Which of `in-progress`, `completed` and `absent` the callback hears of.
    pub(super) events: Vec<String>,
    /// Where the transcript goes, if one is made.
    pub(super) transcript: Option<String>,
}

/// A room, and how a leg enters it, as `<Dial><Conference>` means it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) name: String,
    /// The conference starts with this leg, once there are two.
    pub(super) starts: bool,
    /// The conference ends when this leg leaves.
    pub(super) ends: bool,
    /// What is heard before the conference starts. `None`: Twilio's own music.
    pub(super) wait: Option<(String, Method)>,
}

/// A caller in a queue, as `<Dial><Queue>` means them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) reservation: String,
    /// The activity that the worker goes to afterwards.
    pub(super) after: Option<String>,
    /// What the caller hears first.
    pub(super) whisper: Option<(String, Method)>,
}

impl Verb {
    fn name(&self) -> &'static str {
        match self {
            Self::Say { .. } => "Say",
            Self::Play { .. } | Self::Tones => "Play",
            Self::Pause(_) => "Pause",
            Self::Gather(_) => "Gather",
            Self::Redirect { .. } => "Redirect",
            Self::Enqueue(_) => "Enqueue",
            Self::Leave => "Leave",
            Self::Hangup => "Hangup",
            Self::Reject { .. } => "Reject",
            Self::Dial(_) => "Dial",
            Self::Record(_) => "Record",
        }
    }
}

impl Verb {
    /// What the request for the document after this verb is called.
    pub(super) fn asks_as(&self) -> &'static str {
        match self {
            Self::Gather(_) => "gather action",
            Self::Enqueue(_) => "queue action",
            Self::Dial(_) => "dial action",
            Self::Record(_) => "record action",
            _ => "redirect",
        }
    }
}

/// The names of `verbs`, in order.
pub(super) fn names(verbs: &[Verb]) -> String {
    let names: Vec<_> = verbs.iter().map(Verb::name).collect();
    names.join(" ")
}
