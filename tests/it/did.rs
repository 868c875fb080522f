//! Agents' own numbers (cases A1 of `tests/README.md`): who is reached by them, and what callers hear.

mod left_behind;
mod outbound;

use std::{ops::Deref, time::Duration};

use serde_json::{Value, json};
use switchboard::{
    emulator::{Browser, CallStatus, Fault, HookTrouble, RestTrouble},
    twilio::sid::{CallSid, WorkflowSid},
};

use crate::stage::{Boxes, Dids, Setting, Stage};

/// Ann's own number, and Bob's.
const ANN: &str = "+15127640580";
const BOB: &str = "+15127640581";

/// The number that agents share when they call out.
const SHARED: &str = "+15127640590";

/// A number of the office that nobody has.
const NOBODY: &str = "+15127640599";

const BOTH: [Dids; 2] = [Dids::Published, Dids::Ours];

struct Office {
    stage: Stage,
    callers: u32,
}

impl Deref for Office {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl Office {
    fn new(dids: Dids) -> Self {
        Self::set(Setting::default().dids(dids))
    }

    fn set(setting: Setting) -> Self {
        let stage = setting.stage();
        for did in [ANN, BOB, NOBODY, SHARED] {
            stage.opens(did, "/did");
        }
        Self { stage, callers: 0 }
    }

    /// An agent with a number of their own, signed in and available.
    fn agent(&self, name: &str, number: &str) -> Browser {
        let more = json!({ "phone_number": number });
        self.worker(name, &more)
    }

    /// Somebody calls, and hears the welcome.
    async fn rings(&mut self, number: &str) -> CallSid {
        let from = self.next_caller();
        self.calls_from(&from, number).await
    }

    fn next_caller(&mut self) -> String {
        self.callers += 1;
        format!("+1303555{:04}", self.callers)
    }

    async fn calls_from(&self, from: &str, number: &str) -> CallSid {
        let to = crate::stage::number(number);
        let call = self.emulator.place_call(from, &to);
        self.seconds(10).await;
        call
    }

    /// One of the workflows that the stage has.
    fn workflow(&self, name: &str) -> WorkflowSid {
        let found = self.emulator.workflow_named(name);
        found.expect("a workflow")
    }
}

#[tokio::test(start_paused = true)]
async fn a1_02_an_own_number_rings_its_agent_first_among_ten_who_are_idle() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        for other in 0..10 {
            office.agent(&format!("agent-{other}"), &format!("+1512764{other:04}"));
        }
        let ann = office.agent("ann", ANN);
        for trial in 0..50 {
            let call = office.rings(ANN).await;
            assert!(office.hears(call, "Thank you for calling"), "{dids:?}");
            assert_eq!(office.offered(call), [ann.worker()], "{dids:?} {trial}");
            office.emulator.hang_up(call);
            office.moment().await;
        }
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a1_03_an_own_number_may_be_written_without_its_plus_one() {
    for dids in BOTH {
        for written in ["5127640580", "15127640580", ANN] {
            let mut office = Office::new(dids);
            office.agent("bob", BOB);
            let ann = office.agent("ann", written);
            let call = office.rings(ANN).await;
            assert_eq!(office.offered(call), [ann.worker()], "{dids:?} {written}");
            office.emulator.hang_up(call);
            office.stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a1_03_an_empty_or_too_short_number_is_nobodys_with_our_workflow() {
    let mut office = Office::new(Dids::Ours);
    office.agent("empty", "");
    office.agent("short", "512764058");
    let ann = office.agent("ann", ANN);
    for _ in 0..10 {
        let call = office.rings(ANN).await;
        assert_eq!(office.offered(call), [ann.worker()]);
        office.emulator.hang_up(call);
        office.moment().await;
    }
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a1_04_and_07_who_is_away_or_talking_is_passed_over_at_once() {
    for dids in BOTH {
        for away in [true, false] {
            let mut office = Office::new(dids);
            let ann = office.agent("ann", ANN);
            let capacity = office
                .stage
                .emulator
                .set_worker_capacity(ann.worker(), "voice", 1);
            capacity.expect("a capacity");
            let first = if away {
                ann.go_to("Offline").expect("an activity");
                None
            } else {
                let call = office.rings(ANN).await;
                office.accepts(&ann).await;
                Some(call)
            };
            let bob = office.agent("bob", BOB);
            let call = office.rings(ANN).await;
            assert_eq!(office.offered(call), [bob.worker()], "{dids:?}");
            for call in first.into_iter().chain([call]) {
                office.emulator.hang_up(call);
            }
            office.stage.curtain().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a1_05_who_does_not_answer_for_a_minute_is_passed_over() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        let bob = office.agent("bob", BOB);
        let call = office.rings(ANN).await;
        assert_eq!(office.offered(call), [ann.worker()], "{dids:?}");
        office.seconds(45).await;
        assert_eq!(office.offered(call).len(), 1, "{dids:?}: still hers");
        office.seconds(80).await;
        let offered = office.offered(call);
        assert!(offered.contains(&bob.worker()), "{dids:?}: {offered:?}");
        office.emulator.hang_up(call);
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a1_06_with_nobody_idle_the_caller_waits_and_is_not_lost() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        ann.go_to("Offline").expect("an activity");
        let call = office.rings(ANN).await;
        office.seconds(600).await;
        assert_eq!(office.task_of(call).status, "pending", "{dids:?}");
        assert!(office.call(call).in_queue.is_some());
        let bob = office.agent("bob", BOB);
        office.seconds(5).await;
        assert_eq!(office.offered(call), [bob.worker()], "{dids:?}");
        office.emulator.hang_up(call);
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a1_11_and_23_the_task_says_who_called_whom_and_whose_number_it_is() {
    let mut office = Office::new(Dids::Published);
    let ann = office.agent("ann", ANN);
    let call = office.rings(ANN).await;
    let attributes = office.task_of(call).attributes;
    let said = |name: &str| attributes[name].clone();
    assert_eq!(said("name"), json!("+13035550001"));
    assert_eq!(said("phone_number"), json!(ANN));
    assert_eq!(said("type"), json!("inbound"));
    assert_eq!(said("direction"), json!("inbound"));
    let did = json!({ "routing": "direct", "owner": ann.worker() });
    assert_eq!(said("did"), did);
    office.emulator.hang_up(call);
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_nobodys_is_told_and_goes_to_the_desk() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        let call = office.rings(NOBODY).await;
        assert!(office.hears(call, "This number is no longer in service"));
        assert_eq!(office.offered(call), [ann.worker()]);
        assert_eq!(
            office.task_of(call).attributes["did"],
            json!({ "routing": "nobody" })
        );
        office.emulator.hang_up(call);
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_workflows_a_caller_is_told_and_the_call_ends() {
    let mut office = Office::set(Setting::default());
    office.agent("ann", ANN);
    let call = office.rings(ANN).await;
    assert!(office.hears(call, "This number is no longer in service"));
    assert_eq!(office.call(call).status, CallStatus::Completed);
    office.stage.curtain().await;
}

/// The write-up's workflow needs no owner; a caller does not pay for a look-up that fails.
#[tokio::test(start_paused = true)]
async fn when_owners_cannot_be_looked_up_the_call_goes_on_without() {
    for trouble in [RestTrouble::Hang, RestTrouble::Answer(503, 20_503)] {
        let mut office = Office::new(Dids::Published);
        let ann = office.agent("ann", ANN);
        let weather = office.emulator.weather();
        let down = Fault::rest(trouble).method("GET").path("/Workers");
        weather.script(down.times(100));
        let call = office.rings(ANN).await;
        assert_eq!(office.offered(call), [ann.worker()], "{trouble:?}");
        let did = office.task_of(call).attributes["did"].clone();
        assert_eq!(did.get("owner"), None::<&Value>, "{trouble:?}");
        weather.clear();
        office.emulator.hang_up(call);
        office.stage.curtain().await;
    }
}

/// The workflow was deleted: Twilio cannot make the task, and asks what now.
#[tokio::test(start_paused = true)]
async fn when_the_workflow_is_gone_the_caller_goes_to_the_desk() {
    let gone = "WW00000000000000000000000000000001";
    let setting = Setting::default().dids(Dids::Ours);
    let mut office = Office::set(setting.variable("DID_WORKFLOW", gone));
    let ann = office.agent("ann", ANN);
    let call = office.rings(ANN).await;
    office.seconds(10).await;
    assert!(office.hears(call, "Sorry, no one can take your call right now"));
    assert_eq!(office.offered(call), [ann.worker()]);
    office.emulator.hang_up(call);
    office.seconds(Duration::from_mins(1).as_secs()).await;
    office.stage.curtain().await;
}

/// The workflow ends, and nobody took the call.
#[tokio::test(start_paused = true)]
async fn whose_call_nobody_takes_is_told_and_may_leave_the_owner_a_message() {
    nobody_takes(Setting::default()).await;
    nobody_takes(Setting::default().boxes(Boxes::Usual)).await;
}

async fn nobody_takes(setting: Setting) {
    let boxes = setting.boxes.is_some();
    let mut office = Office::set(setting.dids(Dids::Ours));
    let ann = office.agent("ann", ANN);
    let workflow = office.workflow("Direct Inward Dial");
    let queue = office.emulator.add_queue("Ann", "1 == 1");
    let ends = json!({ "task_routing": { "filters": [{
        "expression": "1==1",
        "targets": [{ "queue": queue.expect("a queue"), "timeout": 30, "known_worker_sid": "task.did.owner" }],
    }] } });
    let set = office.emulator.set_routing(workflow, &ends, false);
    set.expect("a workflow");
    ann.go_to("Offline").expect("an activity");
    let call = office.rings(ANN).await;
    office
        .stage
        .emulator
        .speaks(call, Duration::from_secs(5), "Please call me.");
    office.seconds(100).await;
    assert!(office.hears(call, "Sorry, no one can take your call right now"));
    assert_eq!(office.call(call).status, CallStatus::Completed);
    let listed = ann.get("/voicemails").await.expect("an answer").body;
    let messages = listed["voicemails"].as_array().map_or(0, Vec::len);
    assert_eq!(messages, usize::from(boxes));
    office.stage.curtain().await;
}

/// The answer to the queue's action is lost, and the number's fallback URL is its voice URL.
#[tokio::test(start_paused = true)]
async fn a_caller_who_has_talked_is_not_put_into_the_queue_again_by_the_fallback() {
    let extensions = "+15127640500";
    for (line, path, keys) in [(ANN, "/did", ""), (extensions, "/extension", "2580")] {
        let office = Office::new(Dids::Ours);
        office.opens(line, path);
        let number = office.emulator.number(&crate::stage::number(line));
        number.fallback(format!("{}{path}", crate::stage::PUBLIC_URL));
        let more = json!({ "phone_number": ANN, "directExtension": "2580" });
        let ann = office.worker("ann", &more);
        let call = office.calls_from("+13035550001", line).await;
        if !keys.is_empty() {
            office.emulator.press(call, keys);
            office.seconds(12).await;
        }
        office.accepts(&ann).await;
        office.seconds(5).await;
        let lost = Fault::webhook(HookTrouble::Lost).path(&format!("{path}/left"));
        office.emulator.weather().script(lost.times(2));
        assert!(ann.hang_up(), "Ann says goodbye");
        office.seconds(10).await;
        assert_eq!(office.call(call).status, CallStatus::Completed, "{line}");
        assert!(ann.offers().is_empty(), "{line}");
        office.emulator.weather().clear();
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a1_23_a_call_that_a_colleague_takes_is_marked_as_a_failover() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        let bob = office.agent("bob", BOB);
        let hers = office.rings(ANN).await;
        office.accepts(&ann).await;
        assert_eq!(office.task_of(hers).attributes["did"]["routing"], "direct");
        ann.go_to("Offline").expect("an activity");
        let late = Fault::rest(RestTrouble::Answer(412, 20_412));
        let tasks = late.method("POST").path("/Tasks/");
        office.emulator.weather().script(tasks);
        let failed_over = office.rings(ANN).await;
        office.accepts(&bob).await;
        office.seconds(5).await;
        let did = office.task_of(failed_over).attributes["did"].clone();
        assert_eq!(did["routing"], "failover", "{dids:?}");
        assert_eq!(did["owner"], json!(ann.worker()), "{dids:?}");
        for call in [hers, failed_over] {
            office.emulator.hang_up(call);
        }
        office.moment().await;
        office.stage.curtain().await;
    }
}
