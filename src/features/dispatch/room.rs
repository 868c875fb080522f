//! Joining in a conference: a room named after the reservation, so that no caller can come to the wrong one.
//!
//! A call that is bridged by `<Dial><Queue>` can neither be put on hold nor given to a third person; one in a
//! conference can. The worker's leg is screened as ever; then:
//!
//! 1. The worker goes to the room first, and while the conference has not started Twilio asks for the room's `waitUrl`.
//!    That request says that they are really there, and it comes again every few seconds while they are alone.
//! 2. Only then the caller is brought: a `redirect` instruction that also accepts the reservation, in one request. It is
//!    refused unless the reservation is pending, so until that moment nothing has happened to the caller, and whatever
//!    fails before leaves them in the queue. If the answer is lost, the next `waitUrl` request looks how things stand.
//! 3. The caller's document ([`Dispatch::meet`]) reads the record. If the worker is still to be met, they go to the room.
//!    If not, because the worker hung up in that second, they go back into the queue, ahead of everybody.
//!
//! The caller may not start the conference. So a caller who comes into an empty conference does not sit there in silence: they hear
//! the `waitUrl`, and by asking for it tell us, and are taken back to the queue. Should no replica hear it, the record
//! is a debt that is closed only once the room has been looked into (`dispatch/settle.rs`), by whichever replica lives.
//!
//! The conference ends when either leaves, so neither is left alone after a talk. To hand a caller over, switch
//! `EndConferenceOnExit` of the participants off by REST first.

use jiff::SignedDuration;

use super::{
    Dispatch,
    cause::Cause,
    record::{Leg, Phase},
    settle::LegEnd,
};
use crate::{
    durable::store::Entry,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::{
            calls::{CallStatus, Next, is_over},
            reservations::{Standing, is_settled},
        },
        sid::{CallSid, ReservationSid},
    },
    twiml::document::{Again, Document, Fault, Meet, Onward, PickUp},
};

/// Ahead of callers who have not been as good as joined.
const PRIORITY: u32 = 1_000;

/// How long a caller takes at most from the queue to the room.
const ON_THE_WAY: SignedDuration = SignedDuration::from_secs(20);

/// How often, and how far apart, the room is looked into for a caller who may be on the way.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: std::time::Duration = std::time::Duration::from_secs(1);

/// What a document of a room is asked with.
#[derive(Clone, Debug)]
pub struct RoomAsks {
    /// The reservation in its URL.
    pub reservation: ReservationSid,
    /// The nonce in its URL.
    pub nonce: String,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The worker.
    Worker,
    /// The caller.
    Caller,
}

impl Side {
    /// Reads the word in a URL.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "worker" => Some(Self::Worker),
            "caller" => Some(Self::Caller),
            _ => None,
        }
    }

    /// Its word in a URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Caller => "caller",
        }
    }
}

/// A participant who is alone in a conference.
#[derive(Clone, Debug)]
pub struct Alone {
    /// Which room.
    pub room: RoomAsks,
    /// Who it is.
    pub side: Side,
}

impl Dispatch {
    /// The record of a room, if its URL is genuine.
    async fn record_of(
        &self,
        asks: &RoomAsks,
        by: Deadline,
    ) -> Result<Option<Entry<Leg>>, TwilioError> {
        let found = self.0.legs.read(asks.reservation.as_str(), by).await?;
        Ok(found.filter(|leg| leg.nonce == asks.nonce))
    }

    /// What a caller hears who was brought, and what is owed once they have heard it: to the room, or back.
    pub async fn meet(&self, asks: &RoomAsks, by: Deadline) -> (Document, Option<Leg>) {
        match self.room_or_queue(asks, by).await {
            Ok(said) => said,
            Err(error) => {
                tracing::warn!(reservation.sid = %asks.reservation, %error, "a caller has to wait for a room");
                let next = self.0.settings.meet_again_url(asks);
                (Document::Again(Again { next }), None)
            }
        }
    }

    async fn room_or_queue(
        &self,
        asks: &RoomAsks,
        by: Deadline,
    ) -> Result<(Document, Option<Leg>), TwilioError> {
        let settings = &self.0.settings;
        let Some(leg) = self.record_of(asks, by).await? else {
            tracing::error!(reservation.sid = %asks.reservation, "a caller was brought for whom there is no record");
            return Ok((Document::Fault(Fault { again: None }), None));
        };
        if leg.phase == Phase::Joining {
            let meet = Meet {
                room: leg.reservation_sid,
                action: settings.met_url(&leg),
                wait: settings.alone_url(leg.reservation_sid, &leg.nonce, Side::Caller),
                starts: false,
                whisper: None,
            };
            return Ok((Document::Meet(meet), None));
        }
        if let Some(caller) = leg.caller_sid
            && self.call_is_over(caller, by).await?
        {
            // A request that comes again, when all is over.
            return Ok((Document::End, Some(leg.record)));
        }
        self.back_to_queue(leg.record, by).await
    }

    /// The caller goes back to where they came from, ahead of everybody, as a new task.
    async fn back_to_queue(
        &self,
        leg: Leg,
        by: Deadline,
    ) -> Result<(Document, Option<Leg>), TwilioError> {
        self.rest_after_room(&leg, by).await;
        let task = self.0.twilio.tasks(by).fetch(leg.task_sid).await?;
        let routed = task.as_ref().and_then(|task| task.workflow_sid);
        let Some(workflow) = routed.or(leg.workflow_sid) else {
            tracing::error!(task.sid = %leg.task_sid, "nobody knows by which workflow a caller came");
            return Ok((Document::Fault(Fault { again: None }), Some(leg)));
        };
        let mut attributes = task.map(|task| task.attributes).unwrap_or_default();
        attributes.remove("conference");
        attributes.remove("worker_call_sid");
        let back = PickUp {
            workflow,
            action: self.0.settings.met_url(&leg),
            wait: None,
            priority: PRIORITY,
            task: serde_json::Value::Object(attributes).to_string(),
        };
        Ok((Document::PickUp(back), Some(leg)))
    }

    /// The worker took a caller and hung up before they met. They are left in peace for a while, as after any hang-up,
    /// and before the caller is offered again: or their phone would ring in circles.
    async fn rest_after_room(&self, leg: &Leg, by: Deadline) {
        if leg.cause.is_some() || leg.phase == Phase::Withdrawn {
            return;
        }
        if let Err(error) = self.send_away(leg, Cause::HungUp, by).await {
            tracing::warn!(worker.sid = %leg.worker_sid, %error, "a worker could not be sent into cool-down");
        }
    }

    /// Completes the task of a leg whose caller is back in the queue: it was accepted when they were brought.
    pub async fn close_task_of(&self, leg: &Leg) {
        let by = Deadline::after(super::settle::PATIENCE);
        if let Err(error) = self.complete_if_taken(leg, by).await {
            tracing::warn!(task.sid = %leg.task_sid, %error, "the task of a caller who is back in the queue is left to the reconciler");
        }
    }

    /// What a caller does after the room, or after a queue they went back to.
    #[must_use]
    pub fn met(&self, failed: bool) -> Document {
        match &self.0.settings.caller_next {
            _ if failed => Document::Fault(Fault { again: None }),
            Some(next) => Document::Onward(Onward { next: next.clone() }),
            None => Document::End,
        }
    }

    /// What one hears who is alone; [`Dispatch::look_after`] them, too.
    #[must_use]
    pub fn alone(&self, alone: &Alone) -> Document {
        let RoomAsks { reservation, nonce } = &alone.room;
        let next = self.0.settings.alone_url(*reservation, nonce, alone.side);
        Document::Again(Again { next })
    }

    /// Takes care of a participant who is alone: brings the caller to a worker, tells a worker that there is none, takes a caller back.
    pub async fn look_after(&self, alone: &Alone) {
        let by = Deadline::after(super::settle::PATIENCE);
        let done = async {
            let Some(leg) = self.record_of(&alone.room, by).await? else {
                return Ok(());
            };
            match alone.side {
                Side::Worker => self.worker_alone(&leg, by).await,
                Side::Caller => self.caller_alone(&leg, by).await,
            }
        };
        if let Err(error) = done.await {
            tracing::warn!(reservation.sid = %alone.room.reservation, %error, "a participant who is alone in a conference has to wait");
        }
    }

    /// Only a worker is in the conference.
    pub(super) async fn worker_alone(
        &self,
        leg: &Entry<Leg>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let Some(caller) = leg.brought().filter(|_| leg.phase == Phase::Joining) else {
            return self.send_home(leg, by).await;
        };
        match self.standing(leg, by).await? {
            Some(Standing::Pending) => self.bring(leg, caller, by).await,
            Some(Standing::Gone | Standing::Canceled) | None => self.nobody_comes(leg, by).await,
            Some(_) if self.call_is_over(caller, by).await? => self.nobody_comes(leg, by).await,
            Some(_) => Ok(()),
        }
    }

    /// Takes the task, and the caller out of the queue: both or neither.
    async fn bring(&self, leg: &Leg, caller: CallSid, by: Deadline) -> Result<(), TwilioError> {
        let url = self.0.settings.meet_url(leg);
        let reservations = self.0.twilio.reservations(leg.task_sid, by);
        match reservations
            .redirect(leg.reservation_sid, caller, &url)
            .await
        {
            // Another request has, or the caller is gone. The next time one can see which.
            Err(error) if is_settled(&error) || error.nothing_happened() => {
                tracing::info!(reservation.sid = %leg.reservation_sid, %error, "a caller was not brought");
                Ok(())
            }
            other => other,
        }
    }

    /// The worker waits in vain: they are told, and what is owed is paid.
    async fn nobody_comes(&self, leg: &Entry<Leg>, by: Deadline) -> Result<(), TwilioError> {
        match self.talk_over(leg, Cause::Lost, by).await? {
            Some(owed) => self.pay(&owed, LegEnd::ByUs, by).await,
            None => Ok(()),
        }
    }

    /// Only a caller is in the conference.
    async fn caller_alone(&self, leg: &Entry<Leg>, by: Deadline) -> Result<(), TwilioError> {
        if leg.phase != Phase::Joining {
            return self.look_for_caller(leg, by).await;
        }
        // The worker may be a moment behind, if their leg still goes on.
        if self.call_of(leg, by).await?.is_some() {
            return Ok(());
        }
        match self.talk_over(leg, Cause::HungUp, by).await? {
            Some(owed) => self.pay(&owed, LegEnd::Over, by).await,
            None => Ok(()),
        }
    }

    /// Leaves no caller in the conference of a leg that is over: a caller who is there alone goes back into the queue. One
    /// that talks to another party was handed over, and stays.
    pub(super) async fn look_for_caller(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        let Some(caller) = leg.brought() else {
            return Ok(());
        };
        for look in 0..LOOKS {
            if look > 0 {
                self.0.clock.sleep(BETWEEN_LOOKS).await;
            }
            let room = leg.reservation_sid.as_str();
            let inside = self.0.twilio.conferences(by).in_room(room).await?;
            if inside.contains(&caller) {
                let worker = leg.call_sid;
                let others = inside.iter().any(|it| *it != caller && Some(*it) != worker);
                return if others {
                    Ok(())
                } else {
                    self.take_back(leg, caller, by).await
                };
            }
            let since = leg.joining.unwrap_or_default();
            let age = self.0.clock.now().as_second().saturating_sub(since);
            if age > ON_THE_WAY.as_secs() || self.call_is_over(caller, by).await? {
                break;
            }
        }
        Ok(())
    }

    /// The same document that brought them leads back, because the record has moved on.
    async fn take_back(&self, leg: &Leg, caller: CallSid, by: Deadline) -> Result<(), TwilioError> {
        tracing::info!(reservation.sid = %leg.reservation_sid, "a caller who was alone in a room goes back into the queue");
        let url = self.0.settings.meet_url(leg);
        self.move_to(caller, url, by).await
    }

    /// Tells a worker who is still in the conference that there is no caller for them: their first document says so.
    pub(super) async fn send_home(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        match leg.call_sid {
            Some(call) => self.move_to(call, self.0.settings.leg_url(leg), by).await,
            None => Ok(()),
        }
    }

    async fn move_to(&self, call: CallSid, url: String, by: Deadline) -> Result<(), TwilioError> {
        let next = Next::Url {
            fallback: url.clone(),
            url,
            harmless: true,
        };
        match self.0.twilio.calls(by).redirect(call, &next, None).await {
            Err(error) if is_over(&error) => Ok(()),
            other => other,
        }
    }

    pub(super) async fn call_is_over(
        &self,
        call: CallSid,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        match self.0.twilio.calls(by).fetch(call).await {
            Ok(call) => Ok(call.status == CallStatus::Over),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }
}
