//! What the 2010 API refuses, and what it shows.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_update_is_refused_as_twilio_refuses_it() {
    let stage = Stage::new();
    stage.app.on("/voice", "<Pause length=\"600\"/><Hangup/>");
    let call = stage.call();
    stage.wait(1).await;
    let path = format!("/Calls/{call}.json");
    let long = "x".repeat(4001);
    let url = format!("{ORIGIN}/hold");
    for (form, status, code) in [
        (vec![("Url", &*url), ("Twiml", "<Response/>")], 400, 20001),
        (vec![("Twiml", &*long)], 400, 21218),
        (vec![("Url", "not a url")], 400, 21205),
        (vec![("Uri", &*url)], 400, 20001),
        (vec![("Status", "busy")], 400, 20001),
    ] {
        let (got, body) = stage.rest("POST", &path, &form).await;
        assert_eq!(
            (got, body["code"].as_u64()),
            (status, Some(code)),
            "{form:?}"
        );
    }
    let nobody = format!("/Calls/{}.json", CallSid::from_bytes([9; 16]));
    let (status, body) = stage.rest("POST", &nobody, &[("Url", &url)]).await;
    assert_eq!((status, body["code"].as_u64()), (404, Some(20404)));
    stage.emulator.hang_up(call);
    let (status, body) = stage.rest("POST", &path, &[("Url", &url)]).await;
    assert_eq!((status, body["code"].as_u64()), (400, Some(21220)));
}

#[tokio::test(start_paused = true)]
async fn calls_are_listed_newest_first_in_pages() {
    let stage = Stage::new();
    stage.app.on("/voice", "<Pause length=\"600\"/><Hangup/>");
    let calls: Vec<_> = (0..5).map(|_| stage.call()).collect();
    stage.wait(1).await;
    stage.emulator.hang_up(calls[0]);
    let (_, page) = stage
        .rest("GET", "/Calls.json?Status=in-progress&PageSize=3", &[])
        .await;
    let sids = |page: &Value| {
        let rows = page["calls"].as_array().unwrap().iter();
        rows.map(|row| row["sid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        sids(&page),
        [
            calls[4].to_string(),
            calls[3].to_string(),
            calls[2].to_string()
        ]
    );
    let next = page["next_page_uri"]
        .as_str()
        .unwrap()
        .split_once("/Calls")
        .unwrap()
        .1;
    let (_, page) = stage.rest("GET", &format!("/Calls{next}"), &[]).await;
    assert_eq!(sids(&page), [calls[1].to_string()]);
    assert!(page["next_page_uri"].is_null());
    let (status, _) = stage
        .rest("GET", "/Calls.json?State=in-progress", &[])
        .await;
    assert_eq!(status, 400);
}

#[tokio::test(start_paused = true)]
async fn ending_a_call_by_rest_works_in_any_state() {
    let stage = Stage::new();
    stage.app.on("/voice", "<Pause length=\"600\"/><Hangup/>");
    let call = stage.call();
    stage.wait(1).await;
    let path = format!("/Calls/{call}.json");
    let (_, body) = stage.rest("POST", &path, &[("Status", "canceled")]).await;
    assert_eq!(
        body["status"], "in-progress",
        "canceled has no effect on an answered call"
    );
    let (_, body) = stage.rest("POST", &path, &[("Status", "completed")]).await;
    assert_eq!(
        (body["status"].as_str(), body["duration"].as_str()),
        (Some("completed"), Some("1"))
    );
    stage.emulator.settled().await;
    assert_eq!(stage.app.seen("/status").len(), 1);
}
