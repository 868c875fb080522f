//! Parks that the published sample takes: half an emoji in a name, deep attributes, and a supervisor who listens.

use serde_json::{Value, json};
use switchboard::{
    emulator::{Browser, Reply},
    twilio::sid::CallSid,
};

use crate::stage::{Stage, live_task};

/// The agent parks their live call with these attributes, as text.
async fn park_with(stage: &Stage, ann: &Browser, attributes: &str) -> Reply {
    let task = live_task(ann);
    let view = stage.emulator.task(task).expect("a task");
    let call = view.call.expect("a call").to_string();
    let (task, worker) = (task.to_string(), ann.worker().to_string());
    let workflow = view.workflow.to_string();
    let fields = [
        ("attributes", attributes),
        ("callSid", &call),
        ("queueName", "Sales"),
        ("taskSid", &task),
        ("workerSid", &worker),
        ("workflowSid", &workflow),
    ];
    let reply = ann.post("/park-call", &fields).await.expect("an answer");
    stage.moment().await;
    reply
}

/// Parked, picked up, parked again, and hung up on: the attributes of the new task and of the wrap-up task.
async fn there_and_back(attributes: &str) -> [Value; 2] {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let reply = park_with(&stage, &ann, attributes).await;
    assert_eq!(reply.body, json!({ "success": true }), "{reply:?}");
    assert!(stage.on_hold(caller));
    let (call, worker) = (caller.to_string(), ann.worker().to_string());
    let fields = [("callSid", call.as_str()), ("workerSid", &worker)];
    let reply = ann.post("/pickup-parked-call", &fields).await;
    assert!(reply.as_ref().is_ok_and(Reply::is_success), "{reply:?}");
    stage.moment().await;
    let picked = stage.emulator.task(live_task(&ann)).expect("the task");
    assert!(stage.call(caller).conference.is_some());
    park_with(&stage, &ann, attributes).await;
    stage.seconds(30).await;
    stage.emulator.hang_up(caller);
    stage.moment().await;
    let [wrap_up] = &stage.wrap_ups(caller)[..] else {
        panic!("one wrap-up task: {:?}", stage.wrap_ups(caller));
    };
    let both = [picked.attributes, wrap_up.clone()];
    stage.curtain().await;
    both
}

#[tokio::test(start_paused = true)]
async fn half_an_emoji_in_a_name_keeps_no_caller_with_an_agent() {
    let attributes = r#"{"name":"Maria \ud83d","from":"+13035550123","conversations":{}}"#;
    for task in there_and_back(attributes).await {
        assert_eq!(task["name"], "Maria \u{fffd}", "{task}");
    }
}

#[tokio::test(start_paused = true)]
async fn attributes_two_hundred_levels_deep_are_parked_and_come_back() {
    let deep = format!("{}\"here\"{}", "[".repeat(200), "]".repeat(200));
    let attributes = format!(r#"{{"name":"Maria","deep":{deep},"conversations":{{}}}}"#);
    for task in there_and_back(&attributes).await {
        assert_eq!(task["deep"].to_string(), deep);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrap_up_task_without_a_name_is_called_after_the_number() {
    let dialled = r#"{"outbound_to":"+13035550111","from":"+15125550100","conversations":{}}"#;
    for task in there_and_back(dialled).await {
        assert_eq!(task["name"], "+13035550111", "{task}");
    }
    let from = r#"{"from":"+13035550123","conversations":{}}"#;
    for task in there_and_back(from).await {
        assert_eq!(task["name"], "+13035550123", "{task}");
    }
}

/// Ann talks to a caller and a supervisor is in on it.
async fn overheard(stage: &Stage, coaches: bool) -> (Browser, CallSid, CallSid) {
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let conference = stage.call(caller).conference.expect("a conference");
    let listener = stage
        .emulator
        .add_listener(conference, "sue_40example_2Ecom", coaches)
        .expect("a listener");
    stage.moment().await;
    (ann, caller, listener)
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_who_listens_or_coaches_does_not_keep_a_call_from_being_parked() {
    for coaches in [false, true] {
        let stage = Stage::new();
        let (ann, caller, listener) = overheard(&stage, coaches).await;
        let reply = ann.park(live_task(&ann)).await.expect("an answer");
        assert_eq!(reply.body["success"], true, "{reply:?}");
        let told = reply.body["message"].as_str().expect("a message");
        assert!(told.contains("supervisor"), "{told}");
        stage.moment().await;
        assert!(stage.on_hold(caller), "{:?}", stage.call(caller));
        assert!(
            stage.call(listener).status.is_final(),
            "their leg ends with Ann's"
        );
        ann.pick_up(caller).await.expect("an answer");
        stage.moment().await;
        assert!(stage.call(caller).conference.is_some());
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_party_beside_a_supervisor_is_still_not_dropped() {
    for coaches in [false, true] {
        let stage = Stage::new();
        let (ann, caller, listener) = overheard(&stage, coaches).await;
        let conference = stage.call(caller).conference.expect("a conference");
        let guest = stage
            .emulator
            .add_party(conference, &crate::stage::number("+13035559999"))
            .expect("a guest");
        stage.moment().await;
        let reply = ann.park(live_task(&ann)).await.expect("an answer");
        assert_eq!(reply.status, 409, "{reply:?}");
        assert!(reply.text.contains("more than two parties"), "{reply:?}");
        stage.moment().await;
        for leg in [caller, guest, listener] {
            assert_eq!(stage.call(leg).conference, Some(conference));
        }
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_who_listens_lets_no_other_agent_park_the_call() {
    let stage = Stage::new();
    let (ann, caller, _) = overheard(&stage, false).await;
    let bob = stage.agent("bob");
    let view = stage.emulator.task(live_task(&ann)).expect("a task");
    let (task, worker) = (view.sid.to_string(), bob.worker().to_string());
    let (call, workflow) = (caller.to_string(), view.workflow.to_string());
    let fields = [
        ("attributes", "{}"),
        ("callSid", call.as_str()),
        ("taskSid", &task),
        ("workerSid", &worker),
        ("workflowSid", &workflow),
    ];
    let reply = bob.post("/park-call", &fields).await.expect("an answer");
    assert_eq!(reply.status, 403, "{reply:?}");
    assert!(stage.call(caller).conference.is_some());
    stage.curtain().await;
}
