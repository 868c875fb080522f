//! What is said on the leg to a worker's phone, and to a caller for whom there is no worker.

use std::fmt;

use minijinja::{Value, context};
use serde::Serialize;

use super::Document;
use crate::twilio::sid::{ActivitySid, ReservationSid};

/// Joins a worker to the caller of their reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Join {
    /// The reservation that is taken by it; it must be pending.
    pub reservation: ReservationSid,
    /// The absolute URL that Twilio asks once they have talked, or could not.
    pub action: String,
    /// The activity TaskRouter puts the worker into afterwards.
    pub after: Option<ActivitySid>,
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

/// Tells a caller that nobody works.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Nobody {
    /// The words.
    pub message: String,
}

impl fmt::Debug for Nobody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nobody")
    }
}

impl Join {
    pub(super) fn values(&self) -> Value {
        let Self {
            reservation,
            action,
            after,
        } = self;
        let after = after.as_ref().map(ActivitySid::as_str);
        context! { reservation => reservation.as_str(), action => &**action, after => after }
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
    let join = |after| {
        Document::Join(Join {
            reservation: ReservationSid::from_bytes(*b"one worker's own"),
            action: leg.clone(),
            after,
        })
    };
    let screen = |wrong| {
        Document::Screen(Screen {
            action: leg.clone(),
            wrong,
        })
    };
    vec![
        join(None),
        join(Some(ActivitySid::from_bytes(*b"writing up notes"))),
        screen(false),
        screen(true),
        Document::Gone,
        Document::Declined,
        Document::Again(Again { next: leg.clone() }),
        Document::Nobody(Nobody {
            message: words.to_owned(),
        }),
    ]
}
