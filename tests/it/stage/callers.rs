//! What callers hear, and whom they are offered to; and the line that stories open for them.

use serde_json::Value;
use switchboard::{
    emulator::{Flow, Heard, RestTrouble, TaskView},
    twilio::sid::{CallSid, WorkerSid},
};

use super::{PUBLIC_URL, Stage, number};

/// Whatever may become of a request of ours that Twilio does not answer as it should.
pub(crate) const TROUBLES: [RestTrouble; 6] = [
    RestTrouble::Answer(429, 20_429),
    RestTrouble::Answer(500, 20_500),
    RestTrouble::Refused,
    RestTrouble::Hang,
    RestTrouble::Lost,
    RestTrouble::LostHanging,
];

impl Stage {
    /// A number whose callers are sent to a path of ours.
    pub(crate) fn opens(&self, line: &str, path: &str) {
        let line = self.emulator.number(&number(line));
        line.voice(Flow::Url(format!("{PUBLIC_URL}{path}")));
    }

    /// How often a caller was told something.
    pub(crate) fn times(&self, call: CallSid, words: &str) -> usize {
        let heard = self.call(call).heard;
        let says = |it: &&Heard| matches!(it, Heard::Words(said) if said.contains(words));
        heard.iter().filter(says).count()
    }

    pub(crate) fn hears(&self, call: CallSid, words: &str) -> bool {
        self.times(call, words) > 0
    }

    /// The tasks that a caller waited with.
    pub(crate) fn tasks_of(&self, call: CallSid) -> Vec<TaskView> {
        let mut tasks = self.emulator.tasks();
        tasks.retain(|task| task.call == Some(call));
        tasks
    }

    /// The only one, or the first.
    pub(crate) fn task_of(&self, call: CallSid) -> TaskView {
        let tasks = self.tasks_of(call).into_iter();
        tasks.into_iter().next().expect("a task")
    }

    /// What those tasks say.
    pub(crate) fn attributes_of(&self, call: CallSid) -> Vec<Value> {
        let tasks = self.tasks_of(call).into_iter();
        tasks.map(|task| task.attributes).collect()
    }

    /// Who was offered the call, in turn.
    pub(crate) fn offered(&self, call: CallSid) -> Vec<WorkerSid> {
        let tasks: Vec<_> = self.tasks_of(call).into_iter().map(|it| it.sid).collect();
        let offers = self.emulator.reservations().into_iter();
        let offers = offers.filter(|it| tasks.contains(&it.task));
        offers.map(|it| it.worker).collect()
    }
}
