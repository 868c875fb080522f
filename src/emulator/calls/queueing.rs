//! A leg's way through a TaskRouter queue: in, out, and what Twilio says about it on the way.
//!
//! The agent's side of it, [`World::bridge`], stands with the conferences.

use serde_json::{Map, Value};

use super::{Call, Calls, Ticket, moves::Leaving};
use crate::{
    emulator::{
        EndedTasks,
        hooks::{Fields, Hook},
        journal::Event,
        world::World,
    },
    twilio::sid::{CallSid, QueueSid, TaskSid, WorkflowSid},
};

impl Calls {
    /// The queues that TaskRouter keeps for workflows, of those that anybody has waited in.
    pub(in crate::emulator) fn workflow_queues(
        &self,
    ) -> impl Iterator<Item = (WorkflowSid, QueueSid)> {
        self.queues
            .iter()
            .map(|(workflow, queue)| (*workflow, *queue))
    }

    /// The legs that wait in a queue.
    pub(in crate::emulator) fn waiting_in(
        &self,
        queue: QueueSid,
    ) -> impl Iterator<Item = (&Call, &Ticket)> {
        let tickets = self
            .iter()
            .filter_map(|call| Some((call, call.ticket.as_ref()?)));
        tickets.filter(move |(_, ticket)| {
            ticket.queue == queue && ticket.bridged.is_none() && ticket.result.is_none()
        })
    }
}

impl World {
    /// A leg that leaves its queue and its document at once; the verb's action is asked for nothing.
    pub(super) fn leave_queue_for_good(&mut self, sid: CallSid, ticket: &Ticket, why: Leaving) {
        let result = match (why, ticket.bridged.is_some()) {
            (Leaving::Over, false) => "hangup",
            (Leaving::Over, true) => "bridged",
            (Leaving::Redirected, false) => "redirected",
            (Leaving::Redirected, true) => "redirected-from-bridged",
        };
        if let Some(talk) = ticket.talk {
            self.talk_over(ticket.task, sid, talk);
        }
        if ticket.bridged.is_none() {
            // Refused only when the task is already over.
            let _ = self
                .router
                .cancel(ticket.task, Some(result), self.clock.now());
        }
        if let Some(action) = ticket.action.clone() {
            let fields = self.queue_fields(sid, ticket, result);
            self.send(sid, "queue action", action, fields);
        }
    }

    /// Puts a leg into a workflow's queue. `Err` holds Twilio's error code.
    pub(in crate::emulator) fn enter_queue(
        &mut self,
        sid: CallSid,
        workflow: WorkflowSid,
        task: Map<String, Value>,
        priority: u64,
        action: Option<Hook>,
    ) -> Result<(), u32> {
        let now = self.now();
        let Some(call) = self.calls.get(sid) else {
            return Err(20404);
        };
        let attributes = self.queue_attributes(call, task);
        let task = self
            .router
            .enqueue(sid, workflow, &attributes, priority, &self.rng, now)
            .map_err(|refusal| refusal.code)?;
        let fresh = QueueSid::from_bytes(self.rng.bytes());
        let queue = *self.calls.queues.entry(workflow).or_insert(fresh);
        // Who watches is shown the task itself.
        if self.watcher.is_none() {
            let text = format!("waits for an agent with call {sid:?}");
            let task = Some(task);
            self.note(Event::Routing { task, text });
        }
        if let Some(call) = self.calls.get_mut(sid) {
            call.ticket = Some(Ticket {
                queue,
                task,
                entered: now,
                action,
                bridged: None,
                talk: None,
                whisper: None,
                result: None,
            });
        }
        Ok(())
    }

    /// What Twilio says to a queue's `action` and `waitUrl`.
    pub(in crate::emulator) fn queue_fields(
        &self,
        sid: CallSid,
        ticket: &Ticket,
        result: &str,
    ) -> Fields {
        let until = ticket.bridged.unwrap_or_else(|| self.now());
        let waited = until.duration_since(ticket.entered).as_secs().to_string();
        let mut fields = self.call_fields(sid);
        fields.push(("QueueSid", ticket.queue.to_string()));
        fields.push(("QueueTime", waited));
        if !result.is_empty() {
            fields.push(("QueueResult", result.to_owned()));
        }
        fields
    }

    /// The leg's queue verb ends with `result`; the leg goes on with its TwiML.
    pub(in crate::emulator) fn queue_over(&mut self, sid: CallSid, result: &'static str) {
        if let Some(call) = self.calls.get_mut(sid)
            && let Some(ticket) = &mut call.ticket
            && ticket.result.is_none()
        {
            ticket.result = Some(result);
            call.wake();
        }
    }

    /// A task died in the router: the call that waited for it leaves the queue, or stays, as the settings say.
    pub(in crate::emulator) fn task_gone(&mut self, task: TaskSid) {
        let Some(waiting) = self.waiting_for(task) else {
            return;
        };
        let frees = if self.canceled_by_rest == Some(task) {
            self.settings.canceled_tasks_free_callers
        } else {
            match self.settings.ended_tasks {
                EndedTasks::FreeCallers => true,
                EndedTasks::KeepCallers => false,
                EndedTasks::Either => self.rng.below(2) == 0,
            }
        };
        if frees {
            self.queue_over(waiting, "leave");
        }
    }
}
