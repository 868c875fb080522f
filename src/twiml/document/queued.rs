//! The way into a workflow's queue, which several documents end with.

use std::fmt;

use minijinja::{Value, context};
use serde::Serialize;

use crate::{twilio::sid::WorkflowSid, twiml::escape};

/// A call goes into a workflow.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Queued {
    /// The workflow.
    pub workflow: WorkflowSid,
    /// The absolute URL that Twilio asks once the call has left the queue, for whatever reason.
    pub action: String,
    /// The task's attributes: the text of one JSON object.
    pub task: String,
}

impl fmt::Debug for Queued {
    /// Leaves out the attributes: they are full of names and numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queued")
            .field("workflow", &self.workflow)
            .finish_non_exhaustive()
    }
}

impl Queued {
    /// The values of a template that puts the call into the workflow, if it does.
    pub(super) fn values_of(queued: Option<&Self>) -> Value {
        // Marked as done, so its quotes are not escaped, as in a pick-up.
        let task = queued.map(|it| Value::from_safe_string(escape::between_tags(&it.task)));
        let workflow = queued.map(|it| it.workflow.as_str());
        let action = queued.map(|it| &*it.action);
        context! { workflow => workflow, action => action, task => task }
    }
}
