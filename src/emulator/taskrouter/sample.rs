//! The queues and workflows of the published multi-call sample, whose plugin the server works with.
//!
//! Two queues: `Inbound ACD` for those the plugin calls ready for calls from the line, `Park Pickup` for everybody.
//! Both workflows send a call that was parked, or the wrap-up of a caller who hung up on hold, to its own worker; the
//! main line's then goes to any ready worker, the direct line's to the worker with the extension.

use serde_json::{Value, json};

use super::TaskRouter;
use crate::{emulator::rest::Refusal, rng::Rng, twilio::sid::WorkflowSid};

impl TaskRouter {
    /// Makes them: the workflow of the main line, and that of direct extensions.
    ///
    /// # Errors
    /// Never, as long as the first queue is there that Flex makes.
    pub(crate) fn add_parking_workflows(
        &mut self,
        rng: &Rng,
    ) -> Result<(WorkflowSid, WorkflowSid), Refusal> {
        let everyone = self.queues().first().map(|queue| queue.sid);
        let acd = self.add_queue("Inbound ACD", "isAcdReady == true", rng)?;
        let park = self.add_queue("Park Pickup", "1 == 1", rng)?;
        let parked = json!({
            "filter_friendly_name": "Park Pickup",
            "expression": "isParkPickup == true OR isParkHangup == true",
            "targets": [{ "queue": park, "known_worker_sid": "task.targetWorker" }],
        });
        let direct = json!({
            "filter_friendly_name": "Direct Extension",
            "expression": "1 == 1",
            "targets": [{
                "queue": everyone,
                "expression": "task.directExtension == worker.directExtension",
            }],
        });
        let routing = |filters: &[&Value], default: &Value| {
            let routing = json!({ "filters": filters, "default_filter": default });
            json!({ "task_routing": routing }).to_string()
        };
        let acd = routing(&[&parked], &json!({ "queue": acd }));
        let direct = routing(&[&parked, &direct], &Value::Null);
        Ok((
            self.add_routing("Inbound ACD", &acd, rng)?,
            self.add_routing("Direct Extension", &direct, rng)?,
        ))
    }
}
