//! Whose call is it?

use std::time::Duration;

use serde_json::json;
use switchboard::emulator::{Browser, Reply};

use crate::stage::{Stage, live_task, number};

async fn park(stage: &Stage, who: &Browser, worker: &Browser, victim: &Browser) -> Reply {
    let task = live_task(victim);
    let view = stage.emulator.task(task).expect("a task");
    let (attributes, workflow) = (view.attributes.to_string(), view.workflow.to_string());
    let call = view.call.expect("a call").to_string();
    let (task, worker) = (task.to_string(), worker.worker().to_string());
    let fields = [
        ("attributes", attributes.as_str()),
        ("callSid", &call),
        ("name", "x"),
        ("queueName", "q"),
        ("taskSid", &task),
        ("workerSid", &worker),
        ("workflowSid", &workflow),
    ];
    who.post("/park-call", &fields).await.expect("an answer")
}

#[tokio::test(start_paused = true)]
async fn m7_an_agent_cannot_park_another_agents_call() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let bob = stage.agent("bob");
    // In Ann's name, with his own token; and in his own name, with her call.
    for in_whose_name in [&ann, &bob] {
        let reply = park(&stage, &bob, in_whose_name, &ann).await;
        assert_eq!(reply.status, 403, "{reply:?}");
        assert!(
            !reply.is_json(),
            "the published plugin would go on: {reply:?}"
        );
    }
    assert!(
        stage.call(caller).conference.is_some(),
        "the caller still talks to Ann"
    );
    assert!(stage.records().is_empty(), "nothing was written");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m7_an_agent_cannot_pick_up_another_agents_call() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    let bob = stage.agent("bob");
    let call = caller.to_string();
    for worker in [ann.worker(), bob.worker()] {
        let worker = worker.to_string();
        let reply = bob
            .post(
                "/pickup-parked-call",
                &[("callSid", &call), ("workerSid", &worker)],
            )
            .await;
        assert_eq!(reply.expect("an answer").status, 403);
    }
    assert!(stage.on_hold(caller));
    assert!(stage.listed(ann.worker(), caller).is_some());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m7_attributes_come_from_the_record_and_not_from_the_browser() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    let (call, worker) = (caller.to_string(), ann.worker().to_string());
    let forged = json!({ "vip": true, "targetWorker": "somebody" }).to_string();
    let fields = [
        ("callSid", call.as_str()),
        ("workerSid", &worker),
        ("attributes", &forged),
        ("name", "Forged"),
    ];
    assert!(
        ann.post("/pickup-parked-call", &fields)
            .await
            .expect("an answer")
            .is_success()
    );
    stage.moment().await;
    let task = stage.emulator.task(live_task(&ann)).expect("the task");
    assert!(task.attributes.get("vip").is_none());
    assert_eq!(task.attributes["targetWorker"], json!(ann.worker()));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_revoked_ends_within_a_minute() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let token = ann.token();
    assert!(ann.set_capacity(2).await.expect("an answer").is_success());
    stage.emulator.revoke_token(&token);
    stage.seconds(61).await;
    let text = secrecy::ExposeSecret::expose_secret(&token).to_owned();
    let reply = ann
        .post("/worker-capacity", &[("Token", &text), ("capacity", "2")])
        .await
        .expect("an answer");
    assert_eq!(reply.status, 403);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m14_a_call_with_a_third_party_is_not_parked_and_nobody_is_dropped() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let conference = stage.call(caller).conference.expect("a conference");
    let guest = stage
        .emulator
        .add_party(conference, &number("+13035559999"))
        .expect("a guest");
    stage.moment().await;
    let reply = ann.park(live_task(&ann)).await.expect("an answer");
    assert_eq!(reply.status, 409);
    assert!(reply.text.contains("more than two parties"), "{reply:?}");
    stage.moment().await;
    for leg in [caller, guest] {
        assert_eq!(
            stage.call(leg).conference,
            Some(conference),
            "nobody was dropped"
        );
    }
    assert!(stage.records().is_empty());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m18_an_agent_cannot_raise_a_capacity_above_the_ceiling_or_anothers_at_all() {
    let stage = Stage::new();
    let (ann, bob) = (stage.agent("ann"), stage.agent("bob"));
    let reply = ann.set_capacity(2).await.expect("an answer");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body["configuredCapacity"], 2);
    assert_eq!(reply.body["taskChannelUniqueName"], "voice");
    assert!(reply.body["sid"].is_string() && reply.body["dateUpdated"].is_string());
    assert_eq!(ann.set_capacity(50).await.expect("an answer").status, 400);
    assert_eq!(
        stage.emulator.worker_capacity(ann.worker(), "voice"),
        Some(2)
    );
    let (channel, worker) = (
        reply.body["sid"].as_str().unwrap_or_default(),
        ann.worker().to_string(),
    );
    let fields = [
        ("capacity", "3"),
        ("workerSid", worker.as_str()),
        ("workerChannelSid", channel),
    ];
    assert_eq!(
        bob.post("/worker-capacity", &fields)
            .await
            .expect("an answer")
            .status,
        403
    );
    assert_eq!(
        stage.emulator.worker_capacity(ann.worker(), "voice"),
        Some(2)
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_proof_is_asked_for_once_by_a_crowd() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let before = stage.asked();
    let crowd = (0..20).map(|_| ann.set_capacity(1));
    let replies = futures_util::future::join_all(crowd).await;
    assert!(
        replies
            .into_iter()
            .all(|reply| reply.expect("an answer").is_success())
    );
    let proofs = stage
        .asked_since(before)
        .into_iter()
        .filter(|line| line.contains("/Tokens/validate"))
        .count();
    assert_eq!(proofs, 1);
    tokio::time::sleep(Duration::from_secs(61)).await;
    stage.curtain().await;
}
