//! Voice tasks that nobody will finish are ended; all others are left alone.

use serde_json::json;
use switchboard::{
    cli::check::Verdict,
    emulator::Browser,
    twilio::{
        resource::tasks::NewTask,
        sid::{CallSid, TaskSid},
    },
};

use crate::stage::{Setting, Stage, live_task};

/// An office in which a task is stuck after ten minutes.
fn office(seconds: &str) -> Stage {
    Setting::default()
        .variable("STUCK_TASK_SECONDS", seconds)
        .stage()
}

/// An agent whose caller has hung up, and who does not finish.
async fn forgets(stage: &Stage, name: &str) -> (Browser, TaskSid) {
    let agent = stage.agent(name);
    let call = stage.talks_to(&agent).await;
    let task = live_task(&agent);
    stage.emulator.hang_up(call);
    stage.moment().await;
    (agent, task)
}

fn status(stage: &Stage, task: TaskSid) -> &'static str {
    stage.emulator.task(task).map_or("gone", |task| task.status)
}

fn ended(stage: &Stage) -> u64 {
    let counter = "switchboard_mended_total{reconciler=\"stuck-tasks\",kind=\"tasks-ended\"}";
    stage.counted(counter)
}

#[tokio::test(start_paused = true)]
async fn a_task_in_wrap_up_is_ended_once_it_has_been_there_for_too_long() {
    let stage = office("600");
    let (ann, task) = forgets(&stage, "ann").await;
    assert_eq!(status(&stage, task), "wrapping");
    stage.seconds(480).await;
    assert_eq!(status(&stage, task), "wrapping", "she may still be writing");
    stage.seconds(1_300).await;
    assert!(matches!(status(&stage, task), "completed" | "gone"));
    assert_eq!(ended(&stage), 1);
    assert!(ann.tasks().is_empty());
    stage.curtain().await;
}

/// Hours long, and not over.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_alive_or_parked_is_left_alone() {
    let stage = office("600");
    let (ann, bob) = (stage.agent("ann"), stage.agent("bob"));
    bob.go_to("Offline").expect("an activity");
    let talking = stage.talks_to(&ann).await;
    let task = live_task(&ann);
    ann.go_to("Offline").expect("an activity");
    bob.go_to("Available").expect("an activity");
    let parked = stage.parked_by(&bob).await;
    stage.seconds(7_200).await;
    assert_eq!(status(&stage, task), "assigned");
    assert!(stage.call(talking).conference.is_some(), "they talk on");
    assert!(stage.on_hold(parked));
    assert_eq!(ended(&stage), 0);
    for call in [talking, parked] {
        stage.emulator.hang_up(call);
    }
    stage.moment().await;
    stage.curtain().await;
}

/// A task that is made for an agent, on a channel, with these attributes; the agent takes it.
async fn takes(stage: &Stage, agent: &Browser, channel: &str, attributes: &str) -> TaskSid {
    let by = switchboard::twilio::deadline::Deadline::after(std::time::Duration::from_secs(5));
    let new = NewTask {
        workflow: stage.acd,
        channel,
        attributes: attributes.to_owned(),
        priority: 0,
        timeout: None,
        since: None,
    };
    let task = stage.twilio().tasks(by).create(&new).await;
    let task = task.expect("a task");
    stage.moment().await;
    stage.accepts(agent).await;
    stage.moment().await;
    assert_eq!(status(stage, task), "assigned", "{channel} {attributes}");
    task
}

#[tokio::test(start_paused = true)]
async fn what_is_no_call_is_left_alone() {
    let over = CallSid::from_bytes([9; 16]);
    for (channel, attributes) in [
        ("default", json!({ "call_sid": over })),
        (
            "voice",
            json!({ "callBackData": { "numberToCall": "+13035550100" }, "call_sid": over }),
        ),
        ("voice", json!({ "note": "no call at all" })),
    ] {
        let stage = office("600");
        let ann = stage.agent("ann");
        let task = takes(&stage, &ann, channel, &attributes.to_string()).await;
        stage.seconds(7_200).await;
        assert_eq!(status(&stage, task), "assigned", "{channel} {attributes}");
        assert_eq!(ended(&stage), 0);
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_ended_where_the_operator_says_never() {
    let stage = office("0");
    let (_, task) = forgets(&stage, "ann").await;
    stage.seconds(36_000).await;
    assert_eq!(status(&stage, task), "wrapping");
    let report = stage.examined().await;
    let mut outcomes = report.outcomes.iter();
    let outcome = outcomes.find(|it| it.check.name == "stuck-tasks");
    assert_eq!(outcome.expect("a check").verdict(), Verdict::Skipped);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_doctor_lists_what_is_stuck_and_only_old_tasks_are_read() {
    // The server of this stage would not end it within the story.
    let stage = office("86400");
    let (_, task) = forgets(&stage, "ann").await;
    stage.seconds(700).await;
    let (_, young) = forgets(&stage, "bob").await;
    stage.seconds(60).await;
    let seen = stage.asked();
    let report = stage
        .examined_as(|config| {
            config.features.stuck_tasks.after = Some(std::time::Duration::from_mins(10));
        })
        .await;
    let mut outcomes = report.outcomes.iter();
    let outcome = outcomes.find(|it| it.check.name == "stuck-tasks");
    let outcome = outcome.expect("a check");
    assert_eq!(outcome.verdict(), Verdict::Warn);
    let said = format!("{:?}", outcome.findings);
    assert!(said.contains(task.as_str()), "{said}");
    assert!(!said.contains(young.as_str()), "{said}");
    let read = stage.asked_since(seen);
    assert!(
        read.iter().any(|it| it.ends_with(task.as_str())),
        "{read:?}"
    );
    assert!(
        !read.iter().any(|it| it.contains(young.as_str())),
        "{read:?}"
    );
    stage.curtain().await;
}
