//! An example request for each route, made from its description.

use serde_json::Value;

/// A `curl` command that calls the route.
pub(super) fn of(api: &Value, path: &str, method: &str, operation: &Value) -> String {
    let mut lines = vec![];
    let query: Vec<String> = parameters(operation)
        .filter(|it| it["in"] == "query" && it["required"] == true)
        .filter_map(|it| it["name"].as_str())
        .map(|name| format!("{name}={}", sample(name)))
        .collect();
    let query = match query.as_slice() {
        [] => String::new(),
        some => format!("?{}", some.join("&")),
    };
    let path = path.replace("{n}", "0");
    lines.push(format!("curl \"$PUBLIC_URL{path}{query}\""));
    let needs = |scheme: &str| {
        let security = operation["security"].as_array();
        security.is_some_and(|all| all.iter().any(|it| !it[scheme].is_null()))
    };
    if needs("lookupBasic") {
        lines.push("--user \"$LOOKUP_USER:$LOOKUP_PASSWORD\"".to_owned());
    } else if needs("twilioSignature") {
        lines.push("--header \"X-Twilio-Signature: $SIGNATURE\"".to_owned());
    } else if needs("flexToken") {
        lines.push("--header \"Authorization: Bearer $FLEX_TOKEN\"".to_owned());
    }
    let fields = fields(api, operation);
    for name in &fields {
        lines.push(format!("--data-urlencode {name}='{}'", sample(name)));
    }
    if method == "post" && fields.is_empty() {
        lines.push("--data ''".to_owned());
    }
    lines.join(" \\\n  ")
}

fn parameters(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"].as_array().into_iter().flatten()
}

/// The required fields of the body, without the token, which is sent as a header.
fn fields(api: &Value, operation: &Value) -> Vec<String> {
    let content = operation["requestBody"]["content"].as_object();
    let first = content.and_then(|content| content.values().next());
    let schema = first.and_then(|media| media["schema"]["$ref"].as_str());
    let name = schema.and_then(|it| it.rsplit('/').next());
    let required = name.map(|name| &api["components"]["schemas"][name]["required"]);
    let required = required.and_then(Value::as_array).into_iter().flatten();
    let names = required.filter_map(Value::as_str);
    names
        .filter(|it| *it != "Token")
        .map(str::to_owned)
        .collect()
}

/// A plausible value for a field, by its name.
fn sample(name: &str) -> String {
    let sid = |prefix: &str| format!("{prefix}{}", "0".repeat(32));
    let known = name.to_ascii_lowercase();
    match known.as_str() {
        "callsid" | "call" => sid("CA"),
        "tasksid" | "task" => sid("WT"),
        "workersid" | "worker" | "box" | "owner" => sid("WK"),
        "workflowsid" | "workflow" => sid("WW"),
        "reservationsid" | "reservation" => sid("WR"),
        "recordingsid" => sid("RE"),
        "workspacesid" => sid("WS"),
        "accountsid" => sid("AC"),
        "from" | "to" | "numbertocall" | "numbertocallfrom" | "phone" => "+15125550100".to_owned(),
        "since" => "1800000000".to_owned(),
        "attributes" => "{}".to_owned(),
        "extension" => "1234".to_owned(),
        "state" => "done".to_owned(),
        "body" => "on".to_owned(),
        "callstatus" => "completed".to_owned(),
        "eventtype" => "task.canceled".to_owned(),
        _ if known.ends_with("url") => "https://example.com/".to_owned(),
        _ => "1".to_owned(),
    }
}
