//! Reading typed values out of form fields, query parameters and flat JSON.
//!
//! A signed form must be taken apart to check its signature, so the same pairs are read here instead of decoding the
//! body a second time. A `Reader` collects what is missing or wrong in every field, so that a plugin's developer
//! reads all of it at once. Unknown fields are ignored (Twilio adds some without notice), a repeated field counts
//! with its first value, and texts are data: whatever characters they hold is not our business.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use super::problem::{Kind, Problem, Wrong};
use crate::{json, twilio::signature::Field};

/// Something that can be read from the fields of a request.
pub(crate) trait Decode: Sized {
    /// Reads it; complains to the reader about each field that is missing or wrong, and is then `None`.
    fn decode(reader: &mut Reader<'_>) -> Option<Self>;
}

/// Where nothing is said but who asks.
impl Decode for () {
    fn decode(_: &mut Reader<'_>) -> Option<Self> {
        Some(())
    }
}

/// Reads values from fields and remembers what was wrong.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    fields: &'a [Field<'a>],
    wrong: Vec<Wrong>,
}

/// Reads a `T` from `fields`.
///
/// # Errors
/// A problem that names every field that is missing or wrong.
pub(crate) fn decode<T: Decode>(fields: &[Field<'_>]) -> Result<T, Problem> {
    let mut reader = Reader {
        fields,
        wrong: Vec::new(),
    };
    let value = T::decode(&mut reader);
    match value {
        Some(value) if reader.wrong.is_empty() => Ok(value),
        _ => Err(Problem::fields(reader.wrong)),
    }
}

impl<'a> Reader<'a> {
    /// A text, if there is one. A browser that fills in a value it does not have sends `undefined` or `null`, so
    /// these, and a blank, count as nothing (the sample broke on a missing `attributes`).
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        find(self.fields, name)
    }

    /// A text that must be there; `expected` says what it is.
    pub(crate) fn need_text(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Option<&'a str> {
        let text = self.text(name);
        if text.is_none() {
            self.complain(name, format!("missing; expected {expected}"));
        }
        text
    }

    /// A value that may be missing, but not wrong. `Err` has been complained about.
    pub(crate) fn want<T>(&mut self, name: &'static str) -> Result<Option<T>, Complained>
    where
        T: FromStr<Err: Display>,
    {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|error: T::Err| {
            self.complain(name, error.to_string());
            Complained
        })
    }

    /// A value that must be there and right. Its own error says what is expected, never what was found.
    pub(crate) fn need<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        // Parsing nothing gives the words for what is expected.
        match self.text(name).map_or_else(|| "".parse(), str::parse) {
            Ok(value) => Some(value),
            Err(error) => {
                let missing = if self.text(name).is_none() {
                    "missing; "
                } else {
                    ""
                };
                self.complain(name, format!("{missing}{error}"));
                None
            }
        }
    }

    /// A whole number that must be there.
    pub(crate) fn need_number<T: FromStr>(&mut self, name: &'static str) -> Option<T> {
        let number = self.need_text(name, "a whole number")?.trim().parse();
        if number.is_err() {
            self.complain(name, "expected a whole number");
        }
        number.ok()
    }

    fn complain(&mut self, field: &'static str, expected: impl Into<Cow<'static, str>>) {
        self.wrong.push(Wrong {
            field,
            expected: expected.into(),
        });
    }
}

/// A complaint was made; the whole reading fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Complained;

/// The first value of `name`, unless it says nothing.
pub(crate) fn find<'a>(fields: &'a [Field<'_>], name: &str) -> Option<&'a str> {
    let (_, value) = fields.iter().find(|(key, _)| key == name)?;
    let nothing = matches!(value.trim(), "" | "undefined" | "null");
    (!nothing).then_some(value.as_ref())
}

/// The members of a JSON object as fields. A text stays as it is; anything else becomes its JSON, so that
/// `attributes` may be sent as an object as well as the text of one.
///
/// # Errors
/// When it is not a JSON object.
pub(crate) fn of_json(body: &[u8]) -> Result<Vec<Field<'static>>, Problem> {
    let malformed = || Problem::new(Kind::Malformed, "The body is not a JSON object");
    let text = std::str::from_utf8(body).map_err(|error| malformed().because(error))?;
    let object = json::object(text).map_err(|error| malformed().because(error))?;
    let field = |(name, value): (String, serde_json::Value)| {
        let text = match value {
            serde_json::Value::String(text) => text,
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        (Cow::Owned(name), Cow::Owned(text))
    };
    Ok(object.into_iter().map(field).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twilio::{
        sid::{CallSid, TaskSid, WorkerSid},
        signature::fields,
    };

    #[derive(Debug)]
    struct Sample {
        call: CallSid,
        task: Option<TaskSid>,
        name: Option<String>,
        count: u32,
    }

    impl Decode for Sample {
        fn decode(reader: &mut Reader<'_>) -> Option<Self> {
            let call = reader.need("callSid");
            let task = reader.want("taskSid");
            let worker = reader.need::<WorkerSid>("workerSid");
            let count = reader.need_number("count");
            let name = reader.text("name").map(str::to_owned);
            worker?;
            Some(Self {
                call: call?,
                task: task.ok()?,
                name,
                count: count?,
            })
        }
    }

    const GOOD: &str = "callSid=CA00000000000000000000000000000001&workerSid=WK00000000000000000000000000000001\
                        &count=3&name=a%00b%0A%26&new=1&callSid=second&taskSid=undefined";

    #[test]
    fn unknown_and_repeated_fields_and_odd_characters_are_fine() {
        let sample: Sample = decode(&fields(GOOD.as_bytes())).unwrap();
        assert_eq!(sample.call.as_str(), "CA00000000000000000000000000000001");
        assert_eq!(sample.name.as_deref(), Some("a\0b\n&"));
        assert_eq!((sample.task, sample.count), (None, 3));
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let body = b"callSid=null&workerSid=WKx&count=1.5&taskSid=CA00";
        let problem = decode::<Sample>(&fields(body)).unwrap_err();
        assert_eq!(
            problem.detail(),
            "callSid: missing; expected CA followed by 32 hexadecimal digits; \
             taskSid: expected WT followed by 32 hexadecimal digits; \
             workerSid: expected WK followed by 32 hexadecimal digits; \
             count: expected a whole number"
        );
    }

    #[test]
    fn json_members_become_fields() {
        let body = br#"{"attributes":{"a":1},"count":7,"name":null,"queueName":"x"}"#;
        let fields = of_json(body).unwrap();
        assert_eq!(find(&fields, "attributes"), Some("{\"a\":1}"));
        assert_eq!(find(&fields, "count"), Some("7"));
        assert_eq!(find(&fields, "name"), None);
        assert_eq!(find(&fields, "queueName"), Some("x"));
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for body in [&b"[1]"[..], b"", b"{", b"\"x\"", &vec![b'['; 60_000]] {
            assert_eq!(of_json(body).unwrap_err().kind(), Kind::Malformed);
        }
    }
}
