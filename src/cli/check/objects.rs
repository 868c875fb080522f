//! The doctor at what the variables name by SID: does the workspace have it?
//!
//! A SID that is well formed and of another workspace, or of something deleted since, fails only when it is used: the
//! worker who did not pick up stays available, the caller's message makes no task.

use super::{Finding, Scene, words};
use crate::{
    app::Config,
    features::{dispatch::NobodyNext, voicemail::Mailbox},
    twilio::{
        error::Error,
        resource::activities::Activity,
        sid::{ActivitySid, TaskQueueSid, WorkerSid, WorkflowSid},
    },
};

/// Something that a variable names.
struct Named {
    variable: &'static str,
    sid: Sid,
}

enum Sid {
    /// An activity in which workers must get no calls.
    Rest(ActivitySid),
    Activity(ActivitySid),
    Queue(TaskQueueSid),
    Worker(WorkerSid),
    Workflow(WorkflowSid),
}

/// Everything that variables name, but for the workflows of messages and call-backs, which have a check of their own. A
/// variable that is added is added here; a test holds it to the declared table.
fn named(config: &Config) -> Vec<Named> {
    let (dispatch, did) = (&config.features.dispatch, &config.features.did);
    let cool_down = dispatch.phones.as_ref().map(|it| it.cool_down_activity);
    let nobody = dispatch.nobody.as_ref();
    let nobody_queue = nobody.map(|it| it.queue);
    let nobody_next = nobody.and_then(|it| match it.next.as_ref()? {
        NobodyNext::Mailbox(Mailbox::Queue(queue)) if *queue == it.queue => None,
        NobodyNext::Mailbox(Mailbox::Queue(queue)) => Some(Sid::Queue(*queue)),
        NobodyNext::Mailbox(Mailbox::Worker(worker)) => Some(Sid::Worker(*worker)),
        NobodyNext::Url(_) => None,
    });
    let single = [
        ("DISPATCH_COOL_DOWN_ACTIVITY", cool_down.map(Sid::Rest)),
        (
            "DISPATCH_MISSED_ACTIVITY",
            dispatch.missed_activity.map(Sid::Rest),
        ),
        (
            "DISPATCH_POST_WORK_ACTIVITY",
            dispatch.post_work_activity.map(Sid::Activity),
        ),
        ("DISPATCH_NOBODY_QUEUE", nobody_queue.map(Sid::Queue)),
        ("DISPATCH_NOBODY_NEXT", nobody_next),
        ("DID_WORKFLOW", did.workflow.map(Sid::Workflow)),
        (
            "DID_NOBODY_WORKFLOW",
            did.nobody_workflow.map(Sid::Workflow),
        ),
        (
            "EXTENSION_WORKFLOW",
            config.features.extension.workflow.map(Sid::Workflow),
        ),
        (
            "EXTENSION_OPERATOR_WORKFLOW",
            config.features.extension.operator.map(Sid::Workflow),
        ),
    ];
    let shared = config.features.voicemail.shared.iter();
    let shared = shared.map(|queue| ("VOICEMAIL_SHARED", Some(Sid::Queue(*queue))));
    let all = single.into_iter().chain(shared);
    all.filter_map(|(variable, sid)| {
        Some(Named {
            variable,
            sid: sid?,
        })
    })
    .collect()
}

/// Looks each of them up in the workspace's lists.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let named = named(&scene.config);
    if named.is_empty() {
        return vec![Finding::off(
            "objects: no variable names an activity, a queue, a worker or a workflow",
        )];
    }
    let lists = scene.lists().await;
    let mut good = 0;
    let mut findings = vec![];
    for Named { variable, sid } in &named {
        let found = match sid {
            Sid::Rest(sid) => rest(lists.activities.as_ref(), *sid),
            Sid::Activity(sid) => known(lists.activities.as_ref(), "activity", |it| it.sid == *sid),
            Sid::Queue(sid) => known(lists.queues.as_ref(), "queue", |it| it.sid == *sid),
            Sid::Worker(sid) => known(lists.workers.as_ref(), "worker", |it| it.sid == *sid),
            Sid::Workflow(sid) => known(lists.workflows.as_ref(), "workflow", |it| it.sid == *sid),
        };
        match found {
            None => good += 1,
            Some(wrong) => findings.push(Finding {
                what: format!("{variable} {}", wrong.what),
                ..wrong
            }),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::pass(format!(
            "the workspace has each of the {good} activities, queues and workflows that variables name"
        )));
    }
    findings
}

/// What is wrong with a thing that should be in `list`, if something is.
fn known<T>(list: Result<&Vec<T>, &Error>, kind: &str, is: impl Fn(&T) -> bool) -> Option<Finding> {
    match list {
        Ok(list) if list.iter().any(is) => None,
        Ok(_) => Some(Finding::fail(
            format!("names no {kind} of this workspace"),
            "It was deleted, or is of another workspace. Copy its SID from TaskRouter in Twilio's Console.",
        )),
        Err(error) => Some(Finding::fail(
            format!("could not be looked up: {}", words::of_twilio(error)),
            "A restricted API key needs TaskRouter.",
        )),
    }
}

/// The same of an activity in which a worker is left in peace.
fn rest(list: Result<&Vec<Activity>, &Error>, sid: ActivitySid) -> Option<Finding> {
    let available = list.is_ok_and(|list| list.iter().any(|it| it.sid == sid && it.available));
    let at_work = || {
        Finding::fail(
            "names an activity that is available",
            "Workers in it are offered calls all the same. Name one whose \"available\" is off.",
        )
    };
    known(list, "activity", |it| it.sid == sid).or_else(|| available.then(at_work))
}

#[cfg(test)]
mod tests {
    use crate::app::TABLE;

    /// A variable that names something of the workspace, as its example shows, is looked up.
    #[test]
    fn every_variable_that_names_something_is_looked_up() {
        let by_name = |prefix: &str| ["WA", "WQ", "WW"].contains(&prefix);
        let naming = TABLE
            .variables()
            .filter(|it| it.example.get(..2).is_some_and(by_name));
        let naming = naming.filter(|it| it.example.ends_with("xxxx"));
        let text = include_str!("objects.rs");
        let own = ["CALLBACK_WORKFLOW", "VOICEMAIL_WORKFLOW"];
        for variable in naming.filter(|it| !own.contains(&it.name)) {
            assert!(
                text.contains(&format!("\"{}\",", variable.name)),
                "{} is not looked up",
                variable.name
            );
        }
    }
}
