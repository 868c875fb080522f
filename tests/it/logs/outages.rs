//! One line when something cannot be looked at any more, one when it can again; and unsigned requests once a minute.

use switchboard::emulator::{Fault, RestTrouble};

use super::capture::Capture;
use super::post;
use crate::stage::{Setting, Stage};

const ALOUD: [&str; 3] = ["INFO", "WARN", "ERROR"];

/// Sync is away for ten minutes while calls are on hold.
#[tokio::test(start_paused = true)]
async fn an_outage_of_ten_minutes_is_one_line_and_its_end_another() {
    let log = Capture::start();
    let setting = Setting::default();
    let stage = setting.stage();
    let ann = stage.agent("ann");
    let call = stage.parked_by(&ann).await;
    stage.seconds(60).await;
    let away = Fault::rest(RestTrouble::Answer(500, 20_500)).product("sync");
    stage.emulator.weather().script(away.times(u32::MAX));
    stage.seconds(600).await;
    let mut begun = log.at(&ALOUD, "parking: ");
    begun.retain(|line| !line.contains("has mended something"));
    assert_eq!(begun.len(), 1, "{begun:#?}");
    assert!(
        begun[0].contains("cannot look at") && begun[0].contains("\"error\":\"Twilio answered 500"),
        "{begun:#?}"
    );
    let quiet = log.at(&["DEBUG"], "still cannot look at");
    assert!(
        quiet.len() > 20,
        "the others are there at debug level: {}",
        quiet.len()
    );
    stage.emulator.weather().clear();
    stage.seconds(60).await;
    let told = log.at(&ALOUD, "parking: ");
    let over: Vec<_> = told
        .iter()
        .filter(|it| it.contains("again, after"))
        .collect();
    assert_eq!(over.len(), 1, "{told:#?}");
    let over: serde_json::Value = serde_json::from_str(over[0]).expect("JSON");
    let fields = &over["fields"];
    let (lasted, failures) = (
        fields["lasted_seconds"].as_u64(),
        fields["failures"].as_u64(),
    );
    assert!(
        lasted.is_some_and(|it| (500..=660).contains(&it)),
        "{over:#}"
    );
    assert!(failures.is_some_and(|it| it > 20), "{over:#}");
    assert!(
        told.iter().any(|it| it.contains("index of parked calls")),
        "it is said what could not be looked at: {told:#?}"
    );
    stage.emulator.hang_up(call);
    stage.seconds(60).await;
    stage.curtain().await;
}

/// A scanner, or a wrong `PUBLIC_URL`: one warning a minute, which says what to look at.
#[tokio::test(start_paused = true)]
async fn unsigned_requests_are_one_warning_a_minute_with_a_hint_and_a_count() {
    let log = Capture::start();
    let stage = Stage::new();
    let knock = || post(&stage, "/hold", "CallSid=nobody");
    for _ in 0..5 {
        knock().await;
    }
    let warned = log.at(&["WARN"], "X-Twilio-Signature");
    assert_eq!(warned.len(), 1, "{warned:#?}");
    for hint in [
        "PUBLIC_URL",
        "AUTH_TOKEN",
        "\"suppressed\":0",
        "https://switchboard.example.com",
    ] {
        assert!(warned[0].contains(hint), "{hint} is missing in {warned:#?}");
    }
    stage.seconds(61).await;
    knock().await;
    let warned = log.at(&["WARN"], "X-Twilio-Signature");
    assert_eq!(warned.len(), 2, "{warned:#?}");
    assert!(warned[1].contains("\"suppressed\":4"), "{warned:#?}");
    stage.curtain().await;
}
