//! The TaskRouter face: what is answered, and what is refused with which code.

mod furniture;

use http::Method;
use serde_json::{Value, json};

use super::super::{
    Product, route,
    tests::{outcome, pass, request, world},
};
use super::*;
use crate::{
    emulator::taskrouter::Attributes,
    twilio::sid::{CallSid, WorkerSid, WorkflowSid},
};

/// A world with one workflow and one agent, and short ways to ask for things in it.
struct Desk {
    world: World,
    base: String,
    workflow: WorkflowSid,
    ann: WorkerSid,
}

impl Desk {
    fn new() -> Self {
        let mut world = world();
        let (now, rng) = (world.now(), world.rng.clone());
        let router = &mut world.router;
        let workflow = router.add_workflow("Inbound ACD", None, &rng).unwrap();
        let activity = router.activity_named("Available");
        let attributes =
            json!({"contact_uri": "client:ann", "directExtension": "1001", "isAcdReady": true});
        let attributes = Attributes::of(attributes).unwrap();
        let ann = router
            .add_worker("Ann", attributes, activity, &rng, now)
            .unwrap();
        let base = format!("/v1/Workspaces/{}", router.workspace.sid);
        Self {
            world,
            base,
            workflow,
            ann,
        }
    }

    /// From now on tasks go the way of the published parking sample.
    fn sample(&mut self) {
        let rng = self.world.rng.clone();
        let router = &mut self.world.router;
        (self.workflow, _) = router.add_parking_workflows(&rng).unwrap();
    }

    fn ask(
        &mut self,
        method: Method,
        rest: &str,
        form: &str,
        if_match: Option<&str>,
    ) -> RestAnswer {
        let target = format!("{}{rest}", self.base);
        let mut request = request(Product::TaskRouter, method, &target, form);
        request.if_match = if_match.map(str::to_owned);
        let answer = route(&mut self.world, &request);
        self.world.let_the_router_follow();
        answer
    }

    fn get(&mut self, rest: &str) -> RestAnswer {
        self.ask(Method::GET, rest, "", None)
    }

    fn post(&mut self, rest: &str, form: &str) -> RestAnswer {
        self.ask(Method::POST, rest, form, None)
    }

    /// Makes a task over REST; gives its path.
    fn task(&mut self, attributes: &Value) -> String {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("WorkflowSid", self.workflow.as_str())
            .append_pair("TaskChannel", "voice")
            .append_pair("Attributes", &attributes.to_string())
            .finish();
        let made = self.post("/Tasks", &form);
        assert_eq!(made.status, 201);
        format!("/Tasks/{}", made.json()["sid"].as_str().unwrap())
    }

    fn status(&mut self, task: &str) -> String {
        let body = self.get(task).json();
        body["assignment_status"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrap_up_task_waits_for_its_worker() {
    let mut desk = Desk::new();
    desk.sample();
    let (ann, now) = (desk.ann, desk.world.now());
    let go = |desk: &mut Desk, activity: &str| {
        let activity = desk.world.router.activity_named(activity).unwrap();
        desk.world.router.set_activity(ann, activity, now).unwrap();
        desk.world.let_the_router_follow();
    };
    go(&mut desk, "Offline");
    let task = desk.task(&json!({"isParkHangup": true, "targetWorker": ann}));
    let other = desk.task(&json!({}));
    assert_eq!(desk.status(&task), "pending");
    go(&mut desk, "Available");
    assert_eq!(desk.status(&task), "reserved");
    assert_eq!(desk.status(&other), "pending");
    let offers = desk.get(&format!("{task}/Reservations")).json();
    let offer = offers["reservations"][0].clone();
    assert_eq!(offer["worker_sid"], ann.as_str());
    let path = format!("{task}/Reservations/{}", offer["sid"].as_str().unwrap());
    let form = "ReservationStatus=accepted";
    assert_eq!(
        outcome(&desk.ask(Method::POST, &path, form, Some("\"9\""))),
        (412, 20412)
    );
    let accepted = desk.ask(Method::POST, &path, form, Some("0"));
    assert_eq!(accepted.etag.as_deref(), Some("\"1\""));
    assert_eq!(desk.status(&task), "assigned");
    assert_eq!(outcome(&desk.post(&path, form)), (400, 20001));
    assert_eq!(
        outcome(&desk.post(&path, "Instruction=conference")),
        (400, 40137)
    );
    let theirs = desk.get(&format!(
        "/Workers/{ann}/Reservations?ReservationStatus=accepted"
    ));
    assert_eq!(theirs.json()["reservations"][0]["sid"], offer["sid"]);
}

#[tokio::test(start_paused = true)]
async fn a_finished_task_is_gone_after_five_minutes() {
    let mut desk = Desk::new();
    let task = desk.task(&json!({}));
    assert_eq!(
        outcome(&desk.post(&task, "AssignmentStatus=completed&Reason=x")),
        (400, 20001)
    );
    assert_eq!(
        outcome(&desk.post(&task, "AssignmentStatus=canceled")),
        (400, 20001)
    );
    assert_eq!(
        desk.post(&task, "AssignmentStatus=canceled&Reason=gone")
            .status,
        200
    );
    pass(299).await;
    assert_eq!(desk.get(&task).json()["reason"], "gone");
    pass(1).await;
    assert_eq!(outcome(&desk.get(&task)), (404, 20404));
}

#[tokio::test(start_paused = true)]
async fn a_task_is_changed_by_its_version() {
    let mut desk = Desk::new();
    let task = desk.task(&json!({"a": 1}));
    let tag = desk.get(&task).etag.unwrap();
    let form = "Attributes={\"a\":2}";
    let changed = desk.ask(Method::POST, &task, form, Some(&tag));
    assert_eq!(changed.json()["attributes"], "{\"a\":2}");
    assert_eq!(
        outcome(&desk.ask(Method::POST, &task, form, Some(&tag))),
        (412, 20412)
    );
    assert_eq!(
        outcome(&desk.ask(Method::DELETE, &task, "", Some(&tag))),
        (412, 20412)
    );
    let long = format!("Attributes={{\"a\":\"{}\"}}", "a".repeat(4090));
    for form in [
        long.as_str(),
        "Attributes=x",
        "Attributes=[]",
        "Priority=-1",
        "TaskChannel=fax",
        "AssignmentStatus=wrapping&Attributes={}",
        "AssignmentStatus=asigned",
        "Nonsense=1",
    ] {
        assert_eq!(
            outcome(&desk.post(&task, form)),
            (400, 20001),
            "{}",
            &form[..form.len().min(30)]
        );
    }
    assert_eq!(desk.ask(Method::DELETE, &task, "", None).status, 204);
    assert_eq!(outcome(&desk.get(&task)), (404, 20404));
}

#[tokio::test(start_paused = true)]
async fn tasks_are_listed_by_what_they_say() {
    let mut desk = Desk::new();
    desk.sample();
    let one = desk.task(&json!({"isParkHangup": true, "call_sid": "CA1", "targetWorker": "WK"}));
    pass(1).await;
    let two = desk.task(&json!({"call_sid": "CA1"}));
    pass(1).await;
    let three = desk.task(&json!({"call_sid": "CA2"}));
    let found = |desk: &mut Desk, query: &str| {
        let answer = desk.get(&format!("/Tasks?{query}"));
        let body = answer.json();
        let Some(tasks) = body["tasks"].as_array() else {
            return vec![body["code"].to_string()];
        };
        let sids = tasks
            .iter()
            .map(|task| format!("/Tasks/{}", task["sid"].as_str().unwrap()));
        sids.collect()
    };
    let expression =
        "EvaluateTaskAttributes=isParkHangup%20%3D%3D%20true%20AND%20call_sid%3D%3D'CA1'";
    assert_eq!(found(&mut desk, expression), [one.as_str()]);
    assert_eq!(
        found(&mut desk, "Ordering=DateCreated:desc"),
        [three.as_str(), &two, &one]
    );
    assert_eq!(
        found(&mut desk, "AssignmentStatus=reserved"),
        [two.as_str()]
    );
    assert_eq!(
        found(
            &mut desk,
            "AssignmentStatus=pending&AssignmentStatus=reserved&PageSize=2"
        ),
        [one.as_str(), &two]
    );
    assert_eq!(
        found(&mut desk, "EvaluateTaskAttributes=a%20LIKES%201"),
        ["20001"]
    );
    assert_eq!(found(&mut desk, "WorkflowSid=WW00"), Vec::<String>::new());
    assert_eq!(found(&mut desk, "AssignmentStatus=done"), ["20001"]);
}

#[tokio::test(start_paused = true)]
async fn three_expression_queries_a_second_are_answered() {
    let mut desk = Desk::new();
    for rest in [
        "/Tasks?EvaluateTaskAttributes=1==1",
        "/Workers?TargetWorkersExpression=1==1",
    ] {
        let statuses: Vec<_> = (0..4).map(|_| desk.get(rest).status).collect();
        assert_eq!(statuses, [200, 200, 200, 429]);
        assert_eq!(outcome(&desk.get(rest)), (429, 20429));
        pass(1).await;
        assert_eq!(desk.get(rest).status, 200);
    }
    assert!((0..20).all(|_| desk.get("/Tasks").status == 200));
}

#[tokio::test(start_paused = true)]
async fn workers_are_found_by_extension() {
    let mut desk = Desk::new();
    let found = |desk: &mut Desk, expression: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("TargetWorkersExpression", expression)
            .finish();
        let body = desk.get(&format!("/Workers?{query}")).json();
        body["workers"].as_array().unwrap().len()
    };
    assert_eq!(found(&mut desk, "directExtension == '1001'"), 1);
    assert_eq!(found(&mut desk, "directExtension == '1002'"), 0);
    assert_eq!(
        found(
            &mut desk,
            "activity_name == 'Available' AND friendly_name != 'Bob'"
        ),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn capacity_is_set_by_any_of_a_channels_names() {
    let mut desk = Desk::new();
    let path = format!("/Workers/{}/Channels", desk.ann);
    let voice = desk.get(&format!("{path}/voice")).json();
    assert_eq!(voice["configured_capacity"], 1);
    for name in [
        "voice",
        voice["sid"].as_str().unwrap(),
        voice["task_channel_sid"].as_str().unwrap(),
    ] {
        let set = desk.post(&format!("{path}/{name}"), "Capacity=3").json();
        assert_eq!(
            (&set["configured_capacity"], &set["sid"]),
            (&json!(3), &voice["sid"])
        );
    }
    desk.task(&json!({}));
    let busy = desk.get(&format!("{path}/voice")).json();
    assert_eq!(
        (
            &busy["assigned_tasks"],
            &busy["available_capacity_percentage"]
        ),
        (&json!(1), &json!(66))
    );
    assert_eq!(
        outcome(&desk.post(&format!("{path}/voice"), "Capacity=-1")),
        (400, 20001)
    );
    assert_eq!(outcome(&desk.get(&format!("{path}/fax"))), (404, 20404));
}

#[tokio::test(start_paused = true)]
async fn a_missed_offer_sends_the_worker_away_and_the_task_back() {
    let mut desk = Desk::new();
    let (workflow, ann) = (desk.workflow, desk.ann);
    desk.world.router.set_reservation_timeout(workflow, 15);
    let (now, rng) = (desk.world.now(), desk.world.rng.clone());
    let call = CallSid::from_bytes([1; 16]);
    let attributes = json!({"directExtension": "1001"});
    let task = desk
        .world
        .router
        .enqueue(call, workflow, &attributes, 0, &rng, now)
        .unwrap();
    desk.world.let_the_router_follow();
    assert_eq!(desk.status(&format!("/Tasks/{task}")), "reserved");
    pass(15).await;
    assert_eq!(desk.status(&format!("/Tasks/{task}")), "pending");
    let worker = desk.get(&format!("/Workers/{ann}")).json();
    assert_eq!(
        (&worker["activity_name"], &worker["available"]),
        (&json!("Offline"), &json!(false))
    );
    let unknown = WorkflowSid::from_bytes([9; 16]);
    let refused = desk
        .world
        .router
        .enqueue(call, unknown, &json!({}), 0, &rng, now);
    assert_eq!(refused.unwrap_err().code, 14222);
}

#[tokio::test(start_paused = true)]
async fn the_furniture_can_be_read() {
    let mut desk = Desk::new();
    for (rest, key, count) in [
        ("/Activities?Available=true", "activities", 1),
        ("/TaskChannels", "channels", 2),
        ("/TaskQueues", "task_queues", 1),
        ("/Workflows?FriendlyName=Inbound+ACD", "workflows", 1),
    ] {
        let body = desk.get(rest).json();
        assert_eq!(body[key].as_array().unwrap().len(), count, "{rest}");
    }
    assert_eq!(desk.get("").json()["default_activity_name"], "Offline");
    assert_eq!(desk.get("/TaskChannels/voice").status, 200);
    assert_eq!(outcome(&desk.get("/Statistics")), (404, 20404));
}
