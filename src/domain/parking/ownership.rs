//! Whether a call is the agent's to park: they are in a conference with its caller, and nobody else is.
//!
//! The browser says which call to park, and a browser can say anything; the published sample believes it, so any
//! agent can put any call on hold. What cannot be forged is where the legs are. Two questions settle it: who is in
//! the conference, and whether the other leg there was called to the agent's own client. The second could be asked
//! of the task's reservations instead, but a task's attributes, which tie a call to it, can be written by the agent.
//!
//! Three or more parties are refused: moving the caller out would leave the others in a conference that ends, and
//! nobody is dropped unasked.

use super::{ParkWish, Parking, attributes::Attributes, upstream};
use crate::{
    domain::{Error, agent::Agent},
    twilio::{
        deadline::Deadline,
        party::Party,
        resource::calls::is_over,
        sid::{CallSid, ConferenceSid},
    },
};

/// What stands in the way of parking.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The call is in no running conference of the task: it may be on hold already, or over.
    NotInConference,
    /// Anything else.
    Other(Error),
}

impl From<Error> for Obstacle {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl Parking {
    /// Proves that the agent may park the call.
    pub(super) async fn prove_theirs(
        &self,
        agent: &Agent,
        wish: &ParkWish,
        attributes: &Attributes,
        by: Deadline,
    ) -> Result<(), Obstacle> {
        let others = self.others_on(wish, attributes, by).await?;
        match others.as_slice() {
            [] => Err(Error::Conflict("nobody but the caller is left on this call").into()),
            _ if agent.leads && agent.worker != Some(wish.worker) => self.only_two(&others),
            [leg] => Ok(self.is_legs_worker(agent, wish, *leg, by).await?),
            _ => self.only_two(&others),
        }
    }

    #[expect(clippy::unused_self, reason = "reads as a step of the proof")]
    fn only_two(&self, others: &[CallSid]) -> Result<(), Obstacle> {
        if others.len() > 1 {
            return Err(Error::Conflict(
                "there are more than two parties on this call; parking would drop the others",
            )
            .into());
        }
        Ok(())
    }

    /// The legs that share a conference with the caller.
    async fn others_on(
        &self,
        wish: &ParkWish,
        attributes: &Attributes,
        by: Deadline,
    ) -> Result<Vec<CallSid>, Obstacle> {
        let conferences = self.0.twilio.conferences(by);
        let doing = upstream("looking who is on the call");
        let named: Option<ConferenceSid> = attributes.conference().and_then(|sid| sid.parse().ok());
        let conference = match named {
            Some(conference) => Some(conference),
            None => conferences.of_task(wish.task).await.map_err(&doing)?,
        };
        let Some(conference) = conference else {
            return Err(Obstacle::NotInConference);
        };
        let mut legs = conferences.legs(conference).await.map_err(&doing)?;
        if !legs.contains(&wish.call) {
            return Err(Obstacle::NotInConference);
        }
        legs.retain(|leg| *leg != wish.call);
        Ok(legs)
    }

    /// Whether `leg` was called to the agent: their client, or the worker's `contact_uri` if that is a phone.
    async fn is_legs_worker(
        &self,
        agent: &Agent,
        wish: &ParkWish,
        leg: CallSid,
        by: Deadline,
    ) -> Result<(), Error> {
        let doing = upstream("looking who is on the call");
        let called = match self.0.twilio.calls(by).fetch(leg).await {
            Ok(call) => call.to,
            Err(error) if is_over(&error) => {
                return Err(Error::Conflict(
                    "nobody but the caller is left on this call",
                ));
            }
            Err(error) => return Err(doing(error)),
        };
        if matches!(&called, Party::Client(identity) if *identity == agent.identity) {
            return Ok(());
        }
        let worker = self
            .0
            .twilio
            .workers(by)
            .fetch(wish.worker)
            .await
            .map_err(doing)?;
        let contact = worker
            .attributes
            .get("contact_uri")
            .and_then(serde_json::Value::as_str);
        let reachable = contact
            .map(Party::read)
            .filter(|contact| *contact != Party::Anonymous);
        if reachable == Some(called) {
            Ok(())
        } else {
            Err(Error::NotYours("this call is not this worker's"))
        }
    }
}
