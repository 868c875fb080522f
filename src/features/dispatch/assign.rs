//! TaskRouter asks what to do with a reservation, and waits five seconds for the answer.
//!
//! The answer never waits for a phone: the record is written (that is the claim: of two askers, or of a first question
//! and its repeat at the fallback address, one makes it), and what remains is done afterwards ([`Later`]).
//!
//! We place the leg ourselves, because Twilio's answer then says which call it is: the status callback of a `call`
//! instruction is told of the end only, so while such a leg rings it cannot be told from another to the same phone. Only
//! where worker and caller meet in a conference without a question or a whisper, TaskRouter does everything by a
//! `conference` instruction, whose callback is told as soon as the leg is dialed. Should TaskRouter ask again because our
//! first answer came too late, it gets the same instruction again, because it carries out only one of them.
//!
//! A refusal is not an instruction here, although there is one: `reject` sets the worker's activity whatever they have
//! done meanwhile, and would bring a worker back on line who has just gone off. See `dispatch/rest.rs`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Dispatch,
    cause::Cause,
    phones::Line,
    plan::{Assignment, Plan, Target},
    record::{Connect, Leg, Phase},
    settle::LegEnd,
};
use crate::{
    durable::{
        store::{Entry, NotMoved},
        time::millis,
    },
    twilio::{
        deadline::Deadline, error::Error as TwilioError, party::E164,
        resource::reservations::Standing, sid::ActivitySid,
    },
};

/// How long writing the record may take before TaskRouter is answered all the same.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// How long the rest may take.
const REST_WITHIN: Duration = Duration::from_secs(30);

/// How long it is tried to write the record down, once TaskRouter has been answered.
const WRITE_WITHIN: Duration = Duration::from_secs(15);

/// What TaskRouter is told (Twilio: "Handling Task Assignment Callbacks").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Nothing: another handler takes care of it, or we do it by ourselves.
    Nothing,
    /// To place the leg, and to join any answer in a conference.
    Conference {
        /// The phone.
        to: E164,
        /// The number it shows.
        from: E164,
        /// How long it rings.
        ring: Duration,
        /// Where its progress is told.
        status: String,
        /// Where the worker goes afterwards.
        after: Option<ActivitySid>,
    },
}

/// What remains to be done once TaskRouter has been answered.
#[derive(Debug)]
pub struct Later {
    leg: Leg,
    target: Option<Target>,
    written: Option<Entry<Leg>>,
}

impl Dispatch {
    /// Decides about an assignment, within the five seconds that TaskRouter gives; [`Dispatch::carry_on`] with the rest.
    pub async fn assigned(
        &self,
        assignment: &Assignment,
        by: Deadline,
    ) -> (Instruction, Option<Later>) {
        let by = by.or_after(ANSWER_WITHIN);
        let (leg, target) = match self.0.settings.plan(assignment) {
            Plan::NotOurs => return (Instruction::Nothing, None),
            Plan::Refuse(phone, cause) => (self.refused(assignment, phone, cause), None),
            Plan::Call(target) => {
                let mut leg = self.first(assignment, &target);
                leg.whisper = self.whisper(assignment, by).await;
                leg.instructed &= leg.is_routers();
                (leg, Some(target))
            }
        };
        let written = match self.0.legs.insert(leg.clone(), by).await {
            Ok(entry) => Some(entry),
            Err(NotMoved::Moved(Some(known))) => {
                return (self.repeated(&known, target.as_ref()), None);
            }
            Err(NotMoved::Moved(None) | NotMoved::Unclear(_)) => None,
        };
        if let (Some(target), Some(entry)) = (&target, &written)
            && leg.instructed
            && self.may_ring(&leg, by).await.is_ok_and(|no| no.is_none())
            && self.may_instruct(entry, by).await
        {
            return (self.instruction(&leg, target), None);
        }
        let later = Later {
            leg,
            target,
            written,
        };
        (Instruction::Nothing, Some(later))
    }

    /// Asked again about a reservation that is being seen to.
    fn repeated(&self, known: &Leg, target: Option<&Target>) -> Instruction {
        match target {
            Some(target) if known.instructed && known.dialed && known.phase == Phase::Dialling => {
                self.instruction(known, target)
            }
            _ => Instruction::Nothing,
        }
    }

    /// Notes that TaskRouter is about to be told to place the leg, unless the caller has left meanwhile.
    async fn may_instruct(&self, leg: &Entry<Leg>, by: Deadline) -> bool {
        matches!(self.note_dialed(leg, true, by).await, Ok(Some(_)))
    }

    fn instruction(&self, leg: &Leg, target: &Target) -> Instruction {
        let settings = &self.0.settings;
        let from = settings.caller_id().unwrap_or(&target.from).clone();
        Instruction::Conference {
            to: leg.phone.clone(),
            from,
            ring: settings.budget.ring,
            status: settings.leg_status_url(leg),
            after: settings.post_work_activity,
        }
    }

    fn first(&self, assignment: &Assignment, target: &Target) -> Leg {
        let now = millis::whole(self.0.clock.now());
        Leg {
            reservation_sid: assignment.reservation,
            task_sid: assignment.task,
            worker_sid: assignment.worker,
            phone: target.phone.clone(),
            screening: target.screening,
            connect: target.connect,
            caller_sid: target
                .caller
                .filter(|_| target.connect == Connect::Conference),
            workflow_sid: assignment.workflow,
            whisper: None,
            joining: None,
            // An instruction has no field for a token.
            instructed: !target.screening.listens() && target.token.is_none(),
            dialed: false,
            call_sid: None,
            phase: Phase::Dialling,
            talking: false,
            cause: None,
            made: now,
            moved: now,
            deadline: self.deadline_from(now),
            nonce: self.mark(),
            mark: self.mark(),
        }
    }

    fn refused(&self, assignment: &Assignment, phone: E164, cause: Cause) -> Leg {
        let target = Target {
            from: phone.clone(),
            phone,
            screening: self.0.settings.screening,
            connect: Connect::Queue,
            caller: None,
            token: None,
        };
        Leg {
            phase: Phase::Rejected,
            cause: Some(cause),
            instructed: false,
            ..self.first(assignment, &target)
        }
    }

    pub(super) fn deadline_from(&self, now: Timestamp) -> Timestamp {
        let sum = SignedDuration::try_from(self.0.settings.budget.sum()).unwrap_or_default();
        now.saturating_add(sum).unwrap_or(Timestamp::MAX)
    }

    /// Whether a leg may ring its phone; if not, why.
    async fn may_ring(&self, leg: &Leg, by: Deadline) -> Result<Option<Cause>, TwilioError> {
        if self.is_own(&leg.phone, by).await {
            return Ok(Some(Cause::Refused));
        }
        // No event tells us again of a caller who left before the record was written.
        if !self.stands(leg, by).await? {
            return Ok(Some(Cause::Lost));
        }
        Ok(match self.claim_phone(leg, by).await? {
            // TaskRouter offers a caller again before it can be told why the set-up failed.
            Line::Ours if leg.is_routers() && self.is_away(leg.worker_sid, by).await? => {
                Some(Cause::CoolingDown)
            }
            Line::Ours => None,
            Line::InUse => Some(Cause::Occupied),
            Line::CoolingDown => Some(Cause::CoolingDown),
        })
    }

    /// Whether a number is one of the account's own: calling it would lead a caller round in a circle. In doubt it is
    /// not: it was asked when its worker enrolled, too.
    async fn is_own(&self, phone: &E164, by: Deadline) -> bool {
        if let Some(known) = self.0.own.recall(phone) {
            return known;
        }
        match self.0.twilio.numbers(by).owns(phone).await {
            Ok(own) => {
                self.0.own.keep(phone.clone(), own);
                own
            }
            Err(error) => {
                tracing::warn!(%error, "whether a worker's phone is a number of our own could not be found out");
                false
            }
        }
    }

    /// Does what remains after the answer: writes, claims, dials, or gives back. Ends by itself.
    pub async fn carry_on(&self, later: Later) {
        let by = Deadline::after(REST_WITHIN);
        let Later {
            leg,
            target,
            written,
        } = later;
        let written = match written {
            Some(leg) => Some(leg),
            None => self.write_late(&leg, by).await,
        };
        let Some(leg) = written else {
            return;
        };
        let Some(target) = target else {
            return self.settle(&leg, LegEnd::ByUs, by).await;
        };
        match self.may_ring(&leg, by).await {
            Ok(None) => self.place(&leg, &target, by).await,
            Ok(Some(cause)) => self.refuse(&leg, cause, by).await,
            Err(error) => {
                tracing::warn!(reservation.sid = %leg.reservation_sid, %error, "a phone could not be claimed");
                self.refuse(&leg, Cause::Lost, by).await;
            }
        }
    }

    /// Gives a reservation back whose phone is not dialed. If its caller has left meanwhile there is nothing to give back,
    /// and the worker's activity stays.
    async fn refuse(&self, leg: &Entry<Leg>, cause: Cause, by: Deadline) {
        if let Ok(Some(Standing::Gone | Standing::Canceled) | None) = self.standing(leg, by).await {
            match self.withdraw(leg, by).await {
                Ok(Some(owed)) => self.settle(&owed, LegEnd::ByUs, by).await,
                // Closed and paid for before the phone was claimed.
                Ok(None) => self.drop_claim(leg, by).await,
                Err(error) => {
                    tracing::warn!(reservation.sid = %leg.reservation_sid, %error, "a reservation that is gone is left to the reconciler");
                }
            }
            return;
        }
        self.reject_now(leg, cause, by).await;
    }

    /// Tries once more to write a record; without one no phone rings, and the reservation goes back.
    async fn write_late(&self, leg: &Leg, by: Deadline) -> Option<Entry<Leg>> {
        let until = by.or_after(WRITE_WITHIN);
        while !until.left().is_zero() {
            match self.0.legs.insert(leg.clone(), until).await {
                Ok(entry) => return Some(entry),
                // Another replica was asked, too, and is at it.
                Err(NotMoved::Moved(Some(_))) => return None,
                Err(NotMoved::Moved(None) | NotMoved::Unclear(_)) => {
                    self.0.clock.sleep(Duration::from_secs(1)).await;
                }
            }
        }
        tracing::error!(reservation.sid = %leg.reservation_sid, "Sync takes no record of an assignment; it is given back");
        if let Err(error) = self.give_back(leg, by).await {
            tracing::error!(reservation.sid = %leg.reservation_sid, %error, "an assignment is left to its time-out");
        }
        None
    }
}
