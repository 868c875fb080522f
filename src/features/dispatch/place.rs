//! Placing a leg, and ending one.
//!
//! Twilio has no key that makes two requests one call. So after an answer that never came nothing is dialed before it
//! is known that nothing rings: the record may have learned the leg from its first report, and the account's list of calls
//! to that number is read, several times, because it may lag. A leg that turns up after all has its reservation in its
//! URL and another SID than the record: it is told that the caller is gone.
//!
//! A leg is known by its nonce alone, never by its number and its time: another reservation's leg to the same phone looks
//! the same, and one that was taken for the wrong one rings for a caller who left, or is ended under a caller who
//! waits. And before Twilio is asked for a leg, that is written into the record, which must be open: however long the
//! way there was, nothing is dialed for a caller who has left.

use std::time::Duration;

use jiff::SignedDuration;

use super::{
    Dispatch,
    cause::Cause,
    plan::Target,
    record::{Leg, Phase},
};
use crate::{
    durable::store::{Changed, Entry},
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::Party,
        resource::calls::{Call, CallStatus, Detection, Listening, NewCall, Progress},
        sid::CallSid,
    },
};

/// How often a leg is tried to be placed.
const TRIES: u32 = 3;

/// How often, and how far apart, one looks for a leg whose making was not confirmed.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// How far Twilio's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_secs(2);

/// What is known of a leg whose SID was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    /// This call is the leg.
    Leg(CallSid),
    /// There is a call to its phone that may be the leg, or another's.
    Perhaps,
    /// There is no such call.
    Nothing,
}

/// The codes that say that this number cannot be called, or not from this number (Twilio: errors 13223–13227, 21201–21217).
fn is_the_numbers_fault(error: &TwilioError) -> bool {
    matches!(error.code(), Some(13_223..=13_227 | 21_201..=21_217))
}

impl Dispatch {
    /// Dials the phone of a record that is written; gives the reservation back if that cannot be done.
    pub(super) async fn place(&self, leg: &Entry<Leg>, target: &Target, by: Deadline) {
        let Some(leg) = self.about_to_dial(leg, by).await else {
            return;
        };
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
                // A leg that has reported was judged then. One that may be ours says so when it is answered or over, and
                // no second one rings beside it.
                Ok(Sighting::Leg(_) | Sighting::Perhaps) => return,
                Ok(Sighting::Nothing) => {}
                Err(_) => break,
            }
        }
        self.reject_now(&leg, Cause::Lost, by).await;
    }

    /// Notes that Twilio is about to be asked to place a leg; gives its phone back if it is not wanted any more.
    async fn about_to_dial(&self, leg: &Entry<Leg>, by: Deadline) -> Option<Entry<Leg>> {
        let noted = self.note_before_dialing(leg, by).await;
        if noted.is_none()
            && let Ok(now) = self.0.legs.read(leg.reservation_sid.as_str(), by).await
            && now.is_none_or(|now| now.is_owed() || now.phase == Phase::Over)
        {
            self.drop_claim(leg, by).await;
        }
        noted
    }

    /// Notes that Twilio is about to be asked to place a leg. Nothing: the caller has left meanwhile, TaskRouter may be
    /// placing it, or Sync takes no record of it.
    async fn note_before_dialing(&self, leg: &Entry<Leg>, by: Deadline) -> Option<Entry<Leg>> {
        loop {
            match self.note_dialed(leg, false, by).await {
                Ok(noted) => return noted,
                Err(error) if by.left() <= BETWEEN_LOOKS => {
                    tracing::warn!(reservation.sid = %leg.reservation_sid, %error, "an assignment is left to the reconciler");
                    return None;
                }
                Err(_) => self.0.clock.sleep(BETWEEN_LOOKS).await,
            }
        }
    }

    /// Notes in an open record that Twilio is about to be asked for its leg, once: by us, or by TaskRouter's instruction.
    pub(super) async fn note_dialed(
        &self,
        leg: &Entry<Leg>,
        instructed: bool,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        // A write whose answer was lost is known again by its mark.
        let mark = format!("{}-dialed-{instructed}", leg.mark);
        let dialed = |now: &Leg| {
            let fresh = now.phase == Phase::Dialling && !now.dialed;
            fresh.then(|| {
                let mut next = now.moved_to(Phase::Dialling, self.0.clock.now(), mark.clone());
                (next.dialed, next.instructed) = (true, instructed);
                next
            })
        };
        Ok(
            match self.0.legs.change_from(leg.clone(), by, dialed).await? {
                Changed::Moved(entry) => Some(entry),
                Changed::Kept(now) => (now.mark == mark).then_some(now),
                Changed::Missing => None,
            },
        )
    }

    /// Whether a leg that is dialed now is still wanted, can be joined before the reservation ends, and rings beside no
    /// other. While we looked for the leg that was not confirmed, the caller may have left, or the phone may have passed
    /// to another reservation, because our claim of it could not be read.
    async fn may_dial_again(&self, leg: &Leg, by: Deadline) -> bool {
        let budget = &self.0.settings.budget;
        if self.0.clock.since(leg.made) + budget.sum() > budget.reservation {
            return false;
        }
        let now = self.0.legs.read(leg.reservation_sid.as_str(), by).await;
        let dials = |now: Entry<Leg>| now.phase == Phase::Dialling && now.call_sid.is_none();
        now.is_ok_and(|now| now.is_some_and(dials)) && self.has_phone(leg, by).await
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
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.0.clock.sleep(BETWEEN_LOOKS).await;
            }
            let wanted = match self.adopt(leg, call, by).await {
                Ok(Changed::Moved(now) | Changed::Kept(now)) => now.wants(call),
                Ok(Changed::Missing) => false,
                Err(error) => {
                    // Its first report says the same to the replica that gets it.
                    tracing::warn!(call.sid = %call, %error, "a leg could not be noted yet");
                    continue;
                }
            };
            if wanted {
                return;
            }
            match self.end_call(call, by).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(call.sid = %call, %error, "a leg that is not wanted any more could not be ended");
                }
            }
        }
        tracing::error!(call.sid = %call, "a leg is left to its reports");
    }

    /// Looks for a leg whose SID was not known when the record was read.
    ///
    /// Which call it is says the record, once the leg has reported with the record's nonce; and where TaskRouter placed
    /// it, the task. The account's list of calls shows no URL, so it cannot say: a call to the same phone may belong to
    /// the reservation before or after. The list only tells that a leg may be there.
    pub(super) async fn look_for(
        &self,
        leg: &Leg,
        looks: u32,
        by: Deadline,
    ) -> Result<Sighting, TwilioError> {
        let to = Party::Phone(leg.phone.clone());
        let since = leg.made.saturating_sub(SKEW).unwrap_or(leg.made);
        let mut sighting = Sighting::Nothing;
        for look in 0..looks {
            if look > 0 {
                self.0.clock.sleep(BETWEEN_LOOKS).await;
            }
            let listed = self.0.twilio.calls(by).to_since(&to, since).await?;
            let live = |call: &Call| call.status != CallStatus::Over;
            sighting = if listed.iter().any(live) {
                Sighting::Perhaps
            } else {
                Sighting::Nothing
            };
            let now = self.0.legs.read(leg.reservation_sid.as_str(), by).await?;
            let known = now.as_ref().and_then(|now| now.call_sid);
            let known = match (known, now) {
                (None, Some(now)) if now.is_routers() => {
                    self.named_by_task(&now, &listed, by).await?
                }
                (known, _) => known,
            };
            if let Some(call) = known {
                return Ok(Sighting::Leg(call));
            }
        }
        Ok(sighting)
    }

    /// The leg that TaskRouter has placed for a record by our instruction, as its task says (Twilio: "TaskRouter: Linked
    /// call tracking", `worker_call_sid`). The task may still name the leg of an earlier reservation: that one is over.
    async fn named_by_task(
        &self,
        leg: &Entry<Leg>,
        listed: &[Call],
        by: Deadline,
    ) -> Result<Option<CallSid>, TwilioError> {
        let task = self.0.twilio.tasks(by).fetch(leg.task_sid).await?;
        let named = task.as_ref().and_then(|task| {
            let named = task.attributes.get("worker_call_sid")?.as_str()?;
            named.parse::<CallSid>().ok()
        });
        let live = |call: &Call| Some(call.sid) == named && call.status != CallStatus::Over;
        let Some(call) = listed.iter().find(|call| live(call)) else {
            return Ok(None);
        };
        self.adopt(leg, call.sid, by).await?;
        Ok(Some(call.sid))
    }

    /// Ends the leg of a record, if it is known, and tells what is known of it. A leg that Twilio was asked for and that
    /// has not been heard of ends when it is heard of, because its record is closed; until then its phone may ring.
    pub(super) async fn end_leg(&self, leg: &Leg, by: Deadline) -> Result<Sighting, TwilioError> {
        let known = match leg.call_sid {
            Some(call) => Sighting::Leg(call),
            None if !leg.dialed => Sighting::Nothing,
            None => self.look_for(leg, 1, by).await?,
        };
        if let Sighting::Leg(call) = known {
            self.end_call(call, by).await?;
        }
        Ok(known)
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
