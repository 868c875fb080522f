//! What is said to a caller who dials an agent's extension.

use minijinja::{Value, value::Serde};
use serde::Serialize;

use super::{Document, queued::Queued};
use crate::twilio::sid::WorkflowSid;

/// Anything that is said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extension {
    /// The extension is asked for.
    Ask(Ask),
    /// The workflow that finds its worker has the call.
    Connect(Queued),
    /// No extension was found; the operator has the call, or it ends.
    Operator(Option<Queued>),
}

/// What was wrong with the last try; a template's word for it is the same in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// There was none.
    Greeting,
    /// Too few digits, or none.
    Incomplete,
    /// No agent has that extension.
    Unknown,
}

/// A question that keys answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// What is said first.
    pub said: Tried,
    /// How many digits an extension has.
    pub digits: u32,
    /// There is an operator, behind the key 0.
    pub operator: bool,
    /// The absolute URL that is told the digits, or that there were none.
    pub next: String,
}

impl From<Extension> for Document {
    fn from(said: Extension) -> Self {
        Self::Extension(said)
    }
}

impl Extension {
    /// Its place among the templates of extensions.
    pub(super) const fn place(&self) -> usize {
        match self {
            Self::Ask(_) => 0,
            Self::Connect(_) => 1,
            Self::Operator(_) => 2,
        }
    }

    pub(super) fn values(&self) -> Value {
        match self {
            Self::Ask(ask) => Value::from(Serde(ask)),
            Self::Connect(queued) => Queued::values_of(Some(queued)),
            Self::Operator(queued) => Queued::values_of(queued.as_ref()),
        }
    }
}

/// Each in each of its shapes.
pub(super) fn samples() -> Vec<Document> {
    let next = "https://example.com/extension/keyed?try=2";
    let ask = |said, operator| {
        Extension::Ask(Ask {
            said,
            digits: 4,
            operator,
            next: next.to_owned(),
        })
    };
    let queued = Queued {
        workflow: WorkflowSid::from_bytes(*b"direct extension"),
        action: "https://example.com/extension/left?operator=true&x=1".to_owned(),
        task: r#"{"name":"+15125550100","said":"Ann O'Neil <ann@example.com>"}"#.to_owned(),
    };
    let samples = [
        ask(Tried::Greeting, false),
        ask(Tried::Incomplete, true),
        ask(Tried::Unknown, true),
        Extension::Connect(queued.clone()),
        Extension::Operator(None),
        Extension::Operator(Some(queued)),
    ];
    samples.map(Document::Extension).to_vec()
}
