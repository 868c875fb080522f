//! A leg reports how it is: its first report teaches us its SID, its last one ends what it was for.
//!
//! Which end it was is decided by where the record stands, and once it was told to dial the queue, by TaskRouter: a
//! reservation that was taken means that they have talked. So it does not matter whether the leg's own end, the end of
//! its `<Dial>` or the verdict of machine detection comes first, or how often.

use super::{
    Dispatch,
    cause::{AnsweredBy, Cause},
    record::{Leg, Phase},
    settle::{LegEnd, decided},
};
use crate::{
    durable::store::{Changed, Entry},
    error::Error,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::reservations::Standing,
        sid::{CallSid, ReservationSid},
    },
};

/// What a leg reports.
#[derive(Clone, Debug)]
pub struct LegReport {
    /// The reservation in its URL.
    pub reservation: ReservationSid,
    /// The nonce in its URL.
    pub nonce: String,
    /// The leg.
    pub call: CallSid,
    /// Why it ended, if it has.
    pub over: Option<Cause>,
}

/// What Twilio has heard while the prompt was playing.
#[derive(Clone, Debug)]
pub struct LegVerdict {
    /// The reservation in its URL.
    pub reservation: ReservationSid,
    /// The nonce in its URL.
    pub nonce: String,
    /// The leg.
    pub call: CallSid,
    /// Who answered.
    pub answered: AnsweredBy,
}

/// The end of a leg, or of its `<Dial>`.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) reservation: ReservationSid,
    pub(super) nonce: String,
    pub(super) call: CallSid,
    /// What it means, if no worker was joined.
    pub(super) cause: Cause,
}

impl Dispatch {
    /// A leg's progress.
    ///
    /// # Errors
    /// [`Error::Upstream`]: it should be reported again.
    pub async fn leg_report(&self, report: &LegReport, by: Deadline) -> Result<(), Error> {
        let doing = super::upstream("noting how a leg is");
        let Some(cause) = report.over else {
            return self.leg_begins(report, by).await.map_err(&doing);
        };
        let ending = Ending {
            reservation: report.reservation,
            nonce: report.nonce.clone(),
            call: report.call,
            cause,
        };
        if let Some(owed) = self.leg_over(&ending, by).await.map_err(&doing)? {
            self.settle(&owed, LegEnd::Over, by).await;
        }
        Ok(())
    }

    /// A leg is being dialed: the record learns its SID, or the leg ends, because its record is closed by now or knows
    /// another.
    async fn leg_begins(&self, report: &LegReport, by: Deadline) -> Result<(), TwilioError> {
        let known = self.0.legs.read(report.reservation.as_str(), by).await?;
        let Some(known) = known.filter(|leg| leg.nonce == report.nonce) else {
            return Ok(());
        };
        match self.adopt(&known, report.call, by).await? {
            Changed::Moved(now) | Changed::Kept(now) if !now.wants(report.call) => {
                self.end_call(report.call, by).await
            }
            _ => Ok(()),
        }
    }

    /// The verdict of a detection that ran beside the prompt. Only a machine matters: a person presses the key.
    ///
    /// # Errors
    /// [`Error::Upstream`]: it should be reported again.
    pub async fn leg_verdict(&self, verdict: &LegVerdict, by: Deadline) -> Result<(), Error> {
        let cause = match verdict.answered {
            AnsweredBy::Machine => Cause::Machine,
            AnsweredBy::Fax => Cause::Fax,
            AnsweredBy::Human | AnsweredBy::Unknown => return Ok(()),
        };
        let doing = super::upstream("noting who answered a leg");
        let rejected = |leg: &Leg| {
            let ours = leg.nonce == verdict.nonce && leg.is(verdict.call);
            (leg.is_open() && ours).then(|| self.rejected(leg, Some(verdict.call), cause))
        };
        let key = verdict.reservation;
        let changed = self.0.legs.change(key.as_str(), by, rejected).await;
        if let Some(owed) = decided(changed.map_err(&doing)?) {
            self.settle(&owed, LegEnd::ByUs, by).await;
        }
        Ok(())
    }

    /// Decides what the end of a leg means; gives what is owed if it was decided here.
    pub(super) async fn leg_over(
        &self,
        ending: &Ending,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        let found = self.0.legs.read(ending.reservation.as_str(), by).await?;
        let ours = |leg: &Entry<Leg>| leg.nonce == ending.nonce && leg.is(ending.call);
        let Some(leg) = found.filter(ours) else {
            return Ok(None);
        };
        if !leg.is_open() {
            return self.talk_over(&leg, ending.cause, by).await;
        }
        if let Some(joined) = self.joined_by_router(&leg, by).await? {
            return self.talk_over(&joined, ending.cause, by).await;
        }
        let rejected = self.reject(&leg, Some(ending.call), ending.cause, by);
        match rejected.await? {
            Changed::Moved(owed) => Ok(Some(owed)),
            // It was told to dial the queue in this very moment; or another request did.
            Changed::Kept(now) if ours(&now) => self.talk_over(&now, ending.cause, by).await,
            // Or it turned out meanwhile that another call is the leg: this one's end ends nothing.
            Changed::Kept(_) | Changed::Missing => Ok(None),
        }
    }

    /// The record of a leg that TaskRouter has joined by itself; it says so from now on.
    pub(super) async fn joined_by_router(
        &self,
        leg: &Entry<Leg>,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        let taken = [Some(Standing::Taken), Some(Standing::Done)];
        if !leg.is_routers() || !taken.contains(&self.standing(leg, by).await?) {
            return Ok(None);
        }
        self.note_join(leg, by).await
    }

    /// TaskRouter has joined a leg that it placed itself.
    pub(super) async fn note_join(
        &self,
        leg: &Entry<Leg>,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        let joined = |leg: &Leg| (leg.is_open() && leg.is_routers()).then_some(Phase::Joining);
        Ok(match self.advance(leg, by, joined).await? {
            Changed::Moved(now) | Changed::Kept(now) => Some(now),
            Changed::Missing => None,
        })
    }

    /// The end of a leg that was told to dial the queue: TaskRouter knows whether they have talked.
    pub(super) async fn talk_over(
        &self,
        leg: &Entry<Leg>,
        cause: Cause,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        if leg.phase != Phase::Joining {
            return Ok(None);
        }
        let phase = match self.standing(leg, by).await? {
            Some(Standing::Pending) => Phase::Rejected,
            Some(Standing::Taken | Standing::Done | Standing::Other(_)) => Phase::Ended,
            Some(Standing::Gone | Standing::Canceled) | None => Phase::Withdrawn,
        };
        let ended = |now: &Leg| {
            (now.phase == Phase::Joining).then(|| {
                let mut next = now.moved_to(phase, self.0.clock.now(), self.mark());
                next.cause = (phase == Phase::Rejected).then_some(cause);
                next
            })
        };
        let changed = self.0.legs.change_from(leg.clone(), by, ended).await?;
        Ok(decided(changed))
    }
}
