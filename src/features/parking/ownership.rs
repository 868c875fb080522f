//! Whether a call is the agent's to park: they are in a conference with its caller, and no other party is.
//!
//! The browser says which call to park, and a browser can say anything; the published sample believes it, so any
//! agent can put any call on hold. What cannot be forged is where the legs are. Two questions settle it: who is in
//! the conference, and whether the other leg there was called to the agent's own client. The second could be asked
//! of the task's reservations instead, but a task's attributes, which tie a call to it, can be written by the agent.
//!
//! Three or more parties are refused: moving the caller out would leave the others in a conference that ends, and
//! no party is dropped unasked. A supervisor who only listens, or who coaches the agent, is no party: they are there for
//! the agent, their leg ends with the agent's, and the answer says so.

use super::{ParkWish, Parking, attributes::Attributes, upstream};
use crate::{
    agent::Agent,
    error::Error,
    twilio::{
        deadline::Deadline,
        party::Party,
        resource::{calls::is_over, conferences::Participant},
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
    /// Proves that the agent may park the call. Says whether a supervisor listens.
    pub(super) async fn prove_theirs(
        &self,
        agent: &Agent,
        wish: &ParkWish,
        attributes: &Attributes,
        by: Deadline,
    ) -> Result<bool, Obstacle> {
        let others = self.others_on(wish, attributes, by).await?;
        let (others, listeners) = self.without_listeners(others, by).await?;
        match others.as_slice() {
            [] => return Err(Error::Conflict("only the caller is left on this call").into()),
            _ if agent.leads && agent.worker != Some(wish.worker) => self.only_two(&others)?,
            [leg] => self.is_legs_worker(agent, wish, *leg, by).await?,
            _ => self.only_two(&others)?,
        }
        Ok(listeners)
    }

    /// The legs of those who talk, and whether there are others who only listen. A supervisor who coaches is known by
    /// that. A supervisor who listens is muted and in Flex: a third party on a telephone may be muted, too, and is no supervisor.
    async fn without_listeners(
        &self,
        others: Vec<Participant>,
        by: Deadline,
    ) -> Result<(Vec<CallSid>, bool), Obstacle> {
        let mut talking = Vec::new();
        let all = others.len();
        for other in others {
            let listens = other.coaching
                || (other.muted && all > 1 && self.is_in_flex(other.call_sid, by).await?);
            if !listens {
                talking.push(other.call_sid);
            }
        }
        let listeners = talking.len() < all;
        Ok((talking, listeners))
    }

    /// Whether a leg was called to a browser.
    async fn is_in_flex(&self, leg: CallSid, by: Deadline) -> Result<bool, Obstacle> {
        match self.0.twilio.calls(by).fetch(leg).await {
            Ok(call) => Ok(matches!(call.to, Party::Client(_))),
            Err(error) if is_over(&error) => Ok(false),
            Err(error) => Err(upstream("looking who is on the call")(error).into()),
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
    ) -> Result<Vec<Participant>, Obstacle> {
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
        let mut legs = conferences.participants(conference).await.map_err(&doing)?;
        let all = legs.len();
        legs.retain(|leg| leg.call_sid != wish.call);
        if legs.len() == all {
            return Err(Obstacle::NotInConference);
        }
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
                return Err(Error::Conflict("only the caller is left on this call"));
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
