//! Twilio's journal as lines for a reader who sees it for the first time.
//!
//! Callers and agents go by their names, SIDs and URLs are shortened, and what tells nothing is left out: the inner
//! workings of reservations and conferences, answers that say no more than "received". Look-ups in lists, by which
//! the reconciler finds what a crash left behind, are counted.

use std::fmt::Display;

use crate::emulator::{Entry, Event};

/// How much of a document is shown.
const SHOWN: usize = 110;

/// What TaskRouter and conferences do by themselves all the time.
const INNER_WORKINGS: [&str; 7] = [
    "task updated",
    "task in wrap-up",
    "waits for an agent",
    "wrapping",
    " completed",
    " ends",
    "Worker ",
];

/// Who is who.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Legs and workers by their SIDs, whole and shortened.
    people: Vec<(String, String)>,
    /// Legs that nobody needs to follow.
    dull: Vec<String>,
    url: String,
}

impl Names {
    /// The person behind `sid` has a name.
    pub(super) fn person(&mut self, sid: &impl Display, name: &str) {
        let sid = sid.to_string();
        if !self.people.iter().any(|(known, _)| *known == sid) {
            self.people.push((short(&sid), name.to_owned()));
            self.people.push((sid, name.to_owned()));
        }
    }

    /// A leg whose own life is of no interest.
    pub(super) fn dull(&mut self, sid: &impl Display) {
        self.dull.push(sid.to_string());
    }

    /// The server's own address.
    pub(super) fn url(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    fn put(&self, text: &str) -> String {
        let text = text.replace(&self.url, "");
        let people = self.people.iter();
        shortened(&people.fold(text, |text, (sid, name)| text.replace(sid, name)))
    }
}

/// `text` with every SID shortened that is still whole.
fn shortened(text: &str) -> String {
    let is_sid = |word: &str| {
        word.len() == 34
            && word.is_ascii()
            && word[2..].bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    let words = text.split_inclusive(|mark: char| !mark.is_ascii_alphanumeric());
    let shown = words.map(|word| {
        let bare = word.trim_end_matches(|mark: char| !mark.is_ascii_alphanumeric());
        if is_sid(bare) {
            word.replace(bare, &short(bare))
        } else {
            word.to_owned()
        }
    });
    shown.collect()
}

/// A SID as the journal shortens it.
fn short(sid: &str) -> String {
    format!("{}…{}", &sid[..2], &sid[sid.len() - 4..])
}

/// The lines of `entries`.
pub(super) fn transcript(entries: &[Entry], names: &Names) -> Vec<String> {
    let mut lookups = 0_usize;
    let mut lines = Vec::new();
    for entry in entries {
        if is_lookup(&entry.event) {
            lookups += 1;
        } else if !is_dull(&entry.event, names) {
            let text = names.put(&line(&entry.event));
            lines.push(format!("   {}  {text}", entry.at.strftime("%H:%M:%S")));
        }
    }
    if lookups > 0 {
        lines.push(format!(
            "             (and {lookups} look-ups in lists, mostly the reconciler's)"
        ));
    }
    lines
}

fn line(event: &Event) -> String {
    match event {
        Event::Rest {
            method,
            product,
            path,
            status,
            code,
            ..
        } => {
            let code = code.map_or_else(String::new, |code| format!(" (error {code})"));
            format!(
                "  server asks {product}: {method} {} = {status}{code}",
                below(path)
            )
        }
        Event::Webhook {
            call: Some(call),
            name,
            method,
            path,
        } => {
            format!(
                "  Twilio asks the server: {method} {} ({call}: {name})",
                brief(path)
            )
        }
        Event::Document { call, text, .. } => {
            let text = text
                .split_once("<Response>")
                .map_or(text.as_str(), |(_, rest)| rest);
            let words: Vec<_> = text.split_whitespace().collect();
            let text = brief(
                &words
                    .join(" ")
                    .replace("> <", "><")
                    .replace("</Response>", ""),
            );
            let cut: String = text.chars().take(SHOWN).collect();
            let more = if cut.len() < text.len() { "…" } else { "" };
            format!("{call} plays {cut}{more}")
        }
        other => other.to_string().replace("  ", " "),
    }
}

/// A path without what is the same in all of them: version, account, service, workspace.
fn below(path: &str) -> String {
    let mut parts = path.splitn(5, '/').skip(2);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("Accounts" | "Services" | "Workspaces"), Some(_), Some(rest)) => {
            format!("…/{}", rest.trim_end_matches(".json"))
        }
        _ => path.to_owned(),
    }
}

/// `text` with every query cut down to the round of hold it is about.
fn brief(text: &str) -> String {
    let mut parts = text.split('?');
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['<', '"', ' ']).unwrap_or(part.len());
        let (query, rest) = part.split_at(end);
        let round = query.find("round=").map_or("", |at| &query[at..]);
        let round = round.split(['#', '&']).next().unwrap_or_default();
        shown.push_str("?…");
        shown.push_str(round);
        shown.push_str(rest);
    }
    shown
}

/// A read of a whole list.
fn is_lookup(event: &Event) -> bool {
    const LISTS: [&str; 5] = [
        "/Maps",
        "/Items",
        "/Calls.json",
        "/Conferences.json",
        "/Tasks",
    ];
    matches!(event, Event::Rest { method, path, .. }
        if method == "GET" && LISTS.iter().any(|list| path.ends_with(list)))
}

/// What tells a newcomer nothing.
fn is_dull(event: &Event, names: &Names) -> bool {
    match event {
        Event::Answered {
            outcome: Ok(200..=299),
            ..
        } => true,
        Event::Called { call, .. } | Event::Status { call, .. } => {
            names.dull.iter().any(|dull| dull == call.as_str())
        }
        Event::Routing { text, .. } => {
            INNER_WORKINGS.iter().any(|it| text.contains(it)) && !text.contains("browser")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_cut_down_to_the_round() {
        assert_eq!(
            brief("<Redirect>/hold?worker=WK1&amp;round=3</Redirect>"),
            "<Redirect>/hold?…round=3</Redirect>"
        );
        assert_eq!(brief("/call-status-handler"), "/call-status-handler");
    }

    #[test]
    fn paths_lose_what_is_the_same_in_all() {
        assert_eq!(below("/v1/Services/IS1/Maps/a/Items"), "…/Maps/a/Items");
        assert_eq!(
            below("/2010-04-01/Accounts/AC1/Calls/CA1.json"),
            "…/Calls/CA1"
        );
    }
}
