//! The request's half of the contract: path values, query, form and `If-Match` against the documented parameters.

use serde_json::{Map, Value};

use super::{Exchange, schema::Checker, spec::Operation};

const FORM: &str = "/requestBody/content/application~1x-www-form-urlencoded/schema";

/// Every parameter that was sent is documented and of its type; every required one was sent.
pub(super) fn check(checker: &mut Checker<'_>, operation: &Operation<'_>, exchange: &Exchange) {
    let parameters = operation.described["parameters"].as_array();
    let located = |place: &str| -> Place<'_> {
        let all = parameters.into_iter().flatten();
        let here: Vec<_> = all.filter(|parameter| parameter["in"] == place).collect();
        Place {
            schemas: here.iter().map(|p| (name_of(p), &p["schema"])).collect(),
            required: here
                .iter()
                .filter(|p| p["required"] == true)
                .map(|p| name_of(p))
                .collect(),
        }
    };
    check_fields(checker, "path", &located("path"), &operation.path_values);
    check_fields(checker, "query", &located("query"), &exchange.query);
    check_fields(checker, "form", &form(checker, operation), &exchange.form);
    let if_match = exchange.if_match.iter();
    let if_match: Vec<_> = if_match
        .map(|tag| ("If-Match".to_owned(), tag.clone()))
        .collect();
    check_fields(checker, "header", &located("header"), &if_match);
}

/// The parameters of one place: path, query, form or header.
struct Place<'a> {
    schemas: Vec<(&'a str, &'a Value)>,
    required: Vec<&'a str>,
}

fn name_of(parameter: &Value) -> &str {
    parameter["name"].as_str().expect("a parameter has a name")
}

fn form<'a>(checker: &Checker<'a>, operation: &Operation<'a>) -> Place<'a> {
    let schema = operation
        .described
        .pointer(FORM)
        .map(|schema| checker.resolve(schema));
    let properties = schema.and_then(|schema| schema["properties"].as_object());
    let required = schema.and_then(|schema| schema["required"].as_array());
    Place {
        schemas: properties
            .into_iter()
            .flat_map(Map::iter)
            .map(|(n, s)| (n.as_str(), s))
            .collect(),
        required: required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect(),
    }
}

fn check_fields(
    checker: &mut Checker<'_>,
    place: &str,
    known: &Place<'_>,
    sent: &[(String, String)],
) {
    for required in &known.required {
        if !sent.iter().any(|(name, _)| name == required) {
            checker.report(&format!("{place}.{required}"), "is required and missing");
        }
    }
    for (position, (name, text)) in sent.iter().enumerate() {
        let at = format!("{place}.{name}");
        let Some((_, schema)) = known.schemas.iter().find(|(known, _)| known == name) else {
            checker.report(&at, "is not documented");
            continue;
        };
        let schema = checker.resolve(schema);
        let is_list = schema["type"] == "array";
        if !is_list && sent[..position].iter().any(|(earlier, _)| earlier == name) {
            checker.report(&at, "is sent twice and not a list");
        }
        let schema = if is_list {
            checker.resolve(&schema["items"])
        } else {
            schema
        };
        check_text(checker, &at, schema, text);
    }
}

/// Reads a parameter's text as the type its schema asks for, then checks it like any value.
fn check_text(checker: &mut Checker<'_>, at: &str, schema: &Value, text: &str) {
    if schema["format"] == "uri" && !text.contains("://") {
        checker.report(at, "must be an absolute URL");
    }
    let value = match schema["type"].as_str() {
        Some("string") => Some(Value::from(text)),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        // No type, or an object: JSON in a text field (Sync's `Data`).
        _ => serde_json::from_str(text).ok(),
    };
    match value {
        Some(value) => checker.check(at, schema, &value),
        None => checker.report(at, &format!("`{text}` is not of type {}", schema["type"])),
    }
}
