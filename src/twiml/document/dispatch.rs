//! What is said on the leg to a worker's phone, and to a caller for whom there is no worker.

use std::fmt;

use minijinja::{Value, context};
use serde::Serialize;

use super::Document;
use crate::twilio::sid::{ActivitySid, ReservationSid};

/// Joins a worker to the caller of their reservation.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Join {
    /// The reservation that is taken by it; it must be pending.
    pub reservation: ReservationSid,
    /// The absolute URL that Twilio asks once they have talked, or could not.
    pub action: String,
    /// The activity TaskRouter puts the worker into afterwards.
    pub after: Option<ActivitySid>,
    /// What the worker hears first.
    pub whisper: Option<String>,
}

/// Sends a worker or a caller to the room where both meet.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Meet {
    /// The room has the name of its reservation.
    pub room: ReservationSid,
    /// The absolute URL that Twilio asks afterwards.
    pub action: String,
    /// The absolute URL that Twilio asks while they are alone.
    pub wait: String,
    /// The conference starts with them.
    pub starts: bool,
    /// What is heard first.
    pub whisper: Option<String>,
}

/// A caller goes on elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Onward {
    /// The absolute URL.
    pub next: String,
}

/// Asks a worker for a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Screen {
    /// The absolute URL the key goes to; also if there is none.
    pub action: String,
    /// They have pressed a key that means nothing.
    pub wrong: bool,
}

/// Lets a worker wait while our records cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Again {
    /// The absolute URL to ask again.
    pub next: String,
}

/// Tells a caller that no worker is at work.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Nobody {
    /// The words.
    pub message: String,
}

/// A whisper may name the caller.
macro_rules! discreet {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

discreet!(Join);
discreet!(Meet);
discreet!(Nobody);

impl Join {
    pub(super) fn values(&self) -> Value {
        let Self {
            reservation,
            action,
            after,
            whisper,
        } = self;
        let after = after.as_ref().map(ActivitySid::as_str);
        context! {
            reservation => reservation.as_str(), action => &**action, after => after,
            whisper => whisper.as_deref(),
        }
    }
}

impl Meet {
    pub(super) fn values(&self) -> Value {
        let Self {
            room,
            action,
            wait,
            starts,
            whisper,
        } = self;
        context! {
            room => room.as_str(), action => &**action, wait => &**wait, starts => *starts,
            whisper => whisper.as_deref(),
        }
    }
}

impl Onward {
    pub(super) fn values(&self) -> Value {
        let Self { next } = self;
        context! { next => &**next }
    }
}

impl Screen {
    pub(super) fn values(&self) -> Value {
        let Self { action, wrong } = self;
        context! { action => &**action, wrong => *wrong }
    }
}

impl Again {
    pub(super) fn values(&self) -> Value {
        let Self { next } = self;
        context! { next => &**next }
    }
}

impl Nobody {
    pub(super) fn values(&self) -> Value {
        let Self { message } = self;
        context! { message => &**message }
    }
}

/// Each of these documents in each of its shapes; see [`Document::samples`].
pub(super) fn samples(words: &str) -> Vec<Document> {
    let leg =
        "https://example.com/dispatch/leg?reservation=WR00&nonce=1#rc=3&rp=ct,rt,5xx".to_owned();
    let room = ReservationSid::from_bytes(*b"one worker's own");
    let join = |after, whisper| {
        Document::Join(Join {
            reservation: room,
            action: leg.clone(),
            after,
            whisper,
        })
    };
    let meet = |starts, whisper| {
        Document::Meet(Meet {
            room,
            action: leg.clone(),
            wait: leg.clone(),
            starts,
            whisper,
        })
    };
    let whisper = || Some(words.to_owned());
    let screen = |wrong| {
        Document::Screen(Screen {
            action: leg.clone(),
            wrong,
        })
    };
    vec![
        join(None, None),
        join(
            Some(ActivitySid::from_bytes(*b"writing up notes")),
            whisper(),
        ),
        screen(false),
        screen(true),
        Document::Gone,
        Document::Declined,
        Document::Again(Again { next: leg.clone() }),
        Document::Nobody(Nobody {
            message: words.to_owned(),
        }),
        meet(true, whisper()),
        meet(false, None),
        Document::Onward(Onward { next: leg.clone() }),
    ]
}
