//! What callers hear who wait, and who would rather not.

use serde_json::json;
use switchboard::emulator::Heard;
use tower::ServiceExt;

use super::line::{BOTH, LINE, Line, WAIT};
use crate::stage::{FollowUps, Setting};

#[tokio::test(start_paused = true)]
async fn a_caller_hears_a_greeting_once_then_music_and_the_offer_again_and_again() {
    let line = Line::new();
    let call = line.caller().await;
    line.seconds(180).await;
    assert_eq!(line.times(call, "Please wait while we direct"), 1);
    assert!(line.times(call, "press the star key") > 3);
    let music = line.call(call).heard;
    let music = music.iter().filter(|it| matches!(it, Heard::Audio(_)));
    assert!(music.count() > 3);
    assert!(line.waits(call));
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_for_it_is_called_back_at_their_number_and_keeps_their_place_in_line() {
    for what_twilio_does in BOTH {
        let line = Line::set(Setting::default().follow_ups(what_twilio_does));
        let call = line.caller_from("+13035550177").await;
        line.seconds(100).await;
        let waited = line.task_of(call);
        line.keys(call, &["*", "1", "1"]).await;
        assert!(
            line.hears(call, "To request a callback when"),
            "{what_twilio_does:?}"
        );
        assert!(line.hears(call, "To request a callback to the same number"));
        line.seconds(20).await;
        assert!(line.hears(call, "Thank you. A callback has been requested"));
        assert!(line.is_over(call), "{:?}", line.call(call));
        assert!(line.is_set_aside(call));
        let task = line.follow_up();
        let attributes = &task.attributes;
        for (name, value) in [
            ("taskType", json!("callback")),
            ("from", json!("+13035550177")),
            ("name", json!("+13035550177")),
            ("direction", json!("inbound")),
            ("skill", json!("billing")),
        ] {
            assert_eq!(attributes[name], value, "{name}");
        }
        assert_eq!(
            attributes["conversations"]["conversation_id"],
            json!(waited.sid)
        );
        assert!(attributes.get("call_sid").is_none());
        let data = &attributes["callBackData"];
        assert_eq!(data["numberToCall"], "+13035550177");
        assert_eq!(data["numberToCallFrom"], LINE);
        assert_eq!(data["attempts"], 0);
        let asked = line.made().pop().expect("a task");
        assert_eq!(asked["TaskChannel"], "voice");
        assert_eq!(asked["Timeout"], "86400");
        // When they came into the line, and not a hundred seconds later.
        let start = asked["VirtualStartTime"].as_str().expect("a time");
        assert!(start.starts_with("2027-01-15T08:00:0"), "{start}");
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn another_number_is_read_back_before_it_is_promised_a_call() {
    let line = Line::new();
    let call = line.caller().await;
    line.keys(call, &["*", "1", "2"]).await;
    line.emulator.press(call, "5125550188#");
    line.seconds(12).await;
    assert!(line.hears(call, "You entered 1 5 1 2 5 5 5 0 1 8 8"));
    assert!(line.waits(call) && line.follow_ups().is_empty());
    // The number is in no URL.
    assert!(
        !line
            .call(call)
            .document_url
            .expect("a URL")
            .contains("5550188")
    );
    line.keys(call, &["2"]).await;
    line.emulator.press(call, "15125550199#");
    line.seconds(12).await;
    line.keys(call, &["1"]).await;
    line.seconds(20).await;
    assert!(line.hears(call, "A callback has been requested") && line.is_over(call));
    assert_eq!(
        Line::data(&line.follow_up(), "numberToCall"),
        "+15125550199"
    );
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_withholds_their_number_is_asked_for_one() {
    for from in [
        "anonymous",
        "Restricted",
        "+",
        "+266696687",
        "+17378742833",
        "+18656696",
        "sip:ann@example.com",
        "+19005550123",
        "+18765550123",
    ] {
        let line = Line::new();
        let call = line.caller_from(from).await;
        line.keys(call, &["*", "1"]).await;
        assert!(!line.hears(call, "the same number"), "{from}");
        line.emulator.press(call, "3035550166#");
        line.seconds(12).await;
        line.keys(call, &["1"]).await;
        line.seconds(20).await;
        assert_eq!(
            Line::data(&line.follow_up(), "numberToCall"),
            "+13035550166",
            "{from}"
        );
        line.close().await;
    }
}

/// A `waitUrl` may be asked for by GET: then all that Twilio says is in the query, and signed with it.
#[tokio::test(start_paused = true)]
async fn a_flow_may_ask_by_get_what_its_callers_hear() {
    let setting = Setting::default().follow_ups(FollowUps::StayInQueue);
    let line = Line::asked_by(setting, "GET");
    let call = line.caller_from("+13035550177").await;
    assert!(line.hears(call, "Please wait while we direct"));
    line.keys(call, &["*", "1", "1"]).await;
    line.seconds(20).await;
    assert!(line.is_over(call) && line.is_set_aside(call));
    assert_eq!(
        Line::data(&line.follow_up(), "numberToCall"),
        "+13035550177"
    );
    let unsigned = axum::http::Request::get(format!("{WAIT}?CallSid={call}"));
    let unsigned = unsigned.body(axum::body::Body::empty()).expect("a request");
    let answer = line.router().oneshot(unsigned).await.expect("an answer");
    assert_eq!(answer.status(), 403);
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn any_other_key_and_no_key_at_all_keep_their_place_in_line() {
    let line = Line::new();
    for keys in [
        &["5"][..],
        &["*", "7"],
        &["*", "1", "9"],
        &["*", "*"],
        &["*"],
        &["*", "1"],
        &["#"],
    ] {
        let call = line.caller().await;
        line.keys(call, keys).await;
        line.seconds(90).await;
        assert!(line.waits(call), "{keys:?}");
        assert_eq!(line.task_of(call).status, "pending", "{keys:?}");
    }
    assert!(line.follow_ups().is_empty());
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_workflow_nothing_is_offered_and_star_is_no_key() {
    let line = Line::set(Setting::default());
    let call = line.caller().await;
    line.keys(call, &["*", "1", "1"]).await;
    line.seconds(60).await;
    assert!(line.waits(call));
    assert!(!line.hears(call, "star"));
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn only_what_is_configured_is_offered() {
    for (offers, one, other) in [
        ("callback", "press 1", "press 2"),
        ("message", "press 2", "press 1"),
    ] {
        let setting = Setting::default().follow_ups(FollowUps::StayInQueue);
        let line = Line::set(setting.variable("CALLBACK_OFFERS", offers));
        let call = line.caller().await;
        line.keys(call, &["*"]).await;
        line.seconds(8).await;
        assert!(
            line.hears(call, one) && !line.hears(call, other),
            "{offers}"
        );
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_hangs_up_on_the_way_is_not_called_back_unless_they_have_asked() {
    for (keys, asked) in [
        (&["*"][..], false),
        (&["*", "1"], false),
        (&["*", "1", "2"], false),
        (&["*", "1", "2", "3035550166#"], false),
        (&["*", "1", "1"], true),
        (&["*", "1", "2", "3035550166#", "1"], true),
    ] {
        for moment in [0, 200, 3_000] {
            let line = Line::new();
            let call = line.caller().await;
            let (last, before) = keys.split_last().expect("a key");
            line.keys(call, before).await;
            line.emulator.press(call, last);
            tokio::time::sleep(std::time::Duration::from_millis(moment)).await;
            line.emulator.hang_up(call);
            line.seconds(90).await;
            let made = line.follow_ups().len();
            // Whoever hangs up in the instant of the last key may have been too quick for it.
            let right = made == usize::from(asked) || (moment < 500 && made == 0);
            assert!(right, "{keys:?} after {moment} ms: {made}");
            line.close().await;
        }
    }
}
