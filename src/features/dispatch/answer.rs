//! A worker has answered: what they hear, and whether they are joined.
//!
//! | the record is | who answered, or what they pressed | what happens |
//! |---|---|---|
//! | open | a person; anything, where no worker is screened | the reservation is looked at, and if it is pending they are joined |
//! | open | a machine or a fax | rejected, and the call ends without a word |
//! | open | Twilio cannot tell, or was not asked | a prompt: 1 joins, 2 rejects, three times anything else rejects |
//! | joining, the same leg | anything | the same document again; the end, if they have talked in a room |
//! | anything else | anything | they are told that the caller is gone |
//!
//! No worker is joined without a move of the record, so a leg that was given up a moment ago is not joined by a key that
//! was pressed a moment before. A caller never hears a mailbox, because a mailbox is not a person, presses no key, and
//! hears nothing after which it is joined.

use super::{
    Dispatch,
    cause::{AnsweredBy, Cause},
    record::{Connect, Leg, Phase, Screening},
    report::Ending,
    room::Side,
    settle::decided,
};
use crate::{
    durable::store::{Changed, Entry},
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::reservations::Standing,
        sid::{CallSid, ReservationSid},
    },
    twiml::document::{Again, Document, Join, Meet, Screen},
};

/// How often a worker is asked for a key.
const PROMPTS: u32 = 3;

/// How often a leg asks again while our records cannot be read.
const ROUNDS: u32 = 10;

/// A leg asks for its document.
#[derive(Clone, Debug)]
pub struct LegAsks {
    /// The reservation in its URL.
    pub reservation: ReservationSid,
    /// The nonce in its URL.
    pub nonce: String,
    /// The leg.
    pub call: CallSid,
    /// Who answered, if Twilio listened.
    pub answered: Option<AnsweredBy>,
    /// How often it has asked in vain.
    pub round: u32,
}

/// A key was pressed, or not.
#[derive(Clone, Debug)]
pub struct LegPressed {
    /// The leg.
    pub leg: LegAsks,
    /// Which prompt it was, from one.
    pub attempt: u32,
    /// The key.
    pub digits: Option<String>,
}

/// A leg comes out of the queue it was told to dial.
#[derive(Clone, Debug)]
pub struct LegJoined {
    /// The leg.
    pub leg: LegAsks,
    /// Whether it talked to a caller.
    pub bridged: bool,
}

/// What an answered leg gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Join,
    Prompt,
    Reject(Cause),
}

/// A document, and what is owed once it was given.
pub type Said = (Document, Option<Entry<Leg>>);

impl Dispatch {
    /// The first document of a leg.
    pub async fn leg(&self, asks: &LegAsks, by: Deadline) -> Said {
        let said = self.answer(asks, by).await;
        self.or_again(asks, said)
    }

    /// The document after a prompt.
    pub async fn key(&self, pressed: &LegPressed, by: Deadline) -> Said {
        let said = self.after_prompt(pressed, by).await;
        self.or_again(&pressed.leg, said)
    }

    /// The document after a talk, or after there was none.
    pub async fn joined(&self, joined: &LegJoined, by: Deadline) -> Said {
        let ending = Ending {
            reservation: joined.leg.reservation,
            nonce: joined.leg.nonce.clone(),
            call: joined.leg.call,
            // They are still there: it is the caller's side that failed.
            cause: Cause::Lost,
        };
        let words = if joined.bridged {
            Document::End
        } else {
            Document::Gone
        };
        match self.leg_over(&ending, by).await {
            Ok(owed) => (words, owed),
            Err(error) => {
                tracing::warn!(call.sid = %joined.leg.call, %error, "the end of a talk is left to the leg's own end");
                (words, None)
            }
        }
    }

    /// While our records cannot be read, no worker is joined and none is sent away.
    fn or_again(&self, asks: &LegAsks, said: Result<Said, TwilioError>) -> Said {
        match said {
            Ok(said) => said,
            Err(error) if asks.round < ROUNDS => {
                tracing::warn!(call.sid = %asks.call, %error, "an answered leg has to wait");
                let next = self.0.settings.again_url(asks);
                (Document::Again(Again { next }), None)
            }
            Err(_) => (Document::Gone, None),
        }
    }

    /// The record of a leg that asks, if it is its own.
    async fn own_record(
        &self,
        asks: &LegAsks,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        let found = self.0.legs.read(asks.reservation.as_str(), by).await?;
        Ok(found.filter(|leg| leg.nonce == asks.nonce && leg.is(asks.call)))
    }

    async fn answer(&self, asks: &LegAsks, by: Deadline) -> Result<Said, TwilioError> {
        let Some(leg) = self.own_record(asks, by).await? else {
            return Ok((Document::Gone, None));
        };
        match leg.phase {
            // After a talk in a room whose end did not reach us: the room is empty.
            Phase::Joining if leg.talking && leg.brought().is_some() => {
                let owed = self.talk_over(&leg, Cause::Lost, by).await?;
                Ok((Document::End, owed))
            }
            Phase::Joining => Ok((self.join_document(&leg), None)),
            _ if !leg.is_open() => Ok((self.too_late(&leg, asks.call, by).await, None)),
            _ => match self.0.settings.verdict(leg.screening, asks.answered) {
                Verdict::Join => self.join(&leg, asks.call, by).await,
                Verdict::Prompt => self.prompt(&leg, asks.call, by).await,
                Verdict::Reject(cause) => {
                    self.turn_away(&leg, asks.call, cause, Document::End, by)
                        .await
                }
            },
        }
    }

    /// What a worker hears whose record is closed. Which call their leg is, is noted if that was not known: the next
    /// caller may wait for its end.
    async fn too_late(&self, leg: &Entry<Leg>, call: CallSid, by: Deadline) -> Document {
        if leg.call_sid.is_none()
            && let Err(error) = self.adopt(leg, call, by).await
        {
            tracing::info!(call.sid = %call, %error, "the leg of a closed record could not be noted");
        }
        Document::Gone
    }

    async fn after_prompt(&self, pressed: &LegPressed, by: Deadline) -> Result<Said, TwilioError> {
        let asks = &pressed.leg;
        let Some(leg) = self.own_record(asks, by).await? else {
            return Ok((Document::Gone, None));
        };
        if leg.phase == Phase::Joining {
            return Ok((self.join_document(&leg), None));
        }
        if !leg.is_open() {
            return Ok((Document::Gone, None));
        }
        match pressed.digits.as_deref() {
            Some("1") => self.join(&leg, asks.call, by).await,
            Some("2") => {
                self.turn_away(&leg, asks.call, Cause::Declined, Document::Declined, by)
                    .await
            }
            wrong if pressed.attempt < PROMPTS => {
                let attempt = pressed.attempt.saturating_add(1);
                Ok((self.prompt_document(&leg, attempt, wrong.is_some()), None))
            }
            _ => {
                self.turn_away(&leg, asks.call, Cause::Silent, Document::End, by)
                    .await
            }
        }
    }

    /// Joins a worker to the caller, if the caller is still there.
    async fn join(
        &self,
        leg: &Entry<Leg>,
        call: CallSid,
        by: Deadline,
    ) -> Result<Said, TwilioError> {
        // A question that was not answered is no reason to keep them apart: TaskRouter looks once more.
        if let Ok(Some(Standing::Gone | Standing::Canceled | Standing::Done) | None) =
            self.standing(leg, by).await
        {
            let owed = self.withdraw(leg, by).await?;
            let words = self.too_late(owed.as_ref().unwrap_or(leg), call, by).await;
            return Ok((words, owed));
        }
        let joining = |now: &Leg| {
            (now.is_open() && now.is(call)).then(|| {
                let mut next = now.moved_to(Phase::Joining, self.0.clock.now(), self.mark());
                next.joining = Some(next.moved.as_second());
                next.call_sid = Some(call);
                next
            })
        };
        let changed = self.0.legs.change_from(leg.clone(), by, joining).await?;
        Ok(match changed {
            Changed::Moved(now) => (self.join_document(&now), None),
            Changed::Kept(now) if now.phase == Phase::Joining && now.is(call) => {
                (self.join_document(&now), None)
            }
            Changed::Kept(now) => (self.too_late(&now, call, by).await, None),
            Changed::Missing => (Document::Gone, None),
        })
    }

    fn join_document(&self, leg: &Leg) -> Document {
        let settings = &self.0.settings;
        let whisper = leg.whisper.as_ref().map(|whisper| whisper.0.clone());
        match leg.connect {
            Connect::Queue => Document::Join(Join {
                reservation: leg.reservation_sid,
                action: settings.joined_url(leg),
                after: settings.post_work_activity,
                whisper,
            }),
            Connect::Conference => Document::Meet(Meet {
                room: leg.reservation_sid,
                action: settings.joined_url(leg),
                wait: settings.alone_url(leg.reservation_sid, &leg.nonce, Side::Worker),
                starts: true,
                whisper,
            }),
        }
    }

    async fn prompt(
        &self,
        leg: &Entry<Leg>,
        call: CallSid,
        by: Deadline,
    ) -> Result<Said, TwilioError> {
        let screening = |now: &Leg| {
            let first = matches!(now.phase, Phase::Dialling | Phase::Ringing) && now.is(call);
            first.then(|| {
                let mut next = now.moved_to(Phase::Screening, self.0.clock.now(), self.mark());
                next.call_sid = Some(call);
                next
            })
        };
        let changed = self.0.legs.change_from(leg.clone(), by, screening).await?;
        Ok(match changed {
            Changed::Moved(now) => (self.prompt_document(&now, 1, false), None),
            Changed::Kept(now) if now.phase == Phase::Screening => {
                (self.prompt_document(&now, 1, false), None)
            }
            Changed::Kept(now) => (self.too_late(&now, call, by).await, None),
            Changed::Missing => (Document::Gone, None),
        })
    }

    fn prompt_document(&self, leg: &Leg, attempt: u32, wrong: bool) -> Document {
        Document::Screen(Screen {
            action: self.0.settings.key_url(leg, attempt),
            wrong,
        })
    }

    async fn turn_away(
        &self,
        leg: &Entry<Leg>,
        call: CallSid,
        cause: Cause,
        words: Document,
        by: Deadline,
    ) -> Result<Said, TwilioError> {
        let owed = self.reject(leg, Some(call), cause, by).await?;
        Ok((words, decided(owed)))
    }
}

impl super::Settings {
    fn verdict(&self, screening: Screening, answered: Option<AnsweredBy>) -> Verdict {
        match answered {
            Some(AnsweredBy::Human) => Verdict::Join,
            Some(AnsweredBy::Machine) => Verdict::Reject(Cause::Machine),
            Some(AnsweredBy::Fax) => Verdict::Reject(Cause::Fax),
            Some(AnsweredBy::Unknown) => match self.doubt {
                super::Doubt::Screen => Verdict::Prompt,
                super::Doubt::Join => Verdict::Join,
                super::Doubt::Reject => Verdict::Reject(Cause::Machine),
            },
            None if screening == Screening::None => Verdict::Join,
            // Twilio was to listen and says nothing of it: then a key has to say it.
            None => Verdict::Prompt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::dispatch::{Doubt, plan::tests::settings};

    #[test]
    fn who_is_joined_who_is_asked_and_who_is_not() {
        use AnsweredBy::{Fax, Human, Machine, Unknown};
        use Screening::{Amd, Both, None as Nobody, Press1};
        let machine = Verdict::Reject(Cause::Machine);
        let rows = [
            (Amd, Some(Human), Verdict::Join),
            (Amd, Some(Machine), machine),
            (Amd, Some(Fax), Verdict::Reject(Cause::Fax)),
            (Amd, Some(Unknown), Verdict::Prompt),
            (Amd, None, Verdict::Prompt),
            (Press1, None, Verdict::Prompt),
            (Both, None, Verdict::Prompt),
            (Both, Some(Machine), machine),
            (Nobody, None, Verdict::Join),
            (Nobody, Some(Machine), machine),
        ];
        let mut settings = settings();
        for (screening, answered, wanted) in rows {
            let verdict = settings.verdict(screening, answered);
            assert_eq!(verdict, wanted, "{screening:?} {answered:?}");
        }
        for (doubt, wanted) in [(Doubt::Join, Verdict::Join), (Doubt::Reject, machine)] {
            settings.doubt = doubt;
            assert_eq!(settings.verdict(Amd, Some(Unknown)), wanted);
        }
    }
}
