//! What agents do besides parking: they decline, go off line and on line again, call customers, hear messages, put
//! call-backs into line again, and write up what they have done.

use std::time::Duration;

use serde_json::Value;
use switchboard::{
    emulator::{Browser, Reply},
    twilio::sid::TaskSid,
};
use tokio::time::sleep;

use super::{
    centre::{OWN, SHARED},
    customers::Customer,
    whole::Whole,
};
use crate::stage::number;

/// Puts a call-back into line again.
const REQUEUE: &str = "/features/callback-and-voicemail/flex/requeue-callback";

impl Whole {
    /// One of the agents takes what is offered to them first.
    pub(super) fn somebody_accepts(&mut self) {
        let Some(agent) = self.play.one(&self.play.agents) else {
            return;
        };
        self.play.hands.spawn(async move {
            sleep(Duration::from_millis(700)).await;
            if let Some(offer) = agent.offers().first() {
                // It may be gone by then.
                let _ = agent.accept(*offer).await;
            }
        });
    }

    pub(super) fn somebody_declines(&mut self) {
        if let Some(agent) = self.play.one(&self.play.agents)
            && let Some(offer) = agent.offers().first()
        {
            let _ = agent.reject(*offer);
            self.declined += 1;
        }
    }

    pub(super) fn somebody_goes(&mut self, activity: &str) {
        if let Some(agent) = self.play.one(&self.play.agents) {
            agent.go_to(activity).expect("an activity");
        }
    }

    /// An agent calls somebody who has called before, and shows their own number or the one that all share. Later,
    /// perhaps, that customer calls back.
    pub(super) fn somebody_calls_out(&mut self) {
        let rng = &self.play.rng;
        let nth = usize::try_from(rng.below(OWN.len() as u64)).unwrap_or(0);
        let agent = &self.play.agents[nth];
        let Some(customer) = self.play.one(&self.customers) else {
            return;
        };
        let own = rng.below(2) == 0;
        let shown = number(if own { OWN[nth].0 } else { SHARED });
        let emulator = &self.play.stage.emulator;
        let desk = emulator.workflow_named("The desk").expect("a workflow");
        // Whoever is off line, or talks, cannot.
        let there = emulator.worker(agent.worker());
        if agent.live().is_some() || !there.is_some_and(|it| it.available) {
            return;
        }
        let Ok(call) = agent.dial(desk, &number(&customer.numbers[0]), &shown) else {
            return;
        };
        self.called_out += 1;
        self.play.callers.push(call);
        self.customers.push(Customer {
            call,
            wish: None,
            numbers: customer.numbers,
        });
    }

    /// An agent writes up a task that is no call; a call-back in vain is put into line again first.
    pub(super) fn somebody_finishes(&mut self) {
        let Some(agent) = self.play.one(&self.play.agents) else {
            return;
        };
        let live = agent.live();
        let Some(task) = agent.tasks().into_iter().find(|task| Some(*task) != live) else {
            return;
        };
        let again = self.play.rng.below(2) == 0 && self.is_follow_up(task);
        let twice = self.play.rng.below(4) == 0;
        let requeued = self.requeued.clone();
        self.play.hands.spawn(async move {
            if again {
                let one = requeue(&agent, task);
                let answers = if twice {
                    let (one, two) = tokio::join!(one, requeue(&agent, task));
                    vec![one, two]
                } else {
                    vec![one.await]
                };
                let answers = answers.into_iter().flatten();
                let made = answers.filter(Reply::is_success);
                let made = made.map(|reply| (task, reply.body["taskSid"].clone()));
                requeued.lock().unwrap().extend(made);
            }
            let _ = agent.complete(task);
        });
    }

    fn is_follow_up(&self, task: TaskSid) -> bool {
        let found = self.play.stage.emulator.task(task);
        found.is_some_and(|task| task.attributes["callBackData"].is_object())
    }

    /// An agent looks at their messages, and notes what they have heard.
    pub(super) fn somebody_hears_messages(&mut self) {
        let Some(agent) = self.play.one(&self.play.agents) else {
            return;
        };
        let state = ["heard", "done"][usize::try_from(self.play.rng.below(2)).unwrap_or(0)];
        self.play.hands.spawn(async move {
            let Ok(listed) = agent.get("/voicemails").await else {
                return;
            };
            let first = listed.body["voicemails"].get(0).cloned();
            let first = first.unwrap_or(Value::Null);
            let (Some(of), Some(recording)) =
                (first["box"].as_str(), first["recordingSid"].as_str())
            else {
                return;
            };
            let fields = [("box", of), ("recordingSid", recording), ("state", state)];
            let _ = agent.post("/voicemails/mark", &fields).await;
        });
    }
}

async fn requeue(agent: &Browser, task: TaskSid) -> Option<Reply> {
    let reply = agent.post(REQUEUE, &[("taskSid", task.as_str())]).await;
    reply.ok()
}
