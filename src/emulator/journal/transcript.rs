//! The journal as text: one line an event, readable from top to bottom.

use std::fmt;

use super::{Entry, Event, Journal};
use crate::twilio::sid::CallSid;

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.at.strftime("%H:%M:%S%.3f"), self.event)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Called {
                call,
                from,
                to,
                direction,
            } => {
                let (from, to) = (masked(from), masked(to));
                write!(f, "{call:?}  {direction} call from {from} to {to}")
            }
            Self::Texted {
                message,
                from,
                to,
                direction,
            } => {
                let (from, to) = (masked(from), masked(to));
                write!(f, "{message:?}  {direction} message from {from} to {to}")
            }
            Self::Status { call, status } => write!(f, "{call:?}  is {status}"),
            Self::Document { call, verbs, .. } => write!(f, "{call:?}  plays <{verbs}>"),
            Self::Heard { call, what } => write!(f, "{call:?}  hears {what}"),
            Self::Pressed { call, keys } => write!(f, "{call:?}  presses {keys} keys"),
            Self::FellOff { call } => write!(f, "{call:?}  fell off the end of its TwiML"),
            Self::Weather { text } => write!(f, "weather: {}", masked(text)),
            Self::Routing { task: None, text } => f.write_str(text),
            Self::Routing {
                task: Some(task),
                text,
            } => write!(f, "{task:?}  {text}"),
            Self::Warning { call, code, text } => {
                write!(f, "{}  warning {code}: {}", leg(*call), masked(text))
            }
            Self::Webhook { .. } | Self::Answered { .. } | Self::Rest { .. } => traffic(self, f),
        }
    }
}

/// What went over the wire.
fn traffic(event: &Event, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match event {
        Event::Webhook {
            call,
            name,
            method,
            path,
        } => write!(
            f,
            "{}  --> {name}: {method} {}",
            leg(*call),
            brief(&masked(path))
        ),
        Event::Answered {
            call,
            name,
            outcome,
            ..
        } => match outcome {
            Ok(status) => write!(f, "{}  <-- {name}: {status}", leg(*call)),
            Err(why) => write!(f, "{}  <-- {name}: {why}", leg(*call)),
        },
        Event::Rest {
            method,
            product,
            path,
            keys,
            status,
            code,
        } => {
            let (path, keys) = (brief(&masked(path)), keys.join(" "));
            write!(f, "REST  {method} {product} {path}")?;
            if !keys.is_empty() {
                write!(f, " ({keys})")?;
            }
            write!(f, " = {status}")?;
            code.map_or(Ok(()), |code| write!(f, " code {code}"))
        }
        _ => Ok(()),
    }
}

fn leg(call: Option<CallSid>) -> String {
    call.map_or_else(|| "-".to_owned(), |call| format!("{call:?}"))
}

/// A path with its SIDs shortened, as everywhere else in the transcript.
fn brief(path: &str) -> String {
    let sid = |word: &str| {
        let (kind, digits) = word.split_at_checked(2)?;
        let fits = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        fits.then(|| format!("{kind}…{}", &digits[28..]))
    };
    let words = path.split_inclusive(|mark: char| !mark.is_ascii_alphanumeric());
    words
        .map(|word| {
            let bare = word.trim_end_matches(|mark: char| !mark.is_ascii_alphanumeric());
            sid(bare).map_or_else(|| word.to_owned(), |short| word.replace(bare, &short))
        })
        .collect()
}

/// `text` with every run of ten or more digits after a `+` (or `%2B`) masked in its middle.
#[must_use]
pub(in crate::emulator) fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['+', '%']) {
        let lead = if rest[at..].starts_with("%2B") { 3 } else { 1 };
        let end = (at + lead).min(rest.len());
        let digits = rest[end..].bytes().take_while(u8::is_ascii_digit).count();
        shown.push_str(&rest[..end]);
        let number = &rest[end..end + digits];
        if digits >= 8 {
            shown.push_str(&number[..2]);
            shown.push('…');
            shown.push_str(&number[digits - 2..]);
        } else {
            shown.push_str(number);
        }
        rest = &rest[end + digits..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::{brief, masked};

    #[test]
    fn sids_are_shortened_in_paths() {
        let call = "CA0123456789abcdef0123456789abcdef";
        assert_eq!(
            brief(&format!("/Calls/{call}.json?a={call}")),
            "/Calls/CA…cdef.json?a=CA…cdef"
        );
        assert_eq!(brief("/hold?x=ä"), "/hold?x=ä");
    }

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        assert_eq!(masked("+15125550199 to x"), "+15…99 to x");
        assert_eq!(masked("/a?To=%2B15125550199&b=+1"), "/a?To=%2B15…99&b=+1");
        assert_eq!(masked("client:ann%"), "client:ann%");
    }
}
