//! The list of documents: everything Switchboard can say to a caller.
//!
//! A [`Document`] is a decision, not a text. The domain decides ("hold on, then ask again"), and the
//! [`Library`](super::Library) turns the decision into TwiML with the words of the template of the same name. So a
//! rule can be tested without reading XML, and the words can be edited without touching Rust.
//!
//! A new document is a variant here, its context struct, its sample, and a file `twiml/{name}.xml`; the compiler and
//! the tests ask for each of them. Every document must end by asking us again, by handing the call over, or by
//! hanging up: a caller never falls off the end (see [`lint`](super::lint)).

use serde::Serialize;

use crate::twilio::sid::WorkflowSid;

/// Anything we can say to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// One round on hold.
    Hold(Hold),
    /// The way back to an agent.
    PickUp(PickUp),
    /// One round of waiting in a queue (`waitUrl` of `<Enqueue>`).
    Wait(Wait),
    /// Leaves the queue; the call goes on with the `action` of its `<Enqueue>`.
    Leave,
    /// The end of the call.
    End,
    /// What a caller hears when we failed.
    Fault(Fault),
}

/// One round on hold: words now and then, one piece of music, and we are asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// Words to say first, if this is a round for words.
    pub announcement: Option<String>,
    /// The absolute URL of one piece of music.
    pub music: String,
    /// The absolute URL of the next round.
    pub next: String,
}

/// Puts the call into TaskRouter again, where it is routed to its worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

/// One round of waiting in a queue. Twilio allows no `<Dial>`, `<Record>` or `<Enqueue>` here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// The absolute URL of one piece of music.
    pub music: String,
    /// The absolute URL of the next round.
    pub next: String,
}

/// An apology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The absolute URL to try again after a pause. Without it the call ends after the apology.
    pub again: Option<String>,
}
