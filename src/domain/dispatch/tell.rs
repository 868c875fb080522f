//! Telling people: a worker who seems not to be there, and a supervisor whose workers cannot be called.
//!
//! A text is sent once or not at all. Whoever counted the reservation sends it, and a crash in between loses it: a
//! person who reads the same thing twice believes it less.

use super::{Dispatch, cause::Cause, record::Leg};
use crate::twilio::{
    deadline::Deadline,
    party::E164,
    resource::messages::{NewMessage, Sender},
};

impl Dispatch {
    /// Texts the worker who was sent away for good, and the supervisor.
    pub(super) async fn tell(&self, leg: &Leg, cause: Cause, sent_away: bool, by: Deadline) {
        let settings = &self.0.settings;
        if sent_away {
            self.text(&leg.phone, &settings.missed_text, by).await;
        }
        if let Some(supervisor) = &settings.supervisor {
            let what = if sent_away {
                "was not there several times and takes no more calls"
            } else {
                "cannot be called on the phone"
            };
            let text = format!("Worker {} {what} ({}).", leg.worker_sid, cause.word());
            self.text(supervisor, &text, by).await;
        }
    }

    async fn text(&self, to: &E164, body: &str, by: Deadline) {
        let Some(from) = self.0.settings.caller_id.as_ref() else {
            return;
        };
        let new = NewMessage {
            to,
            from: Sender::Number(from),
            body,
        };
        if let Err(error) = self.0.twilio.messages(by).create(&new).await {
            tracing::warn!(%error, "a text was not sent");
        }
    }
}
