//! Tasks (Twilio: "Task resource").

mod lists;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::Request,
    sid::{CallSid, TaskSid, WorkflowSid},
};

/// The most characters a task's attributes may have as JSON text (Twilio: "TaskRouter limits").
pub const ATTRIBUTES: usize = 4_096;

/// What stands in `conversations.abandoned` of a task whose caller is seen to later.
pub const SET_ASIDE: &str = "Follow-Up";

/// The error code of a change that the task's state does not allow (Twilio: error 20001).
const NOT_POSSIBLE: u32 = 20_001;

/// How often a task is read again that others change, too.
const TRIES: u32 = 5;

/// A task.
#[derive(Clone, Debug, Deserialize)]
pub struct Task {
    /// Its SID.
    pub sid: TaskSid,
    /// Where it stands: `pending`, `reserved`, `assigned`, `wrapping`, `completed` or `canceled`.
    pub assignment_status: String,
    /// The workflow that routes it.
    #[serde(default)]
    pub workflow_sid: Option<WorkflowSid>,
    /// Its attributes; empty when they are not a JSON object.
    #[serde(default, deserialize_with = "attributes")]
    pub attributes: Map<String, Value>,
    /// When it was made, in ISO 8601 form.
    #[serde(default)]
    pub date_created: Option<String>,
    /// When it changed last, in ISO 8601 form.
    #[serde(default)]
    pub date_updated: Option<String>,
    /// What kind of work it is, such as `voice`.
    #[serde(default)]
    pub task_channel_unique_name: Option<String>,
    /// Its priority; higher goes first.
    #[serde(default)]
    pub priority: u32,
    /// Why it was canceled or completed.
    #[serde(default)]
    pub reason: Option<String>,
    /// The revision, for a conditional write. Only an answer about one task has it.
    #[serde(skip)]
    pub revision: Option<String>,
}

impl Task {
    /// When it was made.
    #[must_use]
    pub fn made(&self) -> Option<Timestamp> {
        self.date_created.as_deref()?.parse().ok()
    }

    /// When it changed last.
    #[must_use]
    pub fn moved(&self) -> Option<Timestamp> {
        self.date_updated.as_deref()?.parse().ok()
    }

    /// The call that it is about: an `<Enqueue>` writes it into the attributes (Twilio: "TwiML Voice: Enqueue").
    #[must_use]
    pub fn call(&self) -> Option<CallSid> {
        self.attributes.get("call_sid")?.as_str()?.parse().ok()
    }

    /// Whether it was taken out of line because its caller is seen to later (the flex-project-template's mark).
    #[must_use]
    pub fn was_set_aside(&self) -> bool {
        let conversations = self.attributes.get("conversations");
        let abandoned = conversations.and_then(|it| it.get("abandoned"));
        abandoned.and_then(Value::as_str) == Some(SET_ASIDE)
    }

    /// Whether its caller comes from hold, so that parking looks after them.
    #[must_use]
    pub fn comes_from_hold(&self) -> bool {
        self.attributes.contains_key("parkTicket")
    }

    /// Whether it still waits for a worker, or is offered to one.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.assignment_status.as_str(), "pending" | "reserved")
    }

    /// Whether no worker will take the task any more, because it was canceled first.
    #[must_use]
    pub fn was_canceled(&self) -> bool {
        self.assignment_status == "canceled"
    }

    /// Whether a worker had the task and is done with the caller.
    #[must_use]
    pub fn was_finished(&self) -> bool {
        matches!(self.assignment_status.as_str(), "wrapping" | "completed")
    }

    /// Whether a worker has, or had, the task: it was not canceled before anybody took it.
    #[must_use]
    pub fn was_taken(&self) -> bool {
        matches!(
            self.assignment_status.as_str(),
            "assigned" | "wrapping" | "completed"
        )
    }
}

/// A task to make.
#[derive(Clone, Debug)]
pub struct NewTask<'a> {
    /// The workflow that routes it.
    pub workflow: WorkflowSid,
    /// The task channel's unique name.
    pub channel: &'a str,
    /// Its attributes as JSON text.
    pub attributes: String,
    /// Its priority; higher goes first.
    pub priority: u32,
    /// How long it may wait; a day without it.
    pub timeout: Option<Duration>,
    /// What its place in line is reckoned from, if not from now (Twilio: `VirtualStartTime`).
    pub since: Option<Timestamp>,
}

/// The workspace's tasks.
#[derive(Clone, Copy, Debug)]
pub struct Tasks<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The workspace's tasks.
    #[must_use]
    pub fn tasks(&self, by: Deadline) -> Tasks<'_> {
        Tasks { twilio: self, by }
    }

    pub(super) fn tasks_path(&self) -> String {
        format!("/v1/Workspaces/{}/Tasks", self.workspace())
    }
}

impl Tasks<'_> {
    fn path(self) -> String {
        self.twilio.tasks_path()
    }

    /// Makes a task. Never repeated after an unclear failure: Twilio has no key that would make it one task.
    ///
    /// # Errors
    /// `nothing_happened` on the error says whether a task may exist all the same.
    pub async fn create(self, new: &NewTask<'_>) -> Result<TaskSid, Error> {
        let request = Request::post(Product::TaskRouter, self.path())
            .form("WorkflowSid", new.workflow)
            .form("TaskChannel", new.channel)
            .form("Attributes", &new.attributes)
            .form("Priority", new.priority)
            .form_if("Timeout", new.timeout.map(|timeout| timeout.as_secs()))
            .form_if("VirtualStartTime", new.since.map(whole_seconds));
        Ok(self
            .twilio
            .send(&request, self.by)
            .await?
            .read::<Task>()?
            .sid)
    }

    /// Reads a task, with its revision. Canceled and completed tasks are deleted after five minutes.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn fetch(self, task: TaskSid) -> Result<Option<Task>, Error> {
        let request = Request::get(Product::TaskRouter, format!("{}/{task}", self.path()));
        match self.twilio.send(&request, self.by).await {
            Err(error) if error.is_not_found() => Ok(None),
            other => {
                let answer = other?;
                let mut task: Task = answer.read()?;
                task.revision = answer.revision().map(str::to_owned);
                Ok(Some(task))
            }
        }
    }

    /// Sets all attributes of a task: what is missing is lost. With a revision, only if it is still that one; so it may
    /// be repeated.
    ///
    /// # Errors
    /// `is_outdated` when the revision has moved on, `is_not_found` when there is no such task.
    pub async fn set_attributes(
        self,
        task: TaskSid,
        attributes: &Map<String, Value>,
        revision: Option<&str>,
    ) -> Result<(), Error> {
        let path = format!("{}/{task}", self.path());
        let request = Request::post(Product::TaskRouter, path)
            .form("Attributes", Value::Object(attributes.clone()))
            .if_match(revision)
            .repeatable();
        self.twilio.send(&request, self.by).await.map(|_| ())
    }

    /// Changes the attributes of a task as `change` makes them of what they are, as often as another process is quicker.
    /// A task that is over or gone takes none, and one that `change` leaves alone stays as it is.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked, or others never stop changing the task.
    pub async fn change_attributes(
        self,
        task: TaskSid,
        change: impl Fn(&Task) -> Option<Map<String, Value>> + Send,
    ) -> Result<(), Error> {
        for _ in 0..TRIES {
            let Some(found) = self.fetch(task).await? else {
                return Ok(());
            };
            let Some(attributes) = change(&found) else {
                return Ok(());
            };
            let revision = found.revision.as_deref();
            match self.set_attributes(task, &attributes, revision).await {
                Err(error) if error.is_outdated() => {}
                Err(error) if is_not_possible(&error) => return Ok(()),
                other => return other,
            }
        }
        Err(Error::Late)
    }

    /// Takes a task out of its line before a worker has accepted it, and gives it these attributes, unless another process has
    /// changed it since `revision`. Repeated after an unclear failure: the second time it is refused.
    ///
    /// # Errors
    /// `is_outdated` when it was changed meanwhile, [`is_not_possible`] when a worker has it or it is over. After any
    /// failure, only reading the task tells what it is.
    pub async fn cancel(
        self,
        task: TaskSid,
        reason: &str,
        attributes: &Map<String, Value>,
        revision: Option<&str>,
    ) -> Result<(), Error> {
        let attributes = serde_json::to_string(attributes).unwrap_or_else(|_| "{}".to_owned());
        let request = Request::post(Product::TaskRouter, format!("{}/{task}", self.path()))
            .form("AssignmentStatus", "canceled")
            .form("Reason", reason)
            .form("Attributes", attributes)
            .if_match(revision)
            .repeatable();
        self.twilio.send(&request, self.by).await.map(|_| ())
    }

    /// Ends a task that a worker had. One that is ended, or gone, or was never taken, is as it was; so this may be
    /// repeated.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn complete(self, task: TaskSid, reason: &str) -> Result<(), Error> {
        let path = format!("{}/{task}", self.path());
        let request = Request::post(Product::TaskRouter, path)
            .form("AssignmentStatus", "completed")
            .form("Reason", reason)
            .repeatable();
        match self.twilio.send(&request, self.by).await {
            Err(error) if error.is_not_found() || error.code() == Some(NOT_POSSIBLE) => Ok(()),
            other => other.map(|_| ()),
        }
    }
}

/// A text as a literal of TaskRouter's expression language. A text that holds a quote or a backslash cannot be
/// written there safely (no escape is documented), so those characters are left out: the expression then finds
/// nothing, which is right, because no attribute we look for holds them.
#[must_use]
pub fn quoted(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, '\'' | '"' | '\\') && !c.is_control())
        .collect();
    format!("\"{plain}\"")
}

/// Whether a change was refused because the task's state does not allow it: a worker has it, or it is over. The code
/// has other reasons, too, so a caller of this that must know reads the task.
#[must_use]
pub fn is_not_possible(error: &Error) -> bool {
    error.is_not_found() || error.code() == Some(NOT_POSSIBLE)
}

/// TaskRouter writes times in whole seconds. A time is cut, never rounded up: one that lies ahead is refused.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn attributes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    // Lists may carry null instead of the text (Twilio: "Task resource").
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    Ok(crate::json::object(&text).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_injection_stays_a_text() {
        assert_eq!(quoted("1' OR '1'=='1"), "\"1 OR 1==1\"");
    }

    proptest! {
        #[test]
        fn no_text_ends_its_quotes(text in "\\PC*") {
            let literal = quoted(&text);
            prop_assert_eq!(literal.matches('"').count(), 2);
            prop_assert!(!literal.contains(['\\', '\'']));
        }
    }
}
