//! What is said to a caller who has dialed an agent's number.

use minijinja::{Value, context};

use super::{Document, queued::Queued};
use crate::twilio::sid::WorkflowSid;

/// Anything that is said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// A welcome, then the workflow that looks for the number's owner.
    Welcome(Queued),
    /// The number has no owner.
    Nobody(Unowned),
}

/// The number has no owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unowned {
    /// What is said.
    pub message: String,
    /// Where the call goes then; it ends without.
    pub queued: Option<Queued>,
}

impl From<Did> for Document {
    fn from(said: Did) -> Self {
        Self::Did(said)
    }
}

impl Did {
    /// Its place among the templates of agents' numbers.
    pub(super) const fn place(&self) -> usize {
        match self {
            Self::Welcome(_) => 0,
            Self::Nobody(_) => 1,
        }
    }

    pub(super) fn values(&self) -> Value {
        match self {
            Self::Welcome(queued) => Queued::values_of(Some(queued)),
            Self::Nobody(Unowned { message, queued }) => {
                let queued = Queued::values_of(queued.as_ref());
                context! { message => &**message, ..queued }
            }
        }
    }
}

/// Each in each of its shapes.
pub(super) fn samples(words: &str) -> Vec<Document> {
    let queued = Queued {
        workflow: WorkflowSid::from_bytes(*b"direct inwarddia"),
        action: "https://example.com/did/left?nobodys=false".to_owned(),
        task: r#"{"name":"+15125550100","owner":"Ann O'Neil <ann@example.com>"}"#.to_owned(),
    };
    let nobody = |queued| {
        Did::Nobody(Unowned {
            message: words.to_owned(),
            queued,
        })
    };
    let samples = [
        Did::Welcome(queued.clone()),
        nobody(None),
        nobody(Some(queued)),
    ];
    samples.map(Document::Did).to_vec()
}
