//! Twilio's OpenAPI documents: which operation an exchange is, and what it promises.

use std::{fs, path::Path};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{Exchange, exception, fields, schema::Checker};

/// The file that describes each product we talk to.
const FILES: [(&str, &str); 4] = [
    ("api", "twilio_api_v2010.json"),
    ("flex-api", "twilio_flex_v1.json"),
    ("sync", "twilio_sync_v1.json"),
    ("taskrouter", "twilio_taskrouter_v1.json"),
];

/// The documents of all products.
pub(super) struct Contract(Vec<(String, Value)>);

/// One operation, and the values that the path gave to its parameters.
pub(super) struct Operation<'a> {
    pub(super) described: &'a Value,
    pub(super) path_values: Vec<(String, String)>,
}

impl Contract {
    /// Reads the documents in `folder`.
    pub(super) fn read(folder: &Path) -> Self {
        let documents = FILES.map(|(product, file)| {
            let path = folder.join(file);
            let text = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let document = serde_json::from_slice(&text).expect("an OpenAPI file is JSON");
            (product.to_owned(), document)
        });
        Self(documents.into())
    }

    /// A contract of made-up documents, to test the checker itself.
    pub(super) fn of(product: &str, document: Value) -> Self {
        Self(vec![(product.to_owned(), document)])
    }

    /// The document of every product.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|(_, document)| document)
    }

    /// What is wrong with `exchange`, one sentence each, led by the request it is about.
    pub(super) fn check(&self, exchange: &Exchange) -> Vec<String> {
        let found = exception::check(exchange).unwrap_or_else(|| self.check_documented(exchange));
        let Exchange {
            product,
            method,
            path,
            status,
            ..
        } = exchange;
        let lead = format!("{product} {method} {path} → {status}: ");
        found
            .into_iter()
            .map(|finding| lead.clone() + &finding)
            .collect()
    }

    fn check_documented(&self, exchange: &Exchange) -> Vec<String> {
        let document = self
            .0
            .iter()
            .find(|(product, _)| *product == exchange.product);
        let Some((_, document)) = document else {
            return vec!["no OpenAPI file is known for this product".to_owned()];
        };
        match find(document, &exchange.method, &exchange.path) {
            Ok(operation) => {
                let mut checker = Checker::new(document);
                fields::check(&mut checker, &operation, exchange);
                check_answer(&mut checker, operation.described, exchange);
                checker.findings
            }
            Err(finding) => vec![finding],
        }
    }
}

/// The operation behind a method and a concrete path. A literal path wins over one with a parameter.
fn find<'a>(document: &'a Value, method: &str, path: &str) -> Result<Operation<'a>, String> {
    let paths = document["paths"]
        .as_object()
        .expect("an OpenAPI file has paths");
    let matches = paths
        .iter()
        .filter_map(|(template, item)| Some((item, match_path(template, path)?)));
    let Some((item, path_values)) = matches.min_by_key(|(_, values)| values.len()) else {
        return Err("the path is not documented".to_owned());
    };
    match item.get(method.to_lowercase()) {
        Some(described) => Ok(Operation {
            described,
            path_values,
        }),
        None => Err("the method is not documented for this path".to_owned()),
    }
}

/// The decoded values of a template's parameters, if `path` is one of its paths.
fn match_path(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (wanted, given) = (template.split('/'), path.split('/'));
    if wanted.clone().count() != given.clone().count() {
        return None;
    }
    let mut values = Vec::new();
    for (wanted, given) in wanted.zip(given) {
        let Some((before, rest)) = wanted.split_once('{') else {
            if wanted == given {
                continue;
            }
            return None;
        };
        let (name, after) = rest.split_once('}').expect("a closed parameter");
        let value = given.strip_prefix(before)?.strip_suffix(after)?;
        if value.is_empty() {
            return None;
        }
        let value = percent_decode_str(value).decode_utf8().ok()?;
        values.push((name.to_owned(), value.into_owned()));
    }
    Some(values)
}

/// The status is a documented one with its documented body, or a failure in Twilio's form.
fn check_answer(checker: &mut Checker<'_>, described: &Value, exchange: &Exchange) {
    let documented = described["responses"].get(exchange.status.to_string());
    let Some(answer) = documented else {
        return check_failure(checker, exchange);
    };
    let schema = answer.pointer("/content/application~1json/schema");
    match (schema, &exchange.body) {
        (Some(schema), Some(body)) => checker.check("answer", schema, body),
        (Some(_), None) => checker.report("answer", "the documented body is missing"),
        (None, Some(_)) => checker.report("answer", "has a body where none is documented"),
        (None, None) => {}
    }
}

/// Twilio's OpenAPI files describe no failure. Its pages do: `code`, `message`, `more_info` and `status` (Twilio:
/// "Error and Warning Dictionary", REST "Responses"), or RFC 9457 in newer products.
fn check_failure(checker: &mut Checker<'_>, exchange: &Exchange) {
    let status = exchange.status;
    if !(400..600).contains(&status) {
        return checker.report("status", "is not documented");
    }
    let Some(body) = &exchange.body else {
        // A gateway's answer need not come from Twilio's API.
        if status < 500 {
            checker.report("answer", "a refusal without Twilio's error body");
        }
        return;
    };
    let empty = Map::new();
    let members = body.as_object().unwrap_or(&empty);
    let (required, optional): (&[&str], &[&str]) = if members.contains_key("title") {
        (
            &["type", "title", "status", "code"],
            &["detail", "instance", "errors"],
        )
    } else {
        (
            &["code", "message", "more_info", "status"],
            &["detail", "details"],
        )
    };
    for name in required.iter().filter(|name| !members.contains_key(**name)) {
        checker.report("answer", &format!("an error body without `{name}`"));
    }
    for name in members.keys().map(String::as_str) {
        if !required.contains(&name) && !optional.contains(&name) {
            checker.report("answer", &format!("`{name}` in an error body"));
        }
    }
    if members.get("status").is_some_and(|said| *said != status) {
        checker.report("answer", "the error body names another status");
    }
    if members.get("code").is_some_and(|code| !code.is_u64()) {
        checker.report("answer", "an error's code is a whole number");
    }
}
