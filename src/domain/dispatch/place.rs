//! Placing a leg, and ending one.
//!
//! Twilio has no key that makes two requests one call. So after an answer that never came nothing is dialled before it
//! is known that nothing rings: the record may have learnt the leg from its first report, and the account's list of calls
//! to that number is read, several times, because it may lag. A leg that turns up after all has its reservation in its
//! URL and another SID than the record: it is told that the caller is gone.

use std::time::Duration;

use jiff::SignedDuration;

use super::{
    Dispatch,
    cause::Cause,
    plan::Target,
    record::{Leg, Phase},
};
use crate::{
    domain::store::{Changed, Entry},
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::Party,
        resource::calls::{CallStatus, Detection, Listening, NewCall, Progress},
        sid::CallSid,
    },
};

/// How often a leg is tried to be placed.
const TRIES: u32 = 3;

/// How often, and how far apart, one looks for a leg whose making was not confirmed.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// How long TaskRouter takes at most to carry out an instruction.
const AN_INSTRUCTION: Duration = Duration::from_secs(3);

/// How far Twilio's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_secs(2);

/// The codes that say that this number cannot be called, or not from this number (Twilio: errors 13223–13227, 21201–21217).
fn is_the_numbers_fault(error: &TwilioError) -> bool {
    matches!(error.code(), Some(13_223..=13_227 | 21_201..=21_217))
}

impl Dispatch {
    /// Dials the phone of a record that is written; gives the reservation back if that cannot be done.
    pub(super) async fn place(&self, leg: &Entry<Leg>, target: &Target, by: Deadline) {
        let instructed = leg.instructed;
        let Some(leg) = self.by_ourselves(leg, by).await else {
            return;
        };
        // Somebody may have been told the instruction a moment before it was taken back.
        if instructed {
            self.0.clock.sleep(AN_INSTRUCTION).await;
            match self.look_for(&leg, 1, by).await {
                Ok(Some(call)) => return self.dialled(&leg, call, by).await,
                Ok(None) => {}
                Err(_) => return self.reject_now(&leg, Cause::Lost, by).await,
            }
        }
        for attempt in 0..TRIES {
            if attempt > 0 && !self.may_dial_again(&leg, by).await {
                break;
            }
            let error = match self.dial(&leg, target, by).await {
                Ok(call) => return self.dialled(&leg, call, by).await,
                Err(error) => error,
            };
            if error.nothing_happened() {
                let blamed = is_the_numbers_fault(&error);
                tracing::warn!(reservation.sid = %leg.reservation_sid, worker.sid = %leg.worker_sid, %error, blamed, "a worker's phone cannot be called");
                let cause = if blamed { Cause::Failed } else { Cause::Lost };
                return self.reject_now(&leg, cause, by).await;
            }
            tracing::warn!(reservation.sid = %leg.reservation_sid, %error, "it is unclear whether a worker's phone rings");
            match self.look_for(&leg, LOOKS, by).await {
                Ok(Some(call)) => return self.dialled(&leg, call, by).await,
                Ok(None) => {}
                Err(_) => break,
            }
        }
        self.reject_now(&leg, Cause::Lost, by).await;
    }

    /// Notes that we dial ourselves, where an instruction was meant to.
    async fn by_ourselves(&self, leg: &Entry<Leg>, by: Deadline) -> Option<Entry<Leg>> {
        if !leg.instructed {
            return Some(leg.clone());
        }
        let ours = |now: &Leg| {
            (now.phase == Phase::Dialling && now.call_sid.is_none()).then(|| {
                let mut next = now.moved_to(Phase::Dialling, self.0.clock.now(), self.mark());
                next.instructed = false;
                next
            })
        };
        match self.0.legs.change_from(leg.clone(), by, ours).await {
            Ok(Changed::Moved(entry)) => Some(entry),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(reservation.sid = %leg.reservation_sid, %error, "an assignment is left to the reconciler");
                None
            }
        }
    }

    /// Whether a leg that is dialled now is still wanted, and can be joined before the reservation ends. The caller may
    /// have left while we looked for the leg that was not confirmed.
    async fn may_dial_again(&self, leg: &Leg, by: Deadline) -> bool {
        let budget = &self.0.settings.budget;
        if self.0.clock.since(leg.made) + budget.sum() > budget.reservation {
            return false;
        }
        let now = self.0.legs.read(leg.reservation_sid.as_str(), by).await;
        let dials = |now: Entry<Leg>| now.phase == Phase::Dialling && now.call_sid.is_none();
        now.is_ok_and(|now| now.is_some_and(dials))
    }

    async fn dial(&self, leg: &Leg, target: &Target, by: Deadline) -> Result<CallSid, TwilioError> {
        let settings = &self.0.settings;
        let (to, from) = (
            Party::Phone(leg.phone.clone()),
            Party::Phone(target.from.clone()),
        );
        let (url, status) = (settings.leg_url(leg), settings.leg_status_url(leg));
        let verdict = settings.verdict_url(leg);
        let beside = leg.screening == super::record::Screening::Both;
        let detection = leg.screening.listens().then_some(Detection {
            listening: Listening::ForAVerdict,
            timeout: settings.budget.listening,
            callback: beside.then_some(verdict.as_str()),
        });
        let new = NewCall {
            to: &to,
            from: &from,
            url: &url,
            fallback: Some(&url),
            status_callback: Some((&status, &[Progress::Initiated, Progress::Completed])),
            ring: settings.budget.ring,
            detection,
            call_token: target.token.as_deref(),
        };
        let made = self.0.twilio.calls(by).create(&new).await;
        made.map(|call| call.sid)
    }

    /// A leg rings. If it is not wanted any more, because the caller left meanwhile, it is ended.
    async fn dialled(&self, leg: &Entry<Leg>, call: CallSid, by: Deadline) {
        let wanted = match self.adopt(leg, call, by).await {
            Ok(Changed::Moved(_)) => true,
            Ok(Changed::Kept(now)) => now.wants(call),
            Ok(Changed::Missing) => false,
            Err(error) => {
                // Its first report says the same to whoever gets it.
                tracing::warn!(call.sid = %call, %error, "a leg could not be noted; its reports or the reconciler will do it");
                true
            }
        };
        if wanted {
            return;
        }
        for _ in 0..TRIES {
            match self.end_call(call, by).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(call.sid = %call, %error, "a leg that is not wanted any more could not be ended");
                }
            }
            self.0.clock.sleep(BETWEEN_LOOKS).await;
        }
        tracing::error!(call.sid = %call, "a leg rings for nobody");
    }

    /// Looks for a leg whose SID is not known: in the record, and in the list of calls.
    pub(super) async fn look_for(
        &self,
        leg: &Leg,
        looks: u32,
        by: Deadline,
    ) -> Result<Option<CallSid>, TwilioError> {
        let to = Party::Phone(leg.phone.clone());
        let since = leg.made.saturating_sub(SKEW).unwrap_or(leg.made);
        for look in 0..looks {
            if look > 0 {
                self.0.clock.sleep(BETWEEN_LOOKS).await;
            }
            let found = self.0.twilio.calls(by).to_since(&to, since).await?;
            // One that was made a moment before our record is another's, and over.
            let ours = found.into_iter().find(|call| {
                let made = call.made.map_or(0, jiff::Timestamp::as_second);
                call.status != CallStatus::Over || made >= leg.made.as_second()
            });
            if let Some(call) = ours {
                return Ok(Some(call.sid));
            }
            let now = self.0.legs.read(leg.reservation_sid.as_str(), by).await?;
            if let Some(call) = now.and_then(|now| now.record.call_sid) {
                return Ok(Some(call));
            }
        }
        Ok(None)
    }

    /// Ends the leg of a record, if there is one.
    pub(super) async fn end_leg(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        let call = match leg.call_sid {
            Some(call) => Some(call),
            // Never dialled; or dialled by somebody who will find the record closed, and end it.
            None if matches!(leg.cause, Some(Cause::Refused | Cause::Occupied)) => None,
            None => self.look_for(leg, 1, by).await?,
        };
        match call {
            Some(call) => self.end_call(call, by).await,
            None => Ok(()),
        }
    }

    /// Ends a call in whatever state: `canceled` works only while it rings, and leaves an answered one as it is.
    pub(super) async fn end_call(&self, call: CallSid, by: Deadline) -> Result<(), TwilioError> {
        let calls = self.0.twilio.calls(by);
        match calls.cancel(call).await? {
            CallStatus::Over => Ok(()),
            _ => calls.end(call).await.map(|_| ()),
        }
    }
}
