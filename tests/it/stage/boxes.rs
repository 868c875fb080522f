//! What a stage has whose callers can leave messages.

use std::collections::HashMap;

use serde_json::json;
use switchboard::emulator::Emulator;

/// Whose messages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Boxes {
    /// Those of workers and queues.
    Usual,
    /// And a queue without workers.
    Nobody,
}

/// The variables that name what this emulator has.
pub(super) fn boxes(emulator: &Emulator, boxes: Option<Boxes>) -> HashMap<&'static str, String> {
    let Some(boxes) = boxes else {
        return HashMap::new();
    };
    let everyone = emulator.add_queue("Everyone with messages", "1 == 1");
    let everyone = everyone.expect("a queue");
    let routing = json!({ "task_routing": {
        "filters": [{
            "filter_friendly_name": "A worker's own",
            "expression": "voicemailWorker != null",
            "targets": [{ "queue": everyone, "known_worker_sid": "task.voicemailWorker" }],
        }],
        "default_filter": { "queue": everyone },
    } });
    let workflow = emulator.add_routing("Messages", &routing);
    let mut variables = HashMap::from([(
        "VOICEMAIL_WORKFLOW",
        workflow.expect("a workflow").to_string(),
    )]);
    if boxes == Boxes::Nobody {
        let nobody = emulator.add_queue("Nobody", "1 == 2").expect("a queue");
        variables.insert("DISPATCH_NOBODY_QUEUE", nobody.to_string());
    }
    variables
}
