//! JSON objects as other programs write them, odd ones included.
//!
//! Two things are JSON to a browser and to Twilio, and not to `serde_json`: half of a surrogate pair (`"\ud83d"`, an
//! emoji that was cut in two), which `JSON.stringify` writes as it is, and values nested deeper than 128. A caller must
//! not stay with an agent, or be lost, because their name ends in half an emoji. Half a pair becomes the replacement
//! character, as everywhere where text is decoded; depth is followed down to [`DEEPEST`].

use std::{borrow::Cow, collections::BTreeMap};

use serde::de::Error as _;
use serde_json::{Error, Map, Value, value::RawValue};

/// How deep values may be nested. Each level takes some of the stack, and attributes may have 4,096 characters.
pub const DEEPEST: usize = 400;

/// Reads an object.
///
/// # Errors
/// When it is no JSON object, or nested too deeply.
pub fn object(text: &str) -> Result<Map<String, Value>, Error> {
    let text = whole(text);
    serde_json::from_str(&text).or_else(|error| match level_by_level(&text, 0) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(error),
    })
}

/// The same text with a replacement character for each half of a surrogate pair.
fn whole(text: &str) -> Cow<'_, str> {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return Cow::Borrowed(text);
    }
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match unit(rest) {
            Some(0xd800..=0xdbff)
                if matches!(rest.get(6..).and_then(unit), Some(0xdc00..=0xdfff)) =>
            {
                12
            }
            Some(0xd800..=0xdfff) => {
                mended.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            Some(_) => 6,
            // The backslash and what it escapes.
            None => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

/// The UTF-16 code unit that `text` begins with, if it begins with an escaped one.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    all.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

/// Reads a value whose insides are read when their turn comes, so that no level of the reader's own is used up.
fn level_by_level(text: &str, depth: usize) -> Result<Value, Error> {
    if depth > DEEPEST {
        return Err(Error::custom("nested too deeply"));
    }
    match text.trim_start().as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            let members = members.into_iter();
            let members =
                members.map(|(name, value)| Ok((name, level_by_level(value.get(), depth + 1)?)));
            members.collect::<Result<_, _>>().map(Value::Object)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            let items = items.iter();
            let items = items.map(|item| level_by_level(item.get(), depth + 1));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        _ => serde_json::from_str(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_an_emoji_is_the_replacement_character_and_a_whole_one_stays() {
        for (text, name) in [
            (r#"{"name":"Ann \ud83d"}"#, "Ann \u{fffd}"),
            (r#"{"name":"\ude00 Ann"}"#, "\u{fffd} Ann"),
            (r#"{"name":"\uD83D\uD83D\uDE00"}"#, "\u{fffd}\u{1f600}"),
            (r#"{"name":"\ud83dx\ude00"}"#, "\u{fffd}x\u{fffd}"),
            (r#"{"name":"\ud83d\ude00"}"#, "\u{1f600}"),
            (r#"{"name":"\\ud83d"}"#, "\\ud83d"),
            (r#"{"name":"\\\ud83d"}"#, "\\\u{fffd}"),
            (r#"{"name":"\ud83d\n"}"#, "\u{fffd}\n"),
            (r#"{"name":"\u00e9\ud83d\u0041"}"#, "é\u{fffd}A"),
        ] {
            let read = object(text).unwrap();
            assert_eq!(read["name"], json!(name), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_stays_no_json() {
        for text in [
            "",
            "{",
            "[]",
            "null",
            "{}{}",
            r#"{"a":"\ud8"}"#,
            r#"{"a":"\u"}"#,
            r#"{"a":\ud83d}"#,
            r#"{"a":"\"#,
            r#"{"a":"\ud83d"#,
            r#"{"a":"\é"}"#,
        ] {
            assert!(object(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_followed_down_and_not_for_ever() {
        for open in ["[", "{\"a\":"] {
            let close = if open == "[" { "]" } else { "}" };
            let nested = |depth: usize| {
                format!(
                    "{{\"x\":{}1{},\"y\":2}}",
                    open.repeat(depth),
                    close.repeat(depth)
                )
            };
            for depth in [1, 100, 126, 127, 128, 200, 390] {
                let read = object(&nested(depth)).unwrap();
                assert_eq!(serde_json::to_string(&read).unwrap(), nested(depth));
            }
            assert!(object(&nested(2_000)).is_err());
        }
    }

    #[test]
    fn of_two_members_of_one_name_the_last_counts() {
        let read = object(r#"{"b":1,"a":2,"b":3}"#).unwrap();
        assert_eq!(read["b"], 3);
    }
}
