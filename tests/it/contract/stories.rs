//! Whole stories, and every request and answer in them held against Twilio's description.
//!
//! Every story on the stage ends with a glance at each shape of exchange; here all exchanges are looked at, and
//! [`EVERYTHING`] keeps a new endpoint or a new refusal from staying outside.

mod legs;
mod queues;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use switchboard::{
    emulator::{Fault, RestTrouble},
    twilio::{
        Twilio,
        deadline::Deadline,
        resource::{
            calls::{Next, is_over},
            sync::Item,
            tasks::NewTask,
        },
        sid::{CallSid, WorkflowSid},
    },
};

use super::{check, hold::request};
use crate::{
    intake::an_evening,
    stage::{DIRECT_LINE, MAIN_LINE, Setting, Stage, live_task, number},
    voicemail::an_answering_machine,
};

/// What was asked in all stories, and how often.
#[derive(Default)]
struct Told(BTreeMap<String, usize>);

impl Told {
    /// Ends a story; every exchange of it is checked, whatever was checked before.
    async fn end(&mut self, stage: Stage) {
        let exchanges = stage.emulator.exchanges();
        for exchange in exchanges.iter().filter(|exchange| !exchange.weather) {
            assert_eq!(check(&exchange.into()), [""; 0], "{exchange:#?}");
            *self.0.entry(request(exchange)).or_default() += 1;
        }
        stage.curtain().await;
    }
}

/// Two callers and Ann: park, swap, pick up, a change of capacity, a hang-up on hold.
async fn a_morning() -> Stage {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    assert!(ann.set_capacity(3).await.expect("an answer").is_success());
    let one = stage.parked_by(&ann).await;
    let two = stage.calls(DIRECT_LINE).await;
    stage.accepts(&ann).await;
    stage.parks(&ann).await;
    assert!(ann.pick_up(one).await.expect("an answer").is_success());
    stage.seconds(5).await;
    stage.emulator.hang_up(two);
    stage.seconds(130).await;
    assert_eq!(stage.wrap_ups(two).len(), 1);
    stage
}

/// Calls that come back by themselves, to a worker and then to their workflow.
async fn an_afternoon() -> Stage {
    let stage = Setting::default()
        .variable("PARK_TIMEOUT", "120")
        .variable("PARK_LIMIT", "2")
        .variable("LOOKUP_USER", "studio")
        .variable("LOOKUP_PASSWORD", "secret")
        .stage();
    let ann = stage.agent("ann");
    let caller = stage.parked_by(&ann).await;
    stage.seconds(900).await;
    assert!(!stage.on_hold(caller), "it is with its workflow");
    stage.reconcile(0).await;
    stage
}

/// What is refused: a third party, another agent, a call parked twice, a token nobody knows.
async fn refusals() -> Stage {
    let stage = Stage::new();
    let (ann, bob) = (stage.agent("ann"), stage.agent("bob"));
    let caller = stage.talks_to(&ann).await;
    let conference = stage.call(caller).conference.expect("a conference");
    stage
        .emulator
        .add_party(conference, &number("+13035559999"))
        .expect("a guest");
    stage.moment().await;
    assert_eq!(
        ann.park(live_task(&ann)).await.expect("an answer").status,
        409
    );
    let worker = bob.worker().to_string();
    let call = caller.to_string();
    for token in ["nobody's", ""] {
        let fields = [("Token", token), ("callSid", &call), ("workerSid", &worker)];
        assert_eq!(
            bob.post("/pickup-parked-call", &fields)
                .await
                .expect("an answer")
                .status,
            403
        );
    }
    stage
}

/// Attributes too long to travel in a request, and characters that need care everywhere.
async fn odd_attributes() -> Stage {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let note = "<é> & \"quotes\" ".repeat(170);
    assert!(
        stage
            .emulator
            .set_task_attribute(live_task(&ann), "note", &json!(note))
    );
    stage.parks(&ann).await;
    assert!(ann.pick_up(caller).await.expect("an answer").is_success());
    stage.moment().await;
    stage
}

/// Answers that are lost, so that the client looks again; and what a crash left behind.
async fn bad_weather() -> Stage {
    let stage = Setting {
        replicas: 2,
        ..Setting::default()
    }
    .stage();
    let ann = stage.agent("ann");
    let caller = stage.talks_to(&ann).await;
    let lost = |method: &str, path: &str| Fault::rest(RestTrouble::Lost).method(method).path(path);
    stage.emulator.weather().script(lost("POST", "/Items"));
    let _ = ann.park(live_task(&ann)).await.expect("an answer");
    stage.seconds(60).await;
    let Some(task) = ann.live() else {
        return hung_up_in_bad_weather(stage, caller, lost("POST", "/Tasks")).await;
    };
    assert!(ann.park(task).await.expect("an answer").is_success());
    hung_up_in_bad_weather(stage, caller, lost("POST", "/Tasks")).await
}

async fn hung_up_in_bad_weather(stage: Stage, caller: CallSid, fault: Fault) -> Stage {
    stage.moment().await;
    stage.emulator.weather().script(fault);
    stage.emulator.hang_up(caller);
    stage.seconds(90).await;
    assert_eq!(stage.wrap_ups(caller).len(), 1);
    stage
}

/// The client by itself: each refusal it has an opinion on, both pagings, and what `check` asks.
async fn the_client_alone() -> Stage {
    let stage = Stage::new();
    let twilio = stage.twilio();
    let by = Deadline::after(Duration::from_mins(10));
    let caller = stage.calls(MAIN_LINE).await;
    twilio.account_status(by).await.expect("an account");
    twilio.workspace_settings(by).await.expect("a workspace");
    twilio.sync_service_name(by).await.expect("a service");
    let unknown: CallSid = "CA000000000000000000000000000000ff".parse().expect("a SID");
    assert!(
        twilio
            .calls(by)
            .fetch(unknown)
            .await
            .is_err_and(|it| it.is_not_found())
    );
    assert!(twilio.calls(by).fetch(caller).await.is_ok());
    sync_refusals(&twilio, by).await;
    // Four processes together ask more in a second than TaskRouter takes; one by itself waits for its turn.
    let others: Vec<_> = (0..4).map(|_| stage.twilio()).collect();
    let many = others
        .iter()
        .map(|other| other.tasks(by).with_attribute("call_sid", "x"));
    join_all(many).await;
    task_refusals(&twilio, stage.acd, caller, by).await;
    let ann = stage.agent("ann");
    assert!(twilio.workers(by).fetch(ann.worker()).await.is_ok());
    queues::taken_out(&stage, stage.acd, caller, by).await;
    stage.emulator.hang_up(caller);
    stage.moment().await;
    let late = Next::Twiml("<Response><Hangup/></Response>".to_owned());
    let late = twilio.calls(by).redirect(caller, &late, None).await;
    assert!(late.is_err_and(|error| is_over(&error)));
    stage
}

async fn task_refusals(twilio: &Twilio, workflow: WorkflowSid, call: CallSid, by: Deadline) {
    let attributes = json!({ "isParkHangup": true, "call_sid": call }).to_string();
    let new = NewTask {
        workflow,
        channel: "voice",
        attributes,
        priority: 0,
        timeout: None,
        since: None,
    };
    let task = twilio.tasks(by).create(&new).await.expect("a task");
    assert!(
        twilio
            .tasks(by)
            .fetch(task)
            .await
            .expect("an answer")
            .is_some()
    );
    let found = twilio
        .tasks(by)
        .with_attribute("call_sid", call.as_str())
        .await;
    assert_eq!(
        found.expect("an answer").len(),
        2,
        "the call's own and this one"
    );
    let unknown = "WT000000000000000000000000000000ff".parse().expect("a SID");
    let none = twilio.tasks(by).fetch(unknown).await;
    assert!(none.expect("an answer").is_none());
    assert!(
        twilio
            .conferences(by)
            .of_task(task)
            .await
            .expect("an answer")
            .is_none()
    );
    let workers = twilio.workers(by);
    let odd = ["1'2\"".to_owned()];
    let nobody = workers.with_attribute_among("directExtension", &odd).await;
    assert!(nobody.expect("an answer").is_empty());
    let nobody = workers
        .with_attribute_containing("directExtension", &odd[0])
        .await;
    assert!(nobody.expect("an answer").is_empty());
}

async fn sync_refusals(twilio: &Twilio, by: Deadline) {
    let map = twilio.map("Odd name/é", by);
    let day = Duration::from_hours(24);
    assert!(
        map.read::<Value>("none")
            .await
            .expect("an answer")
            .is_none()
    );
    let item = map
        .create("one", &json!({ "é": "\u{1}" }), day)
        .await
        .expect("an item");
    assert!(
        map.create("one", &json!({}), day)
            .await
            .is_err_and(|it| it.is_conflict())
    );
    map.update("one", &json!({}), Some(&item.revision), day)
        .await
        .expect("an update");
    let stale = map
        .update("one", &json!({}), Some(&item.revision), day)
        .await;
    assert!(stale.is_err_and(|it| it.is_outdated()));
    assert!(
        map.delete("one", Some(&item.revision))
            .await
            .is_err_and(|it| it.is_outdated())
    );
    map.delete("one", None).await.expect("gone");
    map.delete("one", None).await.expect("gone already");
    // More at once than Sync takes: some are refused with 429 and tried again.
    let keys: Vec<_> = (0..230).map(|key| key.to_string()).collect();
    let data = json!({});
    // Two who find that there is no map both make it.
    let (new, other) = (twilio.map("new.map", by), twilio.map("new.map", by));
    let both = tokio::join!(new.create("1", &data, day), other.create("2", &data, day));
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    let made = join_all(keys.iter().map(|key| map.create(key, &data, day))).await;
    assert!(made.iter().any(Result::is_ok));
    let all: Vec<Item<Value>> = map.all().await.expect("items");
    assert!(all.len() > 100, "two pages: {}", all.len());
}

/// What the client can ask, and the refusals it tells apart.
const EVERYTHING: &[&str] = &[
    "DELETE api Accounts/{}/Recordings/{} 204",
    "DELETE sync Services/{}/Maps/{}/Items/{} 204",
    "DELETE sync Services/{}/Maps/{}/Items/{} 404",
    "DELETE sync Services/{}/Maps/{}/Items/{} 412",
    "GET api Accounts/{} 200",
    "GET api Accounts/{}/Calls 200",
    "GET api Accounts/{}/Calls/{} 200",
    "GET api Accounts/{}/Calls/{} 404",
    "GET api Accounts/{}/Conferences 200",
    "GET api Accounts/{}/Conferences/{}/Participants 200",
    "GET api Accounts/{}/IncomingPhoneNumbers 200",
    "GET api Accounts/{}/Queues 200",
    "GET api Accounts/{}/Queues/{} 200",
    "GET api Accounts/{}/Queues/{}/Members 200",
    "GET api Accounts/{}/Queues/{}/Members/{} 200",
    "GET api Accounts/{}/Queues/{}/Members/{} 404",
    "GET api Accounts/{}/Recordings 200",
    "GET api Accounts/{}/Recordings/{} 200",
    "GET api Accounts/{}/Recordings/{} 404",
    "GET sync Services/{} 200",
    "GET sync Services/{}/Maps/{}/Items 200",
    "GET sync Services/{}/Maps/{}/Items 404",
    "GET sync Services/{}/Maps/{}/Items/{} 200",
    "GET sync Services/{}/Maps/{}/Items/{} 404",
    "GET taskrouter Workspaces/{} 200",
    "GET taskrouter Workspaces/{}/Activities 200",
    "GET taskrouter Workspaces/{}/TaskQueues 200",
    "GET taskrouter Workspaces/{}/Tasks 200",
    "GET taskrouter Workspaces/{}/Tasks/{} 200",
    "GET taskrouter Workspaces/{}/Tasks/{} 404",
    "GET taskrouter Workspaces/{}/Workers 200",
    "GET taskrouter Workspaces/{}/Workers/{} 200",
    "POST api Accounts/{}/Calls 201",
    "POST api Accounts/{}/Calls 400",
    "POST api Accounts/{}/Calls/{} 200",
    "POST api Accounts/{}/Calls/{} 400",
    "POST api Accounts/{}/Messages 201",
    "POST api Accounts/{}/Messages 400",
    "POST api Accounts/{}/Queues/{}/Members/{} 200",
    "POST api Accounts/{}/Queues/{}/Members/{} 404",
    "POST iam Accounts/{}/Tokens/validate 200",
    "POST sync Services/{}/Maps 201",
    "POST sync Services/{}/Maps 409",
    "POST sync Services/{}/Maps/{}/Items 201",
    "POST sync Services/{}/Maps/{}/Items 404",
    "POST sync Services/{}/Maps/{}/Items 409",
    "POST sync Services/{}/Maps/{}/Items 429",
    "POST sync Services/{}/Maps/{}/Items/{} 200",
    "POST sync Services/{}/Maps/{}/Items/{} 412",
    "POST taskrouter Workspaces/{}/Tasks 201",
    "POST taskrouter Workspaces/{}/Tasks/{} 200",
    "POST taskrouter Workspaces/{}/Workers 201",
    "POST taskrouter Workspaces/{}/Workers 400",
    "POST taskrouter Workspaces/{}/Workers/{} 200",
    "POST taskrouter Workspaces/{}/Workers/{} 412",
    "POST taskrouter Workspaces/{}/Workers/{}/Channels/{} 200",
];

#[tokio::test(start_paused = true)]
async fn the_stories_ask_everything_that_the_client_can_ask() {
    let mut told = Told::default();
    told.end(a_morning().await).await;
    told.end(an_afternoon().await).await;
    told.end(refusals().await).await;
    told.end(odd_attributes().await).await;
    told.end(bad_weather().await).await;
    told.end(the_client_alone().await).await;
    told.end(an_evening().await).await;
    told.end(legs::legs_and_messages().await).await;
    told.end(an_answering_machine().await).await;
    let never: Vec<_> = EVERYTHING
        .iter()
        .filter(|request| !told.0.contains_key(**request))
        .collect();
    assert!(never.is_empty(), "never asked: {never:#?}");
    let question = |request: &str| {
        request
            .rsplit_once(' ')
            .map(|(question, _)| question.to_owned())
    };
    let known: BTreeSet<_> = EVERYTHING.iter().map(|request| question(request)).collect();
    let asked: BTreeSet<_> = told.0.keys().map(|request| question(request)).collect();
    assert_eq!(asked, known, "a request that is not in the list");
}
