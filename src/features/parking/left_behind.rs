//! Calls that came off hold, and whose task is over while they still stand in its queue: they are on hold again.

use std::collections::{BTreeSet, HashMap};

use super::{
    Entry, Parking,
    reconcile::Round,
    record::{ParkedCall, Phase},
};
use crate::{
    error::{Error, upstream},
    events::RouterEvent,
    events::left_behind::LeftBehind,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        sid::{CallSid, WorkflowSid},
    },
};

impl Parking {
    /// Whether a call is parked, or on its way from hold to an agent: where it goes on is ours to say then.
    ///
    /// # Errors
    /// When its record cannot be read.
    pub async fn looks_after(&self, call: CallSid, by: Deadline) -> Result<bool, TwilioError> {
        let entry = self.0.ledger.read(call, by).await?;
        Ok(entry.is_some_and(|entry| entry.record.phase != Phase::Closed))
    }

    /// Leads a caller back to hold whose task has ended, if this event tells so and they are still in the queue.
    ///
    /// # Errors
    /// [`Error::Upstream`]: the reconciler will find them.
    pub async fn router_event(&self, event: &RouterEvent, by: Deadline) -> Result<(), Error> {
        let Some((workflow, call)) = LeftBehind::ended(event) else {
            return Ok(());
        };
        if !event.caller.from_hold {
            return Ok(());
        }
        let doing = upstream("leading a caller back to hold");
        let entry = self.0.ledger.read(call, by).await.map_err(&doing)?;
        if let Some(entry) = entry.filter(|entry| entry.record.is_claimed()) {
            let led = self.lead_back(workflow, &entry.record, by).await;
            led.map_err(&doing)?;
        }
        Ok(())
    }

    /// Leads back to hold who waits for nothing, of those whose records these are.
    pub(super) async fn lead_back_all<'e>(
        &self,
        entries: impl Iterator<Item = &'e Entry>,
        round: &Round<'_>,
        by: Deadline,
    ) {
        let claimed = entries
            .map(|entry| &entry.record)
            .filter(|it| it.is_claimed());
        let claimed: HashMap<CallSid, &ParkedCall> = claimed.map(|it| (it.call_sid, it)).collect();
        let workflows: BTreeSet<_> = claimed.values().map(|it| it.workflow_sid).collect();
        for workflow in workflows {
            match self.lead_back_of(workflow, &claimed, by).await {
                Ok(led) => round.report.count("claims", led),
                Err(error) => round
                    .report
                    .list_failed("the queues of calls off hold", &error),
            }
        }
    }

    async fn lead_back_of(
        &self,
        workflow: WorkflowSid,
        claimed: &HashMap<CallSid, &ParkedCall>,
        by: Deadline,
    ) -> Result<u32, TwilioError> {
        let mut led = 0;
        for forgotten in self.0.left_behind.all(workflow, by).await? {
            if let Some(record) = claimed.get(&forgotten.call) {
                led += u32::from(self.lead_back(workflow, record, by).await?);
            }
        }
        Ok(led)
    }

    /// The queue's own action, asked without a result, says that no agent took the call.
    async fn lead_back(
        &self,
        workflow: WorkflowSid,
        record: &ParkedCall,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        let url = self.0.settings.left_url(&record.hold_round(1));
        let left_behind = &self.0.left_behind;
        left_behind
            .lead_on(workflow, record.call_sid, &url, by)
            .await
    }
}
