//! The way back to an agent.

use std::fmt;

use minijinja::{Value, context};
use serde::Serialize;

use crate::{twilio::sid::WorkflowSid, twiml::escape};

/// Puts the call into TaskRouter again, where it is routed to its worker.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PickUp {
    /// The workflow that routes it.
    pub workflow: WorkflowSid,
    /// The absolute URL that Twilio asks once the call has left the queue, for whatever reason.
    pub action: String,
    /// The absolute URL of what the caller hears meanwhile; Twilio's own music without it.
    pub wait: Option<String>,
    /// The task's priority; higher is sooner.
    pub priority: u32,
    /// The task's attributes: the text of one JSON object.
    pub task: String,
}

impl fmt::Debug for PickUp {
    /// Leaves out the attributes: they are full of names and numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PickUp")
            .field("workflow", &self.workflow)
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}

impl PickUp {
    pub(super) fn values(&self) -> Value {
        let Self {
            workflow,
            action,
            wait,
            priority,
            task,
        } = self;
        context! {
            workflow => workflow.as_str(), action => &**action, wait => wait.as_deref(),
            priority => *priority,
            // Marked as done, so its quotes are not escaped: it has to fit an inline document. A template that puts it
            // into an attribute fails on the sample, which is full of quotes.
            task => Value::from_safe_string(escape::between_tags(task)),
        }
    }
}
