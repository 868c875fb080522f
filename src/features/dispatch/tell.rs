//! Telling people: a worker who seems not to be there, and a supervisor whose workers cannot be called.
//!
//! The request that counted the miss sends the text, and a crash in between loses it. While it is unclear whether it was
//! sent, it is sent again: a worker who reads twice that they take no more calls is better off than a worker who waits for
//! calls that do not come.

use std::time::Duration;

use super::{Dispatch, cause::Cause, record::Leg};
use crate::twilio::{
    deadline::Deadline,
    party::E164,
    resource::messages::{NewMessage, Sender},
};

/// How often a text is tried whose fate is unclear.
const TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

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
        let Some(from) = self.0.settings.caller_id() else {
            return;
        };
        let new = NewMessage {
            to,
            from: Sender::Number(from),
            body,
        };
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.0.clock.sleep(BETWEEN_TRIES).await;
            }
            let Err(error) = self.0.twilio.messages(by).create(&new).await else {
                return;
            };
            tracing::warn!(%error, "a text was not sent, or may not have been");
            if error.nothing_happened() || by.left().is_zero() {
                return;
            }
        }
    }
}
