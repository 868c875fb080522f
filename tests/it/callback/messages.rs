//! Callers who leave a message instead of waiting, as far as the recorder's reports tell.

use http::StatusCode;
use serde_json::{Value, json};
use switchboard::{
    emulator::{Fault, RestTrouble},
    twilio::sid::CallSid,
};

use super::{
    line::{BOTH, LINE, Line},
    studio::{as_twilio, signed},
};
use crate::stage::{FollowUps, PUBLIC_URL, Setting};

const RECORDING: &str = "RE00000000000000000000000000000009";
const URL: &str =
    "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE00000000000000000000000000000009";

/// Somebody has come to the recorder, and hangs up.
async fn at_the_recorder(line: &Line) -> CallSid {
    let call = line.caller_from("+13035550144").await;
    line.seconds(60).await;
    line.keys(call, &["*", "2"]).await;
    assert!(line.is_set_aside(call), "{}", line.emulator.journal());
    assert_eq!(moved_to_the_recorder(line, call), 1);
    line.emulator.hang_up(call);
    line.moment().await;
    call
}

/// How often a call was moved to the recorder.
fn moved_to_the_recorder(line: &Line, call: CallSid) -> usize {
    let exchanges = line.emulator.exchanges().into_iter();
    let moved = exchanges.filter(|it| {
        let url = it.form.iter().find(|(name, _)| name == "Url");
        it.method == "POST"
            && it.path.contains(call.as_str())
            && url.is_some_and(|(_, url)| url.contains("mode=record-voicemail"))
    });
    moved.count()
}

async fn report(line: &Line, call: CallSid, more: &[(&str, &str)]) -> StatusCode {
    let mut fields = vec![
        ("CallSid", call.as_str()),
        ("RecordingSid", RECORDING),
        ("RecordingUrl", URL),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", "150"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    let (status, _) = signed(line, "/callback/recording", &fields).await;
    line.moment().await;
    status
}

/// The published function makes the task when the transcript comes, and none comes for a message of 150 seconds.
#[tokio::test(start_paused = true)]
async fn f2_a_long_message_without_a_transcript_becomes_one_task_though_it_is_reported_often() {
    for what_twilio_does in BOTH {
        let line = Line::set(Setting::default().follow_ups(what_twilio_does).replicas(2));
        let call = at_the_recorder(&line).await;
        let query = "mode=voicemail-recorded&tries=1";
        let said = as_twilio(
            &line,
            query,
            call,
            &[
                ("RecordingUrl", URL),
                ("RecordingDuration", "150"),
                ("Digits", "hangup"),
            ],
        );
        let (said, one, two) =
            tokio::join!(said, report(&line, call, &[]), report(&line, call, &[]));
        assert!(said.contains("Your message has been recorded"), "{said}");
        assert_eq!((one, two), (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT));
        report(&line, call, &[]).await;
        line.seconds(60).await;
        let task = line.follow_up();
        assert_eq!(task.attributes["taskType"], "voicemail");
        assert_eq!(Line::data(&task, "recordingSid"), RECORDING);
        assert_eq!(Line::data(&task, "recordingUrl"), URL);
        assert_eq!(Line::data(&task, "numberToCall"), "+13035550144");
        assert_eq!(Line::data(&task, "numberToCallFrom"), LINE);
        assert_eq!(Line::data(&task, "transcriptText"), Value::Null);
        let start = line.made().pop().expect("a task")["VirtualStartTime"].clone();
        assert!(
            start
                .as_str()
                .is_some_and(|at| at.starts_with("2027-01-15T08:00:0"))
        );
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn f2_the_recorder_reports_by_absolute_urls_of_its_own() {
    let line = Line::new();
    let call = line.caller().await;
    let document = as_twilio(&line, "mode=record-voicemail", call, &[]).await;
    for wanted in [
        format!("action=\"{PUBLIC_URL}"),
        format!("recordingStatusCallback=\"{PUBLIC_URL}/callback/recording"),
        "Please leave a message at the tone".to_owned(),
    ] {
        assert!(document.contains(&wanted), "{wanted}: {document}");
    }
    assert!(!document.contains("transcribe"));
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_without_a_word_is_dropped_and_one_that_failed_becomes_a_call_back() {
    let line = Line::new();
    let call = at_the_recorder(&line).await;
    report(&line, call, &[("RecordingDuration", "0")]).await;
    assert!(line.follow_ups().is_empty());
    report(
        &line,
        call,
        &[("RecordingStatus", "failed"), ("RecordingDuration", "0")],
    )
    .await;
    let task = line.follow_up();
    assert_eq!(task.attributes["taskType"], json!("callback"));
    assert_eq!(Line::data(&task, "numberToCall"), "+13035550144");
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_report_that_cannot_be_noted_is_refused_so_that_it_comes_again() {
    let line = Line::new();
    let call = at_the_recorder(&line).await;
    let weather = line.emulator.weather();
    let down = Fault::rest(RestTrouble::Answer(503, 20_503)).product("sync");
    weather.script(down.times(50));
    assert!(report(&line, call, &[]).await.is_server_error());
    weather.clear();
    assert_eq!(report(&line, call, &[]).await, StatusCode::NO_CONTENT);
    assert_eq!(line.follow_up().attributes["taskType"], "voicemail");
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_be_moved_to_the_recorder_is_called_back() {
    for trouble in [RestTrouble::Answer(503, 20_503), RestTrouble::Hang] {
        let line = Line::set(Setting::default().follow_ups(FollowUps::StayInQueue));
        let call = line.caller_from("+13035550144").await;
        line.keys(call, &["*"]).await;
        let weather = line.emulator.weather();
        weather.script(
            Fault::rest(trouble)
                .method("POST")
                .path("/Calls/")
                .times(200),
        );
        line.keys(call, &["2"]).await;
        line.seconds(30).await;
        // Still on the line, and told so.
        assert!(line.times(call, "One moment, please") > 1, "{trouble:?}");
        line.emulator.hang_up(call);
        weather.clear();
        line.seconds(120).await;
        let task = line.follow_up();
        assert_eq!(task.attributes["taskType"], "callback", "{trouble:?}");
        assert_eq!(Line::data(&task, "numberToCall"), "+13035550144");
        line.close().await;
    }
}
