//! `<Enqueue workflowSid>`: a wait for an agent, the talk with them, and the verb's `action` after both.
//!
//! While the caller waits, the `waitUrl` document plays round and round (Twilio asks for it again when it runs out);
//! `<Leave>` in it takes the caller out. The `action` comes when the caller leaves, and after a talk when that is
//! over (`bridged`); if the task cannot be made, at once with `error`.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Step, document::Sheet, verbs::Stage};
use crate::{
    emulator::{
        Emulator, Heard,
        hooks::{Fields, Hook, Source},
        twiml::{Enqueue, Flaw},
    },
    twilio::sid::CallSid,
};

impl Emulator {
    pub(super) async fn enqueue(
        &self,
        sid: CallSid,
        sheet: &Sheet,
        enqueue: &Enqueue,
    ) -> Result<Step, Flaw> {
        let link = |url: &String| sheet.link(url, enqueue.method);
        let action = enqueue.action.as_ref().map(link).transpose()?;
        let wait = match enqueue.wait.as_deref() {
            None => Wait::Music,
            Some("") => Wait::Silence,
            Some(url) => Wait::Document(sheet.link(url, enqueue.wait_method)?),
        };
        if let Err(code) = self.queue_up(sid, enqueue, action.clone()) {
            self.warn(Some(sid), code, "the call could not be queued".to_owned());
            let result = ("QueueResult", "error".to_owned());
            let mut fields = vec![result];
            fields.push(("QueueTime", "0".to_owned()));
            return Ok(Self::act_on(action, fields, Step::Next));
        }
        let moves = self.bell(sid, |call| &call.moves);
        let asked_to = tokio::select! {
            biased;
            () = async { while self.waits(sid) { moves.notified().await; } } => None,
            step = self.wait(sid, wait) => Some(step),
        };
        match asked_to {
            Some(Step::Over) => {
                self.with(|world| world.end_call(sid));
                return Ok(Step::Over);
            }
            Some(_) => self.leave_queue(sid),
            None => {}
        }
        if let Some(source) = self.whispered(sid) {
            tokio::select! {
                biased;
                () = async { while !self.queue_is_over(sid) { moves.notified().await; } } => {}
                () = self.whisper(sid, source) => self.with(|world| world.they_talk(sid)),
            }
        }
        while !self.queue_is_over(sid) {
            moves.notified().await;
        }
        Ok(self.after_queue(sid, action))
    }

    fn queue_up(&self, sid: CallSid, enqueue: &Enqueue, action: Option<Hook>) -> Result<(), u32> {
        let workflow = enqueue.workflow.parse().map_err(|_| 20001_u32)?;
        let task: Map<String, Value> = crate::json::object(&enqueue.task).map_err(|_| 40140_u32)?;
        self.with(|world| world.enter_queue(sid, workflow, task, enqueue.priority, action))
    }

    /// Plays what a waiting caller hears, for as long as it takes.
    async fn wait(&self, sid: CallSid, wait: Wait) -> Step {
        let hook = match wait {
            Wait::Document(hook) => hook,
            Wait::Music | Wait::Silence => {
                if matches!(wait, Wait::Music) {
                    self.heard(sid, Heard::QueueMusic);
                }
                return std::future::pending().await;
            }
        };
        loop {
            let mut source = Source::Fetch(hook.clone(), self.wait_fields(sid));
            let round = loop {
                let Some(sheet) = self.document(sid, "queue wait", source).await else {
                    return Step::Over;
                };
                match self.wait_round(sid, &sheet).await {
                    Step::Go(Source::Fetch(next, mut extra)) => {
                        extra.extend(self.wait_fields(sid));
                        source = Source::Fetch(next, extra);
                    }
                    other => break other,
                }
            };
            if matches!(round, Step::Leave | Step::Over) {
                return round;
            }
            // An empty document must not turn the wait into a storm of requests.
            self.0.clock.sleep(Duration::from_millis(250)).await;
        }
    }

    /// What the caller hears before they talk to the party that dialed the queue.
    fn whispered(&self, sid: CallSid) -> Option<Source> {
        self.with(|world| {
            let ticket = world.calls.get_mut(sid)?.ticket.as_mut()?;
            let (hook, talk) = (ticket.whisper.take()?, ticket.talk?);
            let ticket = ticket.clone();
            let mut fields = world.queue_fields(sid, &ticket, "");
            // Twilio's own spelling.
            fields.push(("DequeingCallSid", talk.with.to_string()));
            Some(Source::Fetch(hook, fields))
        })
    }

    async fn whisper(&self, sid: CallSid, mut source: Source) {
        loop {
            let Some(sheet) = self.document(sid, "queue whisper", source).await else {
                return;
            };
            match self.wait_round(sid, &sheet).await {
                Step::Go(next) => source = next,
                _ => return,
            }
        }
    }

    async fn wait_round(&self, sid: CallSid, sheet: &Sheet) -> Step {
        for verb in &sheet.verbs {
            match self.perform(sid, Stage::Queue, sheet, verb).await {
                Step::Next | Step::Talked => {}
                other => return other,
            }
        }
        Step::Next
    }

    fn wait_fields(&self, sid: CallSid) -> Fields {
        let world = self.lock();
        let Some(ticket) = world.calls.get(sid).and_then(|call| call.ticket.as_ref()) else {
            return Fields::new();
        };
        let mut fields = world.queue_fields(sid, ticket, "");
        let more = [
            ("QueuePosition", "1"),
            ("AvgQueueTime", "0"),
            ("CurrentQueueSize", "1"),
            ("MaxQueueSize", "100"),
        ];
        fields.extend(more.map(|(name, value)| (name, value.to_owned())));
        fields
    }

    /// `<Leave>`: out of the queue, unless an agent was quicker.
    fn leave_queue(&self, sid: CallSid) {
        self.with(|world| {
            let Some(call) = world.calls.get(sid) else {
                return;
            };
            let task = call
                .ticket
                .as_ref()
                .filter(|ticket| ticket.bridged.is_none());
            if let Some(task) = task.map(|ticket| ticket.task) {
                world.queue_over(sid, "leave");
                let now = world.now();
                // Refused only when the task is already over.
                let _ = world.router.cancel(task, Some("leave"), now);
            }
        });
    }

    /// The queue verb is over: its action, if it has one, else the next verb.
    fn after_queue(&self, sid: CallSid, action: Option<Hook>) -> Step {
        let ticket = self.with(|world| {
            let ticket = world.calls.get_mut(sid)?.ticket.take()?;
            let result = ticket.result.unwrap_or("error");
            Some((
                world.queue_fields(sid, &ticket, result),
                ticket.bridged.is_some(),
            ))
        });
        let Some((fields, talked)) = ticket else {
            return Step::Over;
        };
        let otherwise = if talked { Step::Talked } else { Step::Next };
        Self::act_on(action, fields, otherwise)
    }

    fn waits(&self, sid: CallSid) -> bool {
        let waits = self.of(sid, |call| {
            let ticket = call.ticket.as_ref();
            ticket.is_some_and(|ticket| ticket.bridged.is_none() && ticket.result.is_none())
        });
        waits.unwrap_or(false)
    }

    fn queue_is_over(&self, sid: CallSid) -> bool {
        let over = self.of(sid, |call| {
            let ticket = call.ticket.as_ref();
            ticket.is_none_or(|ticket| ticket.result.is_some())
        });
        over.unwrap_or(true)
    }
}

/// What a waiting caller hears.
enum Wait {
    Music,
    Silence,
    Document(Hook),
}
