//! `serve` from its start to its end.

use std::{borrow::Cow, fs, time::Duration};

use secrecy::SecretString;
use serde_json::{Value, json};
use switchboard::{
    emulator::{Event, Fault, RestTrouble},
    twilio::signature,
};
use tokio::time::{Instant, timeout};

use super::{
    Twilio, client,
    process::{self, Server, empty_folder},
    until,
};
use crate::stage::{PUBLIC_URL, TOKEN};

/// Asks for Ann's extension, as Studio does, and signed.
async fn look_up(url: &str) -> (u16, Value) {
    let fields = [("extension", "1234")];
    let signed = fields.map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)));
    let proof = signature::sign(
        &SecretString::from(TOKEN),
        &format!("{PUBLIC_URL}/worker-lookup"),
        &signed,
    );
    let request = client()
        .post(format!("{url}/worker-lookup"))
        .header(signature::HEADER, proof)
        .form(&fields);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn status(url: String) -> u16 {
    client()
        .get(url)
        .send()
        .await
        .expect("an answer")
        .status()
        .as_u16()
}

/// How many faults have struck.
fn struck(twilio: &Twilio) -> usize {
    let journal = twilio.emulator.journal();
    let weather = |event: &Event| matches!(event, Event::Weather { .. });
    journal.iter().filter(|entry| weather(&entry.event)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_answers_and_drains_without_dropping_a_request() {
    let twilio = Twilio::open(1).await;
    let server = Server::start(&twilio.variables()).await;
    assert_eq!(status(format!("{}/ready", server.url)).await, 200);
    let found =
        json!({ "success": true, "workerSid": twilio.ann.worker(), "workerActivity": "Available" });
    assert_eq!(look_up(&server.url).await, (200, found.clone()));

    // No more than three: TaskRouter takes three such questions a second.
    let slow = RestTrouble::Slow(Duration::from_millis(1_500));
    twilio
        .emulator
        .weather()
        .script(Fault::rest(slow).product("taskrouter").times(3));
    let url = server.url.clone();
    let asked: Vec<_> = (0..3)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { look_up(&url).await })
        })
        .collect();
    until("all three are on their way", || struck(&twilio) == 3).await;
    server.signal("TERM").await;
    until("it knows", || server.says("stopping")).await;
    assert_eq!(
        status(format!("{}/ready", server.url)).await,
        503,
        "the balancer is told to look elsewhere"
    );
    for one in asked {
        assert_eq!(
            one.await.unwrap(),
            (200, found.clone()),
            "what was begun is finished"
        );
    }
    assert_eq!(server.end().await, Some(0));
    assert!(
        client()
            .get(format!("{}/live", server.url))
            .send()
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let twilio = Twilio::open(1).await;
    let server = Server::start(&twilio.variables()).await;
    twilio.emulator.weather().script(
        Fault::rest(RestTrouble::Hang)
            .product("taskrouter")
            .times(9),
    );
    let url = server.url.clone();
    let _hung = tokio::spawn(async move { look_up(&url).await });
    until("the request is on its way", || struck(&twilio) == 1).await;
    let start = Instant::now();
    server.signal("TERM").await;
    until("it knows", || server.says("stopping")).await;
    server.signal("TERM").await;
    assert_eq!(
        server.end().await,
        Some(1),
        "work was left undone, and it says so"
    );
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_edit_of_a_document_keeps_the_old_one() {
    let twilio = Twilio::open(1).await;
    let folder = empty_folder();
    let mut variables = twilio.variables();
    variables.push(("TWIML_DIR", folder.display().to_string()));
    let server = Server::start(&variables).await;
    fs::write(folder.join("hold.xml"), "<Response><Plai/></Response>").unwrap();
    server.signal("HUP").await;
    until("it says so", || server.says("were not taken")).await;
    assert_eq!(
        status(format!("{}/ready", server.url)).await,
        200,
        "and goes on"
    );
    fs::remove_file(folder.join("hold.xml")).unwrap();
    server.signal("HUP").await;
    until("the next one is taken", || server.says("were read again")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_variables_it_names_all_of_them_and_never_starts() {
    let ended = process::run("serve", Vec::new()).await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    for name in ["ACCOUNT_SID", "AUTH_TOKEN", "PUBLIC_URL"] {
        assert!(
            ended.stderr.contains(&format!("{name}: ")),
            "{name}: {}",
            ended.stderr
        );
    }
    let malformed = vec![
        ("ACCOUNT_SID", "AC1".to_owned()),
        ("LISTEN", "here".to_owned()),
    ];
    let ended = process::run("serve", malformed).await;
    assert_eq!(ended.code, Some(2));
    for name in ["ACCOUNT_SID: ", "LISTEN: ", "AUTH_TOKEN: "] {
        assert!(ended.stderr.contains(name), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_env_that_cannot_be_read_is_told_by_its_name_and_never_shown() {
    let folder = process::empty_folder();
    let text = "AUTH_TOKEN=two words of a secret\n";
    std::fs::write(folder.join(".env"), text).unwrap();
    let ended = process::run_in(folder, "serve", Vec::new()).await;
    assert_eq!(ended.code, Some(2));
    let told = ended.stderr;
    assert!(told.contains(".env: the line of AUTH_TOKEN"), "{told}");
    assert!(!told.contains("two words"), "{told}");
}

/// The workspace and the Sync service are facts of the account.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_the_account_and_its_address_finds_the_rest() {
    let twilio = Twilio::open(1).await;
    let told = twilio.variables().into_iter();
    let told: Vec<_> = told
        .filter(|(name, _)| !["WORKSPACE_SID", "SYNC_SERVICE_SID"].contains(name))
        .collect();
    let outage = Fault::rest(RestTrouble::Answer(503, 20_503)).product("flex-api");
    twilio.emulator.weather().script(outage.times(9));
    let starting = tokio::spawn(async move { Server::start(&told).await });
    let server = timeout(Duration::from_secs(20), starting).await;
    let server = server.expect("in time").expect("a server");
    assert!(struck(&twilio) > 0);
    assert!(server.says("not started yet"), "the outage is logged");
    let (status, found) = look_up(&server.url).await;
    assert_eq!(status, 200, "{found}");
}
