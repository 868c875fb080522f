//! A call to one of our numbers, and what its task says of it.

pub mod routes;

use serde_json::{Map, Value, json};

use crate::twilio::{party::Party, sid::CallSid};

/// A call that has come in.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The call.
    pub call: CallSid,
    /// Who calls.
    pub from: Party,
    /// What they dialed.
    pub to: Party,
    /// The number it was forwarded from, if the carrier says so (Twilio: "TwiML", request parameter `ForwardedFrom`).
    pub forwarded_from: Option<Party>,
    /// The call has been taken already. A number's fallback URL may be its voice URL, and Twilio asks it, too, when the
    /// answer to a queue's `action` was lost, with the fields of that `action` (Twilio: "Availability and reliability").
    pub served: bool,
}

impl Inbound {
    /// The attributes of its task, as JSON text: what agents are shown of any call (`name`, `type`, `direction`), and
    /// the `more` of the feature that sends it on. Twilio adds its own, such as `call_sid` and `from`.
    pub(crate) fn task<'m>(&self, more: impl IntoIterator<Item = (&'m str, Value)>) -> String {
        let shown = [
            ("name", json!(self.from.to_string())),
            ("type", json!("inbound")),
            ("direction", json!("inbound")),
        ];
        let members = shown.into_iter().chain(more);
        let task: Map<_, _> = members
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Value::Object(task).to_string()
    }

    /// What only we say of it, with where it was forwarded from.
    pub(crate) fn ours(&self, mut facts: Value) -> Value {
        if let Some(forwarded) = &self.forwarded_from {
            facts["forwardedFrom"] = json!(forwarded.to_string());
        }
        facts
    }
}

/// Why a call left a workflow's queue (Twilio: "Enqueue", `QueueResult`), as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueEnd {
    /// Its task could not be made: no agent has heard of this caller.
    Refused,
    /// They talked, hung up, or were led elsewhere; what follows is not ours to say.
    Served,
    /// The workflow ended, and no agent took the call.
    Untaken,
}

impl QueueEnd {
    /// Reads Twilio's word. An unknown result connected no agent, so the caller is spoken to.
    #[must_use]
    pub fn read(result: &str) -> Self {
        match result {
            "error" | "system-error" | "queue-full" => Self::Refused,
            "bridged" | "hangup" | "redirected" | "redirected-from-bridged" => Self::Served,
            _ => Self::Untaken,
        }
    }
}
