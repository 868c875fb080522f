//! The evening: no more callers, the weather clears, everybody goes where they want to be. Then nothing may be left.

use std::time::Duration;

use switchboard::emulator::{Answer, Callee, Heard, Pickup};

use super::{
    TICK,
    centre::{LINE, MISSED, NOBODY},
    day::{Day, SETTLING},
};
use crate::stage::number;

impl Day {
    /// Plays the evening, and judges the day.
    pub(super) async fn evening(&mut self) {
        if !self.faults.is_empty() {
            return;
        }
        self.clears_up();
        self.open = true;
        self.everybody_leaves().await;
        self.ticks(SETTLING).await;
        self.nobody_is_left();
        self.workers_are_where_they_want_to_be();
        self.what_was_heard();
        self.a_last_caller_is_served().await;
        self.centre.stage.emulator.settled().await;
        self.faults.extend(self.centre.stage.emulator.finish());
        self.faults.extend(self.centre.stage.manners.faults());
    }

    async fn ticks(&mut self, time: Duration) {
        for _ in 0..time.as_secs() / TICK.as_secs() {
            if self.faults.is_empty() {
                self.agents_work();
                self.a_tick_passes().await;
            }
        }
    }

    async fn everybody_leaves(&mut self) {
        while self.faults.is_empty()
            && (!self.customers.is_empty() || self.centre.workers.iter().any(|it| !it.knows()))
        {
            self.a_phone_changes();
            self.ticks(TICK).await;
        }
    }

    fn nobody_is_left(&mut self) {
        let emulator = &self.centre.stage.emulator;
        let live = emulator.live_calls();
        let live = live
            .iter()
            .map(|call| format!("still on the line: {call:?}"));
        let tasks = emulator.tasks().into_iter();
        let open = tasks.filter(|task| !matches!(task.status, "completed" | "canceled"));
        let open = open.map(|task| format!("still open: {task:?}"));
        let left: Vec<_> = live.chain(open).collect();
        self.faults.extend(left);
    }

    fn workers_are_where_they_want_to_be(&mut self) {
        let emulator = &self.centre.stage.emulator;
        for worker in &self.centre.workers {
            let is = emulator.worker_activity(worker.sid).unwrap_or_default();
            let told = || {
                emulator
                    .inbox(&worker.phone)
                    .iter()
                    .any(|it| it.body == MISSED)
            };
            let fits = match is.as_str() {
                "Available" => worker.wants,
                "Offline" => !worker.wants,
                "On a break" => worker.wants && self.centre.misses && told(),
                _ => false,
            };
            if !fits {
                let wants = if worker.wants { "on" } else { "off" };
                let fault = format!("{:?} wants to be {wants} line and is {is}", worker.sid);
                self.faults.push(fault);
            }
        }
    }

    /// What everybody heard on this day.
    fn what_was_heard(&mut self) {
        for call in self.centre.stage.emulator.calls() {
            let heard = |what: &Heard| call.heard.contains(what);
            // A Flex agent's leg is one, too.
            if call.direction == "outbound-api" && call.to.starts_with('+') {
                self.sums.legs += 1;
                let person = matches!(call.picked_up_by, Some(Callee::Human));
                self.sums.machines += u64::from(call.picked_up_by.is_some() && !person);
                let talks = heard(&Heard::Somebody) || heard(&Heard::Conference);
                self.sums.talks += u64::from(talks && person);
                if talks && !person {
                    self.faults
                        .push(format!("a customer heard a machine: {call:?}"));
                }
            } else if call.to == LINE {
                self.sums.unheard += u64::from(heard(&Heard::Words(NOBODY.to_owned())));
            }
        }
    }

    /// After all that, somebody calls, and a worker at home answers.
    async fn a_last_caller_is_served(&mut self) {
        // The agents in Flex go home first.
        self.open = false;
        if !self.faults.is_empty() {
            return;
        }
        let nth = self.rng.below(self.centre.workers.len() as u64);
        let nth = usize::try_from(nth).expect("small");
        let stage = &self.centre.stage;
        for agent in &self.centre.agents {
            agent.go_to("Offline").expect("off line");
        }
        let worker = &mut self.centre.workers[nth];
        worker.wants = true;
        let person = Pickup::human(Duration::from_secs(3)).presses(Duration::from_secs(5), "1");
        stage.emulator.phone(&worker.phone, Answer::By(person));
        worker.repeats(stage, &self.rng, self.tick);
        let phone = worker.phone.clone();
        self.ticks(Duration::from_mins(1)).await;
        let stage = &self.centre.stage;
        let call = stage.emulator.place_call("+13035559999", &number(LINE));
        let mut served = false;
        for _ in 0..600 {
            self.a_tick_passes().await;
            let call = self.centre.stage.call(call);
            let heard = |what| call.heard.contains(&what);
            served = heard(Heard::Somebody) || heard(Heard::Conference);
            if served || call.status.is_final() {
                break;
            }
        }
        if !served {
            let mask = &phone[phone.len() - 2..];
            self.faults
                .push(format!("the last caller was not served by …{mask}"));
        }
        self.centre.stage.emulator.hang_up(call);
        self.ticks(Duration::from_mins(1)).await;
    }
}
