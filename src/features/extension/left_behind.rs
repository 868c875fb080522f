//! Callers of extensions whose task is over, and who are still in the queue: they are told that no agent answers, and may
//! leave a message, as if Twilio had asked for it.

use super::{Extension, unanswered::owner_of};
use crate::{
    durable::reconcile::Report,
    error::{Error, upstream},
    events::RouterEvent,
    events::left_behind::{Forgotten, LeftBehind},
    twilio::{deadline::Deadline, error::Error as TwilioError, sid::WorkflowSid},
};

impl Extension {
    /// Leads a caller on whose task has ended, if this event tells so and they are still in the queue.
    pub(super) async fn task_ended(&self, event: &RouterEvent, by: Deadline) -> Result<(), Error> {
        let Some((workflow, call)) = LeftBehind::ended(event) else {
            return Ok(());
        };
        let Some(dialled) = event.caller.extension.filter(|_| !event.caller.from_hold) else {
            return Ok(());
        };
        let doing = upstream("leading a caller on");
        // A call that was parked may stand in the same queue again, for another task.
        let parking = &self.0.parking;
        if parking.looks_after(call, by).await.map_err(&doing)? {
            return Ok(());
        }
        let url = self.left_url(dialled.owner);
        let led = self.0.left_behind.lead_on(workflow, call, &url, by).await;
        led.map(|_| ()).map_err(doing)
    }

    /// Leads on who waits for an extension, or for the operator, without a task.
    pub(super) async fn reconcile_left_behind(&self, report: &Report<'_>, by: Deadline) {
        let settings = &self.0.settings;
        let mut workflows = vec![];
        workflows.extend(settings.workflow);
        workflows.extend(settings.operator);
        workflows.dedup();
        for workflow in workflows {
            match self.reconcile_in(workflow, by).await {
                Ok(led) => report.count("callers-led-on", led),
                Err(error) => {
                    report.list_failed("the queues of extensions", &error);
                }
            }
        }
    }

    async fn reconcile_in(&self, workflow: WorkflowSid, by: Deadline) -> Result<u32, TwilioError> {
        let mut led = 0;
        for forgotten in self.0.left_behind.all(workflow, by).await? {
            let call = forgotten.call;
            if self.0.parking.looks_after(call, by).await? {
                continue;
            }
            if let Some(url) = self.way_on(workflow, &forgotten) {
                led += u32::from(self.0.left_behind.lead_on(workflow, call, &url, by).await?);
            }
        }
        Ok(led)
    }

    /// Where a caller goes on who waits for nothing. Of a task that is forgotten, only the workflow tells what it was:
    /// the one of extensions has no other callers.
    fn way_on(&self, workflow: WorkflowSid, forgotten: &Forgotten) -> Option<String> {
        let Some(task) = &forgotten.task else {
            let ours = self.0.settings.workflow == Some(workflow);
            return ours.then(|| self.left_url(None));
        };
        let ours = task.attributes.contains_key("extension") && !task.comes_from_hold();
        ours.then(|| self.left_url(owner_of(task)))
    }
}
