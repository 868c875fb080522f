//! The life of a leg: it rings, it is answered, it plays its TwiML until that ends or a party hangs up.
//!
//! One task a leg. It never decides about other legs: it looks at its own place in the world and waits to be rung.
//! REST may take it away from whatever it plays at any moment, so the player is a future that is simply dropped;
//! what it had asked the application for travels on by itself and its answer is dropped, as it is at Twilio.

mod dial;
mod document;
mod gather;
mod pickup;
mod queue;
mod record;
mod tape;
mod verbs;

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

pub(super) use self::document::joined;
use super::{Emulator, Heard, calls::Call, hooks::Source, journal::Event};
use crate::twilio::sid::CallSid;

/// How a document ended.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// `<Hangup>`, `<Reject>`, or an error Twilio hangs up on.
    Over,
    /// The last verb was done and there is no other.
    RanOut,
    /// As [`Ending::RanOut`], but after a talk: a call may end so.
    TalkedOut,
}

/// What is next after a verb.
#[derive(Debug)]
enum Step {
    /// The next verb.
    Next,
    /// The next verb, after a talk.
    Talked,
    /// Another document.
    Go(Source),
    /// Nothing: the leg hangs up.
    Over,
    /// `<Leave>`: out of the queue.
    Leave,
}

impl Emulator {
    /// Lives a leg's life to its end.
    pub(super) async fn live(&self, sid: CallSid) {
        if !self.ring(sid).await {
            return;
        }
        let verdict = self.detect(sid).await;
        match self.of(sid, |call| call.voice.clone()).flatten() {
            Some(source) => self.follow(sid, source.and(verdict)).await,
            None => self.only_talk(sid).await,
        }
    }

    /// Plays `source` and whatever REST puts in its place, to the end of the leg.
    async fn follow(&self, sid: CallSid, mut source: Source) {
        let orders = self.bell(sid, |call| &call.orders);
        let mut name = "voice";
        loop {
            let ending = tokio::select! {
                biased;
                () = self.ordered(sid, &orders) => None,
                ending = self.play(sid, name, source) => Some(ending),
            };
            let Some(order) = self.go_on(sid, ending.unwrap_or(Ending::Over)) else {
                return;
            };
            // Twilio asks for the interrupted verb's action first, a third of a second before the new document.
            self.0.clock.sleep(Duration::from_millis(350)).await;
            (name, source) = ("moved", order);
        }
    }

    /// A leg without TwiML (an agent, a called party) stays until it is ended, or REST gives it TwiML.
    async fn only_talk(&self, sid: CallSid) {
        let orders = self.bell(sid, |call| &call.orders);
        loop {
            self.ordered(sid, &orders).await;
            if self.over(sid) {
                return;
            }
            if let Some(source) = self.take_order(sid) {
                return self.follow(sid, source).await;
            }
        }
    }

    /// What REST has given the leg to play; if nothing, the leg is over.
    fn go_on(&self, sid: CallSid, ending: Ending) -> Option<Source> {
        self.with(|world| {
            let call = world.calls.get_mut(sid)?;
            if call.status.is_final() {
                return None;
            }
            if let Some(order) = call.order.take() {
                return Some(order);
            }
            if matches!(ending, Ending::RanOut) {
                world.note(Event::FellOff { call: sid });
                if let Some(call) = world.calls.get_mut(sid) {
                    call.fell_off = true;
                }
            }
            world.end_call(sid);
            None
        })
    }

    /// Waits until the leg is over or REST has given it something else to play.
    async fn ordered(&self, sid: CallSid, orders: &Notify) {
        while self
            .of(sid, |call| call.order.is_none() && !call.status.is_final())
            .unwrap_or(false)
        {
            orders.notified().await;
        }
    }

    fn take_order(&self, sid: CallSid) -> Option<Source> {
        self.with(|world| world.calls.get_mut(sid)?.order.take())
    }

    fn over(&self, sid: CallSid) -> bool {
        self.of(sid, |call| call.status.is_final()).unwrap_or(true)
    }

    fn of<T>(&self, sid: CallSid, read: impl FnOnce(&Call) -> T) -> Option<T> {
        self.lock().calls.get(sid).map(read)
    }

    fn bell(&self, sid: CallSid, of: impl FnOnce(&Call) -> &Arc<Notify>) -> Arc<Notify> {
        self.of(sid, |call| Arc::clone(of(call)))
            .unwrap_or_default()
    }

    fn heard(&self, sid: CallSid, what: Heard) {
        self.with(|world| {
            if let Some(call) = world.calls.get_mut(sid) {
                call.heard.push(what.clone());
            }
            world.note(Event::Heard { call: sid, what });
        });
    }
}
