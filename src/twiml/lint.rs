//! What is wrong with a TwiML document, before a caller finds out.
//!
//! A document that Twilio cannot run ends the call with "an application error has occurred", and one that simply runs
//! out ends it without a word. So [`lint`] asks for more than Twilio does: known verbs, attributes and nesting;
//! absolute URLs; nothing written that can never be reached; and a last verb that ends the call or hands it over, so
//! that no caller ever falls off the end. The tests, `switchboard check`, a reload and the embedded Twilio all ask it.

use std::fmt;

use roxmltree::Node;
use url::Url;

use super::vocabulary::{ELEMENTS, Element, IN_A_QUEUE, Kind, MESSAGING, Text, element};
use crate::twilio::sid::WorkflowSid;

/// The longest document Twilio accepts over HTTP, in bytes (Twilio: error 11750, "64 kB"; the smaller reading of it).
pub const MAX_BYTES: usize = 64_000;

/// The longest document that fits the `Twiml` parameter of a call's update, in characters (Twilio: "Call resource").
pub const MAX_INLINE_CHARS: usize = 4_000;

/// The longest text message that Twilio sends, in characters (Twilio: "Message resource", `Body`).
pub const MAX_MESSAGE_CHARS: usize = 1_600;

/// Where Twilio runs a document; it allows fewer verbs in some places, and others in a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a call: every verb.
    Call,
    /// To a caller waiting in a queue (`waitUrl`): no `<Dial>`, `<Record>`, `<Enqueue>` or `<Reject>`.
    Queue,
    /// As the answer to a text message: another language, in which saying nothing is an answer, too.
    Message,
}

impl Place {
    /// The elements that Twilio knows there.
    fn vocabulary(self) -> &'static [Element] {
        match self {
            Self::Call | Self::Queue => ELEMENTS,
            Self::Message => MESSAGING,
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    at: String,
    what: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// Finds everything that is wrong with `document`; an empty list means that it is good.
#[must_use]
pub fn lint(document: &str, place: Place) -> Vec<Flaw> {
    let mut pen = Pen {
        place,
        flaws: Vec::new(),
    };
    if document.len() > MAX_BYTES {
        pen.note_at("document", format!("longer than {MAX_BYTES} bytes"));
    }
    match roxmltree::Document::parse(document) {
        Err(error) => pen.note_at("document", format!("not well-formed XML: {error}")),
        Ok(parsed) => {
            let root = parsed.root_element();
            if root.tag_name().name() == "Response" {
                pen.read(root);
                pen.follow(root);
            } else {
                pen.note(root, "the root must be <Response>");
            }
        }
    }
    pen.flaws
}

/// Where a verb leaves the call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The next verb runs.
    Next,
    /// The call is over, or goes on with another document.
    Away,
}

fn then(verb: Node<'_, '_>) -> Then {
    let away = match verb.tag_name().name() {
        "Redirect" | "Hangup" | "Reject" | "Leave" => true,
        // When the caller has said nothing, the next verb runs (Twilio: "TwiML: Record").
        "Enqueue" | "Dial" => verb.has_attribute("action"),
        "Gather" => verb.attribute("actionOnEmptyResult") == Some("true"),
        _ => false,
    };
    if away { Then::Away } else { Then::Next }
}

/// Collects the flaws.
struct Pen {
    place: Place,
    flaws: Vec<Flaw>,
}

impl Pen {
    fn note_at(&mut self, at: impl Into<String>, what: impl Into<String>) {
        let (at, what) = (at.into(), what.into());
        self.flaws.push(Flaw { at, what });
    }

    fn note(&mut self, node: Node<'_, '_>, what: impl Into<String>) {
        let mut path: Vec<_> = node
            .ancestors()
            .filter(Node::is_element)
            .map(|above| above.tag_name().name())
            .collect();
        path.reverse();
        self.note_at(path.join("/"), what);
    }

    /// One element by itself, then what is in it.
    fn read(&mut self, node: Node<'_, '_>) {
        let vocabulary = self.place.vocabulary();
        let Some(known) = element(vocabulary, node.tag_name().name()) else {
            return self.note(node, "no such verb (names are case-sensitive)");
        };
        for attribute in node.attributes() {
            let name = attribute.name();
            match known.attributes.iter().find(|(known, _)| *known == name) {
                None => self.note(
                    node,
                    format!("no attribute {name} (names are case-sensitive)"),
                ),
                Some((_, kind)) => {
                    if let Some(wrong) = misfit(*kind, attribute.value()) {
                        self.note(node, format!("{name} must be {wrong}"));
                    }
                }
            }
        }
        self.read_text(node, known);
        self.read_verb(node);
        for child in node.children().filter(Node::is_element) {
            let name = child.tag_name().name();
            if known.children.contains(&name) || element(vocabulary, name).is_none() {
                self.read(child);
            } else {
                self.note(child, format!("does not belong in <{}>", known.name));
            }
        }
    }

    fn read_text(&mut self, node: Node<'_, '_>, known: &Element) {
        let text: String = node
            .children()
            .filter_map(|child| child.is_text().then(|| child.text())?)
            .collect();
        let text = text.trim();
        let marked_up = node.children().any(|child| child.is_element());
        let wrong = match known.text {
            Text::None if !text.is_empty() => Some("no text belongs here"),
            Text::Words | Text::Message if text.is_empty() && !marked_up => Some("has no words"),
            Text::Message if text.chars().count() > MAX_MESSAGE_CHARS => {
                Some("is longer than Twilio sends")
            }
            Text::Url if node.has_attribute("digits") && text.is_empty() => None,
            Text::Url => misfit(Kind::Url, text).map(|_| "must hold an absolute URL"),
            Text::Json if !is_json_object(text) => Some("must hold one JSON object"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            self.note(node, wrong);
        }
    }

    /// What holds for one verb only.
    fn read_verb(&mut self, node: Node<'_, '_>) {
        let children = |name: &str| {
            node.children()
                .filter(|child| child.has_tag_name(name))
                .count()
        };
        let text = node.text().unwrap_or_default().trim();
        match node.tag_name().name() {
            "Enqueue" => match node.attribute("workflowSid") {
                Some(sid) if sid.parse::<WorkflowSid>().is_err() => {
                    self.note(node, "workflowSid must be WW and 32 hexadecimal digits");
                }
                Some(_) if !text.is_empty() => {
                    self.note(node, "a queue's name and a workflowSid exclude each other");
                }
                Some(_) if children("Task") > 1 => self.note(node, "only one <Task>"),
                None if text.is_empty() || text.chars().count() > 64 => {
                    self.note(
                        node,
                        "needs a workflowSid, or a queue's name of up to 64 characters",
                    );
                }
                None if children("Task") > 0 => self.note(node, "a <Task> needs a workflowSid"),
                _ => {}
            },
            "Dial" if text.is_empty() && node.children().all(|child| !child.is_element()) => {
                self.note(node, "dials nobody");
            }
            "Dial" if children("Number") > 10 || children("Client") > 10 => {
                self.note(node, "dials more than ten at once");
            }
            "Play"
                if node.has_attribute("digits")
                    && node.parent().is_some_and(|up| up.has_tag_name("Gather")) =>
            {
                self.note(node, "no digits inside <Gather>");
            }
            // Without it Twilio asks the current URL again, which is a bad one on a redirected call (error 11100).
            "Record" if !node.has_attribute("action") => self.note(node, "needs an action"),
            _ => {}
        }
    }

    /// The verbs in their order: what is never reached, and what comes last.
    fn follow(&mut self, root: Node<'_, '_>) {
        let mut last = None;
        for (at, verb) in root.children().filter(Node::is_element).enumerate() {
            let name = verb.tag_name().name();
            if last == Some(Then::Away) {
                self.note(verb, "is never reached");
            }
            if self.place == Place::Queue && !IN_A_QUEUE.contains(&name) {
                self.note(verb, "does not work for a caller waiting in a queue");
            }
            if name == "Reject" && at > 0 {
                self.note(
                    verb,
                    "only works as the first verb: by now the call is answered",
                );
            }
            last = Some(then(verb));
        }
        if last != Some(Then::Away) && self.place != Place::Message {
            self.note(
                root,
                "the caller falls off the end: the last verb must end the call or hand it over",
            );
        }
    }
}

/// What the attribute should have been, if it is not.
fn misfit(kind: Kind, value: &str) -> Option<String> {
    let fits = match kind {
        Kind::Anything => true,
        Kind::Text => !value.is_empty(),
        Kind::Url => is_absolute_url(value),
        Kind::UrlOrNothing => value.is_empty() || is_absolute_url(value),
        Kind::Whole(least, most) => value
            .parse()
            .is_ok_and(|number: u32| (least..=most).contains(&number)),
        Kind::WholeOrAuto => value == "auto" || value.parse::<u32>().is_ok(),
        Kind::Truth => matches!(value, "true" | "false"),
        Kind::One(choices) => choices.contains(&value),
        Kind::Each(choices) => {
            !value.trim().is_empty()
                && value
                    .split_ascii_whitespace()
                    .all(|word| choices.contains(&word))
        }
    };
    (!fits).then(|| match kind {
        Kind::Anything | Kind::Text => "a text".to_owned(),
        Kind::Url | Kind::UrlOrNothing => "an absolute URL".to_owned(),
        Kind::Whole(least, u32::MAX) => format!("a whole number from {least}"),
        Kind::Whole(least, most) => format!("a whole number from {least} to {most}"),
        Kind::WholeOrAuto => "a whole number, or auto".to_owned(),
        Kind::Truth => "true or false".to_owned(),
        Kind::One(choices) => format!("one of {}", choices.join(", ")),
        Kind::Each(choices) => format!("some of {}", choices.join(" ")),
    })
}

/// Whether Twilio could ask this URL. An underscore in its host would make it refuse (Twilio: "Call resource").
fn is_absolute_url(text: &str) -> bool {
    let whole =
        !text.contains(|character: char| character.is_whitespace() || character.is_control());
    let parsed = Url::parse(text);
    whole
        && parsed.is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some_and(|host| !host.contains('_'))
        })
}

fn is_json_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}
