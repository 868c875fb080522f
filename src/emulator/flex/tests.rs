//! The browser against a tiny application that does what the sample's functions do, and writes down what it is sent.

use std::collections::BTreeMap;

use axum::{Router, body::Bytes as Body, extract::Path, response::IntoResponse, routing::post};
use http::{Method, header};
use jiff::Timestamp;

use secrecy::ExposeSecret;
use serde_json::json;

use super::{request::ORIGIN, *};
use crate::{
    clock::Clock,
    emulator::{
        Flow, Line, Settings,
        hooks::Source,
        rest::{self, Product, RestRequest},
        taskrouter::Attributes,
    },
    twilio::sid::AccountSid,
};

type Form = BTreeMap<String, String>;
type Asked = Arc<Mutex<Vec<(String, Form)>>>;

struct Story {
    emulator: Emulator,
    ann: Browser,
    asked: Asked,
}

impl Story {
    /// Ann is signed in, has room for two calls, and gets the calls to one number.
    fn new() -> Self {
        let clock = Clock::starting_at(Timestamp::constant(1_800_000_000, 0));
        let account = AccountSid::from_bytes([7; 16]);
        let emulator = Emulator::new(Settings::new(account, "token".into(), clock));
        let (workflow, _) = emulator.add_parking_workflows().unwrap();
        let ann = emulator.add_agent("ann@example.com", &json!({})).unwrap();
        emulator.set_worker_capacity(ann, "voice", 2).unwrap();
        let attributes = json!({"name": "Maria"});
        let flow = Flow::Enqueue {
            workflow,
            attributes,
        };
        let _ = emulator
            .number(&"+15125550100".parse().unwrap())
            .voice(flow);
        let asked = Asked::default();
        emulator.connect(Line::router(
            "https://app.example",
            sample(&emulator, &asked),
        ));
        let ann = Browser::sign_in(&emulator, ann).unwrap();
        Self {
            emulator,
            ann,
            asked,
        }
    }

    /// A caller calls and Ann takes the call.
    async fn talk(&self) -> (CallSid, TaskSid) {
        let number = "+15125550100".parse().unwrap();
        let call = self.emulator.place_call("+15125550111", &number);
        while self.ann.offers().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.ann.accept(self.ann.offers()[0]).await.unwrap();
        self.emulator.settled().await;
        (call, self.ann.live().unwrap())
    }

    /// Waits until Ann talks to this caller.
    async fn until_live(&self, call: CallSid) -> TaskSid {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let live = self.ann.live().and_then(|task| self.emulator.task(task));
            if let Some(task) = live.filter(|task| task.call == Some(call)) {
                return task.sid;
            }
        }
    }

    fn asked(&self, path: &str) -> Vec<Form> {
        let asked = self.asked.lock().unwrap().clone().into_iter();
        asked
            .filter(|(it, _)| it == path)
            .map(|(_, form)| form)
            .collect()
    }

    fn status(&self, task: TaskSid) -> &'static str {
        self.emulator.task(task).unwrap().status
    }
}

/// What the sample's functions do, as far as the browser can tell.
fn sample(emulator: &Emulator, asked: &Asked) -> Router {
    let (inside, asked) = (Arc::downgrade(&emulator.0), asked.clone());
    let handle = move |Path(path): Path<String>, headers: http::HeaderMap, body: Body| async move {
        let form: Form = form_urlencoded::parse(&body).into_owned().collect();
        assert_eq!(headers[header::ORIGIN], ORIGIN);
        assert!(!headers.contains_key(header::AUTHORIZATION));
        let emulator = Emulator(inside.upgrade().unwrap());
        match path.as_str() {
            "park-call" => park(&emulator, &form),
            "pickup-parked-call" => pick_up(&emulator, &form),
            "hidden" => return "{}".into_response(),
            _ => {}
        }
        asked.lock().unwrap().push((format!("/{path}"), form));
        let allow = (header::ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN);
        ([allow], r#"{"success":true}"#).into_response()
    };
    Router::new().route("/{path}", post(handle))
}

fn park(emulator: &Emulator, form: &Form) {
    let item = json!({
        "attributes": form["attributes"], "callSid": form["callSid"], "name": form["name"],
        "queueName": form["queueName"], "workflowSid": form["workflowSid"],
        "dateCreated": "2027-01-15T08:00:00.000Z",
    });
    let text = format!("{}", &item);
    let body = [("Key", form["callSid"].as_str()), ("Data", &text)];
    let (service, account) = (emulator.sync_service(), AccountSid::from_bytes([7; 16]));
    let request = RestRequest {
        method: Method::POST,
        product: Product::Sync,
        path: format!(
            "/v1/Services/{service}/Maps/{}.ParkedCalls/Items",
            form["workerSid"]
        ),
        query: Vec::new(),
        form: body
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        json: None,
        if_match: None,
        range: None,
        authorization: Some(rest::tests::basic(account.as_str(), "token")),
        base_url: String::new(),
    };
    let hold = "<Response><Pause length=\"3600\"/></Response>".to_owned();
    emulator.with(|world| {
        assert_eq!(rest::route(world, &request).status, 201);
        world.redirect(form["callSid"].parse().unwrap(), Source::Text(hold));
    });
}

fn pick_up(emulator: &Emulator, form: &Form) {
    let mut task: Value = serde_json::from_str(&form["attributes"]).unwrap();
    task["autoAnswer"] = json!(true);
    task["isParkPickup"] = json!(true);
    task["targetWorker"] = json!(form["workerSid"]);
    task["conversations"]["outcome"] = json!("Picked up");
    task["autoComplete"] = json!(false);
    let task = task.to_string().replace('&', "&amp;").replace('<', "&lt;");
    let document = format!(
        "<Response><Enqueue workflowSid=\"{}\"><Task priority=\"1000\">{task}</Task></Enqueue></Response>",
        form["workflowSid"]
    );
    emulator.with(|world| world.redirect(form["callSid"].parse().unwrap(), Source::Text(document)));
}

/// Refuses whatever is asked, in this form.
fn refusing(body: &'static str) -> Router {
    let answer = move |_: Path<String>| async move {
        let allow = (header::ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN);
        (http::StatusCode::FORBIDDEN, [allow], body).into_response()
    };
    Router::new().route("/{path}", post(answer))
}

#[tokio::test(start_paused = true)]
async fn only_a_refusal_that_is_not_json_stops_the_plugin_before_flex_ends_the_first_call() {
    for (body, goes_on) in [(r#"{"success":false}"#, true), ("not allowed", false)] {
        let story = Story::new();
        let (first, _) = story.talk().await;
        let refuses = Line::router("https://app.example", refusing(body));
        story.emulator.connect(refuses);
        let number = "+15125550100".parse().unwrap();
        let second = story.emulator.place_call("+15125550112", &number);
        while story.ann.offers().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let accepted = story.ann.accept(story.ann.offers()[0]).await;
        assert_eq!(accepted.is_ok(), goes_on, "{accepted:?}");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let talks = |call| story.emulator.call(call).unwrap().conference.is_some();
        assert_eq!((talks(first), talks(second)), (!goes_on, goes_on), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_plugin_marks_the_task_and_sends_what_the_sample_reads() {
    let story = Story::new();
    let (call, task) = story.talk().await;
    let reply = story.ann.park(task).await.unwrap();
    assert!(reply.is_success());
    story.emulator.settled().await;
    let form = story.asked("/park-call").remove(0);
    let names: Vec<_> = form.keys().map(String::as_str).collect();
    let expected = [
        "Token",
        "attributes",
        "callSid",
        "name",
        "queueName",
        "taskSid",
        "workerSid",
        "workflowSid",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        (form["callSid"].as_str(), form["name"].as_str()),
        (call.as_str(), "Maria")
    );
    let attributes: Value = serde_json::from_str(&form["attributes"]).unwrap();
    assert_eq!(attributes["conversations"]["outcome"], "Parked Call");
    assert_eq!(
        attributes["conversations"]["conversation_id"],
        task.as_str()
    );
    // The agent's leg is gone, the marked task completes by itself, the caller is still there and listed.
    assert_eq!(story.status(task), "completed");
    assert_eq!(story.ann.live(), None);
    assert!(!story.emulator.call(call).unwrap().status.is_final());
    assert_eq!(story.ann.parked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn accepting_a_second_call_parks_the_first() {
    let story = Story::new();
    let (first, _) = story.talk().await;
    let (second, live) = story.talk().await;
    assert_eq!(story.asked("/park-call").len(), 1);
    assert_eq!(story.asked("/park-call")[0]["callSid"], first.as_str());
    assert_eq!(story.emulator.task(live).unwrap().call, Some(second));
}

#[tokio::test(start_paused = true)]
async fn a_pick_up_is_answered_by_itself_and_parks_the_live_call() {
    let story = Story::new();
    let (first, _) = story.talk().await;
    let (second, _) = story.talk().await;
    assert!(story.ann.pick_up(first).await.unwrap().is_success());
    let live = story.until_live(first).await;
    assert_eq!(story.asked("/park-call")[1]["callSid"], second.as_str());
    // When that conversation ends, the plugin takes the caller out of the list.
    assert_eq!(story.ann.parked().len(), 2);
    assert!(story.ann.hang_up());
    story.emulator.settled().await;
    assert_eq!(story.status(live), "wrapping");
    story.ann.complete(live).unwrap();
    story.emulator.settled().await;
    let left: Vec<_> = story.ann.parked().into_iter().map(|(key, _)| key).collect();
    assert_eq!(left, [second.as_str()]);
    assert!(!story.ann.hang_up());
}

#[tokio::test(start_paused = true)]
async fn a_wrap_up_task_is_accepted_and_writes_the_old_entry_back() {
    let story = Story::new();
    let (call, task) = story.talk().await;
    story.ann.park(task).await.unwrap();
    story.emulator.settled().await;
    let map = format!("{}.ParkedCalls", story.ann.worker());
    assert!(
        story
            .emulator
            .meddle(&map, call.as_str(), &json!({"name": "changed", "new": 1}))
    );
    let worker = story.ann.worker();
    let wrap_up = story.emulator.with(|world| {
        let workflow = world.router.workflows()[0].sid;
        let attributes = json!({
            "isParkHangup": true, "targetWorker": worker, "call_sid": call, "direction": "inbound",
        });
        let (rng, now) = (world.rng.clone(), world.now());
        world
            .router
            .enqueue(call, workflow, &attributes, 0, &rng, now)
            .unwrap()
    });
    story.emulator.settled().await;
    assert_eq!(story.status(wrap_up), "wrapping");
    let (_, item) = story.ann.parked().remove(0);
    assert_eq!((&item["name"], &item["new"]), (&json!("Maria"), &json!(1)));
    assert_eq!(item["isReservationPending"], false);
    assert!(item["attributes"].is_object());
    story.ann.complete(wrap_up).unwrap();
    story.emulator.settled().await;
    assert!(story.ann.parked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_plugin_stops_where_it_would() {
    let story = Story::new();
    let (call, task) = story.talk().await;
    assert!(matches!(
        story.ann.pick_up(call).await,
        Err(FlexError::Plugin(_))
    ));
    story.ann.park(task).await.unwrap();
    story.emulator.settled().await;
    assert!(matches!(
        story.ann.park(task).await,
        Err(FlexError::Plugin(_))
    ));
    story.ann.go_to("Break").unwrap();
    assert!(matches!(
        story.ann.pick_up(call).await,
        Err(FlexError::Plugin(_))
    ));
    assert!(matches!(
        story.ann.post("/hidden", &[]).await,
        Err(FlexError::Cors)
    ));
    story.ann.set_capacity(3).await.unwrap();
    let form = story.asked("/worker-capacity").remove(0);
    assert_eq!(
        (form["capacity"].as_str(), &form["workerChannelSid"][..2]),
        ("3", "WC")
    );
    story
        .ann
        .post("/worker-capacity", &[("Token", "stolen")])
        .await
        .unwrap();
    assert_eq!(story.asked("/worker-capacity")[1]["Token"], "stolen");
}

#[tokio::test(start_paused = true)]
async fn a_closed_browser_reacts_to_nothing_and_a_token_is_renewed() {
    let story = Story::new();
    let before = story.ann.token();
    tokio::time::advance(Duration::from_hours(2)).await;
    story.ann.set_capacity(1).await.unwrap();
    assert_ne!(before.expose_secret(), story.ann.token().expose_secret());
    let (_, task) = story.talk().await;
    story.ann.close();
    story.ann.park(task).await.unwrap();
    story.emulator.settled().await;
    assert_eq!(story.status(task), "wrapping");
}

/// Were they woken by dice, a story would not be the same every time.
#[tokio::test(start_paused = true)]
async fn browsers_react_in_the_order_they_signed_in() {
    let story = Story::new();
    let emulator = &story.emulator;
    emulator
        .set_worker_capacity(story.ann.0.worker, "voice", 1)
        .unwrap();
    let more = (0..8).map(|place| {
        let name = format!("agent{place}@example.com");
        let worker = emulator.add_agent(&name, &json!({})).unwrap();
        Browser::sign_in(emulator, worker).unwrap()
    });
    let browsers: Vec<_> = [story.ann.clone()].into_iter().chain(more).collect();
    let number = "+15125550100".parse().unwrap();
    for _ in &browsers {
        emulator.place_call("+15125550111", &number);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut tasks = Vec::new();
    for browser in &browsers {
        browser.accept(browser.offers()[0]).await.unwrap();
        emulator.settled().await;
        tasks.push(browser.live().unwrap());
    }
    emulator.with(|world| {
        let now = world.now();
        for task in tasks.iter().rev() {
            let ends = Attributes::of(json!({"autoComplete": true})).unwrap();
            world.router.set_attributes(*task, ends, now);
            world.router.wrap_up(*task, now).unwrap();
        }
    });
    emulator.settled().await;
    let events = emulator.routing_events().into_iter();
    let completed = events.filter(|(kind, ..)| *kind == "task.completed");
    let order: Vec<_> = completed.filter_map(|(_, task, _)| task).collect();
    assert_eq!(order, tasks);
}
