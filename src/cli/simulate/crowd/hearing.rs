//! What the people of a day make of what TaskRouter tells.
//!
//! Each piece of news moves a caller or an agent from one state to another, is counted where the [`Tally`](super::Tally) counts,
//! and perhaps makes one of them do something later.

use std::time::Duration;

use super::{Act, Agent, Caller, Crowd};
use crate::{
    cli::simulate::tally::Place,
    emulator::{CallStatus, CallView, Routed},
    features::dispatch,
    twilio::sid::{CallSid, ReservationSid, WorkerSid},
};

impl Crowd<'_> {
    /// A call is over: no agent waits for it any more once its task is over, too.
    pub(super) fn hung_up(&mut self, at: Duration, call: CallSid) {
        let Some(caller) = self.callers.get_mut(&call) else {
            return;
        };
        caller.gone = true;
        if caller.queued.is_none() {
            // They hung up before they were in the queue.
            caller.done = true;
            self.tally
                .abandoned(caller.arrived, at.saturating_sub(caller.arrived));
        }
        self.forget(call);
    }

    fn forget(&mut self, call: CallSid) {
        let over = |it: &Caller| it.gone && it.done;
        if self.callers.get(&call).is_some_and(over) {
            self.callers.remove(&call);
        }
    }

    /// TaskRouter did something.
    pub(super) fn hears(&mut self, at: Duration, routed: &Routed) {
        match (routed.kind, routed.call, routed.worker) {
            ("task.created", Some(call), _) => {
                if let Some(caller) = self.callers.get_mut(&call) {
                    caller.queued = Some(at);
                    self.tally.waiting.up(at);
                }
            }
            ("task.canceled", Some(call), _) => self.left(at, call),
            ("task.completed", Some(call), _) => {
                if let Some(caller) = self.callers.get_mut(&call) {
                    caller.done = true;
                }
                self.forget(call);
            }
            ("worker.activity.update", _, Some(worker)) => self.moved(at, worker, routed.available),
            (kind, _, Some(worker)) if kind.starts_with("reservation.") => {
                self.offered(at, worker, routed);
            }
            _ => {}
        }
    }

    /// A caller's task died before anybody took it.
    fn left(&mut self, at: Duration, call: CallSid) {
        let Some(caller) = self.callers.get_mut(&call) else {
            return;
        };
        caller.done = true;
        self.tally.waiting.down(at);
        let ended = |it: CallView| it.status == CallStatus::Completed;
        if caller.gone || self.emulator.call(call).is_some_and(ended) {
            let queued = caller.queued.unwrap_or(caller.arrived);
            self.tally
                .abandoned(caller.arrived, at.saturating_sub(queued));
        } else {
            self.tally.lost += 1;
        }
        self.forget(call);
    }

    fn moved(&mut self, at: Duration, worker: WorkerSid, available: bool) {
        let Some(agent) = self.agents.get_mut(&worker) else {
            return;
        };
        if agent.available == available {
            return;
        }
        agent.available = available;
        if available {
            self.away -= 1;
            self.tally.away.down(at);
        } else {
            self.away += 1;
            self.tally.away.up(at);
        }
    }

    /// Something became of an offer.
    fn offered(&mut self, at: Duration, worker: WorkerSid, routed: &Routed) {
        let Some(place) = self.agents.get(&worker).map(Agent::place) else {
            return;
        };
        let Some((task, reservation)) = routed.task.zip(routed.reservation) else {
            return;
        };
        let offers = self.tally.offers(place);
        match routed.kind {
            "reservation.created" => {
                offers.made += 1;
                self.tally.ringing.up(at);
                self.rings(worker, reservation);
                return;
            }
            "reservation.wrapup" => {
                self.talks(at, worker, false);
                self.tally.wrapping.up(at);
                if place == Place::Flex {
                    let caller = routed.call.and_then(|call| self.callers.get(&call));
                    let wrap = caller.map_or(Duration::ZERO, |it| it.habits.wrap);
                    self.after(wrap, Act::Finish(task));
                }
                return;
            }
            "reservation.completed" => {
                // One that was talking was not wrapping up.
                if !self.talks(at, worker, false) {
                    self.tally.wrapping.down(at);
                }
                return;
            }
            "reservation.accepted" => {
                offers.accepted += 1;
                self.talks(at, worker, true);
                self.answered(at, routed.call);
            }
            "reservation.canceled" | "reservation.rescinded" => offers.canceled += 1,
            "reservation.timeout" => {
                offers.timed_out += 1;
                self.after(self.plan.back, Act::ComeBack(worker));
            }
            "reservation.rejected" => {
                let cause = self.cause(reservation);
                let offers = self.tally.offers(place);
                *offers.rejected.entry(cause).or_default() += 1;
            }
            _ => return,
        }
        self.tally.ringing.down(at);
    }

    /// An agent begins to talk, or talks no more; whether they talked.
    fn talks(&mut self, at: Duration, worker: WorkerSid, now: bool) -> bool {
        let Some(agent) = self.agents.get_mut(&worker) else {
            return false;
        };
        let before = std::mem::replace(&mut agent.talking, now);
        match (before, now) {
            (false, true) => self.tally.talking.up(at),
            (true, false) => self.tally.talking.down(at),
            _ => {}
        }
        before
    }

    /// A call is offered to an agent: in Flex they see it or not, a phone will behave as chance has it.
    fn rings(&mut self, worker: WorkerSid, reservation: ReservationSid) {
        match self.agents.get(&worker).and_then(|it| it.phone.clone()) {
            Some(phone) => self.emulator.phone(&phone, self.habits.answer()),
            None => {
                if let Some(wait) = self.habits.acceptance() {
                    self.after(wait, Act::Take(reservation));
                }
            }
        }
    }

    fn answered(&mut self, at: Duration, call: Option<CallSid>) {
        let Some((call, caller)) = call.and_then(|call| Some((call, self.callers.get_mut(&call)?)))
        else {
            return;
        };
        caller.answered = true;
        let wait = at.saturating_sub(caller.queued.unwrap_or(caller.arrived));
        let (arrived, talk) = (caller.arrived, caller.habits.talk);
        self.tally.waiting.down(at);
        self.tally.answered(arrived, wait, self.plan.within);
        self.after(talk, Act::HangUp(call));
    }

    /// Why the application rejected an offer: it writes it down before it does.
    fn cause(&self, reservation: ReservationSid) -> String {
        let map = dispatch::map_of(reservation);
        let record = self.emulator.map_item(&map, reservation.as_str());
        let cause = record.and_then(|it| it["cause"].as_str().map(str::to_owned));
        cause.unwrap_or_else(|| "not recorded".to_owned())
    }
}
