//! What is watched while a story of the whole center goes on: nobody may wait for nothing, or for too long in a queue
//! that nobody serves, and no caller may be on offer twice.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use switchboard::{
    emulator::TaskView,
    twilio::sid::{CallSid, TaskQueueSid, TaskSid, WorkerSid},
};

use crate::stage::Stage;

/// How long what is odd may be so, in seconds: some passes of the reconcilers, for one whose own requests fail mends
/// nothing.
const LONGEST: i64 = 240;

/// Something that may be so for a while and not for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Odd {
    /// A caller is in a queue for a task that is not on offer.
    WaitsForNothing(CallSid),
    /// A caller is in the queue without workers.
    WaitsForNobody(CallSid),
    /// Several tasks of one caller are going on.
    TasksOf(CallSid),
    /// A task is on offer for a caller who left.
    OfferedForNobody(TaskSid),
}

/// Since when what is odd has been so, and what was seen.
pub(super) struct Watch {
    nobody: TaskQueueSid,
    odd: HashMap<Odd, Timestamp>,
    late: HashSet<Odd>,
    /// Whom the calls to extensions were for.
    pub(super) extensions: HashMap<TaskSid, WorkerSid>,
    /// The calls of the tasks that callers waited with.
    pub(super) waited: HashMap<TaskSid, CallSid>,
}

impl Watch {
    pub(super) fn new(nobody: TaskQueueSid) -> Self {
        Self {
            nobody,
            odd: HashMap::new(),
            late: HashSet::new(),
            extensions: HashMap::new(),
            waited: HashMap::new(),
        }
    }

    /// Looks at everything.
    pub(super) fn look(&mut self, stage: &Stage) {
        let (now, tasks) = (stage.emulator.now(), stage.emulator.tasks());
        for task in &tasks {
            self.waited.extend(task.call.map(|call| (task.sid, call)));
            let owner = task.attributes["extension"]["owner"].as_str();
            let owner = owner.and_then(|owner| owner.parse().ok());
            // A message for them, or their caller on the way back from hold, is another matter.
            if task.call.is_some() && task.attributes["isParkPickup"].is_null() {
                self.extensions.extend(owner.map(|owner| (task.sid, owner)));
            }
        }
        let odd = self.oddities(stage, &tasks);
        self.odd.retain(|known, _| odd.contains(known));
        for it in odd {
            let since = *self.odd.entry(it).or_insert(now);
            if now.duration_since(since).as_secs() > LONGEST {
                self.late.insert(it);
            }
        }
    }

    fn oddities(&self, stage: &Stage, tasks: &[TaskView]) -> HashSet<Odd> {
        let mut odd = HashSet::new();
        let calls = stage.emulator.live_calls();
        for call in &calls {
            let task = call
                .in_queue
                .and_then(|task| tasks.iter().find(|it| it.sid == task));
            if task.is_some_and(|task| task.queue == self.nobody) {
                odd.insert(Odd::WaitsForNobody(call.sid));
            }
            if call.in_queue.is_some() && !task.is_some_and(is_on_offer) {
                odd.insert(Odd::WaitsForNothing(call.sid));
            }
        }
        let lives = |call: CallSid| calls.iter().any(|it| it.sid == call);
        let mut busy = HashSet::new();
        for task in tasks {
            let Some(call) = task.call else { continue };
            let goes_on = is_on_offer(task) || task.status == "assigned";
            if goes_on && !busy.insert(call) {
                odd.insert(Odd::TasksOf(call));
            }
            if is_on_offer(task) && !lives(call) {
                odd.insert(Odd::OfferedForNobody(task.sid));
            }
        }
        odd
    }

    /// What was so for too long.
    pub(super) fn faults(&self) -> Vec<String> {
        let late = self.late.iter();
        late.map(|it| format!("for more than {LONGEST} s: {it:?}"))
            .collect()
    }
}

fn is_on_offer(task: &TaskView) -> bool {
    ["pending", "reserved"].contains(&task.status)
}
