//! The furniture moved: made, changed, deleted, and what cannot be.

use super::*;

fn sid(answer: &RestAnswer) -> String {
    let body = answer.json();
    body["sid"].as_str().unwrap().to_owned()
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn configuration(queue: &str) -> String {
    json!({ "task_routing": { "default_filter": { "queue": queue } } }).to_string()
}

#[tokio::test(start_paused = true)]
async fn the_workspace_says_where_events_go() {
    let mut desk = Desk::new();
    let away = desk.world.router.activity_named("Break").unwrap();
    let change = form(&[
        ("FriendlyName", "Flex"),
        ("EventCallbackUrl", "https://a.example/events#rc=2"),
        ("EventsFilter", "task.created,task.canceled"),
        ("TimeoutActivitySid", away.as_str()),
    ]);
    let body = desk.post("", &change).json();
    assert_eq!(body["event_callback_url"], "https://a.example/events#rc=2");
    assert_eq!(body["events_filter"], "task.created,task.canceled");
    assert_eq!(
        (
            &body["timeout_activity_name"],
            &body["default_activity_name"]
        ),
        (&json!("Break"), &json!("Offline"))
    );
    // What is not given stays; an empty URL takes the old one away.
    assert_eq!(
        desk.post("", "FriendlyName=Flux").json()["event_callback_url"],
        "https://a.example/events#rc=2"
    );
    assert_eq!(
        desk.post("", "EventCallbackUrl=").json()["event_callback_url"],
        Value::Null
    );
    for wrong in [
        "EventCallbackUrl=nowhere",
        "TimeoutActivitySid=WA00",
        "MultiTaskEnabled=false",
        "EventCallbackURL=https%3A%2F%2Fa.example",
    ] {
        assert_eq!(outcome(&desk.post("", wrong)), (400, 20001), "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_activity_is_made_renamed_and_deleted_when_nobody_is_in_it() {
    let mut desk = Desk::new();
    let made = desk.post("/Activities", "FriendlyName=Cool-down&Available=no");
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["available"], false);
    let path = format!("/Activities/{}", sid(&made));
    assert_eq!(
        outcome(&desk.post("/Activities", "FriendlyName=Cool-down")),
        (400, 20001)
    );
    let renamed = desk.post(&path, "FriendlyName=Resting").json();
    assert_eq!(renamed["friendly_name"], "Resting");
    assert_eq!(outcome(&desk.post(&path, "Available=true")), (400, 20001));
    let worker = format!("/Workers/{}", desk.ann);
    desk.post(&worker, &form(&[("ActivitySid", &sid(&made))]));
    assert_eq!(
        outcome(&desk.ask(Method::DELETE, &path, "", None)),
        (400, 20001)
    );
    let back = desk.world.router.activity_named("Available").unwrap();
    desk.post(&worker, &form(&[("ActivitySid", back.as_str())]));
    assert_eq!(desk.ask(Method::DELETE, &path, "", None).status, 204);
    assert_eq!(outcome(&desk.get(&path)), (404, 20404));
}

#[tokio::test(start_paused = true)]
async fn a_new_task_channel_is_every_workers() {
    let mut desk = Desk::new();
    let new = "FriendlyName=Chat&UniqueName=chat&ChannelOptimizedRouting=true";
    assert_eq!(desk.post("/TaskChannels", new).status, 201);
    assert_eq!(outcome(&desk.post("/TaskChannels", new)), (400, 20001));
    let channel = format!("/Workers/{}/Channels/chat", desk.ann);
    assert_eq!(desk.get(&channel).json()["configured_capacity"], 1);
    let renamed = desk.post("/TaskChannels/chat", "FriendlyName=Talk");
    assert_eq!(renamed.json()["friendly_name"], "Talk");
    let delete = |desk: &mut Desk, name: &str| {
        let path = format!("/TaskChannels/{name}");
        desk.ask(Method::DELETE, &path, "", None)
    };
    assert_eq!(outcome(&delete(&mut desk, "voice")), (400, 20001));
    assert_eq!(delete(&mut desk, "chat").status, 204);
    assert_eq!(outcome(&desk.get(&channel)), (404, 20404));
    assert_eq!(outcome(&delete(&mut desk, "chat")), (404, 20404));
}

#[tokio::test(start_paused = true)]
async fn a_queue_can_be_changed_and_is_kept_while_it_is_needed() {
    let mut desk = Desk::new();
    let made = desk.post(
        "/TaskQueues",
        &form(&[
            ("FriendlyName", "Sales"),
            ("TargetWorkers", "team == 'sales'"),
        ]),
    );
    assert_eq!(made.status, 201);
    let (queue, path) = (sid(&made), format!("/TaskQueues/{}", sid(&made)));
    for wrong in [
        form(&[("FriendlyName", "Sales")]),
        form(&[("FriendlyName", "Other"), ("TargetWorkers", "team ==")]),
        "TargetWorkers=1==1".to_owned(),
    ] {
        assert_eq!(
            outcome(&desk.post("/TaskQueues", &wrong)),
            (400, 20001),
            "{wrong}"
        );
    }
    let changed = desk.post(&path, &form(&[("TargetWorkers", "team == 'all'")]));
    let changed = changed.json();
    assert_eq!(
        (&changed["friendly_name"], &changed["target_workers"]),
        (&json!("Sales"), &json!("team == 'all'"))
    );
    let workflow = desk.post(
        "/Workflows",
        &form(&[
            ("FriendlyName", "W"),
            ("Configuration", &configuration(&queue)),
        ]),
    );
    assert_eq!(workflow.status, 201);
    let delete = |desk: &mut Desk, path: &str| desk.ask(Method::DELETE, path, "", None);
    assert_eq!(outcome(&delete(&mut desk, &path)), (400, 20001));
    let workflow = format!("/Workflows/{}", sid(&workflow));
    assert_eq!(delete(&mut desk, &workflow).status, 204);
    assert_eq!(delete(&mut desk, &path).status, 204);
}

#[tokio::test(start_paused = true)]
async fn a_workflow_says_where_it_leads_and_whom_it_asks() {
    let mut desk = Desk::new();
    let everyone = desk.world.router.queues()[0].sid;
    let text = configuration(everyone.as_str());
    let made = desk.post(
        "/Workflows",
        &form(&[
            ("FriendlyName", "Phones"),
            ("Configuration", &text),
            ("AssignmentCallbackUrl", "https://a.example/assign"),
            ("TaskReservationTimeout", "50"),
        ]),
    );
    assert_eq!(made.status, 201);
    let (path, body) = (format!("/Workflows/{}", sid(&made)), made.json());
    assert_eq!(body["assignment_callback_url"], "https://a.example/assign");
    assert_eq!(body["fallback_assignment_callback_url"], Value::Null);
    assert_eq!(
        (&body["task_reservation_timeout"], &body["configuration"]),
        (&json!(50), &json!(text))
    );
    let changed = desk.post(
        &path,
        &form(&[
            ("FallbackAssignmentCallbackUrl", "https://b.example/assign"),
            ("AssignmentCallbackUrl", ""),
            ("ReEvaluateTasks", "true"),
        ]),
    );
    let changed = changed.json();
    assert_eq!(changed["assignment_callback_url"], Value::Null);
    assert_eq!(
        changed["fallback_assignment_callback_url"],
        "https://b.example/assign"
    );
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_cannot_be_is_refused() {
    let mut desk = Desk::new();
    let path = format!("/Workflows/{}", desk.workflow);
    for (name, value) in [
        ("Configuration", "{"),
        ("Configuration", "{}"),
        (
            "Configuration",
            &*configuration("WQ00000000000000000000000000000000"),
        ),
        ("TaskReservationTimeout", "0"),
        ("TaskReservationTimeout", "86401"),
        ("AssignmentCallbackUrl", "assign"),
    ] {
        let refused = desk.post(&path, &form(&[(name, value)]));
        assert_eq!(outcome(&refused), (400, 20001), "{name}={value}");
    }
    assert_eq!(
        outcome(&desk.post("/Workflows", "FriendlyName=x")),
        (400, 20001)
    );
    assert_eq!(outcome(&desk.post("/Workflows/WW00", "")), (404, 20404));
    assert_eq!(outcome(&desk.post("/Statistics", "")), (405, 20004));
}
