//! Conferences and who is in them (Twilio: "Conference resource", "Conference Participant resource"). Flex joins a
//! caller and an agent in a conference whose friendly name is the task's SID.
//!
//! A list without a status holds running conferences only (Twilio changelog, 2026-06-10), so every list here names the
//! status it wants. A conference that may be in one of several is looked for in the order in which it lives through
//! them: one that moves on between two requests is then found by the second.

use jiff::Timestamp;
use serde::Deserialize;

use super::calls::rfc_2822;
use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::Request,
    sid::{CallSid, ConferenceSid, TaskSid},
};

#[derive(Deserialize)]
struct Conference {
    sid: ConferenceSid,
    #[serde(default, deserialize_with = "rfc_2822")]
    date_updated: Option<Timestamp>,
}

/// A conference that has legs in it but has not started: no participant may start it yet.
const INIT: &str = "init";
const RUNNING: &str = "in-progress";
const COMPLETED: &str = "completed";

/// What became of the conference of a task's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// It goes on.
    Running,
    /// It ended then; to the second.
    Ended(Timestamp),
}

/// A leg in a conference.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Participant {
    /// The leg.
    pub call_sid: CallSid,
    /// No participant hears it.
    #[serde(default)]
    pub muted: bool,
    /// Only one other leg hears it.
    #[serde(default)]
    pub coaching: bool,
}

/// The account's conferences.
#[derive(Clone, Copy, Debug)]
pub struct Conferences<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The account's conferences.
    #[must_use]
    pub fn conferences(&self, by: Deadline) -> Conferences<'_> {
        Conferences { twilio: self, by }
    }
}

impl Conferences<'_> {
    fn path(self, rest: &str) -> String {
        format!(
            "/2010-04-01/Accounts/{}/Conferences{rest}.json",
            self.twilio.account()
        )
    }

    /// The running conference of a task's call, if there is one.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn of_task(self, task: TaskSid) -> Result<Option<ConferenceSid>, Error> {
        let found = self.named(task.as_str(), RUNNING).await?;
        Ok(found.first().map(|conference| conference.sid))
    }

    /// The conferences of this name that have this status.
    async fn named(self, name: &str, status: &'static str) -> Result<Vec<Conference>, Error> {
        let request = Request::get(Product::Api, self.path(""))
            .query("FriendlyName", name)
            .query("Status", status);
        let pages = self.twilio.pages(request, "conferences", self.by);
        pages.all().await
    }

    /// What became of the newest conference of a task's call, if there ever was one.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn talk(self, task: TaskSid) -> Result<Option<Talk>, Error> {
        for status in [INIT, RUNNING] {
            // Nothing is newer than one that has not ended.
            if !self.named(task.as_str(), status).await?.is_empty() {
                return Ok(Some(Talk::Running));
            }
        }
        let ended = self.named(task.as_str(), COMPLETED).await?;
        let ends = ended.iter().filter_map(|it| it.date_updated);
        Ok(ends.max().map(Talk::Ended))
    }

    /// The legs that are in the room of this name, whether its conference has started or not.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn in_room(self, name: &str) -> Result<Vec<CallSid>, Error> {
        let mut legs = vec![];
        for status in [INIT, RUNNING] {
            for conference in self.named(name, status).await? {
                for leg in self.legs(conference.sid).await? {
                    if !legs.contains(&leg) {
                        legs.push(leg);
                    }
                }
            }
        }
        Ok(legs)
    }

    /// The legs that are in a running conference. A conference that has ended has none.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn legs(self, conference: ConferenceSid) -> Result<Vec<CallSid>, Error> {
        let participants = self.participants(conference).await?.into_iter();
        Ok(participants
            .map(|participant| participant.call_sid)
            .collect())
    }

    /// The same, with what is known of each.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn participants(self, conference: ConferenceSid) -> Result<Vec<Participant>, Error> {
        let request = Request::get(
            Product::Api,
            self.path(&format!("/{conference}/Participants")),
        );
        let pages = self
            .twilio
            .pages::<Participant>(request, "participants", self.by);
        match pages.all().await {
            Err(error) if error.is_not_found() => Ok(vec![]),
            found => found,
        }
    }
}
