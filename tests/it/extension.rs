//! Agents' extensions (capabilities A4 and A5): who is reached by them, and what callers hear who are not connected.

mod messages;
mod storms;

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::{
    emulator::{Browser, CallStatus, Fault, Flow, Heard, HookTrouble, RestTrouble},
    twilio::sid::{CallSid, WorkerSid},
};

use crate::stage::{Dids, PUBLIC_URL, Setting, Stage, number};

/// The line on which callers dial extensions.
const LINE: &str = "+15125550160";

/// Ann's extension.
const ANN: &str = "2580";

/// What a caller hears who is not connected.
const LATER: &str = "Your call cannot be taken at the moment";

const BOTH: [Dids; 2] = [Dids::Published, Dids::Ours];

struct Office {
    stage: Stage,
    callers: u32,
}

impl Office {
    fn new(dids: Dids) -> Self {
        Self::set(Setting::default().dids(dids))
    }

    fn set(setting: Setting) -> Self {
        let stage = setting.stage();
        let line = stage.emulator.number(&number(LINE));
        line.voice(Flow::Url(format!("{PUBLIC_URL}/extension")));
        Self { stage, callers: 0 }
    }

    /// An agent with an extension, signed in and available, with room for two calls.
    fn agent(&self, name: &str, extension: &str) -> Browser {
        let more = json!({ "directExtension": extension });
        let agent = self.stage.worker(name, &more);
        let capacity = self
            .stage
            .emulator
            .set_worker_capacity(agent.worker(), "voice", 2);
        capacity.expect("a capacity");
        agent
    }

    /// Somebody calls the line, and hears the question.
    async fn call(&mut self) -> CallSid {
        self.callers += 1;
        let from = format!("+1303555{:04}", self.callers);
        let call = self.stage.emulator.place_call(&from, &number(LINE));
        self.stage.seconds(5).await;
        assert!(self.hears(call, "digits of the extension"));
        call
    }

    /// Somebody calls the line and keys in an extension.
    async fn dials(&mut self, extension: &str) -> CallSid {
        let call = self.call().await;
        self.keys(call, extension).await;
        call
    }

    async fn keys(&self, call: CallSid, keys: &str) {
        self.stage.emulator.press(call, keys);
        self.stage.seconds(12).await;
    }

    /// Who was offered the call, in turn.
    fn offered(&self, call: CallSid) -> Vec<WorkerSid> {
        let tasks = self.stage.emulator.tasks().into_iter();
        let task = tasks
            .filter(|task| task.call == Some(call))
            .map(|it| it.sid);
        let tasks: Vec<_> = task.collect();
        let offers = self.stage.emulator.reservations().into_iter();
        let offers = offers.filter(|it| tasks.contains(&it.task));
        offers.map(|it| it.worker).collect()
    }

    fn tasks(&self, call: CallSid) -> Vec<Value> {
        let tasks = self.stage.emulator.tasks().into_iter();
        let tasks = tasks.filter(|task| task.call == Some(call));
        tasks.map(|task| task.attributes).collect()
    }

    fn hears(&self, call: CallSid, words: &str) -> bool {
        self.how_often(call, words) > 0
    }

    fn how_often(&self, call: CallSid, words: &str) -> usize {
        let heard = self.stage.call(call).heard;
        let says = |it: &&Heard| matches!(it, Heard::Words(said) if said.contains(words));
        heard.iter().filter(says).count()
    }

    /// The caller was told once, and their call has ended.
    fn was_told(&self, call: CallSid) {
        assert_eq!(
            self.how_often(call, LATER),
            1,
            "{}",
            self.stage.emulator.journal()
        );
        assert_eq!(self.stage.call(call).status, CallStatus::Completed);
        assert!(self.stage.open_tasks(call).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a4_62_an_extension_reaches_its_agent_also_while_they_talk() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        office.agent("bob", "2581");
        let first = office.dials(ANN).await;
        assert!(office.hears(first, "we are connecting you"), "{dids:?}");
        assert_eq!(office.offered(first), [ann.worker()], "{dids:?}");
        let task = &office.tasks(first)[0];
        assert_eq!(task["directExtension"], ANN);
        assert_eq!(task["extension"], json!({ "owner": ann.worker() }));
        office.stage.accepts(&ann).await;
        let second = office.dials(ANN).await;
        assert_eq!(office.offered(second), [ann.worker()], "{dids:?}");
        for call in [first, second] {
            office.stage.emulator.hang_up(call);
        }
        office.stage.moment().await;
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
        let call = office.call().await;
        for asked in 1..=3 {
            let so = || office.how_often(call, "digits of the extension") == asked;
            office.stage.until(60, "they are asked", so).await;
            if !keys.is_empty() {
                office.stage.emulator.press(call, keys);
            }
        }
        let so = || office.hears(call, "Goodbye");
        office.stage.until(60, "goodbye", so).await;
        office.stage.seconds(10).await;
        assert_eq!(office.how_often(call, "digits of the extension"), 3);
        let said = if keys == "9999" {
            "Nobody has this"
        } else {
            "not a whole"
        };
        assert_eq!(office.how_often(call, said), 2, "{keys:?}");
        assert_eq!(office.stage.call(call).status, CallStatus::Completed);
        assert!(office.tasks(call).is_empty(), "no task for nobody");
        office.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a4_91_after_three_tries_and_for_the_key_0_there_is_the_operator() {
    let mut office = Office::new(Dids::Ours);
    let ann = office.agent("ann", ANN);
    for keys in [["0"].as_slice(), &["9999", "9998", "9997"]] {
        let call = office.call().await;
        for keys in keys {
            office.keys(call, keys).await;
        }
        assert!(office.hears(call, "wait for the operator"), "{keys:?}");
        assert_eq!(office.offered(call), [ann.worker()], "{keys:?}");
        assert_eq!(
            office.tasks(call)[0]["extension"],
            json!({ "operator": true })
        );
        office.stage.emulator.hang_up(call);
        office.stage.moment().await;
    }
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a4_71_an_extension_of_two_agents_is_nobodys() {
    let mut office = Office::new(Dids::Ours);
    office.agent("ann", ANN);
    office.agent("bob", ANN);
    let call = office.dials(ANN).await;
    assert!(office.hears(call, "Nobody has this extension"));
    assert!(office.tasks(call).is_empty());
    office.stage.emulator.hang_up(call);
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_94_who_dials_an_agent_that_is_off_line_is_told_at_once() {
    for dids in BOTH {
        let mut office = Office::new(dids);
        let ann = office.agent("ann", ANN);
        ann.go_to("Offline").expect("an activity");
        let call = office.dials(ANN).await;
        office.stage.seconds(5).await;
        office.was_told(call);
        assert!(office.tasks(call).is_empty(), "{dids:?}: no task");
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
        office.stage.seconds(15).await;
        office.was_told(call);
        assert_eq!(office.offered(call), [ann.worker()], "thrice: {thrice}");
        office.stage.emulator.weather().clear();
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
    office.stage.seconds(3).await;
    assert!(ann.offers().is_empty(), "nothing rings");
    office.stage.seconds(10).await;
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
        office.stage.seconds(45).await;
        assert!(!office.hears(call, LATER), "{dids:?}: it rings");
        office.stage.seconds(25).await;
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
        office.stage.emulator.weather().script(events.times(1_000));
        let call = office.dials(ANN).await;
        ann.reject(ann.offers()[0]).expect("rejected");
        // With the sample's workflow it rings once more.
        office.stage.seconds(160).await;
        office.was_told(call);
        office.stage.emulator.weather().clear();
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
    office.stage.emulator.weather().script(late.times(20));
    ann.reject(ann.offers()[0]).expect("rejected");
    office.stage.seconds(1).await;
    office.stage.accepts(&ann).await;
    office.stage.seconds(60).await;
    assert!(
        office.stage.call(call).conference.is_some(),
        "they still talk"
    );
    assert!(!office.hears(call, LATER));
    office.stage.emulator.weather().clear();
    office.stage.emulator.hang_up(call);
    office.stage.moment().await;
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
        let weather = office.stage.emulator.weather();
        let call = office.call().await;
        weather.script(down.times(1_000));
        office.keys(call, ANN).await;
        office.stage.seconds(10).await;
        weather.clear();
        office.stage.seconds(30).await;
        assert_eq!(office.hears(call, "operator"), operator);
        assert_eq!(office.offered(call), [ann.worker()], "operator: {operator}");
        office.stage.emulator.hang_up(call);
        office.stage.moment().await;
        office.stage.curtain().await;
    }
}

/// The caller gives up in each of the seconds of a call that is not taken.
#[tokio::test(start_paused = true)]
async fn a_caller_may_hang_up_at_any_moment() {
    for second in (0..90).step_by(3) {
        let mut office = Office::new(Dids::Ours);
        let ann = office.agent("ann", ANN);
        let call = office.call().await;
        office.stage.emulator.press(call, ANN);
        office.stage.seconds(second).await;
        office.stage.emulator.hang_up(call);
        office.stage.seconds(100).await;
        assert!(ann.offers().is_empty(), "second {second}");
        assert!(office.stage.open_tasks(call).is_empty());
        office.stage.curtain().await;
    }
}
