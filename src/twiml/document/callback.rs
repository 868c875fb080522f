//! What is said to callers who would rather not wait: the offer in the line, its menus, and the recorder.

use std::fmt;

use minijinja::{Value, value::Serde};
use serde::Serialize;

use super::Document;

/// Anything that is said to a caller who would rather not wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// One round of waiting.
    Wait(Wait),
    /// To be called back, or to leave a message?
    Kinds(Menu),
    /// At this number, or another?
    Numbers(Menu),
    /// A number is to be keyed in.
    Number(Number),
    /// It is read back.
    Confirm(Confirm),
    /// They will be called back. The end of the call.
    Done(Done),
    /// They are on the way to the recorder.
    Moving(Moving),
    /// The recorder.
    Recorder(Recorder),
    /// Their message was recorded. The end of the call.
    Recorded,
    /// Nothing was recorded. The end of the call.
    Nothing,
}

/// What is meant; a template's word for it is the same in lower case, with underscores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Nothing special.
    None,
    /// Welcome to the line.
    Greeting,
    /// They keep their place in it.
    Kept,
    /// It cannot be offered now.
    Unavailable,
    /// We failed; they are still in line.
    Failed,
    /// An agent takes the call at this moment.
    Taken,
    /// That is no phone number.
    Invalid,
    /// That number is not called.
    Refused,
    /// Nothing was heard.
    NotCaptured,
}

/// What may be chosen instead of waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// To be called back.
    pub callback: bool,
    /// To leave a message.
    pub message: bool,
    /// The absolute URL that is told the key.
    pub action: String,
}

/// One round of waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// What is said first.
    pub said: Word,
    /// What may be chosen.
    pub offer: Option<Offer>,
    /// The absolute URL of one piece of music.
    pub music: String,
    /// The absolute URL of the next round.
    pub next: String,
}

/// A choice by one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Menu {
    /// Whether 1 may be chosen.
    pub first: bool,
    /// Whether 2 may be chosen.
    pub second: bool,
    /// The absolute URL that is told the key.
    pub action: String,
    /// The absolute URL that is asked if there was none.
    pub next: String,
}

/// A number is to be keyed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Number {
    /// What was wrong with the last one.
    pub said: Word,
    /// The absolute URL that is told the keys.
    pub action: String,
    /// The absolute URL that is asked if there were none.
    pub next: String,
}

/// A number is read back.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Confirm {
    /// Its digits, with blanks between them.
    pub number: String,
    /// The absolute URL that is told the key.
    pub action: String,
    /// The absolute URL that is asked if there was none.
    pub next: String,
}

impl fmt::Debug for Confirm {
    /// Leaves out the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirm").finish_non_exhaustive()
    }
}

/// They will be called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Not before the hours begin.
    pub later: bool,
}

/// On the way to the recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moving {
    /// The absolute URL for a caller who is still in the queue.
    pub next: String,
}

/// The recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorder {
    /// What is said first.
    pub said: Word,
    /// The absolute URL that is asked when something was recorded.
    pub action: String,
    /// The absolute URL that is told of the recording.
    pub status: String,
    /// The absolute URL that is told what was said, if that is to be written down.
    pub transcript: Option<String>,
    /// How many seconds it may have.
    pub seconds: u64,
    /// The absolute URL that is asked when nothing was.
    pub next: String,
}

impl Callback {
    /// Its place among these templates.
    pub(super) const fn place(&self) -> usize {
        match self {
            Self::Wait(_) => 0,
            Self::Kinds(_) => 1,
            Self::Numbers(_) => 2,
            Self::Number(_) => 3,
            Self::Confirm(_) => 4,
            Self::Done(_) => 5,
            Self::Moving(_) => 6,
            Self::Recorder(_) => 7,
            Self::Recorded => 8,
            Self::Nothing => 9,
        }
    }

    pub(super) fn values(&self) -> Value {
        match self {
            Self::Wait(wait) => Value::from(Serde(wait)),
            Self::Kinds(menu) | Self::Numbers(menu) => Value::from(Serde(menu)),
            Self::Number(number) => Value::from(Serde(number)),
            Self::Confirm(confirm) => Value::from(Serde(confirm)),
            Self::Moving(moving) => Value::from(Serde(moving)),
            Self::Recorder(recorder) => Value::from(Serde(recorder)),
            Self::Done(done) => Value::from(Serde(done)),
            Self::Recorded | Self::Nothing => Value::from(()),
        }
    }
}

/// Each in each of its shapes.
pub(super) fn samples() -> Vec<Document> {
    let mut samples = waiting();
    samples.extend(choosing());
    samples.extend(leaving());
    samples.into_iter().map(Document::Callback).collect()
}

fn url(mode: &str) -> String {
    format!("https://example.com/wait?mode={mode}&tries=1#rc=3&rp=ct,rt,5xx")
}

fn waiting() -> Vec<Callback> {
    let wait = |said, offer: Option<(bool, bool)>| {
        Callback::Wait(Wait {
            said,
            offer: offer.map(|(callback, message)| Offer {
                callback,
                message,
                action: url("star"),
            }),
            music: "https://example.com/hold-music/0".to_owned(),
            next: url("loop"),
        })
    };
    let words = [
        Word::None,
        Word::Greeting,
        Word::Kept,
        Word::Unavailable,
        Word::Failed,
        Word::Taken,
    ];
    let mut samples: Vec<_> = words.map(|said| wait(said, Some((true, true)))).into();
    let offers = [Some((true, false)), Some((false, true)), None];
    samples.extend(offers.map(|offer| wait(Word::Greeting, offer)));
    samples
}

fn choosing() -> Vec<Callback> {
    let menu = |first, second| Menu {
        first,
        second,
        action: url("choice"),
        next: url("loop"),
    };
    let number = |said| {
        Callback::Number(Number {
            said,
            action: url("keyed"),
            next: url("enter"),
        })
    };
    let kinds = [(true, true), (true, false), (false, true)];
    let kinds = kinds.map(|(one, two)| Callback::Kinds(menu(one, two)));
    let mut samples: Vec<_> = kinds.into();
    samples.push(Callback::Numbers(menu(true, true)));
    samples.extend([Word::None, Word::Invalid, Word::Refused].map(number));
    samples.push(Callback::Confirm(Confirm {
        number: "1 3 0 3 5 5 5 0 1 2 3".to_owned(),
        action: url("confirmed"),
        next: url("confirm"),
    }));
    samples
}

fn leaving() -> Vec<Callback> {
    let recorder = |said, transcript| {
        Callback::Recorder(Recorder {
            said,
            transcript,
            action: url("recorded"),
            status: "https://example.com/recording".to_owned(),
            seconds: 300,
            next: url("record"),
        })
    };
    let moving = Moving { next: url("leave") };
    let done = |later| Callback::Done(Done { later });
    let mut samples = vec![done(false), done(true), Callback::Moving(moving)];
    let transcript = "https://example.com/transcript".to_owned();
    samples.extend([
        recorder(Word::None, None),
        recorder(Word::NotCaptured, Some(transcript)),
    ]);
    samples.extend([Callback::Recorded, Callback::Nothing]);
    samples
}
