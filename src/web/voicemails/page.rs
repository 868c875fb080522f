//! The page at `/voicemails`: HTML that the server writes, forms that work by themselves, and a little script.
//!
//! The browser needs the user's Flex token, and a token must never stand in a URL, which is kept in histories, logs and
//! `Referer` headers. So the page has a door: a form whose answer is the list. Whoever opens the page from Flex puts the
//! token behind the `#` of the address (`/voicemails#token=…`), which browsers send to nobody; the script moves it into
//! the form and takes it out of the address before anything else happens. Without a script the token is pasted. The list
//! carries it on in its own forms, in an answer that is never stored; nothing keeps it when the page is closed.
//!
//! Nothing is loaded from anywhere: the policy allows this very script and style, by their digests, and no others.

use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, header};
use minijinja::{Environment, Value, context, value::Serde};
use sha2::{Digest, Sha256};

use super::Message;
use crate::{config::Config, web::problem::Problem};

const TEMPLATE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// The door: who are you?
pub(super) fn door(config: &Config) -> Result<Response, Problem> {
    written(config, "", None, None)
}

/// The door, once more, and why. A page that says so is no problem document, hence no error status.
pub(super) fn refused(config: &Config, problem: &Problem) -> Result<Response, Problem> {
    written(config, problem.detail(), None, None)
}

/// The list.
pub(super) fn shown(
    config: &Config,
    messages: &[Message],
    token: Option<&str>,
) -> Result<Response, Problem> {
    written(config, "", Some(messages), token)
}

fn written(
    config: &Config,
    told: &str,
    messages: Option<&[Message]>,
    token: Option<&str>,
) -> Result<Response, Problem> {
    let page = rendered(&config.public_url, told, messages, token).map_err(Problem::internal)?;
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    let policy = policy(&config.flex_origins);
    let policy = HeaderValue::from_str(&policy).map_err(Problem::internal)?;
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

fn rendered(
    base: &str,
    told: &str,
    messages: Option<&[Message]>,
    token: Option<&str>,
) -> Result<String, minijinja::Error> {
    let mut pages = Environment::new();
    pages.add_template("page.html", TEMPLATE)?;
    pages.get_template("page.html")?.render(context! {
        base, told, token,
        messages => messages.map(|all| Value::from(Serde(all))),
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
    })
}

/// What the page may do, and who may show it inside a page of theirs.
fn policy(origins: &[String]) -> String {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    let (script, style) = (digest(SCRIPT), digest(STYLE));
    let origins = origins.join(" ");
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; connect-src 'self'; \
         media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'self' {origins}"
    )
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::domain::voicemail::shelf::State;

    fn message(name: &str) -> Message {
        Message {
            recording_sid: "RE1".to_owned(),
            mailbox: "WK1".to_owned(),
            call_sid: "CA1".to_owned(),
            from: "+13035550100".to_owned(),
            to: "+15125550100".to_owned(),
            name: name.to_owned(),
            received: "2027-01-15T08:00:00Z".to_owned(),
            seconds: Some(12),
            transcript: Some("</blockquote><script>alert(1)</script>".to_owned()),
            state: State::New,
        }
    }

    #[test]
    fn what_callers_say_stays_text() {
        let evil = "\"><img src=x onerror=alert(1)>";
        let page = rendered(
            "https://a.example",
            "",
            Some(&[message(evil)]),
            Some("t\"oken"),
        );
        let page = page.unwrap();
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!page.contains("<img") && !page.contains("t\"oken"));
        assert!(page.contains("href=\"tel:+13035550100\""));
    }

    #[test]
    fn the_page_loads_nothing_and_its_forms_know_their_message() {
        let page = rendered(
            "https://a.example/base",
            "",
            Some(&[message("Ann")]),
            Some("tok"),
        );
        let page = page.unwrap();
        for loaded in ["src=\"", "<link", "@import", "url("] {
            assert!(!page.contains(loaded), "the page has {loaded}");
        }
        let base = "https:&#x2f;&#x2f;a.example&#x2f;base";
        // Marked without a script, the list comes again where that message stands.
        for form in ["voicemails", "voicemails/media", "voicemails/mark#RE1"] {
            let action = format!("action=\"{base}/{form}\"");
            assert!(page.contains(&action), "{action} is missing in {page}");
        }
        assert_eq!(page.matches("value=\"RE1\"").count(), 2);
        assert_eq!(page.matches("value=\"tok\"").count(), 3);
    }

    #[test]
    fn every_control_says_of_which_message_it_is() {
        let page = rendered("https://a.example", "", Some(&[message("Ann")]), None).unwrap();
        for (opens, says) in [
            ("<button>Play", " the message from Ann"),
            (
                "value=\"new\" aria-pressed=\"true\">New",
                " (the message from Ann)",
            ),
            (
                "value=\"heard\" aria-pressed=\"false\">Heard",
                " (the message from Ann)",
            ),
            (
                "value=\"done\" aria-pressed=\"false\">Done",
                " (the message from Ann)",
            ),
            ("Call back", " +13035550100"),
        ] {
            let control = format!("{opens}<span class=\"unseen\">{says}</span>");
            assert!(page.contains(&control), "{control} is missing in {page}");
        }
    }

    #[test]
    fn length_is_told_in_minutes_and_seconds_and_nobody_is_called_who_withheld_their_number() {
        let mut message = message("anonymous");
        "anonymous".clone_into(&mut message.from);
        for (seconds, told) in [(Some(59), " · 59 s ·"), (Some(125), " · 2 min 5 s ·")] {
            message.seconds = seconds;
            let page = rendered(
                "https://a.example",
                "",
                Some(slice::from_ref(&message)),
                None,
            );
            let page = page.unwrap();
            assert!(page.contains(told), "{told} is missing in {page}");
            assert!(!page.contains("tel:"));
        }
    }

    #[test]
    fn the_door_asks_for_a_token_and_shows_no_message() {
        let page = rendered("https://a.example", "Not valid", None, None).unwrap();
        assert!(page.contains("type=\"password\"") && page.contains("Not valid"));
        assert!(page.contains("aria-describedby=\"told\"") && !page.contains("<li"));
    }
}
