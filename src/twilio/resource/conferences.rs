//! Conferences and who is in them (Twilio: "Conference resource", "Conference Participant resource"). Flex joins a
//! caller and an agent in a conference whose friendly name is the task's SID.

use serde::Deserialize;

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
}

#[derive(Deserialize)]
struct Participant {
    call_sid: CallSid,
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

    /// The legs that are in a running conference. A conference that has ended has none.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn legs(self, conference: ConferenceSid) -> Result<Vec<CallSid>, Error> {
        let request = Request::get(
            Product::Api,
            self.path(&format!("/{conference}/Participants")),
        );
        match self
            .twilio
            .pages::<Participant>(request, "participants", self.by)
            .all()
            .await
        {
            Ok(found) => Ok(found
                .into_iter()
                .map(|participant| participant.call_sid)
                .collect()),
            Err(error) if error.is_not_found() => Ok(vec![]),
            Err(error) => Err(error),
        }
    }
}
