//! Callers of agents' numbers whose task is over, and who are still in the queue: they are told that nobody answers, and
//! may leave a message for the number's owner, as if Twilio had asked for it.

use std::time::Duration;

use super::Did;
use crate::{
    domain::{
        Error, dispatch::RouterEvent, left_behind::Forgotten, left_behind::LeftBehind,
        rounds::Runner, upstream,
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

/// What one pass mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Callers who were in a queue without a task, and were led on.
    pub led_on: u32,
    /// What could not be looked at this time.
    pub failed: u32,
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

    /// Runs the reconciler for ever, and tells `found` of every pass. Returns at once if no number is an agent's.
    pub async fn reconcile_for_ever(
        &self,
        runner: Runner<'_>,
        found: impl Fn(Mended) + Send + Sync,
    ) {
        if self.0.settings.workflow.is_none() {
            return;
        }
        let (rhythm, found) = ((&self.0.clock, &self.0.chance), &found);
        let pass = |_| async move {
            found(self.reconcile().await);
            self.0.outages.passed();
        };
        runner.run(rhythm, EVERY, pass).await;
    }

    /// One pass over those who wait for the owner of a number, or for whoever takes calls that are nobody's.
    pub async fn reconcile(&self) -> Mended {
        let settings = &self.0.settings;
        let mut workflows = vec![];
        workflows.extend(settings.workflow);
        workflows.extend(settings.nobody_workflow);
        workflows.dedup();
        let (mut mended, by) = (Mended::default(), Deadline::after(PATIENCE));
        for workflow in workflows {
            match self.reconcile_in(workflow, by).await {
                Ok(led) => mended.led_on += led,
                Err(error) => {
                    let outages = &self.0.outages;
                    outages.list_failed("the queues of agents' numbers", &error);
                    mended.failed += 1;
                }
            }
        }
        mended
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

    /// Where somebody goes on who waits for nothing. Of a task that is forgotten, only the workflow tells what it was:
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
