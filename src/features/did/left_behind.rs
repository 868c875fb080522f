//! Callers of agents' numbers whose task is over, and who are still in the queue: they are told that no agent answers, and
//! may leave a message for the number's owner, as if Twilio had asked for it.

use std::time::Duration;

use super::Did;
use crate::{
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report},
    },
    error::{Error, upstream},
    events::{
        RouterEvent,
        left_behind::{Forgotten, LeftBehind},
    },
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        sid::{WorkerSid, WorkflowSid},
    },
};

/// How often every replica looks.
const EVERY: Duration = Duration::from_secs(20);

/// How long one pass may take.
const PATIENCE: Duration = Duration::from_secs(15);

impl Reconcile for Did {
    const NAME: &'static str = "did";
    const EVERY: Duration = EVERY;
    const KINDS: &'static [&'static str] = &["callers-led-on"];

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

impl Did {
    /// Leads a caller on whose task has ended, if this event tells so and they are still in the queue.
    ///
    /// # Errors
    /// [`Error::Upstream`]: the reconciler will find them.
    pub(super) async fn task_ended(&self, event: &RouterEvent, by: Deadline) -> Result<(), Error> {
        let Some((workflow, call)) = LeftBehind::ended(event) else {
            return Ok(());
        };
        let Some(dialled) = event.caller.did.filter(|_| !event.caller.from_hold) else {
            return Ok(());
        };
        let doing = upstream("leading a caller on");
        // A call that was parked may stand in the same queue again, for another task.
        let parking = &self.0.parking;
        if parking.looks_after(call, by).await.map_err(&doing)? {
            return Ok(());
        }
        let url = self.left_url(dialled.is_nobodys, dialled.owner);
        let led = self.0.left_behind.lead_on(workflow, call, &url, by).await;
        led.map(|_| ()).map_err(doing)
    }

    /// One pass over those who wait for the owner of a number, or for the desk that takes calls to numbers without an owner.
    async fn reconcile(&self, report: &Report<'_>) {
        let settings = &self.0.settings;
        let mut workflows = vec![];
        workflows.extend(settings.workflow);
        workflows.extend(settings.nobody_workflow);
        workflows.dedup();
        let by = Deadline::after(PATIENCE);
        for workflow in workflows {
            match self.reconcile_in(workflow, by).await {
                Ok(led) => report.count("callers-led-on", led),
                Err(error) => {
                    report.list_failed("the queues of agents' numbers", &error);
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
    /// the one of agents' numbers has no other callers.
    fn way_on(&self, workflow: WorkflowSid, forgotten: &Forgotten) -> Option<String> {
        let Some(task) = &forgotten.task else {
            let ours = self.0.settings.workflow == Some(workflow);
            return ours.then(|| self.left_url(false, None));
        };
        if task.comes_from_hold() {
            return None;
        }
        let did = task.attributes.get("did")?;
        let owner = did.get("owner").and_then(|it| it.as_str());
        let owner: Option<WorkerSid> = owner.and_then(|it| it.parse().ok());
        Some(self.left_url(did["routing"] == "nobody", owner))
    }
}
