//! Who is not connected leaves a message for the agent they wanted.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::{
    emulator::{Browser, Heard},
    twilio::sid::CallSid,
};

use super::{ANN, LATER, Office};
use crate::stage::{Boxes, Dids, Setting};

fn office() -> Office {
    Office::set(Setting::default().dids(Dids::Ours).boxes(Boxes::Usual))
}

impl Office {
    /// The caller is told that nobody answers, and speaks after the beep.
    async fn leaves_a_message(&self, call: CallSid) {
        let (long, words) = (Duration::from_secs(8), "Please call me back.");
        self.emulator.speaks(call, long, words);
        let beeped = || self.call(call).heard.contains(&Heard::Beep);
        self.until(60, "the beep", beeped).await;
        assert_eq!(self.times(call, LATER), 1);
        let over = || self.call(call).status.is_final();
        self.until(60, "the call is over", over).await;
        self.seconds(20).await;
    }

    /// The tasks of messages.
    fn messages(&self) -> Vec<Value> {
        let tasks = self.emulator.tasks().into_iter();
        let tasks = tasks.map(|task| task.attributes);
        tasks.filter(|it| it["taskType"] == "voicemail").collect()
    }

    /// There is one message: it is Ann's, offered to her, and stands in her box and nobody else's.
    async fn is_anns_message(&self, ann: &Browser, bob: &Browser) {
        let messages = self.messages();
        assert_eq!(messages.len(), 1, "{}", self.emulator.journal());
        assert_eq!(messages[0]["voicemailWorker"], json!(ann.worker()));
        let listed = ann.get("/voicemails").await.expect("an answer").body;
        assert_eq!(listed["voicemails"].as_array().map(Vec::len), Some(1));
        let others = bob.get("/voicemails").await.expect("an answer").body;
        assert_eq!(others["voicemails"], json!([]));
    }
}

#[tokio::test(start_paused = true)]
async fn a5_94_who_dials_an_agent_that_is_off_line_leaves_a_message() {
    let mut office = office();
    let (ann, bob) = (office.agent("ann", ANN), office.agent("bob", "2581"));
    ann.go_to("Offline").expect("an activity");
    let call = office.dials(ANN).await;
    office.leaves_a_message(call).await;
    office.is_anns_message(&ann, &bob).await;
    assert!(bob.offers().is_empty());
    office.stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_95_who_is_declined_or_not_answered_leaves_a_message() {
    for declined in [true, false] {
        let mut office = office();
        let (ann, bob) = (office.agent("ann", ANN), office.agent("bob", "2581"));
        let call = office.dials(ANN).await;
        let task = office.open_tasks(call)[0].sid;
        if declined {
            ann.reject(ann.offers()[0]).expect("rejected");
        } else {
            office.seconds(50).await;
        }
        office.leaves_a_message(call).await;
        office.is_anns_message(&ann, &bob).await;
        let task = office.emulator.task(task).expect("the call's task");
        assert_eq!(task.status, "canceled", "declined: {declined}");
        let said = &task.attributes["conversations"]["abandoned"];
        assert_eq!(said, "Follow-Up", "declined: {declined}");
        let offers = ann.offers();
        if declined {
            assert_eq!(offers.len(), 1, "the message is offered to Ann");
            let offer = office.emulator.reservation(offers[0]);
            assert_ne!(offer.map(|it| it.task), Some(task.sid));
        }
        office.stage.curtain().await;
    }
}
