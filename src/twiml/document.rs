//! The list of documents: everything Switchboard can say to a caller.
//!
//! A [`Document`] is a decision, not a text. The domain decides ("hold on, then ask again"), and the
//! [`Library`](super::Library) turns the decision into TwiML with the words of the template of the same name. So a
//! rule can be tested without reading XML, and the words can be edited without touching Rust.
//!
//! A new document is a variant here, its context struct, its sample, and a file `twiml/{name}.xml`; the compiler and
//! the tests ask for each of them. Every document must end by asking us again, by handing the call over, or by
//! hanging up: a caller never falls off the end (see [`lint`](super::lint)).

pub mod callback;
pub mod did;
mod dispatch;
pub mod extension;
pub mod intake;
mod pickup;
mod queued;
mod voicemail;

use minijinja::{Value, context};
use serde::Serialize;

pub use self::dispatch::{Again, Join, Meet, Nobody, Onward, Screen};
pub use self::pickup::PickUp;
pub use self::queued::Queued;
pub use self::voicemail::{Message, MessageEnd};
use self::{callback::Callback, did::Did, extension::Extension, intake::Intake};
use super::lint::Place;
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
    /// To a worker who goes on or off line.
    Intake(Intake),
    /// A worker on a phone is joined to the caller.
    Join(Join),
    /// A worker on a phone is asked for a key.
    Screen(Screen),
    /// A worker came too late.
    Gone,
    /// A worker cannot take the call.
    Declined,
    /// A worker waits for us.
    Again(Again),
    /// A caller hears that no worker is at work.
    Nobody(Nobody),
    /// A worker or a caller goes to the room where both meet.
    Meet(Meet),
    /// A caller goes on elsewhere.
    Onward(Onward),
    /// To a caller whose call no agent takes.
    Unanswered(Unanswered),
    /// To a caller who has dialed an agent's own number.
    Did(Did),
    /// To a caller who dials an agent's extension.
    Extension(Extension),
    /// To a caller who would rather not wait.
    Callback(Callback),
    /// A caller leaves a message.
    Message(Message),
    /// The last words to a caller in voicemail.
    MessageEnd(MessageEnd),
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

/// A message to a caller whose call no agent takes, and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// The words.
    pub message: String,
    /// The absolute URL of what comes next; the call ends without.
    pub next: Option<String>,
}

/// A template that comes with the program: which document it is for, and its words.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// The document's name; the file is `twiml/{name}.xml`.
    pub name: &'static str,
    /// The words that come with the program.
    pub words: &'static str,
    /// The values that an edited template must still use, because a caller would be lost without them.
    pub vital: &'static [&'static str],
    /// Where Twilio runs it.
    pub place: Place,
}

macro_rules! template {
    ($name:literal, $place:ident, $vital:expr) => {
        Template {
            name: $name,
            words: include_str!(concat!("../../twiml/", $name, ".xml")),
            vital: &$vital,
            place: Place::$place,
        }
    };
}

/// The template of every document.
pub const TEMPLATES: [Template; 38] = [
    template!("hold", Call, ["music", "next"]),
    template!("pickup", Call, ["workflow", "action", "priority", "task"]),
    template!("wait", Queue, ["next"]),
    template!("leave", Queue, []),
    template!("end", Call, []),
    template!("fault", Call, ["again"]),
    template!("intake/menu", Call, ["next"]),
    template!("intake/skills", Call, ["next", "choices"]),
    template!("intake/pin", Call, ["next"]),
    template!("intake/end", Call, ["said"]),
    template!("intake/text", Message, ["said"]),
    template!("intake/silence", Message, []),
    template!("dispatch/join", Call, ["reservation", "action"]),
    template!("dispatch/screen", Call, ["action"]),
    template!("dispatch/gone", Call, []),
    template!("dispatch/declined", Call, []),
    template!("dispatch/again", Call, ["next"]),
    template!("dispatch/nobody", Call, ["message"]),
    template!("dispatch/meet", Call, ["action", "wait", "starts", "room"]),
    template!("dispatch/onward", Call, ["next"]),
    template!("unanswered", Call, ["message", "next"]),
    template!("did/welcome", Call, ["workflow", "action", "task"]),
    template!("did/nobody", Call, ["message", "workflow", "task"]),
    template!("extension/ask", Call, ["next"]),
    template!("extension/connect", Call, ["workflow", "action", "task"]),
    template!("extension/operator", Call, ["workflow", "action", "task"]),
    template!("callback/wait", Queue, ["offer", "next"]),
    template!("callback/kinds", Queue, ["action", "next"]),
    template!("callback/numbers", Queue, ["action", "next"]),
    template!("callback/number", Queue, ["action", "next"]),
    template!("callback/confirm", Queue, ["number", "action", "next"]),
    template!("callback/done", Queue, []),
    template!("callback/moving", Queue, ["next"]),
    template!("callback/recorder", Call, ["action", "status", "next"]),
    template!("callback/recorded", Call, []),
    template!("callback/nothing", Call, []),
    template!("voicemail/record", Call, ["action", "status", "next"]),
    template!("voicemail/end", Call, []),
];

/// Where the templates of the intake begin.
const INTAKE: usize = 6;

/// Where those of agents' numbers do.
const DID: usize = 21;

/// Where those of extensions do.
const EXTENSION: usize = 23;

/// Where those of call-backs do.
const CALLBACK: usize = 26;

impl Document {
    /// The template that says it.
    #[must_use]
    pub const fn template(&self) -> &'static Template {
        match self {
            Self::Hold(_) => &TEMPLATES[0],
            Self::PickUp(_) => &TEMPLATES[1],
            Self::Wait(_) => &TEMPLATES[2],
            Self::Leave => &TEMPLATES[3],
            Self::End => &TEMPLATES[4],
            Self::Fault(_) => &TEMPLATES[5],
            Self::Intake(said) => &TEMPLATES[INTAKE + said.place()],
            Self::Join(_) => &TEMPLATES[12],
            Self::Screen(_) => &TEMPLATES[13],
            Self::Gone => &TEMPLATES[14],
            Self::Declined => &TEMPLATES[15],
            Self::Again(_) => &TEMPLATES[16],
            Self::Nobody(_) => &TEMPLATES[17],
            Self::Meet(_) => &TEMPLATES[18],
            Self::Onward(_) => &TEMPLATES[19],
            Self::Unanswered(_) => &TEMPLATES[20],
            Self::Did(said) => &TEMPLATES[DID + said.place()],
            Self::Extension(said) => &TEMPLATES[EXTENSION + said.place()],
            Self::Callback(said) => &TEMPLATES[CALLBACK + said.place()],
            Self::Message(_) => &TEMPLATES[36],
            Self::MessageEnd(_) => &TEMPLATES[37],
        }
    }

    /// Its values, by the names that the template knows them by. Taking each struct apart makes a field that is
    /// forgotten here a compile error.
    pub(super) fn values(&self) -> Value {
        match self {
            Self::Hold(Hold {
                announcement,
                music,
                next,
            }) => {
                context! { announcement => announcement.as_deref(), music => &**music, next => &**next }
            }
            Self::PickUp(pick_up) => pick_up.values(),
            Self::Wait(Wait { music, next }) => context! { music => &**music, next => &**next },
            Self::Fault(Fault { again }) => context! { again => again.as_deref() },
            Self::Intake(said) => said.values(),
            Self::Join(join) => join.values(),
            Self::Screen(screen) => screen.values(),
            Self::Again(again) => again.values(),
            Self::Nobody(nobody) => nobody.values(),
            Self::Meet(meet) => meet.values(),
            Self::Onward(onward) => onward.values(),
            Self::Unanswered(Unanswered { message, next }) => {
                context! { message => &**message, next => next.as_deref() }
            }
            Self::Did(said) => said.values(),
            Self::Extension(said) => said.values(),
            Self::Callback(said) => said.values(),
            Self::Message(message) => message.values(),
            Self::MessageEnd(end) => end.values(),
            Self::Leave | Self::End | Self::Gone | Self::Declined => Value::from(()),
        }
    }

    /// Each document in each of its shapes, with values as awkward as real ones: what a template must be able to say
    /// before it is let near a caller.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let url = |path: &str| format!("https://example.com{path}");
        let words = "We haven't forgotten you: Müller & Söhne, \"<3>\".";
        let (music, next) = (url("/hold-music/0"), url("/hold?round=2&since=1800000000"));
        let hold = |announcement: Option<String>| {
            let (music, next) = (music.clone(), next.clone());
            Self::Hold(Hold {
                announcement,
                music,
                next,
            })
        };
        let pick_up = |wait: Option<String>| {
            Self::PickUp(PickUp {
                workflow: WorkflowSid::from_bytes(*b"back to an agent"),
                action: url("/hold/left?round=2&since=1800000000"),
                wait,
                priority: 1000,
                task: r#"{"name":"Ann O'Neil <ann@example.com>","direction":"inbound"}"#.to_owned(),
            })
        };
        let fault = |again| Self::Fault(Fault { again });
        let unanswered = |next| {
            let message = words.to_owned();
            Self::Unanswered(Unanswered { message, next })
        };
        let mut samples = vec![
            hold(None),
            hold(Some(words.to_owned())),
            pick_up(None),
            pick_up(Some(url("/hold/queue?round=2&since=1800000000"))),
            Self::Wait(Wait {
                music: music.clone(),
                next: next.clone(),
            }),
            Self::Leave,
            Self::End,
            fault(None),
            fault(Some(next.clone())),
        ];
        samples.extend(Intake::samples().into_iter().map(Self::Intake));
        samples.extend(dispatch::samples(words));
        samples.extend([unanswered(None), unanswered(Some(next.clone()))]);
        samples.extend(did::samples(words));
        samples.extend(extension::samples());
        samples.extend(callback::samples());
        samples.extend(voicemail::samples(words));
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::{super::escape, *};

    #[test]
    fn every_document_has_its_template_and_a_sample() {
        let mut said: Vec<_> = Document::samples()
            .iter()
            .map(|d| d.template().name)
            .collect();
        said.dedup();
        assert_eq!(said, TEMPLATES.map(|template| template.name));
    }

    #[test]
    fn templates_know_every_field_by_its_own_name() {
        for document in Document::samples() {
            let fields = match &document {
                Document::Hold(hold) => serde_json::to_value(hold),
                Document::PickUp(pick_up) => serde_json::to_value(pick_up),
                Document::Wait(wait) => serde_json::to_value(wait),
                Document::Fault(fault) => serde_json::to_value(fault),
                // Handed over as they are.
                Document::Join(join) => serde_json::to_value(join),
                Document::Screen(screen) => serde_json::to_value(screen),
                Document::Again(again) => serde_json::to_value(again),
                Document::Nobody(nobody) => serde_json::to_value(nobody),
                Document::Meet(meet) => serde_json::to_value(meet),
                Document::Onward(onward) => serde_json::to_value(onward),
                Document::Unanswered(unanswered) => serde_json::to_value(unanswered),
                Document::Message(message) => serde_json::to_value(message),
                Document::MessageEnd(end) => serde_json::to_value(end),
                Document::Leave
                | Document::End
                | Document::Intake(_)
                | Document::Did(_)
                | Document::Extension(_)
                | Document::Callback(_)
                | Document::Gone
                | Document::Declined => continue,
            };
            let values = document.values();
            for (name, field) in fields.unwrap().as_object().unwrap() {
                let value = values.get_attr(name).unwrap();
                let text = match name.as_str() {
                    "task" => escape::between_tags(field.as_str().unwrap()),
                    _ => field
                        .as_str()
                        .map_or_else(|| field.to_string(), str::to_owned),
                };
                let same = match field {
                    serde_json::Value::Null => value.is_none(),
                    serde_json::Value::Bool(truth) => value.is_true() == *truth,
                    _ => value.to_string() == text,
                };
                assert!(same, "{name} of {document:?}: {value:?}");
            }
        }
    }

    #[test]
    fn debug_does_not_show_a_callers_attributes() {
        for document in Document::samples() {
            assert!(!format!("{document:?}").contains("O'Neil"));
        }
    }
}
