//! A value against an OpenAPI 3.0 schema, in the dialect of Twilio's files and closed on both sides.

use serde_json::{Map, Value};

use super::{exception, format};

/// What the files say beside the rules: for people and for generators.
const PROSE: [&str; 7] = [
    "description",
    "title",
    "default",
    "x-twilio",
    "x-class-extra-annotation",
    "x-field-extra-annotation",
    "x-getter-extra-annotation",
];

/// Checks values against the schemas of one document and collects what it finds.
pub(super) struct Checker<'a> {
    document: &'a Value,
    pub(super) findings: Vec<String>,
}

impl<'a> Checker<'a> {
    /// A checker that looks references up in `document`.
    pub(super) const fn new(document: &'a Value) -> Self {
        Self {
            document,
            findings: Vec::new(),
        }
    }

    /// Notes that something is wrong `at` a place.
    pub(super) fn report(&mut self, at: &str, finding: &str) {
        self.findings.push(format!("{at} {finding}"));
    }

    /// The schema itself, or the one it refers to.
    pub(super) fn resolve<'s>(&self, schema: &'s Value) -> &'s Value
    where
        'a: 's,
    {
        resolve(self.document, schema)
    }

    /// Checks `value` against `schema`.
    pub(super) fn check(&mut self, at: &str, schema: &Value, value: &Value) {
        let document = self.document;
        let rules = resolve(document, schema)
            .as_object()
            .expect("a schema is an object");
        if exception::is_shown(at, value) {
            return;
        }
        if value.is_null() {
            if schema["nullable"] != true {
                self.report(at, "is null, which Twilio does not document");
            }
            return;
        }
        if rules.get("type").is_some_and(|rule| !is_type(rule, value)) {
            // The other rules would only say it again.
            return self.report(
                at,
                &format!("`{}` is not of type {}", short(value), rules["type"]),
            );
        }
        for (keyword, rule) in rules.iter().filter(|(k, _)| !PROSE.contains(&k.as_str())) {
            self.apply(at, keyword, rule, value);
        }
        if rules.contains_key("properties") {
            self.check_missing(at, &rules["properties"], value);
        }
    }

    fn apply(&mut self, at: &str, keyword: &str, rule: &Value, value: &Value) {
        let text = value.as_str().unwrap_or_default();
        let length = text.chars().count();
        let bound = || usize::try_from(rule.as_u64().expect("a length")).expect("a small length");
        let broken = match keyword {
            "enum" => !rule.as_array().expect("a list").contains(value),
            "minLength" => value.is_string() && length < bound(),
            "maxLength" => value.is_string() && length > bound(),
            "minimum" => value.as_f64() < rule.as_f64() && value.is_number(),
            "maximum" => value.as_f64() > rule.as_f64(),
            "properties" => return self.check_properties(at, rule, value),
            "items" => return self.check_items(at, rule, value),
            "pattern" | "format" => {
                let rule = rule.as_str().expect("a text");
                let verdict = match keyword {
                    "pattern" => format::pattern(rule, text),
                    _ => format::format(rule, value),
                };
                if let Err(finding) = verdict {
                    self.report(at, &format!("`{}` {finding}", short(value)));
                }
                return;
            }
            "type" | "nullable" | "required" => false,
            unknown => return self.report(at, &format!("this checker does not know `{unknown}`")),
        };
        if broken {
            self.report(
                at,
                &format!("`{}` breaks {keyword} {}", short(value), short(rule)),
            );
        }
    }

    fn check_properties(&mut self, at: &str, known: &Value, value: &Value) {
        for (name, value) in value.as_object().into_iter().flat_map(Map::iter) {
            let at = format!("{at}.{name}");
            match known.get(name) {
                Some(schema) => self.check(&at, schema, value),
                None => self.report(&at, "is not documented"),
            }
        }
    }

    /// Twilio writes every property of a resource, null where there is nothing to say.
    fn check_missing(&mut self, at: &str, known: &Value, value: &Value) {
        let Some(members) = value.as_object() else {
            return;
        };
        for name in known.as_object().into_iter().flat_map(Map::keys) {
            if !members.contains_key(name) {
                self.report(&format!("{at}.{name}"), "is documented and missing");
            }
        }
    }

    fn check_items(&mut self, at: &str, schema: &Value, value: &Value) {
        for (position, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&format!("{at}[{position}]"), schema, item);
        }
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"].as_str().map_or(schema, |reference| {
        let target = document.pointer(reference.trim_start_matches('#'));
        target.expect("a reference has a target")
    })
}

fn is_type(rule: &Value, value: &Value) -> bool {
    match rule.as_str().expect("a type's name") {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        _ => false,
    }
}

fn short(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
