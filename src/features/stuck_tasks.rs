//! Voice tasks that no agent will ever finish: assigned or in wrap-up for hours, while no call of theirs is alive.
//!
//! A browser that crashed, an event that was lost: the task stays with its agent, who is offered no other call, until
//! TaskRouter deletes it after a day. So tasks that have not changed for long are looked at from time to time, the oldest
//! first, so that the cost is that of the old ones. A task is ended only if every call it names is over, and has been for
//! as long. One whose caller is parked has a call that is alive; a call-back or a message is no call, and is left to its
//! agent; and so is whatever is not a voice task.

pub mod settings;

use futures_util::future::{BoxFuture, FutureExt as _};
use std::{sync::Arc, time::Duration};

use serde_json::Value;

pub use self::settings::Settings;
use crate::{
    clock::Clock,
    context::Context,
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report, Runner},
    },
    features::Feature,
    twilio::{
        Twilio,
        deadline::Deadline,
        error::Error,
        resource::{calls::CallStatus, tasks::Task},
        sid::{CallSid, TaskSid},
    },
};

/// How often every replica looks.
const EVERY: Duration = Duration::from_mins(10);

/// How long one pass may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The task channel of calls.
const VOICE: &str = "voice";

/// The attribute of tasks for a callback or a message.
const FOLLOW_UP: &str = "callBackData";

/// A task that no agent will finish.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// The task.
    pub task: TaskSid,
    /// Where it stands: `assigned` or `wrapping`.
    pub status: String,
    /// The call it was about, if it says so.
    pub call: Option<CallSid>,
    /// For how long nothing has happened to it.
    pub since: Duration,
}

/// Finds stuck tasks, and ends them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StuckTasks(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    twilio: Twilio,
    clock: Clock,
    /// After how long a task is stuck; `None`: never.
    after: Option<Duration>,
    outages: Outages,
}

impl Reconcile for StuckTasks {
    const NAME: &'static str = "stuck-tasks";
    const EVERY: Duration = EVERY;
    const KINDS: &'static [&'static str] = &["tasks-ended"];

    fn is_on(&self) -> bool {
        self.0.after.is_some()
    }

    fn outages(&self) -> &Outages {
        &self.0.outages
    }

    async fn pass(&self, _: u32, report: &Report<'_>) {
        self.reconcile(report).await;
    }
}

impl Feature for StuckTasks {
    fn work<'a>(&'a self, runner: &'a Runner) -> BoxFuture<'a, ()> {
        runner.run(self).boxed()
    }
}

impl StuckTasks {
    /// Puts the parts together.
    #[must_use]
    pub fn new(context: &Context, settings: Settings) -> Self {
        let Context { twilio, clock, .. } = context.clone();
        Self(Arc::new(Parts {
            twilio,
            clock,
            after: settings.after,
            outages: Outages::new(clock, "stuck-tasks"),
        }))
    }

    /// One pass: ends what is stuck.
    async fn reconcile(&self, report: &Report<'_>) {
        let by = Deadline::after(PATIENCE);
        let Some(after) = self.0.after else {
            return;
        };
        let stuck = match find(&self.0.twilio, &self.0.clock, after, by).await {
            Ok(stuck) => stuck,
            Err(error) => {
                report.list_failed("old tasks", &error);
                return;
            }
        };
        for Stuck {
            task,
            status,
            call,
            since,
        } in stuck
        {
            let ended = self.0.twilio.tasks(by).complete(task, "No live call").await;
            match ended {
                Ok(()) => {
                    report.mended("tasks-ended");
                    let (call, since) =
                        (call.as_ref().map(tracing::field::display), since.as_secs());
                    tracing::warn!(task.sid = %task, call.sid = call, status, since, "a task without a live call is ended");
                }
                Err(error) => {
                    report.record_failed("a task without a live call", &task, &error);
                }
            }
        }
    }
}

/// The voice tasks to which nothing has happened for so long, and whose calls have all been over for as long.
///
/// # Errors
/// When Twilio cannot be asked.
pub async fn find(
    twilio: &Twilio,
    clock: &Clock,
    after: Duration,
    by: Deadline,
) -> Result<Vec<Stuck>, Error> {
    let Ok(before) = clock.now().checked_sub(after) else {
        return Ok(vec![]);
    };
    let mut stuck = vec![];
    for listed in twilio.tasks(by).held_since(before).await? {
        let moved = listed.moved().unwrap_or(before);
        if listed.task_channel_unique_name.as_deref() != Some(VOICE) || moved > before {
            continue;
        }
        // A list may be old, and leave attributes out.
        let Some(task) = twilio.tasks(by).fetch(listed.sid).await? else {
            continue;
        };
        let calls = calls_of(&task);
        let held = matches!(task.assignment_status.as_str(), "assigned" | "wrapping");
        let talks =
            || async { Ok::<_, Error>(twilio.conferences(by).of_task(task.sid).await?.is_some()) };
        if held
            && !calls.is_empty()
            && !task.attributes.contains_key(FOLLOW_UP)
            && all_over(twilio, &calls, before, by).await?
            && !talks().await?
        {
            stuck.push(Stuck {
                task: task.sid,
                status: task.assignment_status.clone(),
                call: task.call().or(calls.first().copied()),
                since: clock.since(moved),
            });
        }
    }
    Ok(stuck)
}

/// Whether every one of these calls ended before then.
async fn all_over(
    twilio: &Twilio,
    calls: &[CallSid],
    before: jiff::Timestamp,
    by: Deadline,
) -> Result<bool, Error> {
    for call in calls {
        match twilio.calls(by).fetch(*call).await {
            Ok(call) if call.status != CallStatus::Over => return Ok(false),
            Ok(call) if call.end_time.is_some_and(|end| end > before) => return Ok(false),
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    Ok(true)
}

/// Every call that a task names: its own, its worker's, and those of its conference.
fn calls_of(task: &Task) -> Vec<CallSid> {
    let attributes = &task.attributes;
    let mut named = vec![
        attributes.get("call_sid"),
        attributes.get("worker_call_sid"),
    ];
    let conference = attributes.get("conference");
    let people = conference.and_then(|it| it.get("participants")?.as_object());
    named.extend(
        people
            .into_iter()
            .flat_map(|people| people.values().map(Some)),
    );
    let named = named.into_iter().flatten().filter_map(Value::as_str);
    let mut calls: Vec<CallSid> = named.filter_map(|sid| sid.parse().ok()).collect();
    calls.dedup();
    calls
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_task_names_its_calls_in_several_places() {
        let sid = |nth: u8| CallSid::from_bytes([nth; 16]);
        let task = |attributes: Value| -> Task {
            let task = json!({
                "sid": "WT00000000000000000000000000000001", "assignment_status": "assigned",
                "attributes": attributes.to_string(),
            });
            serde_json::from_value(task).unwrap()
        };
        let named = task(json!({
            "call_sid": sid(1), "worker_call_sid": sid(2),
            "conference": { "sid": "CF1", "participants": { "customer": sid(1), "worker": sid(3), "x": 5 } },
        }));
        let mut calls = calls_of(&named);
        calls.sort_by_key(ToString::to_string);
        calls.dedup();
        assert_eq!(calls, [sid(1), sid(2), sid(3)]);
        assert!(calls_of(&task(json!({ "call_sid": "none", "conference": [] }))).is_empty());
    }
}
