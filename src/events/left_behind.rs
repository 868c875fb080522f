//! Callers whose task is over while they still stand in its queue.
//!
//! When a task's time is up, Twilio may leave the call where it is until it is moved (Twilio: "Lifecycle of a
//! Task: Timeout evaluation"): the caller hears music, and no agent will ever take them. Or the call leaves the queue and
//! asks for the `action` of its `<Enqueue>`. Both have been seen, so the feature that sent a caller into a queue listens to the
//! end of the task, and looks from time to time for those whose end was never told.
//!
//! A caller is led on by being taken out of the queue, which Twilio does for the first request and refuses to the next. So
//! each is led on once, by whichever replica was first, and not at all where Twilio has done so itself.
//!
//! A call has several tasks in its life, and the end of an old one says nothing about it: five minutes after a
//! conversation its task is deleted, and by then the same caller may wait in the same queue again. So an event is only a
//! reason to look whether a caller stands there without any task. And a task that we canceled ourselves, because its
//! caller is called back later, leaves no caller behind: they are on their way elsewhere.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::future::try_join_all;

use super::RouterEvent;
use crate::{
    clock::Clock,
    durable::cache::Lately,
    twilio::{
        Twilio,
        deadline::Deadline,
        error::Error,
        resource::tasks::Task,
        sid::{CallSid, QueueSid, WorkflowSid},
    },
};

/// How long it is believed which queue a workflow has: it never changes.
const BELIEVED: Duration = Duration::from_hours(1);

/// How long it is believed whose tasks a workflow has: one list answers for everybody who waits.
const SERVED: Duration = Duration::from_secs(20);

/// How long a caller has waited at least before it can be said that they have no task. A task is made with the wait,
/// and lists may be some seconds old.
const YOUNG: Duration = Duration::from_secs(15);

/// The reason of a task that ended because its caller hung up (Twilio: `TaskCanceledReason`): no caller is left behind.
pub(crate) const HUNG_UP: &str = "hangup";

/// A caller who waits for nothing.
#[derive(Clone, Debug)]
pub(crate) struct Forgotten {
    /// Their call.
    pub(crate) call: CallSid,
    /// The task they had, if it is still known. Twilio forgets it after five minutes.
    pub(crate) task: Option<Task>,
}

/// Looks for callers who were left behind, and leads them on.
pub(crate) struct LeftBehind {
    twilio: Twilio,
    clock: Clock,
    queues: Lately<WorkflowSid, QueueSid>,
    workflows: Lately<QueueSid, WorkflowSid>,
    served: Lately<WorkflowSid, Arc<HashSet<CallSid>>>,
}

impl LeftBehind {
    /// Knows no queue yet.
    pub(crate) fn new(twilio: Twilio, clock: Clock) -> Self {
        Self {
            twilio,
            clock,
            queues: Lately::new(clock, BELIEVED),
            workflows: Lately::new(clock, BELIEVED),
            served: Lately::new(clock, SERVED),
        }
    }

    /// The call and the workflow of a task whose end this event tells, if its caller may still be in the queue.
    pub(crate) fn ended(event: &RouterEvent) -> Option<(WorkflowSid, CallSid)> {
        let ends = matches!(
            event.kind.as_str(),
            "task.canceled" | "task.deleted" | "task.system-deleted"
        );
        let hung_up = event.reason.as_deref() == Some(HUNG_UP);
        let facts = event.workflow.zip(event.caller.call);
        facts.filter(|_| ends && !hung_up && !event.set_aside)
    }

    /// Takes a caller out of a workflow's queue and to this URL. Whether they were still there.
    pub(crate) async fn lead_on(
        &self,
        workflow: WorkflowSid,
        call: CallSid,
        url: &str,
        by: Deadline,
    ) -> Result<bool, Error> {
        let Some(queue) = self.queue(workflow, by).await? else {
            return Ok(false);
        };
        // They may wait there again, for another task than the one that has ended.
        if self.has_task(workflow, call, by).await? {
            return Ok(false);
        }
        let led = self
            .twilio
            .call_queues(by)
            .take_out(queue, call, url)
            .await?;
        if led {
            tracing::warn!(call.sid = %call, workflow.sid = %workflow, "a caller whose task was over is led on");
        }
        Ok(led)
    }

    /// Whether a caller stands in a workflow's queue and has no task there.
    pub(crate) async fn waits_for_nothing(
        &self,
        workflow: WorkflowSid,
        call: CallSid,
        by: Deadline,
    ) -> Result<bool, Error> {
        let Some(queue) = self.queue(workflow, by).await? else {
            return Ok(false);
        };
        let stands = self.twilio.call_queues(by).has(queue, call).await?;
        Ok(stands && !self.has_task(workflow, call, by).await?)
    }

    /// Whether a call has a task of this workflow that an agent has or may take.
    async fn has_task(
        &self,
        workflow: WorkflowSid,
        call: CallSid,
        by: Deadline,
    ) -> Result<bool, Error> {
        let open = self.twilio.tasks(by).open_of(workflow).await?;
        Ok(self.calls_of(open, by).await?.contains(&call))
    }

    /// Everybody who stands in a workflow's queue and has no task there.
    pub(crate) async fn all(
        &self,
        workflow: WorkflowSid,
        by: Deadline,
    ) -> Result<Vec<Forgotten>, Error> {
        let Some(queue) = self.queue(workflow, by).await? else {
            return Ok(vec![]);
        };
        let mut waiting = self.twilio.call_queues(by).members(queue).await?;
        let all = waiting.len();
        waiting.retain(|it| {
            it.date_enqueued
                .is_some_and(|since| self.clock.since(since) >= YOUNG)
        });
        if waiting.is_empty() {
            return Ok(vec![]);
        }
        let open = self.twilio.tasks(by).open_of(workflow).await?;
        // With a waiting task for each caller in the queue none is left behind, whatever a list leaves out. A task that a
        // worker has is of a caller who has left the queue, and so proves nothing; nor does the task of a caller who has
        // just come, for a caller who came before.
        let tasks = open.iter().filter(|task| task.waits()).count();
        if open.iter().any(|task| task.call().is_none()) && tasks >= all {
            return Ok(vec![]);
        }
        let served = self.calls_of(open, by).await?;
        waiting.retain(|it| !served.contains(&it.call_sid));
        if waiting.is_empty() {
            return Ok(vec![]);
        }
        let canceled = self.twilio.tasks(by).canceled_of(workflow).await?;
        let canceled = self.whole(canceled, by).await?;
        // Callers who are called back later are led elsewhere by the feature that canceled their task.
        waiting.retain(|it| {
            let mut theirs = canceled
                .iter()
                .filter(|task| task.call() == Some(it.call_sid));
            !theirs.any(Task::was_set_aside)
        });
        let forgotten = waiting.into_iter().map(|it| Forgotten {
            call: it.call_sid,
            task: canceled
                .iter()
                .find(|task| task.call() == Some(it.call_sid))
                .cloned(),
        });
        Ok(forgotten.collect())
    }

    /// Whether a call that has waited in this queue for a while has no task there any more.
    pub(crate) async fn in_vain(
        &self,
        queue: QueueSid,
        call: CallSid,
        by: Deadline,
    ) -> Result<bool, Error> {
        let Some(workflow) = self.workflow(queue, by).await? else {
            return Ok(false);
        };
        if let Some(served) = self.served.recall(&workflow)
            && served.contains(&call)
        {
            return Ok(false);
        }
        let open = self.twilio.tasks(by).open_of(workflow).await?;
        let served = Arc::new(self.calls_of(open, by).await?);
        self.served.keep(workflow, Arc::clone(&served));
        Ok(!served.contains(&call))
    }

    /// The workflow that a queue belongs to, if TaskRouter keeps it.
    async fn workflow(&self, queue: QueueSid, by: Deadline) -> Result<Option<WorkflowSid>, Error> {
        if let Some(workflow) = self.workflows.recall(&queue) {
            return Ok(Some(workflow));
        }
        let name = self.twilio.call_queues(by).name(queue).await?;
        let workflow = name.parse().ok();
        if let Some(workflow) = workflow {
            self.workflows.keep(queue, workflow);
        }
        Ok(workflow)
    }

    async fn calls_of(&self, tasks: Vec<Task>, by: Deadline) -> Result<HashSet<CallSid>, Error> {
        let tasks = self.whole(tasks, by).await?;
        Ok(tasks.iter().filter_map(Task::call).collect())
    }

    /// Tasks with the attributes that a list may leave out. Those that are gone meanwhile are left out.
    async fn whole(&self, tasks: Vec<Task>, by: Deadline) -> Result<Vec<Task>, Error> {
        let whole = tasks.into_iter().map(|task| async move {
            if task.attributes.is_empty() {
                self.twilio.tasks(by).fetch(task.sid).await
            } else {
                Ok(Some(task))
            }
        });
        Ok(try_join_all(whole).await?.into_iter().flatten().collect())
    }

    async fn queue(&self, workflow: WorkflowSid, by: Deadline) -> Result<Option<QueueSid>, Error> {
        if let Some(queue) = self.queues.recall(&workflow) {
            return Ok(Some(queue));
        }
        let found = self.twilio.call_queues(by).of_workflow(workflow).await?;
        if let Some(queue) = found {
            self.queues.keep(workflow, queue);
        }
        Ok(found)
    }
}
