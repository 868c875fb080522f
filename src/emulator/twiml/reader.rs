//! From text to verbs, strictly: what is not known is refused, with the code Twilio would log.

mod record;

use std::time::Duration;

use roxmltree::{Document, Node};

use super::{Dial, Enqueue, Flaw, Gather, Noun, Room, Verb, Waiting};
use crate::emulator::hooks::Method;

/// The longest document Twilio takes.
const LONGEST: usize = 64 * 1024;

/// Reads a document.
pub(in crate::emulator) fn read(text: &str) -> Result<Vec<Verb>, Flaw> {
    if text.len() > LONGEST {
        return Err(Flaw::new(11750, "the document is over 64 kB"));
    }
    let document = Document::parse(text).map_err(|error| Flaw::new(12100, error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "Response" {
        return Err(Flaw::new(12100, "the root element is not <Response>"));
    }
    known(root, "")?;
    children(root).map(verb).collect()
}

fn children<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

fn verb(node: Node<'_, '_>) -> Result<Verb, Flaw> {
    match node.tag_name().name() {
        "Say" => {
            known(node, "voice language loop")?;
            Ok(Verb::Say {
                text: text(node),
                times: times(node)?,
            })
        }
        "Play" => play(node),
        "Pause" => {
            known(node, "length")?;
            let seconds = number(node, "length", 1)?;
            Ok(Verb::Pause(Duration::from_secs(seconds)))
        }
        "Gather" => gather(node),
        "Redirect" => {
            known(node, "method")?;
            Ok(Verb::Redirect {
                url: text(node),
                method: method(node, "method")?,
            })
        }
        "Enqueue" => enqueue(node),
        "Leave" => known(node, "").map(|()| Verb::Leave),
        "Hangup" => known(node, "").map(|()| Verb::Hangup),
        "Reject" => {
            known(node, "reason")?;
            Ok(Verb::Reject {
                busy: node.attribute("reason") == Some("busy"),
            })
        }
        "Dial" => dial(node),
        "Record" => record::record(node),
        other => Err(Flaw::new(
            12200,
            format!("<{other}> is no verb that is played here"),
        )),
    }
}

fn play(node: Node<'_, '_>) -> Result<Verb, Flaw> {
    known(node, "loop digits")?;
    if node.attribute("digits").is_some() {
        return Ok(Verb::Tones);
    }
    let url = text(node);
    if url.is_empty() {
        return Err(Flaw::new(11100, "<Play> has no URL"));
    }
    Ok(Verb::Play {
        url,
        times: times(node)?,
    })
}

fn gather(node: Node<'_, '_>) -> Result<Verb, Flaw> {
    known(
        node,
        "action method timeout numDigits finishOnKey input actionOnEmptyResult \
         language hints speechTimeout speechModel partialResultCallback \
         partialResultCallbackMethod profanityFilter enhanced bargeIn \
         maxSpeechTime debug",
    )?;
    let inner = children(node).map(verb).collect::<Result<Vec<_>, _>>()?;
    let allowed =
        |verb: &Verb| matches!(verb, Verb::Say { .. } | Verb::Play { .. } | Verb::Pause(_));
    if !inner.iter().all(allowed) {
        return Err(Flaw::new(12200, "<Gather> holds a verb it may not"));
    }
    let digits = match node.attribute("numDigits") {
        None => None,
        Some(_) => usize::try_from(number(node, "numDigits", 1)?).ok(),
    };
    Ok(Verb::Gather(Box::new(Gather {
        action: node.attribute("action").unwrap_or_default().to_owned(),
        method: method(node, "method")?,
        timeout: Duration::from_secs(number(node, "timeout", 5)?),
        digits,
        finish: node.attribute("finishOnKey").unwrap_or("#").chars().next(),
        on_empty: flag(node, "actionOnEmptyResult")?,
        inner,
    })))
}

fn enqueue(node: Node<'_, '_>) -> Result<Verb, Flaw> {
    known(
        node,
        "action method waitUrl waitUrlMethod workflowSid maxQueueSize",
    )?;
    let Some(workflow) = node.attribute("workflowSid") else {
        return Err(Flaw::new(
            12200,
            "<Enqueue> without workflowSid is not played here",
        ));
    };
    let mut nouns = children(node);
    let (mut task, mut priority) = ("{}".to_owned(), 0);
    if let Some(noun) = nouns.next() {
        let name = noun.tag_name().name();
        if !matches!(name, "Task" | "TaskAttributes") || nouns.next().is_some() {
            return Err(Flaw::new(
                12200,
                format!("<Enqueue> may not hold <{name}> here"),
            ));
        }
        known(noun, "priority timeout")?;
        task = text(noun);
        priority = number(noun, "priority", 0)?;
        number(noun, "timeout", 0)?;
    }
    Ok(Verb::Enqueue(Box::new(Enqueue {
        workflow: workflow.to_owned(),
        action: node.attribute("action").map(str::to_owned),
        method: method(node, "method")?,
        wait: node.attribute("waitUrl").map(str::to_owned),
        wait_method: method(node, "waitUrlMethod")?,
        task,
        priority,
    })))
}

fn dial(node: Node<'_, '_>) -> Result<Verb, Flaw> {
    known(
        node,
        "action method timeout timeLimit callerId answerOnBridge hangupOnStar \
         record recordingStatusCallback recordingStatusCallbackMethod \
         recordingStatusCallbackEvent recordingTrack trim ringTone sequential \
         referUrl callReason",
    )?;
    Ok(Verb::Dial(Box::new(Dial {
        action: node.attribute("action").map(str::to_owned),
        method: method(node, "method")?,
        timeout: number(node, "timeout", 30)?,
        caller_id: node.attribute("callerId").map(str::to_owned),
        noun: noun(node)?,
    })))
}

fn noun(dial: Node<'_, '_>) -> Result<Noun, Flaw> {
    let mut nouns = children(dial);
    let Some(node) = nouns.next() else {
        return Ok(Noun::Party(text(dial)));
    };
    if nouns.next().is_some() {
        return Err(Flaw::new(
            12200,
            "<Dial> with several nouns is not played here",
        ));
    }
    match node.tag_name().name() {
        "Number" => {
            known(
                node,
                "statusCallback statusCallbackEvent statusCallbackMethod",
            )?;
            Ok(Noun::Party(text(node)))
        }
        "Client" => {
            known(
                node,
                "statusCallback statusCallbackEvent statusCallbackMethod",
            )?;
            Ok(Noun::Party(format!("client:{}", text(node))))
        }
        "Conference" => {
            known(
                node,
                "muted beep startConferenceOnEnter endConferenceOnExit participantLabel \
         jitterBufferSize waitUrl waitMethod maxParticipants region",
            )?;
            let wait = node.attribute("waitUrl").map(str::to_owned);
            let wait_method = method(node, "waitMethod")?;
            Ok(Noun::Conference(Room {
                name: text(node),
                starts: node.attribute("startConferenceOnEnter").is_none()
                    || flag(node, "startConferenceOnEnter")?,
                ends: flag(node, "endConferenceOnExit")?,
                wait: wait.map(|url| (url, wait_method)),
            }))
        }
        "Queue" => queue(node),
        other => Err(Flaw::new(
            12200,
            format!("<Dial> may not hold <{other}> here"),
        )),
    }
}

fn queue(node: Node<'_, '_>) -> Result<Noun, Flaw> {
    known(node, "url method reservationSid postWorkActivitySid")?;
    let reservation = node
        .attribute("reservationSid")
        .ok_or_else(|| Flaw::new(12200, "<Queue> without reservationSid is not played here"))?;
    let after = node.attribute("postWorkActivitySid");
    let method = method(node, "method")?;
    let whisper = node.attribute("url").filter(|url| !url.is_empty());
    Ok(Noun::Queue(Waiting {
        reservation: reservation.to_owned(),
        after: after.filter(|sid| !sid.is_empty()).map(str::to_owned),
        whisper: whisper.map(|url| (url.to_owned(), method)),
    }))
}

/// Refuses any attribute that is not among `names`.
fn known(node: Node<'_, '_>, names: &str) -> Result<(), Flaw> {
    let known = |name: &str| names.split(' ').any(|one| one == name);
    let stray = node.attributes().find(|one| !known(one.name()));
    stray.map_or(Ok(()), |one| {
        let verb = node.tag_name().name();
        Err(Flaw::new(
            12200,
            format!("<{verb}> has no attribute {}", one.name()),
        ))
    })
}

fn text(node: Node<'_, '_>) -> String {
    let parts = node.children().filter_map(|child| child.text());
    parts.collect::<String>().trim().to_owned()
}

fn number(node: Node<'_, '_>, name: &str, default: u64) -> Result<u64, Flaw> {
    let Some(text) = node.attribute(name) else {
        return Ok(default);
    };
    text.parse()
        .map_err(|_| Flaw::new(12200, format!("{name} must be a whole number")))
}

/// How often to play: 0 is a thousand times, as Twilio does for `<Play>`.
fn times(node: Node<'_, '_>) -> Result<u32, Flaw> {
    let times = number(node, "loop", 1)?.min(1000);
    Ok(if times == 0 {
        1000
    } else {
        u32::try_from(times).unwrap_or(1000)
    })
}

fn method(node: Node<'_, '_>, name: &str) -> Result<Method, Flaw> {
    let Some(text) = node.attribute(name) else {
        return Ok(Method::Post);
    };
    Method::read(&text.to_ascii_uppercase())
        .ok_or_else(|| Flaw::new(12200, format!("{name} must be GET or POST")))
}

fn flag(node: Node<'_, '_>, name: &str) -> Result<bool, Flaw> {
    match node.attribute(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Flaw::new(12200, format!("{name} must be true or false"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(inside: &str) -> u32 {
        read(&format!("<Response>{inside}</Response>")).map_or_else(|flaw| flaw.code, |_| 0)
    }

    #[test]
    fn what_twilio_does_not_know_is_refused() {
        for wrong in [
            "<say>lower case</say>",
            "<Say voise=\"alice\">x</Say>",
            "<Gather><Dial/></Gather>",
            "<Enqueue>support</Enqueue>",
            "<Enqueue workflowSid=\"WW1\"><Tasks/></Enqueue>",
            "<Enqueue workflowSid=\"WW1\"><Task priority=\"high\">{}</Task></Enqueue>",
            "<Pause length=\"-1\"/>",
            "<Redirect method=\"PUT\">/x</Redirect>",
        ] {
            assert_eq!(code(wrong), 12200, "{wrong}");
        }
        assert_eq!(code("<Play/>"), 11100);
        assert_eq!(code("<Say>a & b</Say>"), 12100);
        assert_eq!(code(&format!("<Say>{}</Say>", "x".repeat(66_000))), 11750);
        assert_eq!(read("<Twiml/>").unwrap_err().code, 12100);
    }

    #[test]
    fn text_is_unescaped_and_defaults_are_twilios() {
        let verbs = read("<Response><!-- note --><Play loop=\"0\">/a?b&amp;c</Play></Response>");
        let play = Verb::Play {
            url: "/a?b&c".to_owned(),
            times: 1000,
        };
        assert_eq!(verbs.unwrap(), [play]);
        let verbs = read("<Response><Gather action=\"/x\" finishOnKey=\"\"/></Response>").unwrap();
        let [Verb::Gather(gather)] = verbs.as_slice() else {
            panic!("{verbs:?}")
        };
        let defaults = (gather.timeout, gather.digits, gather.finish);
        assert_eq!(defaults, (Duration::from_secs(5), None, None));
    }
}
