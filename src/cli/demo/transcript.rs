//! Twilio's journal line by line, as `demo -v` shows it: every request and every document, for a reader who sees them for
//! the first time.
//!
//! Callers and agents go by their names, SIDs and URLs are shortened, and what tells nothing is left out: the inner
//! workings of reservations and conferences, answers that say no more than "received". Look-ups in lists, by which
//! the reconciler finds what a crash left behind, and reads of records are counted.

use super::names::Names;
use crate::emulator::{Entry, Event};

/// How much of a document is shown.
const SHOWN: usize = 110;

/// What TaskRouter and conferences do by themselves all the time.
const INNER_WORKINGS: [&str; 8] = [
    "task updated",
    "task deleted",
    "task in wrap-up",
    "waits for an agent",
    "wrapping",
    " completed",
    " ends",
    "Worker ",
];

/// The lines of `entries`.
pub(super) fn transcript(entries: &[Entry], names: &Names) -> Vec<String> {
    let (mut lookups, mut reads) = (0_usize, 0_usize);
    let mut lines = Vec::new();
    for entry in entries {
        if is_lookup(&entry.event) {
            lookups += 1;
        } else if is_read(&entry.event) {
            reads += 1;
        } else if !is_dull(&entry.event, names) {
            let text = names.put(&line(&entry.event, names));
            lines.push(format!("   {}  {text}", entry.at.strftime("%H:%M:%S")));
        }
    }
    let reads = match reads {
        0 => String::new(),
        _ => format!("{reads} reads of records of legs, "),
    };
    if lookups > 0 || !reads.is_empty() {
        lines.push(format!(
            "             (and {reads}{lookups} look-ups in lists, mostly the reconciler's)"
        ));
    }
    lines
}

fn line(event: &Event, names: &Names) -> String {
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
        Event::Webhook {
            call: None,
            name,
            method,
            path,
        } => format!(
            "  Twilio tells the server: {method} {} ({name})",
            brief(path)
        ),
        Event::Texted {
            message, from, to, ..
        } => {
            let said = names.said(*message).unwrap_or("…");
            format!(
                "{} texts {}: \"{said}\"",
                names.owner(from),
                names.owner(to)
            )
        }
        Event::Document { call, text, .. } => format!("{call} plays {}", shown(text, names)),
        Event::Pressed { call, keys: 1 } => format!("{call:?} presses a key"),
        other => other.to_string().replace("  ", " "),
    }
}

/// The beginning of a document, on one line.
fn shown(text: &str, names: &Names) -> String {
    let text = text.split_once("<Response>").map_or(text, |(_, rest)| rest);
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words
        .join(" ")
        .replace("> <", "><")
        .replace("</Response>", "");
    let text = brief(&names.put(&text));
    let cut: String = text.chars().take(SHOWN).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut}{more}")
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
pub(super) fn is_lookup(event: &Event) -> bool {
    const LISTS: [&str; 6] = [
        "/Maps",
        "/Items",
        "/Calls.json",
        "/Conferences.json",
        "/Queues.json",
        "/Tasks",
    ];
    matches!(event, Event::Rest { method, path, .. }
        if method == "GET" && LISTS.iter().any(|list| path.ends_with(list)))
}

/// A read of what the server has written down about a leg, a phone or a worker: there is one before every move.
fn is_read(event: &Event) -> bool {
    matches!(event, Event::Rest { method, path, .. }
        if method == "GET" && path.contains("/Maps/Global.Dispatch"))
}

/// What tells a newcomer nothing.
pub(super) fn is_dull(event: &Event, names: &Names) -> bool {
    match event {
        Event::Answered {
            outcome: Ok(200..=299),
            ..
        } => true,
        Event::Called { call, .. } | Event::Status { call, .. } => names.is_dull(call.as_str()),
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
