//! Rows 68 to 70: the stage's queues and workflows are those of the published sample, and do what it says of them.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use switchboard::twilio::sid::AccountSid;

use super::floor::Floor;
use crate::stage::{MAIN_LINE, Stage, TOKEN};

/// What TaskRouter lists.
fn listed(stage: &Stage, kind: &str, key: &str) -> Vec<Value> {
    let workspace = stage.emulator.workspace();
    let account = AccountSid::from_bytes([0xac; 16]);
    let proof = STANDARD.encode(format!("{account}:{TOKEN}"));
    let url = format!("https://taskrouter.twilio.com/v1/Workspaces/{workspace}/{kind}");
    let request = Request::get(url).header("authorization", format!("Basic {proof}"));
    let answer = stage.emulator.rest(&request.body(Bytes::new()).unwrap());
    let body: Value = serde_json::from_slice(answer.body()).expect("JSON");
    body[key].as_array().expect("a list").clone()
}

fn named(all: &[Value], name: &str) -> Value {
    let found = all.iter().find(|it| it["friendly_name"] == name);
    found.expect("one of this name").clone()
}

#[tokio::test(start_paused = true)]
async fn a4_68_69_and_70_the_queues_and_workflows_are_the_samples() {
    let floor = Floor::new();
    let queues = listed(&floor.stage, "TaskQueues", "task_queues");
    let (acd, park) = (named(&queues, "Inbound ACD"), named(&queues, "Park Pickup"));
    assert_eq!(acd["target_workers"], "isAcdReady == true");
    assert_eq!(park["target_workers"], "1 == 1");
    let everyone = named(&queues, "Everyone");
    let workflows = listed(&floor.stage, "Workflows", "workflows");
    let parked = "isParkPickup == true OR isParkHangup == true";
    for (name, seconds, queue) in [
        ("Inbound ACD", 15, &acd),
        ("Direct Extension", 60, &everyone),
    ] {
        let workflow = named(&workflows, name);
        assert_eq!(workflow["task_reservation_timeout"], seconds);
        let routing = workflow["configuration"].as_str().expect("JSON");
        let routing: Value = serde_json::from_str(routing).expect("JSON");
        let filters = &routing["task_routing"]["filters"];
        assert_eq!(filters[0]["expression"], parked);
        let target = &filters[0]["targets"][0];
        assert_eq!(target["queue"], park["sid"]);
        assert_eq!(target["known_worker_sid"], "task.targetWorker");
        let any = match name {
            "Inbound ACD" => &routing["task_routing"]["default_filter"],
            _ => &filters[1]["targets"][0],
        };
        assert_eq!(any["queue"], queue["sid"], "{name}");
        if name == "Direct Extension" {
            let matches = "task.directExtension == worker.directExtension";
            assert_eq!(any["expression"], matches);
        }
    }
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a4_69_a_picked_up_call_comes_back_to_its_worker_and_to_nobody_else() {
    let floor = Floor::new();
    let (stage, ann, bob) = (&floor.stage, floor.agent("ann"), floor.agent("bob"));
    bob.go_to("Offline").expect("an activity");
    let caller = stage.parked_by(&ann).await;
    bob.go_to("Available").expect("an activity");
    stage.moment().await;
    let before = floor.offers(bob.worker());
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    let task = stage.emulator.task(ann.live().expect("a live call"));
    let attributes = task.expect("a task").attributes;
    assert_eq!(attributes["targetWorker"], json!(ann.worker()));
    // Bob is free, and is not asked.
    assert_eq!(floor.offers(bob.worker()), before);
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a4_70_a_direct_call_stands_for_a_minute_and_one_from_the_line_for_a_quarter_of_it() {
    let floor = Floor::new();
    let (stage, ann) = (&floor.stage, floor.agent("ann"));
    let direct = floor.calls_ann().await;
    stage.seconds(50).await;
    assert_eq!(ann.offers().len(), 1, "it still rings");
    stage.emulator.hang_up(direct);
    stage.moment().await;
    let line = stage.calls(MAIN_LINE).await;
    assert_eq!(ann.offers().len(), 1, "the next one rings");
    stage.seconds(14).await;
    assert_eq!(ann.offers(), [], "and no longer than that");
    stage.emulator.hang_up(line);
    floor.stage.curtain().await;
}
