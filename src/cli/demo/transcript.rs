//! Twilio's journal as lines for a reader who sees it for the first time.
//!
//! Legs and workers go by their names, the server's own address is left out, and what tells nothing is only counted:
//! the reconciler's reads, and answers that say no more than "received".

use std::fmt::Debug;

use crate::emulator::{Entry, Event};

/// Who is who.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: Vec<(String, String)>,
    url: String,
}

impl Names {
    /// `sid` is called `name` from now on.
    pub(super) fn add(&mut self, sid: &impl Debug, name: &str) {
        let sid = format!("{sid:?}");
        if !self.known.iter().any(|(known, _)| *known == sid) {
            self.known.push((sid, name.to_owned()));
        }
    }

    /// The server's own address.
    pub(super) fn url(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    fn put(&self, text: &str) -> String {
        let text = text.replace(&self.url, "");
        self.known
            .iter()
            .fold(text, |text, (sid, name)| text.replace(sid, name))
    }
}

/// The lines of `entries`.
pub(super) fn transcript(entries: &[Entry], names: &Names) -> Vec<String> {
    let mut reads = 0_usize;
    let mut lines = Vec::new();
    for entry in entries {
        if is_idle_read(&entry.event) {
            reads += 1;
            continue;
        }
        if is_plain_receipt(&entry.event) {
            continue;
        }
        let time = entry.at.strftime("%H:%M:%S");
        lines.push(format!(
            "   {time}  {}",
            names.put(&entry.event.to_string())
        ));
    }
    if reads > 0 {
        lines.push(format!("             (and {reads} reads of the reconciler, which looks for what a crash left behind)"));
    }
    lines
}

/// A read of a whole map, or of the index's contents: the reconciler, not somebody's request.
fn is_idle_read(event: &Event) -> bool {
    let Event::Rest {
        method,
        product,
        path,
        ..
    } = event
    else {
        return false;
    };
    let whole = path.ends_with("/Maps") || path.ends_with("/Items");
    method == "GET" && *product == "sync" && whole
}

/// An answer whose status is all there is to it.
fn is_plain_receipt(event: &Event) -> bool {
    matches!(
        event,
        Event::Answered {
            outcome: Ok(200..=299),
            ..
        }
    )
}
