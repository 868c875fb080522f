//! `switchboard voicemails`: what an operator reads.

use switchboard::cli::now::{Options, Subject, ask};

use super::Office;

#[tokio::test(start_paused = true)]
async fn messages_that_are_not_done_with_are_shown_with_whose_they_are() {
    let office = Office::new();
    office.ann.go_to("Offline").expect("off line");
    let first = office.leaves(12, "").await;
    let second = office.leaves(7, "").await;
    let app = office.stage.app();
    let sheet = ask(&app, Subject::Voicemails, Options::default()).await;
    let sheet = sheet.expect("an answer");
    let messages = sheet.json()["voicemails"].clone();
    let calls: Vec<_> = messages.as_array().expect("messages").iter().collect();
    assert_eq!(calls.len(), 2, "{messages:#}");
    assert_eq!(
        calls[0]["callSid"],
        first.as_str(),
        "the oldest comes first"
    );
    assert_eq!(calls[1]["callSid"], second.as_str());
    assert_eq!(calls[0]["box"], "ann@example.com");
    assert_eq!(calls[0]["lengthSeconds"], 12);
    assert_eq!(calls[0]["state"], "new");
    assert_eq!(calls[0]["recordingSid"], office.recording(first).as_str());
    let text = sheet.text();
    assert!(
        text.starts_with("2 messages are not done with (at "),
        "{text}"
    );
    assert!(!text.contains("+1303555"), "numbers are masked: {text}");
    office.stage.curtain().await;
}
