//! The agent declines, or does not answer: the caller is told, instead of being offered to the same agent again.
//!
//! TaskRouter tells of each offer that came to nothing. The replica that hears it first claims the task and leads the call
//! elsewhere, which ends the task. An event may come late, when the agent has taken the call at a second offer after
//! all; so the task is asked first whether it still waits. And an event may not come at all, or the agent may have no
//! room for a call at the moment: a reconciler in every replica finds calls that wait longer than the configuration
//! allows.

use std::time::Duration;

use serde_json::Value;

use super::Extension;
use crate::{
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report},
    },
    error::{Error, upstream},
    events::{Dialled, RouterEvent},
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        resource::{
            calls::{Next, is_over},
            tasks::Task,
        },
        sid::{CallSid, TaskSid, WorkerSid},
    },
};

/// How often every replica looks.
const EVERY: Duration = Duration::from_secs(20);

/// How long one pass may take.
const PATIENCE: Duration = Duration::from_secs(15);

impl Reconcile for Extension {
    const NAME: &'static str = "extension";
    const EVERY: Duration = EVERY;
    const KINDS: &'static [&'static str] = &["extensions-told", "callers-led-on"];

    fn is_on(&self) -> bool {
        self.0.settings.workflow.is_some()
    }

    fn outages(&self) -> &Outages {
        &self.0.outages
    }

    async fn pass(&self, _: u32, report: &Report<'_>) {
        self.reconcile(report).await;
    }
}

impl Extension {
    /// Reads every record, for the doctor, which names those that cannot be read; gives how many can.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read_records(&self, by: Deadline) -> Result<usize, TwilioError> {
        self.0.moves.count(by).await
    }

    /// Does what an event of TaskRouter calls for, if anything.
    ///
    /// # Errors
    /// [`Error::Upstream`]: it should be delivered again.
    pub async fn router_event(&self, event: &RouterEvent, by: Deadline) -> Result<(), Error> {
        let came_to_nothing = matches!(
            event.kind.as_str(),
            "reservation.rejected" | "reservation.timeout"
        );
        if !came_to_nothing {
            return self.task_ended(event, by).await;
        }
        if event.caller.was_parked {
            return Ok(());
        }
        let facts = (event.task, event.caller.call, event.caller.extension);
        let (
            Some(task),
            Some(call),
            Some(Dialled {
                owner: Some(owner), ..
            }),
        ) = facts
        else {
            return Ok(());
        };
        let told = self.lead_away(task, call, owner, by).await;
        told.map(|_| ())
            .map_err(upstream("telling a caller that no agent answers"))
    }

    /// One pass over the calls that wait for an extension.
    async fn reconcile(&self, report: &Report<'_>) {
        let Some(workflow) = self.0.settings.workflow else {
            return;
        };
        let by = Deadline::after(PATIENCE);
        self.reconcile_left_behind(report, by).await;
        let waiting = match self.0.twilio.tasks(by).waiting_for(workflow).await {
            Ok(waiting) => waiting,
            Err(error) => {
                report.list_failed("the callers who wait for an extension", &error);
                return;
            }
        };
        for task in waiting.iter().filter(|task| self.is_overdue(task)) {
            match self.tell_overdue(task, by).await {
                Ok(told) => report.count("extensions-told", u32::from(told)),
                Err(error) => {
                    report.record_failed("a caller who waits too long", &task.sid, &error);
                }
            }
        }
    }

    fn is_overdue(&self, task: &Task) -> bool {
        let made = task.made();
        made.is_some_and(|made| self.0.clock.since(made) >= self.0.settings.patience)
    }

    async fn tell_overdue(&self, listed: &Task, by: Deadline) -> Result<bool, TwilioError> {
        // A list may leave attributes out.
        let Some(task) = self.0.twilio.tasks(by).fetch(listed.sid).await? else {
            return Ok(false);
        };
        let (Some(call), Some(owner)) = (task.call(), owner_of(&task)) else {
            return Ok(false);
        };
        // Who comes from hold has been answered once, and parking looks after them.
        if task.attributes.get("isParkPickup") == Some(&Value::Bool(true)) {
            return Ok(false);
        }
        self.lead_away(task.sid, call, owner, by).await
    }

    /// Leads a caller away from a queue, if they still wait in it. Whether it was we who did.
    async fn lead_away(
        &self,
        task: TaskSid,
        call: CallSid,
        owner: WorkerSid,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        if !self.0.moves.take(task.as_str(), by).await? {
            return Ok(false);
        }
        let found = self.0.twilio.tasks(by).fetch(task).await?;
        if !found.is_some_and(|task| task.waits()) {
            return Ok(false);
        }
        let twiml = match self.0.library.render(&self.unanswered(owner, Some(task))) {
            Ok(twiml) => twiml,
            Err(error) => {
                tracing::error!(%error, "a document could not be rendered");
                return Ok(false);
            }
        };
        let calls = self.0.twilio.calls(by);
        match calls.redirect(call, &Next::Twiml(twiml), None).await {
            Err(error) if is_over(&error) => Ok(false),
            other => other.map(|()| true),
        }
    }
}

pub(super) fn owner_of(task: &Task) -> Option<WorkerSid> {
    let owner = task.attributes.get("extension")?.get("owner")?;
    owner.as_str()?.parse().ok()
}
