//! Who is who: SIDs, numbers and the server's address as the names a reader knows them by.

use std::fmt::Display;

use crate::twilio::sid::MessageSid;

/// Who is who.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Legs and workers by their SIDs, whole and shortened.
    people: Vec<(String, String)>,
    /// Legs that nobody needs to follow.
    dull: Vec<String>,
    /// Whose a number is.
    numbers: Vec<(String, String)>,
    /// What text messages say.
    texts: Vec<(MessageSid, String)>,
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

    /// Whether it is such a leg.
    pub(super) fn is_dull(&self, sid: &str) -> bool {
        self.dull.iter().any(|dull| dull == sid)
    }

    /// A number has an owner.
    pub(super) fn number(&mut self, number: &str, name: &str) {
        self.numbers.push((number.to_owned(), name.to_owned()));
    }

    /// The numbers that have an owner, and who that is.
    pub(super) fn numbers(&self) -> &[(String, String)] {
        &self.numbers
    }

    /// Whose a number is; the number itself if nobody's.
    pub(super) fn owner<'n>(&'n self, number: &'n str) -> &'n str {
        let mut numbers = self.numbers.iter();
        let owner = numbers.find(|(known, _)| known == number);
        owner.map_or(number, |(_, name)| name)
    }

    /// A text message says this.
    pub(super) fn text(&mut self, message: MessageSid, body: &str) {
        if self.said(message).is_none() {
            self.texts.push((message, body.to_owned()));
        }
    }

    /// What a text message says.
    pub(super) fn said(&self, message: MessageSid) -> Option<&str> {
        let mut texts = self.texts.iter();
        let text = texts.find(|(known, _)| *known == message);
        text.map(|(_, body)| body.as_str())
    }

    /// The server's own address.
    pub(super) fn url(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    /// `text` with names.
    pub(super) fn put(&self, text: &str) -> String {
        let text = text.replace(&self.url, "");
        let numbers = self.numbers.iter();
        let text = numbers.fold(text, |text, (number, name)| {
            text.replace(&masked(number), name)
        });
        let people = self.people.iter();
        shortened(&people.fold(text, |text, (sid, name)| text.replace(sid, name)))
    }
}

/// `text` with every SID shortened that is still whole, and every key that is as long.
fn shortened(text: &str) -> String {
    let is_sid = |word: &str| {
        (word.len() == 34 || word.len() == 32)
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

/// A number as the journal masks it.
fn masked(number: &str) -> String {
    format!("{}…{}", &number[..3], &number[number.len() - 2..])
}
