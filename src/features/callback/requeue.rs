//! An agent could not reach the caller and puts the call-back into line again.
//!
//! The new task is the old one with one more attempt. The old one is completed by the plugin, once it has the answer, as
//! it always did; should that never happen, the agent still has it and presses again, and gets the same new task:
//! the record's key is the old task. How often a caller is called back is limited here, not in a workflow.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    Callback, Stands, upstream,
    wish::{Kind, Phase, Route, Wish},
};
use crate::{
    agent::Agent,
    durable::time::millis,
    error::Error,
    recording::followup::{CHANNEL, FollowUp, LIFE, Message},
    twilio::{
        deadline::Deadline,
        party::Party,
        resource::{reservations::Standing, tasks::Task},
        sid::TaskSid,
    },
};

/// Which call-back to put into line again.
#[derive(Clone, Copy)]
pub struct RequeueWish {
    /// The task the agent has.
    pub task: TaskSid,
}

impl fmt::Debug for RequeueWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequeueWish")
            .field("task", &self.task)
            .finish()
    }
}

impl Callback {
    /// Puts a call-back into line again, once; outside the hours when they begin.
    ///
    /// # Errors
    /// [`Error::Unknown`] when there is no such task, [`Error::NotYours`] when it is another agent's,
    /// [`Error::Conflict`] when it is no call-back or has been tried often enough, [`Error::Upstream`].
    pub async fn requeue(
        &self,
        agent: &Agent,
        wish: RequeueWish,
        by: Deadline,
    ) -> Result<Stands, Error> {
        let doing = upstream("reading the call-back's task");
        let task = self.0.twilio.tasks(by).fetch(wish.task).await;
        let task = task
            .map_err(&doing)?
            .ok_or(Error::Unknown("there is no such task"))?;
        self.is_theirs(agent, &task, by).await?;
        let record = self.again(&task)?;
        let made = self.once(&self.0.requeued, record, by).await;
        // The agent is told, and still has the task: it is not tried again behind their back.
        if made
            .as_ref()
            .is_err_and(|error| error.status() == Some(400))
        {
            let key = wish.task.as_str();
            self.forget(&self.0.requeued, key, by).await;
        }
        made.map_err(upstream("making the call-back's task"))?
            .ok_or(Error::Conflict(
                "this call-back is being put into line at this very moment",
            ))
    }

    /// Whether a task is the agent's; a supervisor's is anybody's.
    ///
    /// # Errors
    /// [`Error::NotYours`], [`Error::Upstream`].
    pub(super) async fn is_theirs(
        &self,
        agent: &Agent,
        task: &Task,
        by: Deadline,
    ) -> Result<(), Error> {
        if agent.leads {
            return Ok(());
        }
        let reservations = self.0.twilio.reservations(task.sid, by).all().await;
        let reservations = reservations.map_err(upstream("finding out whose task it is"))?;
        let theirs = reservations.iter().any(|reservation| {
            Some(reservation.worker_sid) == agent.worker
                && matches!(reservation.standing, Standing::Taken | Standing::Done)
        });
        if theirs {
            Ok(())
        } else {
            Err(Error::NotYours("this task is not this agent's"))
        }
    }

    /// The next attempt of a call-back.
    fn again(&self, task: &Task) -> Result<Wish, Error> {
        let no_callback = Error::Conflict("this task is neither a call-back nor a message");
        let Some(Value::Object(data)) = task.attributes.get("callBackData") else {
            return Err(no_callback);
        };
        let number_to_call = text(data, "numberToCall").ok_or(no_callback)?;
        let withheld = Party::shown(&number_to_call) == Party::Anonymous.to_string();
        if withheld && text(data, "recordingSid").is_none() {
            return Err(Error::Conflict(
                "this caller's network showed no number that can be called",
            ));
        }
        let attempts = data.get("attempts").and_then(Value::as_u64).unwrap_or(0);
        let attempts = u32::try_from(attempts)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        if attempts >= self.0.settings.attempts {
            return Err(Error::Conflict(
                "this caller has been called as often as is configured (CALLBACK_ATTEMPTS)",
            ));
        }
        let workflow_sid = task
            .workflow_sid
            .or(self.0.settings.workflow)
            .ok_or(Error::Misconfigured("CALLBACK_WORKFLOW is not set"))?;
        let now = millis::whole(self.0.clock.now());
        Ok(Wish {
            key: task.sid.to_string(),
            call_sid: None,
            task_sid: Some(task.sid),
            kind: Kind::Callback,
            phase: Phase::Making,
            follow_up: self.follow_up_of(task, data, number_to_call, attempts),
            route: Route {
                workflow_sid,
                channel: CHANNEL.to_owned(),
                priority: task.priority,
                timeout: LIFE.as_secs(),
                since: None,
            },
            made: None,
            untold: false,
            moved: now,
            mark: self.mark(),
        })
    }

    /// What the task said, once more.
    fn follow_up_of(
        &self,
        task: &Task,
        data: &Map<String, Value>,
        number_to_call: String,
        attempts: u32,
    ) -> FollowUp {
        let received = text(data, "utcDateTimeReceived").and_then(|at| at.parse().ok());
        let time_zone = text(data, "mainTimeZone");
        let truth = |name: &str| data.get(name).and_then(Value::as_bool) == Some(true);
        FollowUp {
            number_to_call,
            number_to_call_from: text(data, "numberToCallFrom").unwrap_or_default(),
            received: received.unwrap_or_else(|| millis::whole(self.0.clock.now())),
            time_zone: time_zone.unwrap_or_else(|| self.0.settings.time_zone.clone()),
            attempts,
            message: Message {
                recording_sid: text(data, "recordingSid"),
                recording_url: text(data, "recordingUrl"),
                transcript_sid: text(data, "transcriptSid"),
                transcript_text: text(data, "transcriptText"),
            },
            note: text(&task.attributes, "message"),
            flow: text(&task.attributes, "flow_execution_sid"),
            conversation: Some(task.sid.to_string()),
            is_deleted: truth("isDeleted"),
            ticket: self.mark(),
            routing: Map::new(),
            before: task.attributes.clone(),
        }
    }
}

fn text(data: &Map<String, Value>, name: &str) -> Option<String> {
    let text = data.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}
