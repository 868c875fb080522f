//! The doctor at messages and call-backs: do their workflows exist, and would a task of ours come to anybody?
//!
//! A task that no filter of its workflow wants is canceled at once, and the caller who left the message is forgotten. What a
//! workflow does with our tasks can be read, but for what the callers' own tasks add to them; so what is said here of
//! filters is a warning, and that a workflow is missing is not.

use serde_json::{Value, json};

use super::{Finding, Scene, words};
use crate::{
    expression::expression_holds,
    recording::followup::CHANNEL,
    twilio::{
        error::Error,
        resource::{queues::Queue, workers::Worker, workflows::Workflow},
        sid::WorkflowSid,
    },
};

/// A workflow of ours, and what its tasks say.
struct Ours {
    variable: &'static str,
    workflow: WorkflowSid,
    samples: Vec<(&'static str, Value)>,
}

/// What TaskRouter has.
struct Found<'l> {
    workflows: &'l [Workflow],
    queues: &'l [Queue],
    workers: &'l [Worker],
    has_channel: bool,
}

/// Looks at the workflows of messages and call-backs, if there are any.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let config = &scene.config;
    let ours = ours(
        config.features.voicemail.workflow,
        config.features.callback.workflow,
    );
    if ours.is_empty() {
        return vec![Finding::off(
            "messages and call-backs: neither VOICEMAIL_WORKFLOW nor CALLBACK_WORKFLOW is set",
        )];
    }
    match find(scene).await {
        Ok(found) => judge(&ours, &found),
        Err(error) => vec![Finding::fail(
            format!("the workflows of messages and call-backs could not be looked at: {error}"),
            "A restricted API key needs TaskRouter.",
        )],
    }
}

async fn find(scene: &Scene) -> Result<Found<'_>, String> {
    let told = |error: &Error| words::of_twilio(error);
    let channel = scene.twilio.has_channel(CHANNEL, scene.by()).await;
    let lists = scene.lists().await;
    Ok(Found {
        workflows: lists.workflows.as_ref().map_err(told)?,
        queues: lists.queues.as_ref().map_err(told)?,
        workers: lists.workers.as_ref().map_err(told)?,
        has_channel: channel.map_err(|error| told(&error))?,
    })
}

fn ours(voicemail: Option<WorkflowSid>, callback: Option<WorkflowSid>) -> Vec<Ours> {
    let task = |kind: &str, worker: Option<&str>, queue: Option<&str>| {
        json!({
            "taskType": kind, "direction": "inbound", "from": "+13035550123", "name": "+13035550123",
            "voicemailWorker": worker, "voicemailQueue": queue,
        })
    };
    let worker = Some("WK00000000000000000000000000000001");
    let queue = Some("WQ00000000000000000000000000000001");
    let voicemail = voicemail.map(|workflow| Ours {
        variable: "VOICEMAIL_WORKFLOW",
        workflow,
        samples: vec![
            ("a message for a worker", task("voicemail", worker, None)),
            ("a message for a queue", task("voicemail", None, queue)),
        ],
    });
    let callback = callback.map(|workflow| Ours {
        variable: "CALLBACK_WORKFLOW",
        workflow,
        samples: vec![
            ("a call-back", task("callback", None, None)),
            ("a message", task("voicemail", None, None)),
        ],
    });
    voicemail.into_iter().chain(callback).collect()
}

fn judge(ours: &[Ours], found: &Found<'_>) -> Vec<Finding> {
    let mut facts = vec![];
    if !found.has_channel {
        facts.push(Finding::fail(
            format!("the workspace has no task channel \"{CHANNEL}\", on which messages and call-backs are made"),
            "Make it: every Flex workspace has one, and the plugin shows them on no other.",
        ));
    }
    for ours in ours {
        let workflow = found.workflows.iter().find(|it| it.sid == ours.workflow);
        match workflow {
            Some(workflow) => facts.extend(judge_one(ours, workflow, found)),
            None => facts.push(Finding::fail(
                format!("{} names no workflow of this workspace", ours.variable),
                "Without it no task can be made. Check the SID: is it of this workspace?",
            )),
        }
    }
    facts
}

fn judge_one(ours: &Ours, workflow: &Workflow, found: &Found<'_>) -> Vec<Finding> {
    let (variable, name) = (ours.variable, &workflow.friendly_name);
    let configuration: Value = serde_json::from_str(&workflow.configuration).unwrap_or_default();
    let routing = &configuration["task_routing"];
    let mut facts = vec![];
    for (what, attributes) in &ours.samples {
        if !is_wanted(routing, attributes) {
            facts.push(Finding::warn(
                format!("no filter of \"{name}\" ({variable}) wants {what}, and it has no default filter"),
                "TaskRouter cancels such a task at once, unless what the caller's own task said leads it to a filter. \
                 Add a default filter.",
            ));
        }
    }
    if !is_reached(routing, found) {
        facts.push(Finding::warn(
            format!("no worker belongs to any queue of \"{name}\" ({variable})"),
            "Its tasks wait until they time out. Let a queue's TargetWorkers match those who are to take them.",
        ));
    }
    if facts.is_empty() {
        facts.push(Finding::pass(format!(
            "workflow \"{name}\" ({variable}) leads its tasks to workers"
        )));
    }
    facts
}

/// Whether a filter, or the default filter, wants a task. An expression that is not understood here may.
fn is_wanted(routing: &Value, attributes: &Value) -> bool {
    let filters = routing["filters"].as_array().into_iter().flatten();
    let mut expressions = filters.filter_map(|filter| filter["expression"].as_str());
    let wanted =
        expressions.any(|expression| expression_holds(expression, attributes).unwrap_or(true));
    wanted || routing["default_filter"]["queue"].is_string()
}

/// Whether some worker belongs to one of a workflow's queues, as far as can be seen.
fn is_reached(routing: &Value, found: &Found<'_>) -> bool {
    let shows_nothing = found.workers.iter().all(|it| it.attributes.is_empty());
    if shows_nothing && !found.workers.is_empty() {
        return true;
    }
    let filters = routing["filters"].as_array().into_iter().flatten();
    let targets = filters.flat_map(|filter| filter["targets"].as_array().into_iter().flatten());
    let targets = targets.chain(std::iter::once(&routing["default_filter"]));
    let mut queues = targets.filter_map(|target| target["queue"].as_str());
    queues.any(|sid| {
        let queue = found.queues.iter().find(|queue| queue.sid.as_str() == sid);
        let expression = queue.map(|queue| queue.target_workers.as_str());
        // A queue without an expression takes everybody.
        let expression = expression.filter(|it| !it.is_empty()).unwrap_or("1 == 1");
        found.workers.iter().any(|worker| {
            let attributes = Value::Object(worker.attributes.clone());
            expression_holds(expression, &attributes).unwrap_or(true)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};

    const QUEUE: &str = "WQ00000000000000000000000000000007";
    const WORKFLOW: &str = "WW00000000000000000000000000000007";

    struct Owned {
        workflow: Workflow,
        queue: Queue,
        worker: Worker,
    }

    impl Owned {
        fn found(&self) -> Found<'_> {
            let (workflow, queue, worker) = (&self.workflow, &self.queue, &self.worker);
            Found {
                workflows: std::slice::from_ref(workflow),
                queues: std::slice::from_ref(queue),
                workers: std::slice::from_ref(worker),
                has_channel: true,
            }
        }
    }

    fn owned(routing: &Value, target_workers: &str) -> Owned {
        let workflow = json!({
            "sid": WORKFLOW, "friendly_name": "Call-backs", "task_reservation_timeout": 120,
            "configuration": json!({ "task_routing": routing }).to_string(),
        });
        let queue = json!({ "sid": QUEUE, "target_workers": target_workers });
        let worker = json!({
            "sid": "WK00000000000000000000000000000001", "attributes": r#"{"skill":"billing"}"#,
        });
        Owned {
            workflow: serde_json::from_value(workflow).unwrap(),
            queue: serde_json::from_value(queue).unwrap(),
            worker: serde_json::from_value(worker).unwrap(),
        }
    }

    /// Both variables name a workflow.
    fn both(workflow: &str) -> Vec<Ours> {
        let workflow = workflow.parse().ok();
        ours(workflow, workflow)
    }

    fn told(routing: &Value, target_workers: &str) -> Vec<(Verdict, String)> {
        let facts = judge(&both(WORKFLOW), &owned(routing, target_workers).found()).into_iter();
        facts.map(|fact| (fact.verdict, fact.what)).collect()
    }

    fn everyone() -> Value {
        json!({ "default_filter": { "queue": QUEUE } })
    }

    #[test]
    fn workflows_that_lead_to_workers_are_good() {
        let facts = told(&everyone(), "skill == 'billing'");
        assert_eq!(facts.len(), 2, "{facts:?}");
        assert!(facts.iter().all(|(verdict, _)| *verdict == Verdict::Pass));
    }

    #[test]
    fn a_workflow_that_is_not_there_fails() {
        let ours = both("WW00000000000000000000000000000008");
        let facts = judge(&ours, &owned(&everyone(), "1 == 1").found());
        assert_eq!(facts.len(), 2, "{facts:?}");
        assert!(facts[0].what.contains("VOICEMAIL_WORKFLOW"), "{facts:?}");
        assert!(facts[1].what.contains("CALLBACK_WORKFLOW"), "{facts:?}");
        assert!(facts.iter().all(|it| it.verdict == Verdict::Fail));
    }

    #[test]
    fn a_task_that_no_filter_wants_is_noticed() {
        let own =
            json!({ "expression": "voicemailWorker != null", "targets": [{ "queue": QUEUE }] });
        let facts = told(&json!({ "filters": [own] }), "1 == 1");
        assert_eq!(facts.len(), 3, "{facts:?}");
        let missing = ["a message for a queue", "a call-back", "a message"];
        for ((verdict, what), missing) in facts.iter().zip(missing) {
            assert!(what.contains(&format!("wants {missing},")), "{what}");
            assert_eq!(*verdict, Verdict::Warn);
        }
    }

    #[test]
    fn a_queue_that_nobody_belongs_to_is_noticed() {
        let facts = told(&everyone(), "skill == 'sales'");
        assert_eq!(facts.len(), 2, "{facts:?}");
        for (verdict, what) in facts {
            assert_eq!(verdict, Verdict::Warn);
            assert!(what.contains("no worker belongs"), "{what}");
        }
    }

    #[test]
    fn a_workspace_without_the_channel_fails() {
        let owned = owned(&everyone(), "1 == 1");
        let mut found = owned.found();
        found.has_channel = false;
        let facts = judge(&both(WORKFLOW), &found);
        assert_eq!(facts[0].verdict, Verdict::Fail);
        assert!(facts[0].what.contains("task channel"), "{facts:?}");
    }
}
