//! What is said into a `<Record>`: when it ends, who is told, what is kept, and what of it REST shows.

use super::*;
use crate::emulator::{CallStatus, Fault, Heard, HookTrouble};

/// A document that records, and says so if there was nothing.
fn recorder(more: &str) -> String {
    format!(
        "<Say>Speak</Say><Record action=\"/recorded\" recordingStatusCallback=\"/told\" \
         recordingStatusCallbackEvent=\"in-progress completed absent\" {more}/>\
         <Say>Nothing</Say><Hangup/>"
    )
}

fn recording_stage(more: &str) -> Stage {
    let stage = Stage::new();
    stage.app.on("/voice", &recorder(more));
    stage.app.on("/recorded", "<Say>Thanks</Say><Hangup/>");
    stage
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn statuses(stage: &Stage) -> Vec<String> {
    let told = stage.app.seen("/told").into_iter();
    told.map(|one| one.form["RecordingStatus"].clone())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_said_is_kept_and_told() {
    let stage = recording_stage("");
    let call = stage.call();
    stage
        .emulator
        .speaks(call, seconds(12), "Please call back.");
    stage.wait(30).await;
    stage.emulator.settled().await;
    let view = stage.emulator.call(call).unwrap();
    let heard = [
        Heard::Words("Speak".to_owned()),
        Heard::Beep,
        Heard::Words("Thanks".to_owned()),
    ];
    assert_eq!(
        (view.heard, view.status),
        (heard.into(), CallStatus::Completed)
    );
    let action = stage.app.seen("/recorded").pop().unwrap().form;
    // The silence at both ends is cut off.
    assert_eq!(action["RecordingDuration"], "12");
    assert_eq!(action["CallSid"], call.to_string());
    assert_eq!(
        (action["From"].as_str(), action.get("Digits")),
        (CALLER, None)
    );
    assert_eq!(statuses(&stage), ["in-progress", "completed"]);
    let told = stage.app.seen("/told").pop().unwrap().form;
    assert_eq!(told["RecordingUrl"], action["RecordingUrl"]);
    assert_eq!(told["RecordingDuration"], "12");
    assert_eq!(told["RecordingSource"], "RecordVerb");
    assert!(action["RecordingUrl"].ends_with(&told["RecordingSid"]));
    assert!(!told.contains_key("From") && !told.contains_key("To"));
    assert_eq!(stage.emulator.finish(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn silence_is_no_recording_and_the_next_verb_runs() {
    let stage = recording_stage("");
    let call = stage.call();
    stage.emulator.stays_silent(call, seconds(60));
    stage.wait(20).await;
    let view = stage.emulator.call(call).unwrap();
    assert_eq!(view.heard.last(), Some(&Heard::Words("Nothing".to_owned())));
    assert_eq!(view.status, CallStatus::Completed);
    assert!(stage.app.seen("/recorded").is_empty());
    assert_eq!(statuses(&stage), ["in-progress", "absent"]);
    assert!(stage.emulator.recordings(call).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_the_longest_and_a_pause_end_it() {
    // (attributes, what is said, keys pressed after a while, seconds kept, Digits)
    for (more, said, pressed, kept, digits) in [
        ("", [5, 0, 0], Some((9, "4#")), "5", Some("4")),
        (
            "finishOnKey=\"#\"",
            [9, 0, 0],
            Some((9, "4#")),
            "5",
            Some("#"),
        ),
        ("maxLength=\"10\"", [60, 0, 0], None, "10", None),
        ("", [5, 4, 5], None, "14", None),
        ("timeout=\"3\"", [5, 4, 5], None, "5", None),
        (
            "timeout=\"0\" maxLength=\"40\"",
            [5, 20, 5],
            None,
            "30",
            None,
        ),
        ("trim=\"do-not-trim\"", [5, 0, 0], None, "10", None),
    ] {
        let stage = recording_stage(more);
        let call = stage.call();
        stage.emulator.speaks(call, seconds(said[0]), "One");
        if said[1] > 0 {
            stage.emulator.stays_silent(call, seconds(said[1]));
            stage.emulator.speaks(call, seconds(said[2]), "two");
        }
        if let Some((after, keys)) = pressed {
            let heard_beep = || {
                let heard = stage.emulator.call(call).unwrap().heard;
                heard.contains(&Heard::Beep)
            };
            while !heard_beep() {
                stage.clock.sleep(Duration::from_millis(100)).await;
            }
            let after = if more.is_empty() { after } else { after - 3 };
            stage.wait(after).await;
            stage.emulator.press(call, keys);
        }
        stage.wait(60).await;
        let seen = stage.app.seen("/recorded").pop().expect(more).form;
        assert_eq!(seen["RecordingDuration"], kept, "{more} {said:?}");
        let pressed = seen.get("Digits").map(String::as_str);
        assert_eq!(pressed, digits, "{more} {said:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_hangs_up_is_kept_and_whoever_is_moved_too() {
    let stage = recording_stage("");
    let call = stage.call();
    stage.emulator.speaks(call, seconds(30), "I can't wait");
    stage.wait(10).await;
    stage.emulator.hang_up(call);
    stage.emulator.settled().await;
    let action = stage.app.seen("/recorded").pop().unwrap().form;
    assert_eq!(action["Digits"], "hangup");
    assert_eq!(action["CallStatus"], "completed");
    assert_eq!(action["RecordingDuration"], "9");
    assert_eq!(statuses(&stage), ["in-progress", "completed"]);

    let moved = stage.call();
    stage.emulator.speaks(moved, seconds(30), "And then");
    stage.wait(10).await;
    let path = format!("/Calls/{moved}.json");
    let elsewhere = "<Response><Say>Hello</Say><Hangup/></Response>";
    let (status, _) = stage.rest("POST", &path, &[("Twiml", elsewhere)]).await;
    assert_eq!(status, 200);
    stage.emulator.settled().await;
    assert_eq!(
        stage.app.seen("/recorded").len(),
        1,
        "the action is not asked"
    );
    assert_eq!(stage.emulator.recordings(moved).len(), 1);

    // Before the beep there is nothing to keep.
    let early = stage.call();
    stage.emulator.speaks(early, seconds(30), "Never heard");
    stage.clock.sleep(Duration::from_millis(300)).await;
    stage.emulator.hang_up(early);
    stage.emulator.settled().await;
    assert_eq!(stage.app.seen("/told").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_transcript_is_made_of_what_is_neither_short_nor_long() {
    let more =
        "transcribe=\"true\" transcribeCallback=\"/written\" maxLength=\"300\" timeout=\"0\"";
    for (long, written) in [
        (2, false),
        (3, true),
        (119, true),
        (120, false),
        (200, false),
    ] {
        let stage = recording_stage(&format!("{more} finishOnKey=\"#\""));
        let call = stage.call();
        stage
            .emulator
            .speaks(call, seconds(long), "Please call back.");
        stage.wait(long + 3).await;
        stage.emulator.press(call, "#");
        stage.emulator.settled().await;
        let seen = stage.app.seen("/written");
        assert_eq!(seen.len(), usize::from(written), "{long} s");
        let warned = stage
            .emulator
            .journal()
            .warnings()
            .iter()
            .any(|it| it.0 == 13617);
        assert_eq!(warned, !written, "{long} s");
        if let Some(told) = seen.last() {
            assert_eq!(told.form["TranscriptionText"], "Please call back.");
            assert_eq!(told.form["TranscriptionStatus"], "completed");
            assert_eq!(told.form["From"], CALLER);
        }
    }
    // What cannot be transcribed is said to have failed.
    let stage = recording_stage(more);
    let call = stage.call();
    stage.emulator.speaks(call, seconds(20), "");
    stage.wait(25).await;
    stage.emulator.hang_up(call);
    stage.emulator.settled().await;
    let told = stage.app.seen("/written").pop().unwrap().form;
    assert_eq!(told["TranscriptionStatus"], "failed");
}

#[tokio::test(start_paused = true)]
async fn the_callbacks_are_repeated_and_lost_as_all_are() {
    let stage = recording_stage("");
    let weather = stage.emulator.weather();
    weather.script(Fault::webhook(HookTrouble::Repeated(2)).path("/told"));
    weather.script(Fault::webhook(HookTrouble::Dropped).path("/told").nth(2));
    let call = stage.call();
    stage.emulator.speaks(call, seconds(5), "Hello");
    stage.wait(20).await;
    stage.emulator.settled().await;
    assert_eq!(statuses(&stage), ["in-progress"; 3]);
    assert_eq!(stage.emulator.recordings(call).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn rest_shows_lists_and_deletes_recordings() {
    let stage = recording_stage("");
    let call = stage.call();
    stage.emulator.speaks(call, seconds(9), "Hello");
    stage.wait(12).await;
    let list = format!("/Recordings.json?CallSid={call}");
    let (_, body) = stage.rest("GET", &list, &[]).await;
    assert_eq!(body["recordings"][0]["status"], "in-progress");
    stage.wait(20).await;
    let sid = stage.emulator.recordings(call)[0];
    let path = format!("/Recordings/{sid}.json");
    let (status, body) = stage.rest("GET", &path, &[]).await;
    assert_eq!(
        (status, &body["duration"], &body["status"]),
        (200, &"9".into(), &"completed".into())
    );
    assert!(body["media_url"].as_str().unwrap().ends_with(sid.as_str()));
    let below = format!("/Calls/{call}/Recordings.json");
    for (path, found) in [
        (list.as_str(), 1),
        ("/Recordings.json", 1),
        (below.as_str(), 1),
        (
            "/Recordings.json?CallSid=CA00000000000000000000000000000000",
            0,
        ),
    ] {
        let (status, body) = stage.rest("GET", path, &[]).await;
        let recordings = body["recordings"].as_array().unwrap().len();
        assert_eq!((status, recordings), (200, found), "{path}");
    }
    for wrong in ["/Recordings.json?Call=1", &format!("{path}?Deleted=true")] {
        assert_eq!(
            stage.rest("GET", wrong, &[]).await.1["code"],
            20001,
            "{wrong}"
        );
    }
    assert_eq!(stage.rest("DELETE", &path, &[]).await.0, 204);
    assert_eq!(stage.rest("DELETE", &path, &[]).await.0, 404);
    assert_eq!(stage.rest("GET", &path, &[]).await.0, 404);
    let (status, body) = stage
        .rest("GET", &format!("{path}?IncludeSoftDeleted=true"), &[])
        .await;
    assert_eq!((status, &body["status"]), (200, &"deleted".into()));
    assert_eq!(media(&stage, &format!("{sid}.mp3"), None).await.0, 404);
}

/// Status, content type and length of a file.
async fn media(stage: &Stage, name: &str, range: Option<&str>) -> (u16, String, usize) {
    let account = account();
    let url = format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/{name}");
    let mut request = stage.client.get(url).basic_auth(account, Some(TOKEN));
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let request = request.build().unwrap();
    let answer = stage.emulator.transport().send(request).await.unwrap();
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let status = answer.status().as_u16();
    (status, kind, answer.bytes().await.unwrap().len())
}

#[tokio::test(start_paused = true)]
async fn the_file_is_there_once_it_is_made_whole_or_in_parts() {
    let stage = recording_stage("");
    let call = stage.call();
    stage.emulator.speaks(call, seconds(9), "Hello");
    while stage.app.seen("/recorded").is_empty() {
        stage.clock.sleep(Duration::from_millis(50)).await;
    }
    let url = stage.app.seen("/recorded")[0].form["RecordingUrl"].clone();
    let sid = url.rsplit('/').next().unwrap().to_owned();
    let json = "application/json".to_owned();
    assert_eq!(media(&stage, &sid, None).await.0, 404, "not made yet");
    stage.wait(5).await;
    let (wav, mp3) = ("audio/x-wav".to_owned(), "audio/mpeg".to_owned());
    assert_eq!(media(&stage, &sid, None).await, (200, wav.clone(), 72_044));
    assert_eq!(
        media(&stage, &format!("{sid}.wav"), None).await,
        (200, wav, 72_044)
    );
    let mp3_file = format!("{sid}.mp3");
    assert_eq!(
        media(&stage, &mp3_file, None).await,
        (200, mp3.clone(), 9_000)
    );
    assert_eq!(
        media(&stage, &mp3_file, Some("bytes=8000-")).await,
        (206, mp3, 1_000)
    );
    assert_eq!(media(&stage, &mp3_file, Some("bytes=9000-")).await.0, 416);
    assert_eq!(media(&stage, &format!("{sid}.ogg"), None).await.0, 404);
    assert_eq!(media(&stage, &format!("{sid}.mp3?x=1"), None).await.1, json);
    let unsigned = stage.client.get(url).build().unwrap();
    let answer = stage.emulator.transport().send(unsigned).await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
}
