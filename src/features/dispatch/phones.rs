//! A phone rings for one reservation at a time.
//!
//! A worker may have room for two tasks and still has one phone, and two workers may share one. So before a phone is
//! dialed it is claimed in the Sync map of phones in use. The claim names its reservation. Its key is a digest of the
//! number, because keys stand in URLs, and numbers do not.
//!
//! A claim is worth as much as the reservation behind it. When a caller hangs up, TaskRouter offers the same worker the
//! next caller within milliseconds, long before our own record of the first is closed. So when a phone is found
//! claimed, TaskRouter is asked whether that reservation still stands. If it does, the phone is in use. If not, its record
//! is closed, its leg is ended, and the claim passes on at once: the worker is free, and the next caller does not wait.
//!
//! A claim, or a record behind it, that cannot be read, as after a rollback, does not say whether the phone is in use. Then
//! Twilio is asked which calls to it go on. If none does, for some seconds, the claim passes on.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Dispatch,
    place::Sighting,
    record::{Leg, Phase},
    settle::LegEnd,
};
use crate::{
    durable::store::{self, Entry, NotMoved},
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::{E164, Party},
        resource::{calls::CallStatus, reservations::Standing},
        sid::{ReservationSid, WorkerSid},
    },
};

/// How long a claim is kept; longer than any call lasts.
pub(super) const KEPT: Duration = Duration::from_hours(26);

/// How often another writer may be quicker: one for each caller who left before, and some to spare.
const TRIES: u32 = 32;

/// How long to wait between looks for a leg that Twilio was asked to place a moment ago and that has not been heard of.
const LOOKS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(1),
    Duration::from_secs(1),
];

/// A phone in use.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhoneInUse {
    phone: String,
    reservation_sid: ReservationSid,
    mark: String,
}

impl store::Record for PhoneInUse {
    fn key(&self) -> &str {
        &self.phone
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

/// What came of claiming a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// It may be dialed.
    Ours,
    /// It rings, or its owner talks, for another reservation.
    InUse,
    /// Its owner was sent into cool-down just now, for the reservation that had the phone before.
    CoolingDown,
}

impl Dispatch {
    /// Claims the phone of a leg.
    pub(super) async fn claim_phone(&self, leg: &Leg, by: Deadline) -> Result<Line, TwilioError> {
        let claim = PhoneInUse {
            phone: store::veiled(leg.phone.as_str()),
            reservation_sid: leg.reservation_sid,
            mark: self.mark(),
        };
        let mut outcome = self.0.phones.insert(claim.clone(), by).await;
        for attempt in 0..TRIES {
            // Callers who have left do not contend for the phone.
            if attempt > 1 && !self.stands(leg, by).await? {
                return Ok(Line::InUse);
            }
            outcome = match outcome {
                Ok(_) => return Ok(Line::Ours),
                Err(NotMoved::Unclear(error)) if error.is_conflict() => {
                    match self.0.phones.unreadable(&claim.phone, by).await? {
                        None => self.0.phones.insert(claim.clone(), by).await,
                        Some(_) if self.is_called(&leg.phone, by).await? => {
                            return Ok(Line::InUse);
                        }
                        Some(old) => self.0.phones.overwrite(&old, claim.clone(), by).await,
                    }
                }
                Err(NotMoved::Unclear(error)) => return Err(error),
                Err(NotMoved::Moved(None)) => self.0.phones.insert(claim.clone(), by).await,
                Err(NotMoved::Moved(Some(held))) => {
                    let holder = held.record.reservation_sid;
                    if holder == leg.reservation_sid {
                        return Ok(Line::Ours);
                    }
                    let other = match self.0.legs.read(holder.as_str(), by).await {
                        Err(TwilioError::Garbled { .. }) => {
                            if self.is_called(&leg.phone, by).await? {
                                return Ok(Line::InUse);
                            }
                            None
                        }
                        other => other?,
                    };
                    if let Some(other) = other.filter(|other| other.phase != Phase::Over) {
                        match self.take_over_from(&other, leg.worker_sid, by).await? {
                            Line::Ours => {}
                            kept => return Ok(kept),
                        }
                    }
                    self.0.phones.replace(&held, claim.clone(), by).await
                }
            };
        }
        Ok(Line::InUse)
    }

    /// Whether a call to this phone goes on, from any source. One that Twilio was asked for a moment ago may not be
    /// listed yet, so it is looked for several times.
    async fn is_called(&self, phone: &E164, by: Deadline) -> Result<bool, TwilioError> {
        let to = Party::Phone(phone.clone());
        let kept = SignedDuration::try_from(KEPT).unwrap_or_default();
        let since = self.0.clock.now().saturating_sub(kept);
        let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
        for wait in LOOKS {
            if by.left() <= wait {
                return Err(TwilioError::Late);
            }
            self.0.clock.sleep(wait).await;
            let calls = self.0.twilio.calls(by);
            let listed = calls.to_since(&to, since).await?;
            if listed.iter().any(|call| call.status != CallStatus::Over) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a reservation is still to be decided.
    pub(super) async fn stands(&self, leg: &Leg, by: Deadline) -> Result<bool, TwilioError> {
        Ok(self.standing(leg, by).await? == Some(Standing::Pending))
    }

    /// Whether the phone of a record that is not over may be dialed for another reservation; if so, nothing rings or
    /// talks there any more.
    async fn take_over_from(
        &self,
        holder: &Entry<Leg>,
        worker: WorkerSid,
        by: Deadline,
    ) -> Result<Line, TwilioError> {
        let closed = if holder.is_owed() {
            holder.clone()
        } else {
            match self.standing(holder, by).await? {
                Some(Standing::Pending) => return Ok(Line::InUse),
                Some(Standing::Taken | Standing::Done | Standing::Other(_)) => {
                    return self.line_after_talk(holder, by).await;
                }
                Some(Standing::Gone | Standing::Canceled) | None => {
                    match self.close_unserved(holder, by).await? {
                        Some(closed) => closed,
                        // It was closed by another of us in this moment, or answered in it.
                        None => match self
                            .0
                            .legs
                            .read(holder.reservation_sid.as_str(), by)
                            .await?
                        {
                            Some(now) if now.is_owed() => now,
                            Some(now) if now.phase != Phase::Over => return Ok(Line::InUse),
                            _ => return Ok(Line::Ours),
                        },
                    }
                }
            }
        };
        if closed.phase == Phase::Rejected && closed.worker_sid == worker {
            // First the worker goes where this cause sends them: then they may be away for the new one, too.
            self.pay(&closed, LegEnd::ByUs, by).await?;
            if self.is_away(worker, by).await? {
                return Ok(Line::CoolingDown);
            }
        }
        let clear = self.clear_line(&closed, by).await?;
        Ok(if clear { Line::Ours } else { Line::InUse })
    }

    /// The phone of a worker who has taken their caller: in use until the call is over, however late we hear of it.
    async fn line_after_talk(&self, holder: &Leg, by: Deadline) -> Result<Line, TwilioError> {
        let unknown = holder.call_sid.is_none();
        if unknown || self.call_of(holder, by).await?.is_some() {
            return Ok(Line::InUse);
        }
        Ok(Line::Ours)
    }

    /// Closes a record whose reservation is gone without its worker having been joined.
    async fn close_unserved(
        &self,
        holder: &Entry<Leg>,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        if holder.phase == Phase::Joining {
            return self.talk_over(holder, super::cause::Cause::Lost, by).await;
        }
        self.gone(holder, by).await
    }

    /// Ends the leg of a closed record. One that Twilio was asked for a moment ago is waited for until it is known which
    /// call it is: it would ring beside the next one. `false`: a call to that phone goes on that may be it.
    async fn clear_line(&self, closed: &Leg, by: Deadline) -> Result<bool, TwilioError> {
        let mut seen = Sighting::Nothing;
        for wait in LOOKS {
            if by.left() <= wait {
                return Err(TwilioError::Late);
            }
            self.0.clock.sleep(wait).await;
            if !closed.dialed && closed.call_sid.is_none() {
                return Ok(true);
            }
            let known = match closed.call_sid {
                Some(call) => Sighting::Leg(call),
                None => self.look_for(closed, 1, by).await?,
            };
            if let Sighting::Leg(call) = known {
                self.end_call(call, by).await?;
                return Ok(true);
            }
            seen = known;
        }
        Ok(seen == Sighting::Nothing)
    }

    /// Whether a leg still has its phone.
    pub(super) async fn has_phone(&self, leg: &Leg, by: Deadline) -> bool {
        let key = store::veiled(leg.phone.as_str());
        let held = self.0.phones.read(&key, by).await;
        held.is_ok_and(|held| {
            held.is_some_and(|held| held.record.reservation_sid == leg.reservation_sid)
        })
    }

    /// Gives the phone back that was claimed for a record which had been closed meanwhile. The claim is void anyway.
    pub(super) async fn drop_claim(&self, leg: &Leg, by: Deadline) {
        if let Err(error) = self.release_phone(leg, by).await {
            tracing::info!(reservation.sid = %leg.reservation_sid, %error, "a void claim of a phone is left to be replaced");
        }
    }

    /// Gives the phone of a leg back, if it is this leg that has it. A claim that cannot be read is left to the next request that needs
    /// the phone next.
    pub(super) async fn release_phone(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        let held = self
            .0
            .phones
            .read(&store::veiled(leg.phone.as_str()), by)
            .await;
        match held {
            Err(error) if !matches!(error, TwilioError::Garbled { .. }) => Err(error),
            Ok(Some(held)) if held.record.reservation_sid == leg.reservation_sid => {
                self.0.phones.remove(&held, by).await
            }
            _ => Ok(()),
        }
    }
}
