//! Rows 97 to 99: the numbers that Flex's real-time view does not have when calls can be parked.

use axum::body::Body;
use http::{Request, header};
use http_body_util::BodyExt;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use switchboard::{
    emulator::Browser,
    twilio::{deadline::Deadline, sid::CallSid},
};
use tower::ServiceExt;

use super::floor::Floor;
use crate::stage::{MAIN_LINE, Setting, Stage};

/// What somebody with this token sees.
async fn looks(stage: &Stage, path: &str, token: Option<&str>) -> (u16, Value) {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).expect("a request");
    let answer = stage.router().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a body");
    let body = serde_json::from_slice(&body.to_bytes()).expect("JSON");
    (status, body)
}

/// What a supervisor sees.
async fn sees(stage: &Stage, supervisor: &Browser, path: &str) -> Value {
    // An answer stands for a few seconds.
    stage.seconds(6).await;
    let token = supervisor.token();
    let (status, body) = looks(stage, path, Some(token.expose_secret())).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn worker<'a>(seen: &'a Value, agent: &Browser) -> &'a Value {
    let mut workers = seen["workers"].as_array().expect("workers").iter();
    let found = workers.find(|it| it["sid"] == agent.worker().as_str());
    found.expect("the worker")
}

#[tokio::test(start_paused = true)]
async fn a5_97_busy_workers_are_counted_beside_those_who_are_free() {
    let floor = Floor::new();
    let stage = &floor.stage;
    let [ann, bob, cyd] = ["ann", "bob", "cyd"].map(|name| floor.agent(name));
    let sue = stage.supervisor("sue");
    sue.go_to("Offline").expect("an activity");
    let caller = stage.calls(MAIN_LINE).await;
    let agents = [&ann, &bob, &cyd];
    let busy = agents.iter().find(|it| !it.offers().is_empty());
    let busy = *busy.expect("it rings at somebody's");
    stage.accepts(busy).await;
    let away = *agents
        .iter()
        .find(|it| it.worker() != busy.worker())
        .unwrap();
    away.go_to("Offline").expect("an activity");
    let seen = sees(stage, &sue, "/workers").await;
    assert_eq!(
        seen["totals"],
        json!({
            "workers": 4, "eligible": 1, "busy": 1, "unavailable": 2, "unknown": 0, "tasks": 1, "parkedCalls": 0,
        })
    );
    let line = worker(&seen, busy);
    assert_eq!(
        (&line["state"], &line["acdReady"]),
        (&json!("busy"), &json!(false))
    );
    assert_eq!(line["tasks"][0]["status"], "assigned");
    assert_eq!(line["tasks"][0]["callSid"], caller.as_str());
    assert_eq!(line["tasks"][0]["queue"], "Inbound ACD");
    let line = worker(&seen, away);
    assert_eq!(
        (&line["state"], &line["activity"]),
        (&json!("unavailable"), &json!("Offline"))
    );

    // Parked is busy, too, though there is no task.
    stage.parks(busy).await;
    let seen = sees(stage, &sue, "/workers").await;
    let line = worker(&seen, busy);
    assert_eq!(
        (&line["state"], &line["parkedCalls"]),
        (&json!("busy"), &json!(1))
    );
    assert_eq!(line["tasks"], json!([]));
    assert_eq!(seen["totals"]["parkedCalls"], 1);
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_98_parked_calls_count_in_the_queue_they_came_from() {
    let floor = Floor::new();
    let stage = &floor.stage;
    let (ann, bob) = (floor.agent("ann"), floor.agent("bob"));
    let sue = stage.supervisor("sue");
    sue.go_to("Offline").expect("an activity");
    let seen = sees(stage, &sue, "/parked-calls").await;
    assert_eq!((&seen["total"], &seen["calls"]), (&json!(0), &json!([])));

    bob.go_to("Offline").expect("an activity");
    let one = stage.parked_by(&ann).await;
    stage.seconds(60).await;
    let two = floor.calls_ann().await;
    stage.accepts(&ann).await;
    stage.parks(&ann).await;
    bob.go_to("Available").expect("an activity");
    stage.moment().await;
    let three = stage.parked_by(&bob).await;
    let seen = sees(stage, &sue, "/parked-calls").await;
    assert_eq!(seen["total"], 3);
    let order: Vec<_> = seen["calls"].as_array().unwrap().iter().collect();
    let calls: Vec<_> = order
        .iter()
        .map(|it| it["callSid"].as_str().unwrap())
        .collect();
    let expected = [one, two, three].map(|call| call.to_string());
    assert_eq!(calls, expected, "the longest parked first");
    assert_eq!(order[0]["workerName"], "ann@example.com");
    assert_eq!(order[0]["workerSid"], ann.worker().as_str());
    assert_eq!(order[2]["workerName"], "bob@example.com");
    let age = order[0]["seconds"].as_u64().expect("an age");
    assert!((76..90).contains(&age), "{age}");
    assert_eq!(order[0]["since"].as_str().map(str::len), Some(24), "{seen}");
    let queues = seen["queues"].as_array().expect("queues");
    let counts: Vec<_> = queues
        .iter()
        .map(|it| (&it["queue"], &it["calls"]))
        .collect();
    let line = json!("Inbound ACD");
    assert!(counts.contains(&(&line, &json!(2))), "{counts:?}");
    assert_eq!(counts.len(), 2, "and the queue of direct calls");

    // Picked up and parked again, it is still the line's: not the queue's of pick-ups.
    assert!(bob.pick_up(three).await.expect("an answer").is_success());
    stage.moment().await;
    stage.parks(&bob).await;
    let seen = sees(stage, &sue, "/parked-calls").await;
    let again = seen["calls"].as_array().unwrap().iter();
    let again = again.filter(|it| it["callSid"] == three.as_str());
    assert_eq!(again.map(|it| &it["queue"]).collect::<Vec<_>>(), [&line]);
    stage.emulator.hang_up(three);
    let seen = sees(stage, &sue, "/parked-calls").await;
    assert_eq!(seen["total"], 2, "whoever hung up does not wait any more");
    floor.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_99_a_picked_up_call_shows_its_own_queue_beside_that_of_pick_ups() {
    for in_lists in [true, false] {
        let floor = Floor::new();
        let stage = &floor.stage;
        let ann = floor.agent("ann");
        let sue = stage.supervisor("sue");
        sue.go_to("Offline").expect("an activity");
        stage.emulator.show_attributes_in_lists(in_lists);
        let caller = stage.parked_by(&ann).await;
        assert!(ann.pick_up(caller).await.expect("an answer").is_success());
        stage.moment().await;
        let seen = sees(stage, &sue, "/workers").await;
        let task = &worker(&seen, &ann)["tasks"][0];
        assert_eq!(task["queue"], "Park Pickup", "as Flex shows it: {seen}");
        assert_eq!(task["originalQueue"], "Inbound ACD");
        // Without the attribute nobody is guessed to be ready.
        let unknown = seen["totals"]["unknown"].as_u64();
        assert_eq!(unknown, Some(u64::from(!in_lists)), "{seen}");
        floor.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn only_supervisors_look() {
    let stage = Stage::new();
    let (ann, sue) = (stage.agent("ann"), stage.supervisor("sue"));
    for path in ["/workers", "/parked-calls"] {
        let (anns, sues) = (ann.token(), sue.token());
        let rows = [
            (None, 403, "/docs#token-refused"),
            (Some("nonsense"), 403, "/docs#token-refused"),
            (Some(""), 403, "/docs#token-refused"),
            (Some(anns.expose_secret()), 403, "/docs#not-yours"),
        ];
        for (token, status, kind) in rows {
            let (answered, body) = looks(&stage, path, token).await;
            assert_eq!((answered, &body["type"]), (status, &json!(kind)), "{path}");
        }
        let (status, _) = looks(&stage, path, Some(sues.expose_secret())).await;
        assert_eq!(status, 200, "{path}");
        sue.close();
    }
    stage.curtain().await;
}

/// As if an agent had parked many calls: more in one map of the index than a page of Sync holds.
async fn many_on_hold(stage: &Stage, ann: &Browser) {
    let by = || Deadline::after(std::time::Duration::from_secs(30));
    let twilio = stage.twilio();
    let maps = twilio.map("Global.ParkedCalls", by());
    let long = std::time::Duration::from_hours(1);
    let now = 1_800_000_000_i64;
    maps.create("00", &json!({ "noted": now }), long)
        .await
        .expect("a note");
    let map = twilio.map("Global.ParkedCalls.00", by());
    for number in 0_u8..130 {
        let mut bytes = [number; 16];
        bytes[15] = 0;
        let call = CallSid::from_bytes(bytes);
        let record = json!({
            "attributes": "{}", "callSid": call, "dateCreated": "2027-01-15T08:00:00.000Z",
            "workerSid": ann.worker(), "workflowSid": stage.acd, "phase": "parked",
            "moved": "2027-01-15T08:00:00.000Z", "mark": "m",
        });
        map.create(call.as_str(), &record, long)
            .await
            .expect("a record");
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_floor_is_seen_whole_and_asked_for_once() {
    let stage = Setting::default().stage();
    let sue = stage.supervisor("sue");
    stage.emulator.limit_rates(false);
    for number in 0..2_100 {
        let agent = stage
            .emulator
            .add_agent(&format!("a{number}@example.com"), &json!({}));
        agent.expect("an agent");
    }
    let ann = stage.agent("ann");
    sue.go_to("Offline").expect("an activity");
    many_on_hold(&stage, &ann).await;
    let before = stage.asked();
    let token = sue.token();
    let path = |path| looks(&stage, path, Some(token.expose_secret()));
    let ((_, floor), (_, again), (_, on_hold)) =
        tokio::join!(path("/workers"), path("/workers"), path("/parked-calls"));
    assert_eq!(floor["totals"]["workers"], 2_102);
    assert_eq!(floor["totals"]["parkedCalls"], 130);
    assert_eq!(floor, again);
    assert_eq!(on_hold["total"], 130);
    assert_eq!(
        on_hold["queues"],
        json!([{ "queue": null, "calls": 130, "longestSeconds": on_hold["calls"][0]["seconds"] }])
    );
    let asked = stage.asked_since(before);
    let lists = asked.iter().filter(|it| it.ends_with("/Workers"));
    assert_eq!(
        lists.count(),
        2 * 3,
        "three pages for each of the two: {asked:#?}"
    );
}
