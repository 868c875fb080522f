//! `check` as a process: what it prints, and how it ends.

use serde_json::Value;

use super::{Twilio, process};
use crate::stage::TOKEN;

/// A port of this machine on which nothing listens.
async fn closed_port() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

fn check<'d>(document: &'d Value, name: &str) -> &'d Value {
    let checks = document["checks"].as_array().expect("checks");
    let found = checks.iter().find(|it| it["name"] == name);
    found.unwrap_or_else(|| panic!("no check {name}: {document}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_variables_it_ends_with_2_and_says_that_nothing_else_was_checked() {
    let ended = process::run("check", Vec::new()).await;
    assert_eq!(ended.code, Some(2), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("FAILED   ACCOUNT_SID: it is not set"),
        "{}",
        ended.stdout
    );
    let ended = process::run("check --json", Vec::new()).await;
    assert_eq!(ended.code, Some(2));
    let document: Value = serde_json::from_str(&ended.stdout).expect("one document");
    assert_eq!(check(&document, "configuration")["verdict"], "fail");
    assert_eq!(check(&document, "account")["verdict"], "skipped");
    let ended = process::run("check --help", Vec::new()).await;
    assert!(ended.stdout.contains("Exit status:"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_reached_it_ends_with_1_and_names_the_cause() {
    let twilio = Twilio::open(1).await;
    let (closed, gone) = (closed_port().await, closed_port().await);
    let mut variables = twilio.variables();
    variables.push(("TWILIO_BASE_URL", format!("http://{closed}/{{product}}")));
    variables.push(("PUBLIC_URL", format!("http://{gone}")));
    let ended = process::run("check --json", variables).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    assert!(!ended.stdout.contains(TOKEN));
    let document: Value = serde_json::from_str(&ended.stdout).expect("one document");
    for name in ["account", "public-url"] {
        let found = check(&document, name);
        assert_eq!(found["verdict"], "fail", "{found}");
        let what = found["findings"][0]["what"].as_str().expect("a fact");
        assert!(what.contains("the connection was refused"), "{what}");
    }
    let skipped = check(&document, "workspace");
    assert_eq!(skipped["verdict"], "skipped", "{skipped}");
}

/// A service runs without a checked-out `.env`, and an operator sets one name wrong.
#[tokio::test(flavor = "multi_thread")]
async fn serve_refuses_a_misspelt_variable_and_ends_with_2() {
    let twilio = Twilio::open(1).await;
    let mut variables = twilio.variables();
    variables.push(("PARK_TIMOUT", "60".to_owned()));
    let ended = process::run("serve", variables).await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("is PARK_TIMEOUT meant?"),
        "{}",
        ended.stderr
    );
}
