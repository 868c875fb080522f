//! Callers who come when no worker is at work are told so, instead of waiting in a queue without workers; or are sent to
//! voicemail, or to TwiML of the operator's own.
//!
//! The workflow's last target is a queue without workers. TaskRouter tells us of each task that comes into it, once,
//! and does not tell again if we could not be reached or failed; the caller would wait for music to end. So the
//! reconciler looks into that queue, too ([`Dispatch::tell_whoever_waits`]). Who tells writes it down first, so that a
//! caller hears the message once; but a task that still waits when that is a while ago was not told after all.

use super::{Dispatch, Nobody, NobodyNext};
use crate::{
    events::{
        RouterEvent,
        left_behind::{HUNG_UP, LeftBehind},
    },
    features::voicemail,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::{
            calls::{Next, is_over},
            tasks::Task,
        },
        sid::{CallSid, TaskSid, WorkflowSid},
    },
    twiml::document::{self, Document},
};

impl Dispatch {
    /// A task came into the queue that has no workers. What fails is left to the reconciler: an event that we refuse is
    /// not told again.
    pub(super) async fn nobody_works(&self, event: &RouterEvent, by: Deadline) {
        let nobody = self.0.settings.nobody.as_ref();
        let ours = nobody.filter(|nobody| event.queue == Some(nobody.queue));
        if let (Some(nobody), Some(task), Some(call)) = (ours, event.task, event.caller.call)
            && let Err(error) = self.tell_nobody_works(nobody, task, call, by).await
        {
            tracing::warn!(task.sid = %task, %error, "a caller could not be told yet that nobody works");
        }
    }

    /// Tells the callers in the queue without workers who have not been told. Gives how many there were.
    pub(super) async fn tell_whoever_waits(&self, by: Deadline) -> Result<u32, TwilioError> {
        let Some(nobody) = &self.0.settings.nobody else {
            return Ok(0);
        };
        let mut told = 0;
        for task in self.0.twilio.tasks(by).waiting_in(nobody.queue).await? {
            let task = self.whole_task(task, by).await?;
            if let Some((task, call)) = task.and_then(|task| Some((task.sid, task.call()?))) {
                told += u32::from(self.tell_nobody_works(nobody, task, call, by).await?);
            }
        }
        told += self.tell_whoever_is_left(nobody, by).await?;
        Ok(told)
    }

    /// A task has ended in the queue that has no workers, and its caller may still be there: they are told, too.
    pub(super) async fn nobody_came(&self, event: &RouterEvent, by: Deadline) {
        let nobody = self.0.settings.nobody.as_ref();
        let ours = nobody.filter(|nobody| event.queue == Some(nobody.queue));
        if let (Some(nobody), Some(task)) = (ours, event.task)
            && let Some((workflow, call)) = LeftBehind::ended(event)
            && let Err(error) = self
                .tell_left_behind(nobody, task, (workflow, call), by)
                .await
        {
            tracing::warn!(task.sid = %task, %error, "a caller whose task is over could not be told yet that nobody works");
        }
    }

    /// Tells the callers who are still in the queue without workers although their task is over. Gives how many there were.
    async fn tell_whoever_is_left(
        &self,
        nobody: &Nobody,
        by: Deadline,
    ) -> Result<u32, TwilioError> {
        let mut told = 0;
        for task in self.0.twilio.tasks(by).canceled_in(nobody.queue).await? {
            let hung_up = task.reason.as_deref() == Some(HUNG_UP);
            if let Some(workflow) = task.workflow_sid.filter(|_| !hung_up)
                && let Some(task) = self.whole_task(task, by).await?
                && !task.was_set_aside()
                && let Some(call) = task.call()
            {
                let place = (workflow, call);
                told += u32::from(self.tell_left_behind(nobody, task.sid, place, by).await?);
            }
        }
        Ok(told)
    }

    async fn tell_left_behind(
        &self,
        nobody: &Nobody,
        task: TaskSid,
        (workflow, call): (WorkflowSid, CallSid),
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        let left_behind = &self.0.left_behind;
        if !left_behind.waits_for_nothing(workflow, call, by).await?
            || !self.0.tellings.take(task.as_str(), by).await?
        {
            return Ok(false);
        }
        self.lead_away(nobody, task, call, by).await
    }

    /// A task with the attributes that a list may leave out; none if it is gone.
    async fn whole_task(&self, task: Task, by: Deadline) -> Result<Option<Task>, TwilioError> {
        if task.attributes.is_empty() {
            self.0.twilio.tasks(by).fetch(task.sid).await
        } else {
            Ok(Some(task))
        }
    }

    /// Whether it was we who told the caller, just now.
    async fn tell_nobody_works(
        &self,
        nobody: &Nobody,
        task: TaskSid,
        call: CallSid,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        if !self.0.tellings.take(task.as_str(), by).await? {
            return Ok(false);
        }
        // An event may come again when they have long been somewhere else, such as in the middle of their message.
        let waiting = self.0.twilio.tasks(by).fetch(task).await?;
        if !waiting.is_some_and(|task| task.waits()) {
            return Ok(false);
        }
        self.lead_away(nobody, task, call, by).await
    }

    async fn lead_away(
        &self,
        nobody: &Nobody,
        task: TaskSid,
        call: CallSid,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        let Some(next) = self.instead_of_waiting(nobody, task) else {
            return Ok(false);
        };
        let calls = self.0.twilio.calls(by);
        match calls.redirect(call, &next, None).await {
            Err(error) if is_over(&error) => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// Where a caller goes when no worker is at work: to voicemail, elsewhere, or to a message and the end.
    fn instead_of_waiting(&self, nobody: &Nobody, task: TaskSid) -> Option<Next> {
        let settings = &self.0.settings;
        let url = match &nobody.next {
            Some(NobodyNext::Mailbox(mailbox)) => {
                voicemail::visit_url(&settings.public_url, *mailbox, Some(task))
            }
            Some(NobodyNext::Url(url)) => url.clone(),
            None => {
                let words = Document::Nobody(document::Nobody {
                    message: nobody.message.clone(),
                });
                let twiml = self.0.library.render(&words);
                return twiml
                    .inspect_err(
                        |error| tracing::error!(%error, "a document could not be rendered"),
                    )
                    .ok()
                    .map(Next::Twiml);
            }
        };
        // Voicemail may be begun twice; whether another server's TwiML may be is not known.
        let harmless = matches!(nobody.next, Some(NobodyNext::Mailbox(_)));
        Some(Next::Url {
            fallback: url.clone(),
            url,
            harmless,
        })
    }
}
