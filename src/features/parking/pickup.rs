//! Picking up: claim the record, move the call, clear the list.
//!
//! The claim is a compare-and-set, so of two agents exactly one gets it. If Twilio refuses to move the call, the claim
//! is given back and the call is on hold and listed as before. If it is unclear whether Twilio moved it, the claim
//! stays: a call still on hold asks for the hold document, which takes an old claim back; a call that moved does not,
//! and the reconciler clears the list.
//!
//! In the steady state this is three requests when this process remembers the record, four when it does not.

use super::{
    CallEnded, Entry, HoldRound, NotMoved, Parking, PickUpWish,
    record::{ParkedCall, Phase},
    upstream,
};
use crate::{
    agent::Agent,
    error::Error,
    telemetry::HoldOutcome,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::calls::{INLINE_TWIML, Next, is_over},
    },
    twiml::document::{Document, PickUp},
};

/// Before every other task of the workflow, as in the sample.
pub(super) const PRIORITY: u32 = 1_000;

impl Parking {
    /// Picks a parked call up: it is routed to the worker.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another request was first or the call is over; see [`Error`].
    pub async fn pick_up(
        &self,
        agent: &Agent,
        wish: PickUpWish,
        by: Deadline,
    ) -> Result<(), Error> {
        agent.may_act_for(wish.worker)?;
        let claimed = self.claim(agent, &wish, by).await?;
        self.0.availability.make_room(wish.worker, by).await;
        match self.move_to_worker(&claimed.record, by).await {
            Ok(()) => self.0.metrics.held(HoldOutcome::PickedUp),
            Err(error) if is_over(&error) => return Err(self.was_over(&claimed, by).await),
            Err(error) => return Err(self.did_not_move(&claimed, error, by).await),
        }
        // The list it stands in is that of the worker who parked it, who may be another.
        let listed_by = claimed.record.worker_sid;
        let hidden = if listed_by == wish.worker {
            // Its task is on its way to them, and so is the event that has them looked at.
            self.list(listed_by, by).hide(wish.call).await
        } else {
            self.unlist(listed_by, wish.call, by).await
        };
        if let Err(error) = hidden {
            tracing::warn!(call.sid = %wish.call, %error, "a picked-up call is still listed; the reconciler will clear it");
        }
        Ok(())
    }

    async fn claim(&self, agent: &Agent, wish: &PickUpWish, by: Deadline) -> Result<Entry, Error> {
        let doing = upstream("looking for the parked call");
        let mut found = self.0.ledger.recall(wish.call, by).await.map_err(&doing)?;
        let mut fresh = false;
        for _ in 0..4 {
            let Some(entry) = found else {
                // What is shown and cannot be picked up is a leftover. Should the call be on hold all the same, its
                // next round of music lists it again.
                if let Err(error) = self.list(wish.worker, by).hide(wish.call).await {
                    tracing::warn!(call.sid = %wish.call, %error, "a call that is not parked may still be listed");
                }
                return Err(Error::Unknown("this call is not parked (any more)"));
            };
            match self.may_claim(agent, wish, &entry, by).await {
                Ok(()) => {}
                // A memory is good for trying, not for refusing.
                Err(_) if !fresh => {
                    found = self.0.ledger.read(wish.call, by).await.map_err(&doing)?;
                    fresh = true;
                    continue;
                }
                Err(error) => return Err(error),
            }
            let mut next = entry
                .record
                .moved_to(Phase::PickUp, self.0.clock.now(), self.mark());
            next.claimed_by = Some(wish.worker).filter(|worker| *worker != next.worker_sid);
            match self.0.ledger.replace(&entry, next, by).await {
                Ok(claimed) => return Ok(claimed),
                Err(NotMoved::Unclear(error)) => {
                    return Err(upstream("claiming the parked call")(error));
                }
                Err(NotMoved::Moved(now)) => found = now.map(|now| *now),
            }
            fresh = true;
        }
        Err(Error::Conflict(
            "another request is moving this call right now",
        ))
    }

    async fn may_claim(
        &self,
        agent: &Agent,
        wish: &PickUpWish,
        entry: &Entry,
        by: Deadline,
    ) -> Result<(), Error> {
        let record = &entry.record;
        if record.worker_sid != wish.worker && !agent.leads {
            return Err(Error::NotYours("this call was parked by another agent"));
        }
        if record.may_be_picked_up()? {
            return Ok(());
        }
        let shown = self.list(record.worker_sid, by).entry(wish.call).await;
        match shown.map_err(upstream("looking for the parked call"))? {
            Some(_) => Ok(()),
            None => Err(Error::Conflict(
                "this call is being parked; try again in a moment",
            )),
        }
    }

    async fn move_to_worker(&self, record: &ParkedCall, by: Deadline) -> Result<(), TwilioError> {
        let round = record.hold_round(0);
        let inline = self.render(&self.pick_up_call(record, &round));
        let next = match inline {
            Some(twiml) if twiml.chars().count() <= INLINE_TWIML => Next::Twiml(twiml),
            // Too long to be sent along: Twilio asks us for it. If that fails, the caller is on hold as before.
            _ => Next::Url {
                url: self.0.settings.pick_up_url(&round),
                fallback: self.0.settings.hold_url(&round),
                harmless: false,
            },
        };
        self.0
            .twilio
            .calls(by)
            .redirect(record.call_sid, &next, None)
            .await
    }

    /// The document that routes a claimed call to its worker.
    pub(super) fn pick_up_call(&self, record: &ParkedCall, round: &HoldRound) -> Document {
        Document::PickUp(PickUp {
            workflow: record.workflow_sid,
            action: self.0.settings.left_url(round),
            wait: None,
            priority: PRIORITY,
            task: record.for_pick_up(self.0.clock.now()),
        })
    }

    fn render(&self, document: &Document) -> Option<String> {
        let rendered = self.0.library.render(document);
        rendered
            .inspect_err(|error| tracing::error!(%error, "a document could not be rendered"))
            .ok()
    }

    /// The pick-up document, for attributes too long to be sent with the call's update.
    pub async fn pick_up_document(&self, round: HoldRound, by: Deadline) -> Document {
        match self.0.ledger.read(round.call, by).await {
            Ok(Some(entry)) if entry.record.phase == Phase::PickUp => {
                self.pick_up_call(&entry.record, &round)
            }
            // Not claimed (any more), or Sync is silent: on hold the caller is safe, and the claim is taken back.
            _ => self.hold_document(&round),
        }
    }

    /// Twilio says the call is over: then the caller hung up on hold, and what is owed for that is done now.
    async fn was_over(&self, claimed: &Entry, by: Deadline) -> Error {
        match self.advance(claimed, Phase::Parked, by).await {
            Ok(_) => {
                let ended = CallEnded {
                    call: claimed.record.call_sid,
                    at: None,
                    was_parked: true,
                };
                if let Err(error) = self.call_ended(ended, by).await {
                    tracing::warn!(call.sid = %claimed.record.call_sid, %error, "the end of a parked call is left to the reconciler");
                }
            }
            Err(error) => {
                tracing::warn!(call.sid = %claimed.record.call_sid, %error, "a claim is left to the reconciler");
            }
        }
        Error::Conflict("the caller has hung up")
    }

    async fn did_not_move(&self, claimed: &Entry, error: TwilioError, by: Deadline) -> Error {
        let nothing_happened = error.nothing_happened();
        if nothing_happened && let Err(left) = self.advance(claimed, Phase::Parked, by).await {
            tracing::warn!(call.sid = %claimed.record.call_sid, error = %left, "a claim is left to the hold document");
        }
        upstream(if nothing_happened {
            "moving the call (it is on hold as before)"
        } else {
            "moving the call (if it does not ring in a moment, it is on hold as before)"
        })(error)
    }
}
