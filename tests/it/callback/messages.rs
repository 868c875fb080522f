//! Callers who leave a message instead of waiting.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use switchboard::{
    emulator::{CallStatus, Fault, Heard, HookTrouble, RestTrouble},
    twilio::sid::{CallSid, RecordingSid},
};

use super::{
    line::{BOTH, LINE, Line},
    studio::{as_twilio, signed},
};
use crate::stage::{FollowUps, PUBLIC_URL, Setting};

/// Where the recorder's two reports go.
pub(super) const ACTION: &str = "mode=voicemail-recorded";
pub(super) const STATUS: &str = "/callback/recording";

impl Line {
    /// Somebody would rather leave a message; from where they are, they hear the beep a moment later.
    pub(super) async fn asks_for_the_recorder(&self) -> CallSid {
        let call = self.caller_from("+13035550144").await;
        self.seconds(60).await;
        self.keys(call, &["*", "2"]).await;
        assert!(self.is_set_aside(call), "{}", self.emulator.journal());
        call
    }

    /// Somebody has come to the recorder, and hears the beep.
    pub(super) async fn at_the_recorder(&self) -> CallSid {
        let call = self.asks_for_the_recorder().await;
        let beeped = || self.call(call).heard.contains(&Heard::Beep);
        self.until(30, "the beep", beeped).await;
        call
    }

    /// They speak for so long, and hang up.
    pub(super) async fn leaves(&self, seconds: u64, words: &str) -> CallSid {
        let call = self.at_the_recorder().await;
        let long = Duration::from_secs(seconds);
        self.emulator.speaks(call, long, words);
        self.seconds(seconds + 1).await;
        self.emulator.hang_up(call);
        self.moment().await;
        call
    }

    fn recording(&self, call: CallSid) -> RecordingSid {
        let recordings = self.emulator.recordings(call);
        assert_eq!(recordings.len(), 1, "{recordings:?}");
        recordings[0]
    }

    fn counted_messages(&self, outcome: &str) -> u64 {
        let labels = format!("{{kind=\"message\",outcome=\"{outcome}\"}}");
        self.counted(&format!("switchboard_follow_ups_total{labels}"))
    }

    /// There is one task, which is that of this call's recording.
    pub(super) fn is_kept_once(&self, call: CallSid, story: &str) {
        let journal = || self.emulator.journal();
        assert_eq!(self.made().len(), 1, "{story}\n{}", journal());
        let task = self.follow_up();
        assert_eq!(task.attributes["taskType"], "voicemail", "{story}");
        let recording = self.recording(call);
        assert_eq!(
            Line::data(&task, "recordingSid"),
            json!(recording),
            "{story}"
        );
        let url = Line::data(&task, "recordingUrl");
        assert!(
            url.as_str()
                .is_some_and(|url| url.ends_with(recording.as_str())),
            "{story}"
        );
        assert_eq!(Line::data(&task, "numberToCall"), "+13035550144", "{story}");
        assert_eq!(Line::data(&task, "numberToCallFrom"), LINE, "{story}");
        let start = self.made().pop().expect("a task")["VirtualStartTime"].clone();
        let start = start.as_str().unwrap_or_default();
        assert!(start.starts_with("2027-01-15T08:00:0"), "{story}: {start}");
    }
}

/// The published function makes the task when the transcript comes, and none comes for a message of 150 seconds.
#[tokio::test(start_paused = true)]
async fn f2_a_long_message_without_a_transcript_becomes_one_task_though_it_is_reported_often() {
    for what_twilio_does in BOTH {
        for hangs_up in [true, false] {
            let line = Line::set(Setting::default().follow_ups(what_twilio_does).replicas(2));
            line.emulator.weather().always(HookTrouble::Repeated(2));
            let call = line.at_the_recorder().await;
            line.emulator
                .speaks(call, Duration::from_secs(150), "Well.");
            line.seconds(151).await;
            if hangs_up {
                line.emulator.hang_up(call);
            }
            line.seconds(60).await;
            assert!(line.is_over(call));
            assert_ne!(line.hears(call, "Your message has been recorded"), hangs_up);
            let story = format!("{what_twilio_does:?}, hangs up: {hangs_up}");
            line.is_kept_once(call, &story);
            let said = Line::data(&line.follow_up(), "transcriptText");
            assert_eq!(said, Value::Null);
            line.emulator.weather().clear();
            line.close().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f2_the_recorder_reports_by_absolute_urls_of_its_own() {
    for (transcribe, written) in [("off", false), ("on", true)] {
        let setting = Setting::default().follow_ups(FollowUps::StayInQueue);
        let line = Line::set(setting.variable("CALLBACK_TRANSCRIBE", transcribe));
        let call = line.caller().await;
        let document = as_twilio(&line, "mode=record-voicemail", call, &[]).await;
        for wanted in [
            format!("action=\"{PUBLIC_URL}"),
            format!("recordingStatusCallback=\"{PUBLIC_URL}{STATUS}"),
            "Please leave a message at the tone".to_owned(),
        ] {
            assert!(document.contains(&wanted), "{wanted}: {document}");
        }
        let transcript = format!("transcribeCallback=\"{PUBLIC_URL}/callback/transcript");
        assert_eq!(document.contains(&transcript), written, "{document}");
        assert_eq!(document.contains("transcribe=\"true\""), written);
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_hangs_up_without_a_word_is_forgotten_and_whoever_stays_is_called_back() {
    let line = Line::new();
    let call = line.at_the_recorder().await;
    line.seconds(3).await;
    line.emulator.hang_up(call);
    line.seconds(300).await;
    assert!(line.made().is_empty());
    assert_eq!(line.counted_messages("silent"), 1);
    line.close().await;
    for moments in [0, 400] {
        let line = Line::new();
        let call = line.asks_for_the_recorder().await;
        for _ in 0..3 {
            // Shorter than a second is as good as nothing.
            line.emulator
                .speaks(call, Duration::from_millis(moments), "Oh");
            line.seconds(25).await;
        }
        line.seconds(60).await;
        assert!(
            line.hears(call, "not able to hear your message"),
            "{moments}"
        );
        assert!(
            line.hears(call, "A callback has been requested"),
            "{moments}"
        );
        let task = line.follow_up();
        assert_eq!(task.attributes["taskType"], "callback", "{moments}");
        line.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_failed_becomes_a_call_back() {
    let line = Line::new();
    let call = line.at_the_recorder().await;
    line.emulator.hang_up(call);
    line.moment().await;
    let fields = [
        ("CallSid", call.as_str()),
        ("RecordingSid", "RE00000000000000000000000000000009"),
        ("RecordingStatus", "failed"),
        ("RecordingDuration", "0"),
    ];
    let (status, _) = signed(&line, STATUS, &fields).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    line.seconds(60).await;
    let task = line.follow_up();
    assert_eq!(task.attributes["taskType"], json!("callback"));
    assert_eq!(Line::data(&task, "numberToCall"), "+13035550144");
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_report_that_cannot_be_noted_is_refused_so_that_it_comes_again() {
    let line = Line::new();
    let call = line.at_the_recorder().await;
    let weather = line.emulator.weather();
    weather.script(Fault::webhook(HookTrouble::Dropped).path(ACTION).times(9));
    let down = Fault::rest(RestTrouble::Answer(503, 20_503)).product("sync");
    weather.script(down.times(12));
    line.emulator.speaks(call, Duration::from_secs(9), "Hello");
    line.seconds(10).await;
    line.emulator.hang_up(call);
    line.seconds(40).await;
    weather.clear();
    line.is_kept_once(call, "reported again");
    line.close().await;
}

/// Both reports of a recording may be lost; what was said is not.
#[tokio::test(start_paused = true)]
async fn f2_any_one_report_suffices_and_none_does() {
    for lost in [&[ACTION][..], &[STATUS], &[ACTION, STATUS]] {
        let line = Line::set(
            Setting::default()
                .follow_ups(FollowUps::StayInQueue)
                .replicas(2),
        );
        let weather = line.emulator.weather();
        for path in lost {
            weather.script(Fault::webhook(HookTrouble::Dropped).path(path).times(9));
        }
        let call = line.leaves(9, "Please call me back.").await;
        line.seconds(300).await;
        weather.clear();
        line.is_kept_once(call, &format!("without {lost:?}"));
        line.seconds(1_500).await;
        line.is_kept_once(call, "and later");
        line.close().await;
    }
}

/// That somebody has come to the recorder may be noted nowhere, and what they said there reported to nobody.
#[tokio::test(start_paused = true)]
async fn a_message_of_somebody_who_was_not_seen_to_arrive_is_found() {
    let line = Line::new();
    let call = line.asks_for_the_recorder().await;
    let weather = line.emulator.weather();
    for path in [ACTION, STATUS] {
        weather.script(Fault::webhook(HookTrouble::Dropped).path(path).times(9));
    }
    let down = Fault::rest(RestTrouble::Answer(503, 20_503)).product("sync");
    weather.script(down.times(200));
    let beeped = || line.call(call).heard.contains(&Heard::Beep);
    line.until(30, "the beep", beeped).await;
    line.emulator.speaks(call, Duration::from_secs(9), "Hello");
    line.seconds(10).await;
    line.emulator.hang_up(call);
    line.seconds(5).await;
    weather.clear();
    line.seconds(300).await;
    line.is_kept_once(call, "found");
    line.close().await;
}

#[tokio::test(start_paused = true)]
async fn messages_are_counted_once() {
    let line = Line::new();
    line.emulator.weather().always(HookTrouble::Repeated(2));
    line.leaves(9, "Please call me back.").await;
    line.seconds(120).await;
    for (outcome, times) in [("asked", 1), ("kept", 1), ("made", 1), ("silent", 0)] {
        assert_eq!(line.counted_messages(outcome), times, "{outcome}");
    }
    line.emulator.weather().clear();
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
        assert_ne!(line.call(call).status, CallStatus::Completed);
        line.emulator.hang_up(call);
        weather.clear();
        line.seconds(120).await;
        let task = line.follow_up();
        assert_eq!(task.attributes["taskType"], "callback", "{trouble:?}");
        assert_eq!(Line::data(&task, "numberToCall"), "+13035550144");
        line.close().await;
    }
}
