//! What a stage has whose agents have numbers and extensions of their own.

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};
use switchboard::{emulator::Emulator, twilio::sid::TaskQueueSid};

use super::PUBLIC_URL;

/// Which workflows find whoever was dialed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dids {
    /// Those of the published write-up and sample: by what stands in the worker's attributes.
    Published,
    /// Ours: by the owner that the server has found, who is offered a call once.
    Ours,
}

/// The variables that name what this emulator has.
pub(super) fn dids(emulator: &Emulator, dids: Option<Dids>) -> HashMap<&'static str, String> {
    let Some(dids) = dids else {
        return HashMap::new();
    };
    let everyone = emulator.add_queue("Everyone of the office", "1 == 1");
    let everyone = everyone.expect("a queue");
    let workflow = |name: &str, routing: &Value| {
        let workflow = emulator.add_routing(name, routing);
        workflow.expect("a workflow")
    };
    let extension = workflow("Extensions", &by_extension(dids, everyone));
    emulator.set_reservation_timeout(extension, Duration::from_mins(1));
    let asked = format!("{PUBLIC_URL}/assignment-callback");
    emulator.workflow_callback(extension, Some(&asked), Some(&asked));
    let told = format!("{PUBLIC_URL}/taskrouter-events");
    emulator.events_to(Some(&told), None);
    let desk = json!({ "task_routing": { "default_filter": { "queue": everyone } } });
    let numbers = workflow("Direct Inward Dial", &by_number(dids, everyone));
    HashMap::from([
        ("DID_WORKFLOW", numbers.to_string()),
        (
            "DID_NOBODY_WORKFLOW",
            workflow("The desk", &desk).to_string(),
        ),
        ("EXTENSION_WORKFLOW", extension.to_string()),
        (
            "EXTENSION_OPERATOR_WORKFLOW",
            workflow("The operator", &desk).to_string(),
        ),
    ])
}

/// The owner first, then everyone.
fn by_number(dids: Dids, everyone: TaskQueueSid) -> Value {
    let owner = match dids {
        Dids::Published => json!({
            "queue": everyone, "timeout": 60, "skip_if": "1==1",
            "expression": "task.phone_number CONTAINS worker.phone_number",
        }),
        Dids::Ours => json!({
            "queue": everyone, "timeout": 60, "skip_if": "1==1", "known_worker_sid": "task.did.owner",
        }),
    };
    json!({ "task_routing": {
        "filters": [{
            "filter_friendly_name": "Match By Worker Phone Number",
            "expression": "1==1",
            "targets": [owner, { "queue": everyone }],
        }],
        "default_filter": { "queue": everyone },
    } })
}

/// Whoever has the extension.
pub(crate) fn by_extension(dids: Dids, everyone: TaskQueueSid) -> Value {
    let target = match dids {
        Dids::Published => json!({
            "queue": everyone, "expression": "task.directExtension == worker.directExtension",
        }),
        Dids::Ours => json!({
            "queue": everyone, "timeout": 60, "skip_if": "1==1",
            "expression": "task.directExtension == worker.directExtension AND task.call_sid != worker.extensionOffered",
        }),
    };
    json!({ "task_routing": {
        "filters": [{
            "filter_friendly_name": "Everyone", "expression": "1==1", "targets": [target],
        }],
    } })
}
