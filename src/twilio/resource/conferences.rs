//! Conferences and who is in them (Twilio: "Conference resource", "Conference Participant resource"). Flex joins a
//! caller and an agent in a conference whose friendly name is the task's SID.

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
    #[serde(default)]
    status: String,
    #[serde(default, deserialize_with = "rfc_2822")]
    date_updated: Option<Timestamp>,
}

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
    /// Nobody hears it.
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
        let request = Request::get(Product::Api, self.path(""))
            .query("FriendlyName", task)
            .query("Status", "in-progress");
        let found = self
            .twilio
            .pages::<Conference>(request, "conferences", self.by)
            .all()
            .await?;
        Ok(found.first().map(|conference| conference.sid))
    }

    /// What became of the newest conference of a task's call, if there ever was one.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn talk(self, task: TaskSid) -> Result<Option<Talk>, Error> {
        let request = Request::get(Product::Api, self.path("")).query("FriendlyName", task);
        let found = self
            .twilio
            .pages::<Conference>(request, "conferences", self.by)
            .all()
            .await?;
        let talks = found.iter().map(|conference| {
            let ended = conference.date_updated;
            ended.filter(|_| conference.status == "completed")
        });
        // Nothing is newer than one that has not ended.
        Ok(talks
            .max_by_key(|ended| ended.unwrap_or(Timestamp::MAX))
            .map(|ended| ended.map_or(Talk::Running, Talk::Ended)))
    }

    /// The legs that are in the room of this name, whether its conference has started or not.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn in_room(self, name: &str) -> Result<Vec<CallSid>, Error> {
        let request = Request::get(Product::Api, self.path("")).query("FriendlyName", name);
        let pages = self
            .twilio
            .pages::<Conference>(request, "conferences", self.by);
        let mut legs = vec![];
        for conference in pages.all().await? {
            if conference.status != "completed" {
                legs.extend(self.legs(conference.sid).await?);
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
