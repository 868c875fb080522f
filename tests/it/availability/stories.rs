//! Cases 62 to 70 of A4 (`tests/README.md`), as stories.

use std::time::Duration;

use serde_json::json;
use switchboard::{
    emulator::HookTrouble,
    twilio::{deadline::Deadline, resource::tasks::NewTask},
};

use super::floor::Floor;
use crate::stage::{MAIN_LINE, Stage};

/// After so many seconds nothing is on its way any more that was parked or picked up.
const NOTED: u64 = 20;

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(30))
}

#[tokio::test(start_paused = true)]
async fn a4_64_65_and_66_readiness_and_room_follow_an_agent_through_the_day() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    floor.stands(&ann, (true, 1), "free").await;

    let caller = stage.calls(MAIN_LINE).await;
    floor.stands(&ann, (false, 2), "it rings").await;
    stage.accepts(&ann).await;
    floor.stands(&ann, (false, 2), "she talks").await;
    stage.parks(&ann).await;
    floor
        .stands(&ann, (false, 1), "parked, and nothing else")
        .await;
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    floor.stands(&ann, (false, 2), "picked up").await;
    stage.seconds(NOTED).await;
    let task = ann.live().expect("a live call");
    assert!(ann.hang_up());
    floor.stands(&ann, (false, 1), "she writes up").await;
    ann.complete(task).expect("completed");
    floor.stands(&ann, (true, 1), "free again").await;

    ann.go_to("Offline").expect("an activity");
    floor.stands(&ann, (false, 1), "off line").await;
    ann.go_to("Available").expect("an activity");
    floor.stands(&ann, (true, 1), "on line").await;

    let caller = stage.parked_by(&ann).await;
    floor.stands(&ann, (false, 1), "parked again").await;
    stage.seconds(NOTED).await;
    stage.emulator.hang_up(caller);
    stage.moment().await;
    // The wrap-up of a caller who hung up on hold is a task like any other.
    floor.stands(&ann, (false, 1), "a wrap-up task").await;
    for task in ann.tasks() {
        ann.complete(task).expect("completed");
    }
    floor.stands(&ann, (true, 1), "and free").await;
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a4_62_a_direct_call_arrives_during_a_call_and_a_third_finds_no_room() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    let first = stage.talks_to(&ann).await;
    floor
        .stands(&ann, (false, 2), "room for a direct call")
        .await;
    let second = floor.calls_ann().await;
    assert_eq!(ann.offers().len(), 1, "it rings at Ann's");
    let third = floor.calls_ann().await;
    assert_eq!(ann.offers().len(), 1, "two at a time");
    stage.accepts(&ann).await;
    assert!(stage.on_hold(first) && stage.call(second).conference.is_some());
    // Room for one more than she has: to pick the parked one up, or for the next direct call.
    assert_eq!(ann.offers().len(), 1, "now the third");
    stage.emulator.hang_up(third);
    floor
        .stands(&ann, (false, 2), "one talks, one is parked")
        .await;
    stage.seconds(NOTED).await;
    stage.emulator.hang_up(first);
    stage.emulator.hang_up(second);
    stage.moment().await;
    for task in ann.tasks() {
        ann.complete(task).expect("completed");
        stage.moment().await;
    }
    floor.stands(&ann, (true, 1), "all are gone").await;
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a4_63_while_an_agent_has_a_call_from_the_line_none_of_a_thousand_others_comes() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    stage.talks_to(&ann).await;
    let twilio = stage.twilio();
    for number in 0..1_000 {
        let new = NewTask {
            workflow: stage.acd,
            channel: "voice",
            attributes: json!({ "direction": "inbound", "number": number }).to_string(),
            priority: 0,
            timeout: None,
            since: None,
        };
        twilio.tasks(soon()).create(&new).await.expect("a task");
    }
    stage.seconds(600).await;
    assert_eq!(floor.offers(ann.worker()), 1, "only the call she has");

    // A direct call comes, is taken and ends; the first one waits on hold meanwhile and is picked up again.
    let direct = floor.calls_ann().await;
    assert_eq!(floor.offers(ann.worker()), 2, "the direct call");
    stage.accepts(&ann).await;
    stage.seconds(60).await;
    let first = ann.parked()[0].0.parse().expect("a call");
    floor.finishes(&ann).await;
    stage.seconds(60).await;
    assert!(ann.pick_up(first).await.expect("an answer").is_success());
    stage.seconds(60).await;
    assert!(stage.call(first).conference.is_some(), "they talk");
    assert_eq!(floor.offers(ann.worker()), 3, "and the pick-up");
    assert!(!stage.call(direct).status.to_string().contains("progress"));

    // She hangs up: as long as she writes up nothing comes, then one call.
    let task = ann.live().expect("a live call");
    assert!(ann.hang_up());
    stage.seconds(60).await;
    assert_eq!(floor.offers(ann.worker()), 3, "she writes up");
    ann.complete(task).expect("completed");
    stage.seconds(5).await;
    assert_eq!(floor.offers(ann.worker()), 4, "one of the thousand");
    assert_eq!(ann.offers().len(), 1);
    stage.seconds(5).await;
    assert_eq!(floor.offers(ann.worker()), 4, "and no other");
}

#[tokio::test(start_paused = true)]
async fn a4_67_room_is_set_before_a_task_is_completed() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    stage.talks_to(&ann).await;
    floor.calls_ann().await;
    stage.moment().await;
    let told = |kind: &str| {
        let events = stage.emulator.routing_events();
        events.iter().rposition(|(it, ..)| *it == kind)
    };
    // The plugin parks the first call, whose task completes by itself, and then accepts the second. The first one could
    // not be picked up if there were only room for the two tasks of this moment.
    stage.accepts(&ann).await;
    let events = stage.emulator.routing_events();
    let kinds: Vec<_> = events.iter().map(|(kind, ..)| *kind).collect();
    let completed = kinds
        .iter()
        .position(|kind| *kind == "task.completed")
        .expect("the first call's task is completed");
    let rooms = kinds[..completed]
        .iter()
        .filter(|kind| **kind == "worker.capacity.update")
        .count();
    // Two before the story began, one when it rang, one for the call that is parked now.
    assert_eq!(rooms, 4, "{kinds:?}");
    floor
        .stands(&ann, (false, 2), "one talks, one is parked")
        .await;

    stage.seconds(NOTED).await;
    // A call that just ends: its room goes when the agent writes up, not after.
    let parked = ann.parked()[0].0.parse().expect("a call");
    stage.emulator.hang_up(parked);
    stage.moment().await;
    let live = ann.live().expect("a live call");
    for task in ann.tasks().into_iter().filter(|task| *task != live) {
        ann.complete(task).expect("completed");
        stage.moment().await;
    }
    assert!(ann.hang_up());
    stage.moment().await;
    ann.complete(live).expect("completed");
    stage.moment().await;
    assert!(told("worker.capacity.update") < told("task.completed"));
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m16_a_closed_browser_leaves_nobody_out_of_the_queue() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    let caller = stage.talks_to(&ann).await;
    let task = ann.live().expect("a live call");
    ann.close();
    stage.emulator.hang_up(caller);
    floor
        .stands(&ann, (false, 1), "the task waits for its wrap-up")
        .await;
    // A supervisor completes it.
    stage.emulator.complete(task).expect("completed");
    floor.stands(&ann, (true, 1), "and calls come again").await;
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_parked_call_is_picked_up_while_another_is_written_up_whatever_comes_late() {
    // With several replicas, and the news of the end of the first call so late that it is looked at when the parked call
    // is neither listed nor a task.
    for seed in 1..=10 {
        let floor = Floor::of_two(seed);
        let (stage, ann) = (&floor.stage, floor.agent("ann"));
        let parked = stage.parked_by(&ann).await;
        floor.calls_ann().await;
        stage.accepts(&ann).await;
        floor
            .stands(&ann, (false, 2), "one talks, one is parked")
            .await;
        let late = HookTrouble::Delayed(Duration::from_millis(100 * seed));
        stage.emulator.weather().always(late);
        assert!(ann.hang_up());
        assert!(ann.pick_up(parked).await.expect("an answer").is_success());
        stage.moment().await;
        assert!(
            stage.call(parked).conference.is_some(),
            "seed {seed}: they talk, though the other call is not written up\n{}",
            stage.emulator.journal()
        );
        stage.emulator.weather().clear();
        stage.seconds(30).await;
        floor
            .stands(&ann, (false, 2), "one talks, one is written up")
            .await;
        floor.closes(&ann, parked).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_from_the_line_takes_the_place_of_one_that_is_being_picked_up() {
    for seed in 1..=10 {
        let floor = Floor::of_two(seed);
        let (stage, ann) = (&floor.stage, floor.agent("ann"));
        let parked = stage.parked_by(&ann).await;
        // The line is busy, and every event comes late.
        let waiting = stage.calls(MAIN_LINE).await;
        let late = HookTrouble::Delayed(Duration::from_millis(70 * seed));
        stage.emulator.weather().always(late);
        ann.go_to("Offline").expect("an activity");
        ann.go_to("Available").expect("an activity");
        assert!(ann.pick_up(parked).await.expect("an answer").is_success());
        stage.seconds(5).await;
        assert!(stage.call(parked).conference.is_some(), "seed {seed}");
        assert!(stage.call(waiting).conference.is_none());
        assert!(ann.offers().is_empty(), "seed {seed}: one at a time");
        stage.seconds(NOTED).await;
        stage.emulator.weather().clear();
        stage.emulator.hang_up(waiting);
        floor.closes(&ann, parked).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_plugins_own_wish_for_room_is_answered_with_what_is_computed() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    stage.talks_to(&ann).await;
    for wish in [1, 5, 2] {
        let reply = ann.set_capacity(wish).await.expect("an answer");
        assert!(reply.is_success(), "{reply:?}");
        assert_eq!(reply.body["configuredCapacity"], 2, "{reply:?}");
        assert_eq!(reply.body["taskChannelUniqueName"], "voice");
        assert_eq!(floor.set(ann.worker()), (false, 2));
    }
    assert_eq!(ann.set_capacity(50).await.expect("an answer").status, 400);
    floor.finishes(&ann).await;
    floor.stands(&ann, (true, 1), "free").await;
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn other_kinds_of_work_are_none_of_our_business() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    floor.stands(&ann, (true, 1), "free").await;
    let new = NewTask {
        workflow: stage.acd,
        channel: "default",
        attributes: "{}".to_owned(),
        priority: 0,
        timeout: None,
        since: None,
    };
    let twilio = stage.twilio();
    twilio.tasks(soon()).create(&new).await.expect("a task");
    stage.moment().await;
    let offer = *ann.offers().first().expect("an offer");
    stage.emulator.take(offer).expect("taken");
    stage.moment().await;
    assert_eq!(floor.set(ann.worker()), (true, 1), "a chat is no call");
    // And what the plugin sets on other channels is set.
    let channels = twilio.workers(soon());
    let other = channels.channel(ann.worker(), "default").await;
    let other = other.expect("a channel").sid.to_string();
    let worker = ann.worker().to_string();
    let fields = [
        ("capacity", "4"),
        ("workerSid", worker.as_str()),
        ("workerChannelSid", &other),
    ];
    let reply = ann.post("/worker-capacity", &fields).await;
    let reply = reply.expect("an answer");
    assert_eq!(reply.body["configuredCapacity"], 4, "{reply:?}");
}

#[tokio::test(start_paused = true)]
async fn with_the_plugin_in_charge_nothing_is_read_or_written() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let events = format!("{}/taskrouter-events", crate::stage::PUBLIC_URL);
    stage.emulator.events_to(Some(&events), None);
    stage.parked_by(&ann).await;
    stage.seconds(300).await;
    let worker = format!("/Workers/{}", ann.worker());
    let asked = stage.asked_since(0);
    let about: Vec<_> = asked.iter().filter(|it| it.contains(&worker)).collect();
    assert!(about.is_empty(), "{about:#?}");
    assert_eq!(
        stage.emulator.worker_capacity(ann.worker(), "voice"),
        Some(3)
    );
    stage.curtain().await;
}
