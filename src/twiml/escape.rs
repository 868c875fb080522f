//! How any text at all becomes part of an XML document, and comes out of a parser again as it went in.
//!
//! Tabs and line breaks are written as references, because a parser turns a bare one in an attribute into a blank and
//! a bare carriage return into a line feed (XML 1.0, sections 2.11 and 3.3.3). Characters that XML cannot hold in any
//! form (most control characters, U+FFFE, U+FFFF) become a blank: one NUL in a caller's name must not turn the whole
//! document into an error, and a blank still keeps two words apart.

use std::fmt::{self, Write};

/// Writes `text` so that it can stand between tags and in a quoted attribute.
pub(super) fn escape(text: &str, out: &mut impl Write) -> fmt::Result {
    let mut rest = text;
    while let Some((at, stand_in)) = first_special(rest) {
        out.write_str(&rest[..at])?;
        out.write_str(stand_in)?;
        let after = rest[at..].chars().next().map_or(1, char::len_utf8);
        rest = &rest[at + after..];
    }
    out.write_str(rest)
}

/// `text` as it can stand between tags only: quotes stay as they are, which makes JSON a fifth shorter.
pub(super) fn between_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for character in text.chars() {
        match stand_in(character) {
            Some(stand_in) if !matches!(character, '"' | '\'') => out.push_str(stand_in),
            _ => out.push(character),
        }
    }
    out
}

/// What a parser will make of `text` once it was escaped: the text, with blanks for what XML cannot hold.
#[must_use]
pub fn as_heard(text: &str) -> String {
    text.chars()
        .map(|character| {
            if is_allowed(character) {
                character
            } else {
                ' '
            }
        })
        .collect()
}

fn first_special(text: &str) -> Option<(usize, &'static str)> {
    text.char_indices()
        .find_map(|(at, character)| Some((at, stand_in(character)?)))
}

const fn stand_in(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        // Only `]]>` needs it, but then it does.
        '>' => Some("&gt;"),
        '"' => Some("&#34;"),
        '\'' => Some("&#39;"),
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        other if !is_allowed(other) => Some(" "),
        _ => None,
    }
}

/// Production 2 of XML 1.0; surrogates cannot occur in Rust text.
const fn is_allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
