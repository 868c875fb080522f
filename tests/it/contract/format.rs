//! Twilio's text formats and the one shape of pattern its files use: SIDs.

use std::str::FromStr;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use serde_json::{Map, Value};

/// Longest document that Twilio takes in a call's `Twiml` parameter (Twilio: "Update a Call").
const LONGEST_TWIML: usize = 4_000;

/// Whether `text` has the `pattern` of a SID: `^CA[0-9a-fA-F]{32}$`, `^(SM|MM)…`, `^[a-zA-Z]{2}…`.
pub(super) fn pattern(pattern: &str, text: &str) -> Result<(), String> {
    let prefix = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix("[0-9a-fA-F]{32}$"))
        .ok_or_else(|| format!("this checker does not know the pattern {pattern}"))?;
    let is_prefix = |given: &str| match prefix {
        "[a-zA-Z]{2}" => given.chars().all(|c| c.is_ascii_alphabetic()),
        _ => prefix
            .trim_matches(['(', ')'])
            .split('|')
            .any(|one| one == given),
    };
    let matches = text.is_ascii()
        && text.len() == 34
        && is_prefix(&text[..2])
        && text[2..].chars().all(|c| c.is_ascii_hexdigit());
    matches
        .then_some(())
        .ok_or_else(|| format!("does not match {pattern}"))
}

/// Whether `value` has the named format.
pub(super) fn format(format: &str, value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    let good = match format {
        "date-time" => text.ends_with('Z') && Timestamp::from_str(text).is_ok(),
        "date-time-rfc-2822" => {
            text.ends_with("+0000") && DateTimeParser::new().parse_timestamp(text).is_ok()
        }
        "date" => jiff::civil::Date::from_str(text).is_ok(),
        "uri" => is_uri(text),
        "uri-map" => {
            let mut members = value.as_object().into_iter().flat_map(Map::values);
            members.all(|link| link.as_str().is_some_and(is_uri))
        }
        "http-method" => ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"].contains(&text),
        "currency" => text.len() == 3 && text.chars().all(|c| c.is_ascii_uppercase()),
        "iso-country-code" => text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase()),
        "int32" => value
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        "int64" => value.is_i64(),
        "twiml" => text.chars().count() <= LONGEST_TWIML && is_twiml(text),
        // A number, but as well `client:…`, `sip:…` or a name; the type says all there is to say.
        "phone-number" | "endpoint" | "phone-number-capabilities" | "ice-server" => true,
        unknown => return Err(format!("this checker does not know the format {unknown}")),
    };
    good.then_some(()).ok_or_else(|| format!("is no {format}"))
}

/// An absolute http(s) URL, or a path from the root as the 2010 API writes its links.
fn is_uri(text: &str) -> bool {
    let base = url::Url::parse("https://api.twilio.com").expect("a URL");
    let absolute = url::Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
    absolute || (text.starts_with('/') && base.join(text).is_ok())
}

fn is_twiml(text: &str) -> bool {
    roxmltree::Document::parse(text).is_ok_and(|xml| xml.root_element().has_tag_name("Response"))
}
