//! The page at `/voicemails`: HTML that the server writes, forms that work by themselves, and a little script.
//!
//! How its user gets in, and what the page may do, is told in [`crate::web::pages`]. The list carries the token on in its
//! own forms, in an answer that is never stored; nothing keeps it when the page is closed.

use axum::response::Response;
use minijinja::{Value, context, value::Serde};
use phonenumber::country;

use super::Message;
use crate::{
    config::General,
    web::{pages::Page, problem::Problem},
};

const PAGE: Page = Page {
    here: "voicemails",
    template: include_str!("page.html"),
    script: include_str!("page.js"),
    style: include_str!("page.css"),
    entry: true,
};

/// The door: who are you?
pub(super) fn door(config: &General) -> Result<Response, Problem> {
    written(config, "", None, None)
}

/// The door, once more, and why. A page that says so is no problem document, hence no error status.
pub(super) fn refused(config: &General, problem: &Problem) -> Result<Response, Problem> {
    written(config, problem.detail(), None, None)
}

/// The list.
pub(super) fn shown(
    config: &General,
    messages: &[Message],
    token: Option<&str>,
) -> Result<Response, Problem> {
    written(config, "", Some(messages), token)
}

fn written(
    config: &General,
    told: &str,
    messages: Option<&[Message]>,
    token: Option<&str>,
) -> Result<Response, Problem> {
    let home = config.home_country;
    let origins = config.flex_origins.join(" ");
    let page = rendered(&config.public_url, told, messages, token, (home, &origins));
    PAGE.answer(page.map_err(Problem::internal)?, &config.flex_origins)
}

fn rendered(
    base: &str,
    told: &str,
    messages: Option<&[Message]>,
    token: Option<&str>,
    (home, origins): (country::Id, &str),
) -> Result<String, minijinja::Error> {
    let messages = messages.map(|all| Value::from(Serde(all)));
    // The list also stands at /voicemails/mark, for a browser without the script, so links are whole.
    let up = format!("{base}/");
    PAGE.render(home, &up, context! { base, told, token, messages, origins })
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::features::voicemail::shelf::State;

    fn drawn(
        base: &str,
        told: &str,
        messages: Option<&[Message]>,
        token: Option<&str>,
    ) -> Result<String, minijinja::Error> {
        let flex = (country::Id::US, "https://flex.twilio.com");
        rendered(base, told, messages, token, flex)
    }

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
        let page = drawn(
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
        let page = drawn(
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
        let page = drawn("https://a.example", "", Some(&[message("Ann")]), None).unwrap();
        for (opens, says) in [
            ("<button class=\"main\">Play", " the message from Ann"),
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
            ("Call back", " (303) 555-0100"),
        ] {
            let control = format!("{opens}<span class=\"unseen\">{says}</span>");
            assert!(page.contains(&control), "{control} is missing in {page}");
        }
    }

    #[test]
    fn length_is_told_in_minutes_and_seconds_and_nobody_is_called_who_withheld_their_number() {
        let mut message = message("anonymous");
        "anonymous".clone_into(&mut message.from);
        for (seconds, told) in [(Some(59), " · 59 s ·"), (Some(125), " · 2 min 05 s ·")] {
            message.seconds = seconds;
            let page = drawn(
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
        let page = drawn("https://a.example", "Not valid", None, None).unwrap();
        assert!(page.contains("type=\"password\"") && page.contains("Not valid"));
        assert!(page.contains("aria-describedby=\"told\"") && !page.contains("<li id"));
    }
}
