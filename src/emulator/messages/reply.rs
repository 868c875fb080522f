//! What the application answers to a message: messaging TwiML, plain text, or nothing (Twilio: "TwiML for
//! Programmable Messaging").
//!
//! As strict as the voice reader: what Twilio would only warn about is an error here. Plain text is sent as it is.

use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use roxmltree::{Document, Node};

use super::LONGEST;
use crate::emulator::{hooks::Method, twiml::Flaw};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send a message.
    Message {
        body: String,
        /// A recipient other than the sender.
        to: Option<String>,
        /// Another number than the one that was texted.
        from: Option<String>,
        /// Who is told what becomes of it.
        callback: Option<(String, Method)>,
    },
    /// Ask for another document.
    Redirect(String, Method),
}

/// Reads an answer.
pub(super) fn read(reply: &Response<Bytes>) -> Result<Vec<Step>, Flaw> {
    let kind = reply.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or("text/xml").split(';').next();
    let text = String::from_utf8_lossy(reply.body());
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    match kind.unwrap_or_default().trim() {
        "text/xml" | "application/xml" | "text/html" => document(&text),
        "text/plain" => Ok(vec![Step::Message {
            body: said(text.trim().to_owned())?,
            to: None,
            from: None,
            callback: None,
        }]),
        other => Err(Flaw::new(
            12300,
            format!("{other} is no content type for TwiML"),
        )),
    }
}

fn document(text: &str) -> Result<Vec<Step>, Flaw> {
    let document = Document::parse(text).map_err(|error| Flaw::new(12100, error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "Response" {
        return Err(Flaw::new(12100, "the root element is not <Response>"));
    }
    let verbs = root.children().filter(Node::is_element);
    verbs.map(step).collect()
}

fn step(node: Node<'_, '_>) -> Result<Step, Flaw> {
    match node.tag_name().name() {
        "Message" => {
            known(node, &["to", "from", "action", "method", "statusCallback"])?;
            let given = |name: &str| node.attribute(name).map(str::to_owned);
            let callback = given("statusCallback").or_else(|| given("action"));
            Ok(Step::Message {
                body: said(body(node)?)?,
                to: given("to"),
                from: given("from"),
                callback: callback.map(|url| Ok((url, method(node)?))).transpose()?,
            })
        }
        "Redirect" => {
            known(node, &["method"])?;
            Ok(Step::Redirect(text(node), method(node)?))
        }
        other => Err(Flaw::new(
            12200,
            format!("<{other}> is no verb of messaging that is played here"),
        )),
    }
}

/// A message's text: its own, or that of its `<Body>`.
fn body(message: Node<'_, '_>) -> Result<String, Flaw> {
    let mut said = text(message);
    for part in message.children().filter(Node::is_element) {
        match part.tag_name().name() {
            "Body" => said.push_str(&text(part)),
            other => {
                let text = format!("<Message> may not hold <{other}> here");
                return Err(Flaw::new(12200, text));
            }
        }
    }
    Ok(said)
}

/// A text that can be sent.
fn said(body: String) -> Result<String, Flaw> {
    if body.is_empty() || body.chars().count() > LONGEST {
        return Err(Flaw::new(14103, "the message is empty or too long"));
    }
    Ok(body)
}

fn text(node: Node<'_, '_>) -> String {
    let parts = node.children().filter(Node::is_text);
    let parts = parts.filter_map(|part| part.text());
    parts.collect::<String>().trim().to_owned()
}

fn known(node: Node<'_, '_>, names: &[&str]) -> Result<(), Flaw> {
    let stray = node.attributes().find(|one| !names.contains(&one.name()));
    stray.map_or(Ok(()), |one| {
        let verb = node.tag_name().name();
        let text = format!("<{verb}> has no attribute {}", one.name());
        Err(Flaw::new(12200, text))
    })
}

fn method(node: Node<'_, '_>) -> Result<Method, Flaw> {
    let Some(text) = node.attribute("method") else {
        return Ok(Method::Post);
    };
    Method::read(&text.to_ascii_uppercase())
        .ok_or_else(|| Flaw::new(12200, "method must be GET or POST"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(kind: &str, body: &str) -> Result<Vec<Step>, u32> {
        let reply = Response::builder().header(CONTENT_TYPE, kind);
        let reply = reply.body(Bytes::from(body.to_owned())).unwrap();
        read(&reply).map_err(|flaw| flaw.code)
    }

    #[test]
    fn nothing_text_and_twiml_are_understood_and_the_rest_refused() {
        let bodies = |kind: &str, body: &str| {
            let steps = reading(kind, body)?;
            let steps = steps.into_iter().map(|step| match step {
                Step::Message { body, .. } => body,
                Step::Redirect(url, _) => url,
            });
            Ok::<Vec<_>, u32>(steps.collect())
        };
        assert_eq!(bodies("text/xml", ""), Ok(vec![]));
        assert_eq!(bodies("text/xml", "<Response/>"), Ok(vec![]));
        assert_eq!(
            bodies("text/plain", " Hello "),
            Ok(vec!["Hello".to_owned()])
        );
        let two = "<Response><Message>a &amp; b</Message><Message><Body>c</Body></Message><Redirect>/x</Redirect></Response>";
        let two = bodies("application/xml; charset=utf-8", two).unwrap();
        assert_eq!(two, ["a & b", "c", "/x"]);
        for (kind, body, code) in [
            ("application/json", "{}", 12300),
            ("text/xml", "<Response>", 12100),
            ("text/xml", "<Twiml/>", 12100),
            ("text/xml", "<Response><Say>x</Say></Response>", 12200),
            (
                "text/xml",
                "<Response><Message voice=\"x\">x</Message></Response>",
                12200,
            ),
            (
                "text/xml",
                "<Response><Message><Media>x</Media></Message></Response>",
                12200,
            ),
            ("text/xml", "<Response><Message/></Response>", 14103),
        ] {
            assert_eq!(reading(kind, body), Err(code), "{body}");
        }
    }
}
