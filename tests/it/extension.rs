//! Agents' extensions (cases A4 and A5 of `tests/README.md`): who is reached by them, and what callers hear who are not connected.

mod left_behind;
mod messages;
mod parked;
mod storms;

use std::{ops::Deref, time::Duration};

use serde_json::json;
use switchboard::{
    emulator::{Browser, CallStatus, Fault, HookTrouble, RestTrouble},
    twilio::sid::CallSid,
};

use crate::stage::{Dids, Setting, Stage, number};

/// The line on which callers dial extensions.
const LINE: &str = "+15125550160";

/// Ann's extension.
const ANN: &str = "2580";

/// What a caller hears who is not connected.
const LATER: &str = "Sorry, no one can take your call right now";

/// What a caller hears who is led to the operator.
const OPERATOR: &str = "Please hold for the operator";

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
        stage.opens(LINE, "/extension");
        Self { stage, callers: 0 }
    }

    /// An agent with an extension, signed in and available, with room for two calls.
    fn agent(&self, name: &str, extension: &str) -> Browser {
        let more = json!({ "directExtension": extension });
        let agent = self.worker(name, &more);
        let capacity = self
            .stage
            .emulator
            .set_worker_capacity(agent.worker(), "voice", 2);
        capacity.expect("a capacity");
        agent
    }

    /// Somebody calls the line, and hears the question.
    async fn rings(&mut self) -> CallSid {
        self.callers += 1;
        let from = format!("+1303555{:04}", self.callers);
        let call = self.emulator.place_call(&from, &number(LINE));
        self.seconds(5).await;
        assert!(self.hears(call, "digits of the extension"));
        call
    }

    /// Somebody calls the line and keys in an extension.
    async fn dials(&mut self, extension: &str) -> CallSid {
        let call = self.rings().await;
        self.keys(call, extension).await;
        call
    }

    async fn keys(&self, call: CallSid, keys: &str) {
        self.emulator.press(call, keys);
        self.seconds(12).await;
    }

    /// The caller was told once, and their call has ended.
    fn was_told(&self, call: CallSid) {
        assert_eq!(self.times(call, LATER), 1, "{}", self.emulator.journal());
        assert_eq!(self.call(call).status, CallStatus::Completed);
        assert!(self.open_tasks(call).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a4_62_an_extension_reaches_its_agent_also_while_they_talk() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        office.agent("bob", "2581");
        let first = office.dials(ANN).await;
        assert!(office.hears(first, "while we connect you"), "{dids:?}");
        assert_eq!(office.offered(first), [ann.worker()], "{dids:?}");
        let task = &office.attributes_of(first)[0];
        assert_eq!(task["directExtension"], ANN);
        assert_eq!(task["extension"], json!({ "owner": ann.worker() }));
        office.accepts(&ann).await;
        let second = office.dials(ANN).await;
        assert_eq!(office.offered(second), [ann.worker()], "{dids:?}");
        for call in [first, second] {
            office.emulator.hang_up(call);
        }
        office.moment().await;
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a4_91_and_a5_92_who_keys_in_nothing_known_is_asked_three_times_and_then_told() {
    for keys in ["", "25", "9999"] {
        let mut office = Office::set(
            Setting::default()
                .dids(Dids::Ours)
                .variable("EXTENSION_OPERATOR_WORKFLOW", ""),
        );
        office.agent("ann", ANN);
        let call = office.rings().await;
        for asked in 1..=3 {
            let so = || office.times(call, "digits of the extension") == asked;
            office.until(60, "they are asked", so).await;
            if !keys.is_empty() {
                office.emulator.press(call, keys);
            }
        }
        let so = || office.hears(call, "Goodbye");
        office.until(60, "goodbye", so).await;
        office.seconds(10).await;
        assert_eq!(office.times(call, "digits of the extension"), 3);
        let said = if keys == "9999" {
            "not a valid"
        } else {
            "too short"
        };
        assert_eq!(office.times(call, said), 2, "{keys:?}");
        assert_eq!(office.call(call).status, CallStatus::Completed);
        assert!(office.attributes_of(call).is_empty(), "no task for nobody");
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a4_91_after_three_tries_and_for_the_key_0_there_is_the_operator() {
    let mut office = Office::new(Dids::Ours);
    let ann = office.agent("ann", ANN);
    for keys in [["0"].as_slice(), &["9999", "9998", "9997"]] {
        let call = office.rings().await;
        for keys in keys {
            office.keys(call, keys).await;
        }
        assert!(office.hears(call, "hold for the operator"), "{keys:?}");
        assert_eq!(office.offered(call), [ann.worker()], "{keys:?}");
        assert_eq!(
            office.attributes_of(call)[0]["extension"],
            json!({ "operator": true })
        );
        office.emulator.hang_up(call);
        office.moment().await;
    }
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a4_71_an_extension_of_two_agents_is_nobodys() {
    let mut office = Office::new(Dids::Ours);
    office.agent("ann", ANN);
    office.agent("bob", ANN);
    let call = office.dials(ANN).await;
    assert!(office.hears(call, "valid extension"));
    assert!(office.attributes_of(call).is_empty());
    office.emulator.hang_up(call);
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_94_who_dials_an_agent_that_is_off_line_is_told_at_once() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        ann.go_to("Offline").expect("an activity");
        let call = office.dials(ANN).await;
        office.seconds(5).await;
        office.was_told(call);
        assert!(office.attributes_of(call).is_empty(), "{dids:?}: no task");
        office.stage.curtain().await;
    }
}

/// One reject: the caller is told, and the agent is not asked again.
#[tokio::test(start_paused = true)]
async fn a5_93_a_call_that_is_declined_is_not_offered_again() {
    for thrice in [false, true] {
        let setting = Setting::default().dids(Dids::Ours);
        let mut office = Office::set(if thrice { setting.replicas(2) } else { setting });
        if thrice {
            office
                .stage
                .emulator
                .weather()
                .always(HookTrouble::Repeated(2));
        }
        let ann = office.agent("ann", ANN);
        let call = office.dials(ANN).await;
        ann.reject(ann.offers()[0]).expect("rejected");
        office.seconds(15).await;
        office.was_told(call);
        assert_eq!(office.offered(call), [ann.worker()], "thrice: {thrice}");
        office.emulator.weather().clear();
        office.stage.curtain().await;
    }
}

/// With the sample's own workflow TaskRouter offers it again at once; that offer is withdrawn as the caller leaves.
#[tokio::test(start_paused = true)]
async fn a5_93_with_the_samples_workflow_a_declined_call_does_not_ring_on() {
    let mut office = Office::new(Dids::Published);
    let ann = office.agent("ann", ANN);
    let call = office.dials(ANN).await;
    ann.reject(ann.offers()[0]).expect("rejected");
    office.seconds(3).await;
    assert!(ann.offers().is_empty(), "nothing rings");
    office.seconds(10).await;
    office.was_told(call);
    assert!(office.offered(call).len() <= 2);
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_95_who_is_not_answered_is_told_after_a_minute() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        let call = office.dials(ANN).await;
        office.seconds(45).await;
        assert!(!office.hears(call, LATER), "{dids:?}: it rings");
        office.seconds(25).await;
        office.was_told(call);
        assert_eq!(office.offered(call), [ann.worker()], "{dids:?}");
        office.stage.curtain().await;
    }
}

/// Nothing says that the offer came to nothing; the reconciler sees how long the caller waits.
#[tokio::test(start_paused = true)]
async fn a5_95_a_caller_is_told_although_every_event_is_lost() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        let events = Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
        office.emulator.weather().script(events.times(1_000));
        let call = office.dials(ANN).await;
        ann.reject(ann.offers()[0]).expect("rejected");
        // With the sample's workflow it rings once more.
        office.seconds(160).await;
        office.was_told(call);
        office.emulator.weather().clear();
        office.stage.curtain().await;
    }
}

/// The agent declines and then takes the call at the second offer, before the event of the first has come.
#[tokio::test(start_paused = true)]
async fn a_late_word_of_a_declined_offer_does_not_tear_a_conversation_apart() {
    let mut office = Office::new(Dids::Published);
    let ann = office.agent("ann", ANN);
    let late =
        Fault::webhook(HookTrouble::Delayed(Duration::from_secs(20))).path("/taskrouter-events");
    let call = office.dials(ANN).await;
    office.emulator.weather().script(late.times(20));
    ann.reject(ann.offers()[0]).expect("rejected");
    office.seconds(1).await;
    office.accepts(&ann).await;
    office.seconds(60).await;
    assert!(office.call(call).conference.is_some(), "they still talk");
    assert!(!office.hears(call, LATER));
    office.emulator.weather().clear();
    office.emulator.hang_up(call);
    office.moment().await;
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn when_extensions_cannot_be_looked_up_there_is_the_operator_or_another_try() {
    for operator in [true, false] {
        let mut setting = Setting::default().dids(Dids::Ours);
        if !operator {
            setting = setting.variable("EXTENSION_OPERATOR_WORKFLOW", "");
        }
        let mut office = Office::set(setting);
        let ann = office.agent("ann", ANN);
        let trouble = RestTrouble::Answer(503, 20_503);
        let down = Fault::rest(trouble).method("GET").path("/Workers");
        let weather = office.emulator.weather();
        let call = office.rings().await;
        weather.script(down.times(1_000));
        office.keys(call, ANN).await;
        office.seconds(10).await;
        weather.clear();
        office.seconds(30).await;
        assert_eq!(office.hears(call, "operator"), operator);
        assert_eq!(office.offered(call), [ann.worker()], "operator: {operator}");
        office.emulator.hang_up(call);
        office.moment().await;
        office.stage.curtain().await;
    }
}

/// The caller gives up in each of the seconds of a call that is not taken.
#[tokio::test(start_paused = true)]
async fn a_caller_may_hang_up_at_any_moment() {
    for second in (0..90).step_by(3) {
        let mut office = Office::new(Dids::Ours);
        let ann = office.agent("ann", ANN);
        let call = office.rings().await;
        office.emulator.press(call, ANN);
        office.seconds(second).await;
        office.emulator.hang_up(call);
        office.seconds(100).await;
        assert!(ann.offers().is_empty(), "second {second}");
        assert!(office.open_tasks(call).is_empty());
        office.stage.curtain().await;
    }
}
