//! Parking: the record first, then the call, then the worker's list.
//!
//! A crash after the record leaves a record of a call that is still with its agent: the reconciler takes it away. A
//! crash after the call went on hold leaves it unlisted: its hold music lists it. An answer of Twilio that never came
//! leaves open which of the two it is, and one of them puts it right.
//!
//! That Twilio moved the call is written down at once, because only that tells a caller who hangs up a moment later from
//! a caller who hung up while still with the agent. An end that is reported in between is noted in the record, and what it
//! means is decided here, once Twilio has answered.
//!
//! In the steady state this is six requests: two that prove the call is the agent's to park, which the published
//! sample does not ask, and four writes, two of them side by side. With availability computed here there are four more beside the record's: a
//! note that the call is on its way, and a look at the worker.

use super::{
    CallEnded, Entry, NotMoved, ParkWish, Parking,
    attributes::Attributes,
    ownership::Obstacle,
    record::{ParkedCall, Phase, STALE},
    upstream,
};
use crate::{
    agent::Agent,
    durable::time::millis,
    error::Error,
    telemetry::HoldOutcome,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::calls::{Next, is_over},
    },
};

/// What an agent should know of a call that is on hold now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parked {
    /// A supervisor listened or coached, and their leg has ended with the agent's.
    pub listener_left: bool,
}

const OVER: Error = Error::Conflict("this call is over");

impl Parking {
    /// Parks a call: it hears hold music, and stands in the worker's list.
    ///
    /// # Errors
    /// See [`Error`]. After an error nothing has changed, or the rest is undone or finished without anybody asking.
    pub async fn park(&self, agent: &Agent, wish: ParkWish, by: Deadline) -> Result<Parked, Error> {
        agent.may_act_for(wish.worker)?;
        let attributes = Attributes::parse(wish.attributes.as_deref())?;
        let record = self.first_record(&wish, attributes);
        Attributes::fit(&record)?;
        let proof = self.prove_theirs(agent, &wish, &record.attributes, by);
        let listener_left = match proof.await {
            Ok(listeners) => listeners,
            Err(Obstacle::NotInConference) => {
                self.perhaps_parked(&wish, by).await?;
                return Ok(Parked::default());
            }
            Err(Obstacle::Other(error)) => return Err(error),
        };
        self.check_limit(&wish, by).await?;
        // The worker's room is set before their task can end, which is the moment the caller leaves it.
        let room = self.0.availability.make_room(wish.worker, by);
        let (written, ()) = tokio::join!(self.write_down(record, by), room);
        let held = match written {
            Ok(entry) => self.put_on_hold(&entry, by).await.map(|()| entry),
            Err(error) => Err(error),
        };
        let entry = held.inspect_err(|_| self.0.availability.look_soon(wish.worker))?;
        self.0.metrics.held(HoldOutcome::Parked);
        let list = self.list(wish.worker, by);
        let (listed, ()) = tokio::join!(list.show(&entry.record), self.note_held(&entry, by));
        listed.map_err(upstream(
            "listing the parked call (the caller is on hold and will be listed)",
        ))?;
        Ok(Parked { listener_left })
    }

    /// Twilio has moved the call to its hold music. If its end was reported meanwhile, the caller hung up on hold.
    pub(super) async fn note_held(&self, entry: &Entry, by: Deadline) {
        // What is known here is known, whatever Sync says next.
        self.0.ledger.note(entry.clone(), Phase::Parked);
        let mut entry = entry.clone();
        for _ in 0..3 {
            match self.advance(&entry, Phase::Parked, by).await {
                Ok(_) => {}
                Err(NotMoved::Moved(Some(now))) if now.phase == Phase::Parking => {
                    entry = *now;
                    continue;
                }
                Err(NotMoved::Moved(_)) => return,
                Err(NotMoved::Unclear(error)) => {
                    tracing::warn!(call.sid = %entry.call_sid, %error, "that a call is on hold is left to its next round of music");
                    self.0.ledger.note(entry, Phase::Parked);
                    return;
                }
            }
            break;
        }
        if let Some(at) = entry.ended {
            let (call, at) = (entry.call_sid, Some(at));
            let ended = CallEnded {
                call,
                at,
                was_parked: true,
            };
            if let Err(error) = self.call_ended(ended, by).await {
                tracing::warn!(call.sid = %call, %error, "the end of a parked call is left to the reconciler");
            }
        }
    }

    fn first_record(&self, wish: &ParkWish, attributes: Attributes) -> ParkedCall {
        let now = millis::whole(self.0.clock.now());
        ParkedCall {
            attributes,
            call_sid: wish.call,
            date_created: now,
            name: wish.name.clone(),
            queue_name: wish.queue_name.clone(),
            worker_sid: wish.worker,
            workflow_sid: wish.workflow,
            task_sid: Some(wish.task),
            phase: Phase::Parking,
            moved: now,
            mark: self.mark(),
            ticket: None,
            claimed_by: None,
            also_listed: None,
            ended: None,
            tries: 0,
        }
    }

    /// The call is in no conference: parked already, by a request whose answer was lost, or over.
    async fn perhaps_parked(&self, wish: &ParkWish, by: Deadline) -> Result<(), Error> {
        let entry = self
            .0
            .ledger
            .read(wish.call, by)
            .await
            .map_err(upstream("looking for the parked call"))?;
        let Some(Entry { record, .. }) = entry else {
            return Err(Error::Conflict(
                "this call is not in a running conference of this task",
            ));
        };
        match record.phase {
            Phase::Parked if record.worker_sid == wish.worker => Ok(()),
            Phase::Parked | Phase::Parking => {
                Err(Error::Conflict("this call is being parked already"))
            }
            Phase::PickUp | Phase::Return | Phase::Overflow => {
                Err(Error::Conflict("this call is being picked up"))
            }
            Phase::Ended | Phase::Closed => Err(OVER),
        }
    }

    async fn check_limit(&self, wish: &ParkWish, by: Deadline) -> Result<(), Error> {
        let Some(limit) = self.0.settings.limit else {
            return Ok(());
        };
        let parked = self
            .list(wish.worker, by)
            .calls()
            .await
            .map_err(upstream("counting the worker's parked calls"))?;
        if parked.len() >= usize::try_from(limit).unwrap_or(usize::MAX)
            && !parked.contains(&wish.call)
        {
            return Err(Error::Conflict(
                "this worker has as many parked calls as are allowed",
            ));
        }
        Ok(())
    }

    /// Writes the record, over an older one of the same call if that is done with.
    async fn write_down(&self, record: ParkedCall, by: Deadline) -> Result<Entry, Error> {
        // A call that was picked up a moment ago still has its record, which this process may remember.
        let known = self.0.ledger.remembered(record.call_sid);
        let mut outcome = match known {
            Some(old) => Err(NotMoved::Moved(Some(Box::new(old)))),
            None => self.0.ledger.insert(record.clone(), by).await,
        };
        for _ in 0..3 {
            outcome = match outcome {
                Ok(entry) => return Ok(entry),
                Err(NotMoved::Unclear(error)) => {
                    return Err(upstream("writing the parked call down")(error));
                }
                Err(NotMoved::Moved(None)) => self.0.ledger.insert(record.clone(), by).await,
                Err(NotMoved::Moved(Some(old))) => {
                    self.may_be_written_over(&old)?;
                    let mut record = record.clone();
                    let lists = [Some(old.record.worker_sid), old.record.also_listed];
                    record.also_listed = lists
                        .into_iter()
                        .flatten()
                        .find(|worker| *worker != record.worker_sid);
                    self.0.ledger.replace(&old, record, by).await
                }
            };
        }
        Err(Error::Conflict(
            "another request is moving this call right now",
        ))
    }

    /// The call is in a conference with its agent, as was just proved, so a record that says otherwise is old; unless
    /// it is so young that Twilio's list of participants may not have caught up.
    fn may_be_written_over(&self, old: &Entry) -> Result<(), Error> {
        let young = old.record.age(self.0.clock.now()) < STALE;
        match old.record.phase {
            Phase::Ended | Phase::Closed => Err(OVER),
            Phase::Parking | Phase::Parked if young => {
                Err(Error::Conflict("this call is being parked already"))
            }
            _ => Ok(()),
        }
    }

    async fn put_on_hold(&self, entry: &Entry, by: Deadline) -> Result<(), Error> {
        let (record, settings) = (&entry.record, &self.0.settings);
        let first = record.hold_round(0);
        let next = Next::Url {
            url: settings.hold_url(&first),
            fallback: settings.fallback_url(&first),
            harmless: true,
        };
        let redirected = self
            .0
            .twilio
            .calls(by)
            .redirect(record.call_sid, &next, Some(&settings.status_url()))
            .await;
        let Err(error) = redirected else {
            return Ok(());
        };
        let (refused, over) = (error.nothing_happened(), is_over(&error));
        if refused && let Err(left) = self.was_not_held(entry, by).await {
            tracing::warn!(call.sid = %record.call_sid, error = %left, "a call was not put on hold and its record is left to the reconciler");
        }
        if over {
            Err(OVER)
        } else {
            Err(upstream("putting the caller on hold")(error))
        }
    }

    /// Twilio has refused to move the call, so it is as if it had never been parked. Its end may have been noted in the
    /// record meanwhile.
    async fn was_not_held(&self, entry: &Entry, by: Deadline) -> Result<(), TwilioError> {
        match self.0.ledger.read(entry.call_sid, by).await? {
            Some(now) if now.phase == Phase::Parking && now.same_stay(entry) => {
                self.forget(&now, by).await
            }
            _ => Ok(()),
        }
    }

    /// Takes away all that stands of a call that is not on hold. The record goes last: while it is there, the
    /// reconciler looks after the lists.
    pub(super) async fn forget(&self, entry: &Entry, by: Deadline) -> Result<(), TwilioError> {
        let record = &entry.record;
        for worker in [Some(record.worker_sid), record.also_listed]
            .into_iter()
            .flatten()
        {
            self.unlist(worker, record.call_sid, by).await?;
        }
        self.0.ledger.remove(entry, by).await
    }
}
