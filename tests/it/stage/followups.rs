//! What a stage has whose callers need not wait.

use std::collections::HashMap;

use serde_json::json;
use switchboard::emulator::Emulator;

/// Whether callers are offered to be called back, and what Twilio does with a caller whose task is canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FollowUps {
    /// They go on hearing the queue's document.
    StayInQueue,
    /// They leave the queue at once.
    LeaveQueue,
}

/// The variables that name what this emulator has.
pub(super) fn follow_ups(
    emulator: &Emulator,
    wanted: Option<FollowUps>,
) -> HashMap<&'static str, String> {
    if wanted.is_none() {
        return HashMap::new();
    }
    let queue = emulator.add_queue("Call-backs", "1 == 1").expect("a queue");
    let routing = json!({ "task_routing": { "default_filter": { "queue": queue } } });
    let workflow = emulator.add_routing("Callback", &routing);
    let workflow = workflow.expect("a workflow").to_string();
    HashMap::from([("CALLBACK_WORKFLOW", workflow)])
}
