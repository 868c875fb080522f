//! A Studio flow asks for a call-back, or hands over a message that it has recorded itself.
//!
//! The fields are the published function's. A flow execution that asks twice for the same gets the same task: what it
//! asks for is its record's key. Without an execution or a recording to tell one wish from another, each is one.

use std::fmt;

use super::{
    Callback, Stands,
    number::Refusal,
    upstream,
    wish::{Kind, Phase, Route, Wish},
};
use crate::{
    durable::{
        store::{self, Store},
        time::millis,
    },
    error::Error,
    recording::followup::{CHANNEL, FollowUp, LIFE, Message},
    twilio::{deadline::Deadline, party::Party, sid::WorkflowSid},
};

/// What a flow asks for.
#[derive(Clone)]
pub struct CreateWish {
    /// Whom to call.
    pub number_to_call: String,
    /// What they dialed.
    pub number_to_call_from: String,
    /// The flow's execution.
    pub flow: Option<String>,
    /// The workflow, if not the configured one.
    pub workflow: Option<WorkflowSid>,
    /// How many seconds the task may wait.
    pub timeout: Option<u64>,
    /// The task's priority.
    pub priority: Option<u32>,
    /// How often they have been called in vain.
    pub attempts: Option<u32>,
    /// What Flex Insights ties tasks together by.
    pub conversation: Option<String>,
    /// Words for the agent.
    pub note: Option<String>,
    /// When they asked, if not now.
    pub received: Option<jiff::Timestamp>,
    /// What they left behind.
    pub message: Message,
    /// The recording was deleted.
    pub is_deleted: bool,
    /// The task channel, if not `voice`.
    pub channel: Option<String>,
}

impl fmt::Debug for CreateWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateWish")
            .field("flow", &self.flow)
            .field("workflow", &self.workflow)
            .finish_non_exhaustive()
    }
}

impl Callback {
    /// Makes the task that a flow asks for, once; a call-back's outside the hours when they begin.
    ///
    /// # Errors
    /// [`Error::Invalid`] when this number may not be called, [`Error::Conflict`] when it takes longer than the
    /// flow waits, [`Error::Upstream`].
    pub async fn create(&self, wish: CreateWish, by: Deadline) -> Result<Stands, Error> {
        let workflow = wish.workflow.or(self.0.settings.workflow);
        let workflow_sid = workflow.ok_or(Error::Invalid {
            field: "workflowSid",
            expected: "a workflow, here or in CALLBACK_WORKFLOW",
        })?;
        let record = self.record_of(&wish, workflow_sid)?;
        let key = record.key.clone();
        match self.once(&self.0.wishes, record, by).await {
            Ok(Some(stands)) => Ok(stands),
            Ok(None) => Err(Error::Conflict(
                "this call-back is being made at this very moment",
            )),
            // What the flow asks for cannot be made, now or later.
            Err(error) if error.status() == Some(400) => {
                self.forget(&self.0.wishes, &key, by).await;
                tracing::warn!(%error, "TaskRouter does not take a flow's call-back");
                Err(Error::Invalid {
                    field: "workflowSid",
                    expected: "a workflow of this workspace, and taskChannel, timeout and priority as TaskRouter takes them",
                })
            }
            Err(error) => Err(upstream("making a call-back's task")(error)),
        }
    }

    /// A task that cannot be made is not tried again.
    pub(super) async fn forget(&self, store: &Store<Wish>, key: &str, by: Deadline) {
        let gone = match store.read(key, by).await {
            Ok(Some(wish)) if wish.phase == Phase::Making => store.remove(&wish, by).await,
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = gone {
            tracing::warn!(%error, "a call-back that cannot be made will be tried again");
        }
    }

    fn record_of(&self, wish: &CreateWish, workflow_sid: WorkflowSid) -> Result<Wish, Error> {
        let recorded = wish.message.recording_sid.is_some();
        let number = match self.0.settings.numbers.keyed(&wish.number_to_call) {
            Ok(number) => number.to_string(),
            // A message is heard even if its caller's number may not be called.
            Err(Refusal::NotCalled) if recorded => wish.number_to_call.clone(),
            Err(Refusal::NoNumber) if recorded => Party::read(&wish.number_to_call).to_string(),
            Err(_) => {
                return Err(Error::Invalid {
                    field: "numberToCall",
                    expected: "a phone number in one of the countries of CALLBACK_COUNTRIES that is not dear to call",
                });
            }
        };
        let now = millis::whole(self.0.clock.now());
        let mark = self.mark();
        let key = key(wish, &number).unwrap_or_else(|| mark.clone());
        Ok(Wish {
            key: key.clone(),
            call_sid: None,
            task_sid: None,
            kind: if recorded {
                Kind::Message
            } else {
                Kind::Callback
            },
            phase: Phase::Making,
            follow_up: FollowUp {
                number_to_call: number,
                number_to_call_from: wish.number_to_call_from.clone(),
                received: wish.received.unwrap_or(now),
                time_zone: self.0.settings.time_zone.clone(),
                attempts: wish.attempts.unwrap_or(0),
                message: wish.message.clone(),
                note: wish.note.clone(),
                flow: wish.flow.clone(),
                conversation: wish.conversation.clone(),
                is_deleted: wish.is_deleted,
                ticket: key,
                routing: serde_json::Map::new(),
                before: serde_json::Map::new(),
            },
            route: route(wish, workflow_sid),
            made: None,
            untold: false,
            moved: now,
            mark,
        })
    }
}

/// Where the task goes.
fn route(wish: &CreateWish, workflow_sid: WorkflowSid) -> Route {
    Route {
        workflow_sid,
        channel: wish.channel.clone().unwrap_or_else(|| CHANNEL.to_owned()),
        priority: wish.priority.unwrap_or(0),
        timeout: wish.timeout.unwrap_or(LIFE.as_secs()),
        since: None,
    }
}

/// What tells this wish from others, if anything does. Hexadecimal, so it tells nothing else.
fn key(wish: &CreateWish, number: &str) -> Option<String> {
    let recording = wish.message.recording_sid.as_deref();
    let flow = wish.flow.as_deref();
    if recording.is_none() && flow.is_none() {
        return None;
    }
    let attempts = wish.attempts.unwrap_or(0).to_string();
    let parts = [
        flow.unwrap_or_default(),
        recording.unwrap_or_default(),
        number,
        &attempts,
    ];
    Some(store::veiled(&parts.join("\0")))
}
