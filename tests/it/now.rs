//! `switchboard parked`, `voicemails`, `callbacks`, `legs`: what an operator reads at night about who waits.

use serde_json::Value;
use switchboard::{
    cli::now::{Options, Sheet, Subject, ask},
    emulator::{Answer, Exchange},
    twilio::sid::CallSid,
};

use crate::{
    dispatch::remote::{HOME, Remote},
    stage::{Setting, Stage},
};

const MASKED: Options = Options {
    json: false,
    numbers: false,
};
const WHOLE: Options = Options {
    json: false,
    numbers: true,
};

async fn look(stage: &Stage, subject: Subject, options: Options) -> Sheet {
    ask(&stage.app(), subject, options)
        .await
        .expect("an answer")
}

/// A stage with two callers on hold: the first for two minutes, the second for 20 s.
async fn two_on_hold() -> (Stage, [CallSid; 2]) {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let first = stage.parked_by(&ann).await;
    stage.seconds(100).await;
    let second = stage.parked_by(&ann).await;
    stage.seconds(20).await;
    (stage, [first, second])
}

#[tokio::test(start_paused = true)]
async fn callers_on_hold_are_shown_the_longest_first_with_whose_they_are() {
    let (stage, [first, second]) = two_on_hold().await;
    let before = stage.emulator.exchanges().len();
    let sheet = look(&stage, Subject::Parked, MASKED).await;
    let asked = stage.emulator.exchanges();
    let reads = |it: &Exchange| it.method == "GET";
    assert!(asked[before..].iter().all(reads), "it changes nothing");

    let calls = sheet.json()["parkedCalls"].clone();
    let sids: Vec<_> = calls
        .as_array()
        .expect("calls")
        .iter()
        .map(|it| &it["callSid"])
        .collect();
    assert_eq!(sids, [first.as_str(), second.as_str()]);
    let longest = &calls[0];
    let waited = longest["waitedSeconds"].as_u64().expect("seconds");
    assert!((118..130).contains(&waited), "{longest:#}");
    assert_eq!(longest["parkedBy"], "ann@example.com");
    assert_eq!(longest["stands"], "on hold");
    assert_eq!(longest["caller"], "+13…00", "the number is masked");

    stage.emulator.hang_up(first);
    stage.emulator.hang_up(second);
    stage.seconds(60).await;
    let sheet = look(&stage, Subject::Parked, MASKED).await;
    assert_eq!(sheet.json()["total"], 0);
    let text = sheet.text();
    assert!(text.starts_with("No caller is on hold (at "), "{text}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn callers_on_hold_are_a_line_each_with_whole_numbers_only_if_asked_for() {
    let (stage, [first, second]) = two_on_hold().await;
    let text = look(&stage, Subject::Parked, MASKED).await.text();
    assert!(
        text.starts_with("2 callers are on hold (at 2027-01-15T08:"),
        "{text}"
    );
    let line = text.lines().find(|line| line.contains(first.as_str()));
    let line = line.expect("a line for the call");
    assert!(
        line.starts_with("2 min ") && line.contains("ann@example.com"),
        "{text}"
    );
    assert!(!text.contains("+1303555"), "{text}");

    let whole = look(&stage, Subject::Parked, WHOLE).await.text();
    assert!(
        whole.contains("(303) 555-0000") || whole.contains("+13035550000"),
        "{whole}"
    );
    stage.emulator.hang_up(first);
    stage.emulator.hang_up(second);
    stage.seconds(60).await;
    stage.curtain().await;
}

/// The record says that the caller is on hold; Twilio says that they are gone. The operator hears both.
#[tokio::test(start_paused = true)]
async fn a_caller_who_is_gone_while_the_record_is_left_is_told_apart() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let call = stage.parked_by(&ann).await;
    let app = stage.app();
    stage.kill(0);
    stage.emulator.hang_up(call);
    stage.seconds(5).await;
    stage.start(0);
    drop(app);
    let sheet = look(&stage, Subject::Parked, MASKED).await;
    let stands = sheet.json()["parkedCalls"][0]["stands"].clone();
    assert_eq!(stands, "hung up; wrap-up to come");
    assert!(
        sheet.text().starts_with("No caller is on hold"),
        "{}",
        sheet.text()
    );
    stage.seconds(90).await;
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_ringing_leg_is_shown_with_its_worker() {
    let remote = Remote::with(Setting::default());
    remote.worker("wendy", HOME, Answer::Never);
    let customer = remote.customer();
    remote.seconds(8).await;
    let sheet = look(&remote.stage, Subject::Legs, MASKED).await;
    let legs = sheet.json()["legs"].clone();
    assert_eq!(legs.as_array().map(Vec::len), Some(1), "{legs:#}");
    assert_eq!(legs[0]["worker"], "wendy");
    assert_eq!(legs[0]["stands"], "rings");
    assert_eq!(legs[0]["phone"], "+15…61");
    assert!(
        legs[0]["callSid"]
            .as_str()
            .is_some_and(|sid| sid.len() == 34)
    );
    let text = sheet.text();
    assert!(
        text.starts_with("1 call is on a worker's own phone; 1 not answered yet"),
        "{text}"
    );
    remote.stage.emulator.hang_up(customer);
    remote.seconds(30).await;
    let sheet = look(&remote.stage, Subject::Legs, MASKED).await;
    assert_eq!(sheet.json()["legs"], Value::Array(vec![]));
    remote.curtain().await;
}
