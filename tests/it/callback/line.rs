//! The line in which callers wait, as the published template's Studio flow makes it.

use std::ops::Deref;

use serde_json::{Value, json};
use switchboard::{
    emulator::{CallStatus, Flow, TaskView},
    twilio::sid::CallSid,
};

use crate::stage::{FollowUps, PUBLIC_URL, Setting, Stage, number};

/// The line.
pub(super) const LINE: &str = "+15125550140";

/// What its callers hear.
pub(super) const WAIT: &str = "/features/callback-and-voicemail/studio/wait-experience";

/// What Twilio may do with a caller whose task is canceled.
pub(super) const BOTH: [FollowUps; 2] = [FollowUps::StayInQueue, FollowUps::LeaveQueue];

/// A stage with that line.
pub(super) struct Line {
    stage: Stage,
}

impl Deref for Line {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl Line {
    pub(super) fn new() -> Self {
        Self::set(Setting::default().follow_ups(FollowUps::StayInQueue))
    }

    pub(super) fn set(setting: Setting) -> Self {
        Self::asked_by(setting, "POST")
    }

    /// The flow asks for what its callers hear by this method.
    pub(super) fn asked_by(setting: Setting, method: &str) -> Self {
        let stage = setting.stage();
        let task = json!({ "direction": "inbound", "skill": "billing" });
        let twiml = format!(
            "<Response><Enqueue workflowSid=\"{}\" waitUrl=\"{PUBLIC_URL}{WAIT}\" waitUrlMethod=\"{method}\"><Task>{task}</Task></Enqueue>\
             <Say>The line has ended.</Say><Hangup/></Response>",
            stage.acd
        );
        stage
            .emulator
            .number(&number(LINE))
            .voice(Flow::Twiml(twiml));
        Self { stage }
    }

    /// Somebody calls, and waits in the line.
    pub(super) async fn caller(&self) -> CallSid {
        let from = format!("+1303555{:04}", 100 + self.emulator.calls().len());
        self.caller_from(&from).await
    }

    pub(super) async fn caller_from(&self, from: &str) -> CallSid {
        let call = self.emulator.place_call(from, &number(LINE));
        self.seconds(8).await;
        assert!(self.waits(call), "in line: {:?}", self.call(call));
        call
    }

    /// Keys, one after the other, each after the menu was heard for a while.
    pub(super) async fn keys(&self, call: CallSid, keys: &[&str]) {
        for key in keys {
            self.emulator.press(call, key);
            self.seconds(3).await;
        }
    }

    /// Whether somebody is in line.
    pub(super) fn waits(&self, call: CallSid) -> bool {
        self.call(call).in_queue.is_some()
    }

    pub(super) fn is_over(&self, call: CallSid) -> bool {
        self.call(call).status == CallStatus::Completed
    }

    /// The tasks of callers who are to be seen to later.
    pub(super) fn follow_ups(&self) -> Vec<TaskView> {
        let tasks = self.emulator.tasks().into_iter();
        tasks
            .filter(|task| task.attributes.get("callBackData").is_some())
            .collect()
    }

    /// Those of them that somebody can still have, or has.
    pub(super) fn open(&self) -> Vec<TaskView> {
        let mut open = self.follow_ups();
        open.retain(|task| task.status != "canceled");
        open
    }

    /// All such tasks that Twilio was asked to make and made, also those that are gone by now.
    pub(super) fn made(&self) -> Vec<Value> {
        let exchanges = self.emulator.exchanges().into_iter();
        let made = exchanges
            .filter(|it| it.method == "POST" && it.path.ends_with("/Tasks") && it.status == 201);
        made.map(|it| {
            let fields = it.form.iter();
            json!(
                fields
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect::<std::collections::BTreeMap<_, _>>()
            )
        })
        .collect()
    }

    pub(super) fn follow_up(&self) -> TaskView {
        let mut all = self.follow_ups();
        assert_eq!(
            all.len(),
            1,
            "one follow-up: {all:#?}\n{}",
            self.emulator.journal()
        );
        all.remove(0)
    }

    /// Somebody is taken out of line, as if they had not given up.
    pub(super) fn is_set_aside(&self, call: CallSid) -> bool {
        let task = self.task_of(call);
        task.status == "canceled" && task.attributes["conversations"]["abandoned"] == "Follow-Up"
    }

    /// The line's agents may go home: whoever waits hangs up.
    pub(super) async fn close(self) {
        for call in self.emulator.live_calls() {
            self.emulator.hang_up(call.sid);
        }
        self.moment().await;
        self.stage.curtain().await;
    }

    pub(super) fn data(task: &TaskView, name: &str) -> Value {
        task.attributes["callBackData"][name].clone()
    }
}
