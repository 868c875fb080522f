//! Legs: how they ring, play, are moved and end.

use super::*;
use crate::emulator::{Answer, CallStatus, Heard};

#[tokio::test(start_paused = true)]
async fn a_call_lives_from_its_first_document_to_its_callback() {
    let stage = Stage::new();
    stage.app.on(
        "/voice",
        "<Say>Hello there</Say><Redirect>/hold?round=0</Redirect>",
    );
    stage.app.on(
        "/hold",
        "<Play>/audio/1</Play><Redirect>/hold?round=1</Redirect>",
    );
    let call = stage.call();
    stage.wait(70).await;
    let seen = stage.emulator.call(call).unwrap();
    assert_eq!(seen.status, CallStatus::InProgress);
    assert_eq!(seen.heard[0], Heard::Words("Hello there".to_owned()));
    assert_eq!(seen.heard[1], Heard::Audio(format!("{ORIGIN}/audio/1")));
    assert_eq!(seen.document_url.unwrap(), format!("{ORIGIN}/hold?round=1"));
    assert_eq!(stage.app.seen("/voice")[0].form["From"], CALLER);

    let moved = format!("{ORIGIN}/hold?moved=it's#rc=2&rp=5xx");
    let path = format!("/Calls/{call}.json");
    let callback = format!("{ORIGIN}/call-status");
    let form = [("Url", &*moved), ("StatusCallback", &*callback)];
    let (status, body) = stage.rest("POST", &path, &form).await;
    assert_eq!(
        (status, body["status"].as_str()),
        (200, Some("in-progress"))
    );
    stage.wait(2).await;
    let last = stage.app.seen("/hold").pop().unwrap();
    assert_eq!(last.path, "/hold?moved=it's");

    stage.emulator.hang_up(call);
    stage.emulator.settled().await;
    for path in ["/status", "/call-status"] {
        let ended = stage.app.seen(path);
        assert_eq!(ended.len(), 1, "{path}");
        let form = &ended[0].form;
        assert_eq!(form["CallStatus"], "completed");
        assert_eq!(form["CallbackSource"], "call-progress-events");
        assert_eq!(form["CallDuration"], "72");
        assert!(form["Timestamp"].ends_with("+0000"));
    }
    assert_eq!(stage.emulator.finish(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn ten_hours_of_hold_pass_in_a_moment() {
    let stage = Stage::new();
    stage.app.on("/voice", "<Play>/audio/1</Play><Redirect/>");
    let call = stage.call();
    stage.wait(36_000).await;
    assert_eq!(
        stage.emulator.call(call).unwrap().status,
        CallStatus::InProgress
    );
    let rounds = stage.app.seen("/voice").len();
    assert!((1190..1201).contains(&rounds), "{rounds}");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_runs_out_is_told() {
    let stage = Stage::new();
    stage.app.on("/voice", "<Say>And now</Say>");
    let call = stage.call();
    stage.wait(5).await;
    let seen = stage.emulator.call(call).unwrap();
    assert!(seen.fell_off && seen.status == CallStatus::Completed);
    assert!(stage.emulator.finish()[0].ends_with("fell off the end of its TwiML"));
    assert!(
        stage
            .emulator
            .journal()
            .to_string()
            .contains("fell off the end of its TwiML")
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_document_is_replaced_by_the_fallback() {
    let stage = Stage::new();
    let bin = "https://handler.twilio.com/twiml/EH1";
    stage.emulator.bin(
        bin,
        "text/xml",
        "<Response><Say>Sorry</Say><Hangup/></Response>",
    );
    stage.emulator.number(&stage.number).fallback(bin);
    for (status, body) in [
        (500, ""),
        (200, "<Response><Sey/></Response>"),
        (200, "nonsense"),
    ] {
        stage.app.answer("/voice", status, body);
        let call = stage.call();
        stage.wait(5).await;
        let seen = stage.emulator.call(call).unwrap();
        assert_eq!(seen.heard, [Heard::Words("Sorry".to_owned())]);
        assert_eq!(seen.status, CallStatus::Completed);
    }
    let codes: Vec<_> = stage
        .emulator
        .journal()
        .warnings()
        .iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(codes, [11200, 12200, 12100]);
}

#[tokio::test(start_paused = true)]
async fn without_a_fallback_the_caller_hears_an_application_error() {
    let stage = Stage::new();
    stage.app.on("/voice", "<Pause length=\"60\"/><Hangup/>");
    stage.app.slow("/voice", Duration::from_secs(16));
    let call = stage.call();
    stage.wait(14).await;
    assert_eq!(
        stage.emulator.call(call).unwrap().status,
        CallStatus::Ringing
    );
    stage.wait(2).await;
    let seen = stage.emulator.call(call).unwrap();
    assert_eq!(seen.heard, [Heard::ApplicationError]);
}

#[tokio::test(start_paused = true)]
async fn a_call_made_by_rest_tells_its_progress() {
    let stage = Stage::new();
    let to = "+15125550177";
    for (answer, wanted) in [
        (
            Answer::After(Duration::from_secs(4)),
            vec!["initiated", "ringing", "in-progress", "completed"],
        ),
        (Answer::Busy, vec!["initiated", "busy"]),
        (Answer::Never, vec!["initiated", "ringing", "no-answer"]),
        (Answer::Unreachable, vec!["initiated", "failed"]),
    ] {
        stage.emulator.phone(to, answer);
        let path = format!("/out-{}", wanted.last().unwrap());
        let callback = format!("{ORIGIN}{path}");
        let mut form = vec![
            ("To", to),
            ("From", "+15125550100"),
            ("StatusCallback", &callback),
        ];
        form.extend([("Twiml", "<Response><Say>Hi</Say><Hangup/></Response>")]);
        form.extend(
            ["initiated", "ringing", "answered", "completed"].map(|it| ("StatusCallbackEvent", it)),
        );
        let (status, body) = stage.rest("POST", "/Calls.json", &form).await;
        assert_eq!((status, body["status"].as_str()), (201, Some("queued")));
        stage.wait(70).await;
        let told: Vec<_> = stage
            .app
            .seen(&path)
            .iter()
            .map(|it| it.form["CallStatus"].clone())
            .collect();
        assert_eq!(told, wanted);
        let numbers: Vec<_> = stage
            .app
            .seen(&path)
            .iter()
            .map(|it| it.form["SequenceNumber"].clone())
            .collect();
        assert_eq!(numbers, ["0", "1", "2", "3"][..wanted.len()]);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_reach_the_action_of_a_gather() {
    let stage = Stage::new();
    let gather =
        "<Gather numDigits=\"4\" action=\"/typed\"><Say>Your extension, please, now</Say></Gather>";
    stage.app.on(
        "/voice",
        &format!("{gather}<Say>Nothing came</Say><Hangup/>"),
    );
    stage.app.on("/typed", "<Say>Thanks</Say><Hangup/>");
    let (one, other) = (stage.call(), stage.call());
    stage.wait(1).await;
    stage.emulator.press(one, "12");
    stage.wait(1).await;
    stage.emulator.press(one, "34");
    stage.wait(20).await;
    assert_eq!(stage.app.seen("/typed")[0].form["Digits"], "1234");
    let words = |call| match stage.emulator.call(call).unwrap().heard.last() {
        Some(Heard::Words(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (words(one), words(other)),
        ("Thanks".to_owned(), "Nothing came".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn one_key_is_enough_where_one_is_asked_for() {
    let stage = Stage::new();
    stage.app.on(
        "/voice",
        "<Gather numDigits=\"1\" action=\"/typed\"/><Hangup/>",
    );
    stage.app.on("/typed", "<Hangup/>");
    let call = stage.call();
    stage.emulator.press(call, "78");
    stage.wait(1).await;
    assert_eq!(stage.app.seen("/typed")[0].form["Digits"], "7");
}

#[tokio::test(start_paused = true)]
async fn a_dialled_party_talks_until_somebody_hangs_up() {
    let stage = Stage::new();
    stage.app.on(
        "/voice",
        "<Dial action=\"/after\"><Client>ann</Client></Dial>",
    );
    stage.app.on("/after", "<Hangup/>");
    let call = stage.call();
    stage.wait(10).await;
    let child = stage
        .emulator
        .calls()
        .into_iter()
        .find(|it| it.to == "client:ann")
        .unwrap();
    assert_eq!(child.status, CallStatus::InProgress);
    stage.emulator.hang_up(child.sid);
    stage.wait(1).await;
    assert_eq!(
        stage.app.seen("/after")[0].form["DialCallStatus"],
        "completed"
    );
    assert_eq!(
        stage.emulator.call(call).unwrap().status,
        CallStatus::Completed
    );
    assert_eq!(stage.emulator.finish(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_makes_the_same_transcript() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let stage = Stage::new();
        stage.app.on("/voice", "<Play>/audio/1</Play><Redirect/>");
        let call = stage.call();
        stage.wait(100).await;
        stage.emulator.hang_up(call);
        stage.emulator.settled().await;
        told.push(stage.emulator.journal().to_string());
    }
    assert_eq!(told[0], told[1]);
    assert!(!told[0].contains(CALLER), "numbers are masked");
}
