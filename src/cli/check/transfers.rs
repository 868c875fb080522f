//! Whom does a transfer to a queue reach?
//!
//! A workflow may choose more narrowly than its queue does, as the published sample's asks for agents who are ready. A
//! transfer to a queue goes by the queue's own expression and by nothing else (the published sample's notes on its limits), so it
//! reaches agents whom the workflow would have spared: those on a call, and those who have one parked.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Finding, Scene};
use crate::{
    features::availability::READY,
    twilio::resource::{queues::Queue, workflows::Workflow},
};

/// Looks at all queues and workflows.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let lists = scene.lists().await;
    match (&lists.queues, &lists.workflows) {
        (Ok(queues), Ok(workflows)) => judge(queues, workflows),
        _ => vec![Finding::warn(
            "the queues and workflows cannot be listed",
            "Whether a transfer reaches agents who are not ready was not looked at.",
        )],
    }
}

fn judge(queues: &[Queue], workflows: &[Workflow]) -> Vec<Finding> {
    let spared = spared(workflows);
    if spared.is_empty() {
        return vec![Finding::off(format!(
            "transfers: no workflow asks for agents with {READY}"
        ))];
    }
    let open = |queue: &&Queue| {
        spared.contains(queue.sid.as_str()) && !asks_for_ready(&queue.target_workers)
    };
    let open: Vec<_> = queues.iter().filter(open).collect();
    if open.is_empty() {
        return vec![Finding::pass(format!(
            "a caller who is transferred to a queue reaches agents with {READY} only"
        ))];
    }
    let warning = |queue: &&Queue| {
        Finding::warn(
            format!(
                "a call that is transferred to queue \"{}\" may ring at agents who are not ready",
                queue.friendly_name
            ),
            format!(
                "A workflow asks for {READY}, the queue itself does not, and a transfer asks the queue alone. Let agents \
                 transfer to a queue whose expression has {READY} == true."
            ),
        )
    };
    open.iter().map(warning).collect()
}

/// The queues in which a workflow looks for agents who are ready.
fn spared(workflows: &[Workflow]) -> BTreeSet<String> {
    let mut spared = BTreeSet::new();
    for workflow in workflows {
        let Ok(whole) = serde_json::from_str::<Value>(&workflow.configuration) else {
            continue;
        };
        let filters = whole["task_routing"]["filters"].as_array();
        for target in filters
            .into_iter()
            .flatten()
            .filter_map(|filter| filter["targets"].as_array())
            .flatten()
        {
            let asks = target["expression"].as_str().is_some_and(asks_for_ready);
            if let (true, Some(queue)) = (asks, target["queue"].as_str()) {
                spared.insert(queue.to_owned());
            }
        }
    }
    spared
}

fn asks_for_ready(expression: &str) -> bool {
    expression.contains(READY)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::Verdict, *};

    const EVERYONE: &str = "WQ00000000000000000000000000000001";
    const READY_ONES: &str = "WQ00000000000000000000000000000002";

    fn queue(sid: &str, name: &str, target: &str) -> Queue {
        let queue = json!({ "sid": sid, "friendly_name": name, "target_workers": target });
        serde_json::from_value(queue).unwrap()
    }

    fn workflow(expression: Option<&str>, queue: &str) -> Workflow {
        let configuration = json!({ "task_routing": {
            "filters": [{ "expression": "1==1", "targets": [{ "queue": queue, "expression": expression }] }],
            "default_filter": { "queue": queue },
        } });
        let workflow = json!({
            "sid": "WW00000000000000000000000000000001", "friendly_name": "Main", "task_reservation_timeout": 15, "configuration": configuration.to_string(),
        });
        serde_json::from_value(workflow).unwrap()
    }

    #[test]
    fn a5_100_a_transfer_that_reaches_agents_who_are_not_ready_is_told() {
        let queues = [
            queue(EVERYONE, "Everyone", "1==1"),
            queue(READY_ONES, "Ready", "isAcdReady == true"),
        ];
        let asks = Some("worker.isAcdReady == true");
        let facts = judge(&queues, &[workflow(asks, EVERYONE)]);
        assert_eq!(facts.len(), 1);
        assert_eq!(facts[0].verdict, Verdict::Warn);
        assert!(facts[0].what.contains("\"Everyone\""), "{facts:?}");
        let facts = judge(&queues, &[workflow(asks, READY_ONES)]);
        assert_eq!(facts[0].verdict, Verdict::Pass);
        // Where no workflow asks for readiness there is nothing to get round.
        let facts = judge(&queues, &[workflow(None, EVERYONE)]);
        assert_eq!(facts[0].verdict, Verdict::Skipped);
    }
}
