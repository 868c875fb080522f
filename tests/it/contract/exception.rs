//! What Twilio serves and its OpenAPI files do not describe. Every entry says where we know it from.

use serde_json::{Value, json};

use super::{Exchange, schema::Checker};

/// Answers where Twilio's own examples, in the same files, contradict its schemas: property and value.
const CONTRADICTED: [(&str, Value); 2] = [
    // ListConference, FetchConference: null until the conference has ended.
    ("reason_conference_ended", Value::Null),
    // FetchWorkspace: an empty text where nobody has set a URL.
    ("event_callback_url", Value::String(String::new())),
];

/// Whether Twilio's examples show `value` at this place although its schema forbids it.
pub(super) fn is_shown(at: &str, value: &Value) -> bool {
    let name = at.rsplit('.').next();
    CONTRADICTED
        .iter()
        .any(|(property, shown)| name == Some(property) && shown == value)
}

/// The findings for an exchange with an undocumented endpoint; none when `exchange` is not one of them.
///
/// `POST https://iam.twilio.com/v1/Accounts/{AccountSid}/Tokens/validate`: how a Flex token is proved. It is absent
/// from `twilio_iam_v1.json`; its form is that of the npm package `twilio-flex-token-validator` 1.6.0, which Twilio
/// publishes for this and which reads the JSON answer whatever the status is.
pub(super) fn check(exchange: &Exchange) -> Option<Vec<String>> {
    if exchange.product == "api"
        && let Some(name) = recording_file(&exchange.path)
    {
        return Some(check_recording_file(exchange, name));
    }
    if exchange.product != "iam" {
        return None;
    }
    let document = json!({});
    let mut checker = Checker::new(&document);
    let account = exchange
        .path
        .strip_prefix("/v1/Accounts/")
        .and_then(|rest| rest.strip_suffix("/Tokens/validate"));
    match account {
        Some(account) => checker.check("path.AccountSid", &account_sid(), &account.into()),
        None => checker.report("path", "is neither documented nor a listed exception"),
    }
    if exchange.method != "POST" {
        checker.report("method", "must be POST");
    }
    if !(exchange.query.is_empty() && exchange.form.is_empty() && exchange.if_match.is_none()) {
        checker.report("request", "takes a JSON body only");
    }
    match &exchange.body {
        Some(body) => checker.check("answer", &answer(body), body),
        // A gateway's answer need not come from Twilio's API.
        None if exchange.status >= 500 => {}
        None => checker.report("answer", "is missing"),
    }
    Some(checker.findings)
}

/// `GET …/Recordings/{RecordingSid}.mp3`, `.wav` or nothing after it: the file of a recording (Twilio: "Recording
/// resource", fetch a recording's media file). The OpenAPI files describe resources, not files.
fn recording_file(path: &str) -> Option<&str> {
    let (before, name) = path.rsplit_once("/Recordings/")?;
    let fits = before.starts_with("/2010-04-01/Accounts/") && name.strip_suffix(".json").is_none();
    fits.then_some(name)
}

fn check_recording_file(exchange: &Exchange, name: &str) -> Vec<String> {
    let document = json!({});
    let mut checker = Checker::new(&document);
    let sid = name.split('.').next().unwrap_or_default();
    let pattern = json!({"type": "string", "pattern": "^RE[0-9a-fA-F]{32}$"});
    checker.check("path.Sid", &pattern, &sid.into());
    if exchange.method != "GET" {
        checker.report("method", "must be GET");
    }
    if !(exchange.query.is_empty() && exchange.form.is_empty() && exchange.if_match.is_none()) {
        checker.report("request", "takes nothing");
    }
    if !matches!(
        exchange.status,
        200 | 206 | 401 | 404 | 416 | 429 | 500..=599
    ) {
        checker.report("status", "is not documented");
    }
    checker.findings
}

fn account_sid() -> Value {
    json!({"type": "string", "pattern": "^AC[0-9a-fA-F]{32}$"})
}

/// The package's README shows a valid answer whole; of a refusal only `valid` and `message` are read.
fn answer(body: &Value) -> Value {
    let text = json!({"type": "string"});
    if body["valid"] != true {
        let mut known = json!({
            "valid": {"type": "boolean"}, "code": {"type": "integer"}, "message": text,
            "expiration": {"nullable": true}, "realm_user_id": {"nullable": true}, "identity": {"nullable": true},
            "roles": {"nullable": true}, "worker_sid": {"nullable": true},
            "status": {"type": "integer"}, "more_info": {"type": "string", "format": "uri"},
        });
        if let Some(known) = known.as_object_mut() {
            known.retain(|name, _| name == "message" || body.get(name).is_some());
        }
        return json!({"type": "object", "properties": known});
    }
    json!({"type": "object", "properties": {
        "valid": {"type": "boolean"},
        "code": {"type": "integer"},
        "message": {"type": "string", "nullable": true},
        "expiration": {"type": "string", "format": "date-time"},
        "realm_user_id": text,
        "identity": text,
        "roles": {"type": "array", "items": text},
        "worker_sid": {"type": "string", "pattern": "^WK[0-9a-fA-F]{32}$", "nullable": true},
    }})
}
