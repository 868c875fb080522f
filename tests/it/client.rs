//! The client's rules, against a stand-in for the network: what is asked again, what is not, and what is never sent.

mod legs;
mod queries;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::StatusCode;
use secrecy::SecretString;
use serde_json::json;
use switchboard::{
    clock::Clock,
    rng::Rng,
    twilio::{
        Settings, Twilio,
        deadline::Deadline,
        error::Error,
        host::Hosts,
        resource::{calls::Next, tasks::NewTask},
        sid::{AccountSid, CallSid, ConferenceSid, SyncServiceSid, WorkflowSid, WorkspaceSid},
        transport::{Broken, Transport},
    },
};
use tokio::time::Instant;
use tower::service_fn;

use crate::stage::many;

/// What the stand-in does with one request.
#[derive(Clone)]
enum Does {
    Answer(u16, &'static str),
    Refuse,
    Lose,
    Hang,
}
use Does::{Answer, Hang, Lose, Refuse};

/// Everything that was sent: method and URL.
type Seen = Arc<Mutex<Vec<(http::Method, String)>>>;

/// A client whose network does `script`, one step for each request, and then repeats the last.
fn client(script: Vec<Does>) -> (Twilio, Seen) {
    let seen = Seen::default();
    let transport = {
        let seen = Arc::clone(&seen);
        Transport::new(service_fn(move |request: reqwest::Request| {
            let mut sent = seen.lock().unwrap();
            let step = script[sent.len().min(script.len() - 1)].clone();
            sent.push((request.method().clone(), request.url().to_string()));
            async move {
                match step {
                    Answer(status, body) => {
                        let status = StatusCode::from_u16(status).unwrap();
                        let answer = http::Response::builder().status(status).body(body).unwrap();
                        Ok(reqwest::Response::from(answer))
                    }
                    Refuse => Err(Broken::Refused("no route".into())),
                    Lose => Err(Broken::Lost("reset".into())),
                    Hang => std::future::pending().await,
                }
            }
        }))
    };
    let settings = Settings {
        account: AccountSid::from_bytes([1; 16]),
        user: "AC".to_owned(),
        password: SecretString::from("secret"),
        workspace: WorkspaceSid::from_bytes([2; 16]),
        sync_service: SyncServiceSid::from_bytes([3; 16]),
        hosts: Hosts::at("https://{product}.example"),
    };
    (
        Twilio::new(settings, transport, Rng::seeded(1), Clock::system(), None),
        seen,
    )
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(10))
}

fn count(seen: &Seen) -> usize {
    seen.lock().unwrap().len()
}

async fn make_task(twilio: &Twilio) -> Result<(), Error> {
    let workflow = WorkflowSid::from_bytes([4; 16]);
    let task = NewTask {
        workflow,
        channel: "voice",
        attributes: "{}".to_owned(),
        priority: 1,
        timeout: None,
        since: None,
    };
    twilio.tasks(soon()).create(&task).await.map(|_| ())
}

const TASK: &str = r#"{"sid":"WT00000000000000000000000000000000","assignment_status":"pending","attributes":"{}"}"#;

#[tokio::test(start_paused = true)]
async fn a_task_is_never_made_twice_after_an_unclear_failure() {
    for unclear in [Lose, Hang, Answer(500, ""), Answer(503, "")] {
        let (twilio, seen) = client(vec![unclear, Answer(201, TASK)]);
        let error = make_task(&twilio).await.unwrap_err();
        assert!(!error.nothing_happened());
        assert_eq!(count(&seen), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_is_asked_for_again_when_twilio_certainly_did_nothing() {
    let (twilio, seen) = client(vec![Answer(429, ""), Refuse, Answer(201, TASK)]);
    make_task(&twilio).await.unwrap();
    assert_eq!(count(&seen), 3);
}

#[tokio::test(start_paused = true)]
async fn a_hung_twilio_costs_the_deadline_and_no_more() {
    let (twilio, seen) = client(vec![Hang]);
    let start = Instant::now();
    let call = CallSid::from_bytes([5; 16]);
    let error = twilio.calls(soon()).fetch(call).await.unwrap_err();
    assert!(matches!(error, Error::Late));
    assert!(start.elapsed() <= Duration::from_secs(10));
    assert!(count(&seen) >= 3);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_an_unclear_attempt_does_not_say_that_nothing_happened() {
    let call = CallSid::from_bytes([5; 16]);
    let hold = Next::Url {
        url: "https://x/hold".into(),
        fallback: "https://x/hold".into(),
        harmless: true,
    };
    for unclear in [Lose, Answer(500, "")] {
        let gone = Answer(404, r#"{"code":20404,"message":"","status":404}"#);
        let (twilio, seen) = client(vec![unclear, gone]);
        let error = twilio
            .calls(soon())
            .redirect(call, &hold, None)
            .await
            .unwrap_err();
        assert!(!error.nothing_happened());
        assert!(error.is_not_found(), "what it says still counts: {error:?}");
        assert_eq!(error.code(), Some(20404));
        assert_eq!(count(&seen), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn hold_may_be_asked_for_twice_and_a_pick_up_may_not() {
    let call = CallSid::from_bytes([5; 16]);
    let hold = Next::Url {
        url: "https://x/hold".into(),
        fallback: "https://x/hold".into(),
        harmless: true,
    };
    let (twilio, seen) = client(vec![Lose, Answer(200, "{}")]);
    twilio
        .calls(soon())
        .redirect(call, &hold, None)
        .await
        .unwrap();
    assert_eq!(count(&seen), 2);

    let (twilio, seen) = client(vec![Lose, Answer(200, "{}")]);
    let pick_up = Next::Twiml("<Response/>".to_owned());
    assert!(
        twilio
            .calls(soon())
            .redirect(call, &pick_up, None)
            .await
            .is_err()
    );
    assert_eq!(count(&seen), 1);
}

#[tokio::test(start_paused = true)]
async fn m3_only_a_missing_map_is_created() {
    let (twilio, seen) = client(vec![Answer(429, ""), Answer(201, r#"{"revision":"0"}"#)]);
    twilio
        .map("m", soon())
        .create("k", &1, Duration::ZERO)
        .await
        .unwrap();
    let paths: Vec<_> = seen
        .lock()
        .unwrap()
        .iter()
        .map(|(_, url)| url.clone())
        .collect();
    assert!(
        paths.iter().all(|path| path.ends_with("/Maps/m/Items")),
        "{paths:?}"
    );

    let script = vec![
        Answer(
            404,
            r#"{"code":54200,"message":"Map not found","status":404}"#,
        ),
        Answer(201, "{}"),
        Answer(201, r#"{"revision":"0"}"#),
    ];
    let (twilio, seen) = client(script);
    twilio
        .map("m", soon())
        .create("k", &1, Duration::ZERO)
        .await
        .unwrap();
    assert!(seen.lock().unwrap()[1].1.ends_with("/Maps"));
}

#[tokio::test(start_paused = true)]
async fn a_key_cannot_leave_its_place_in_the_path() {
    let (twilio, seen) = client(vec![Answer(404, "")]);
    twilio
        .map("m/../x?y", soon())
        .read::<()>("+1/2#3")
        .await
        .unwrap();
    assert!(
        seen.lock().unwrap()[0]
            .1
            .ends_with("/Maps/m%2F..%2Fx%3Fy/Items/%2B1%2F2%233")
    );
}

#[tokio::test(start_paused = true)]
async fn pages_are_followed_through_empty_ones_and_never_to_another_host() {
    let script = vec![
        Answer(
            200,
            r#"{"calls":[],"next_page_uri":"/2010-04-01/next?PageToken=1"}"#,
        ),
        Answer(
            200,
            r#"{"calls":[{"sid":"CA00000000000000000000000000000000","status":"in-progress","to":"x"}]}"#,
        ),
    ];
    let (twilio, seen) = client(script);
    let calls = twilio.calls(soon()).in_progress().all().await.unwrap();
    assert_eq!((calls.len(), count(&seen)), (1, 2));
    assert_eq!(
        seen.lock().unwrap()[1].1,
        "https://api.example/2010-04-01/next?PageToken=1"
    );

    for elsewhere in [
        r#"{"calls":[],"next_page_uri":"https://evil.example/x"}"#,
        r#"{"calls":[],"next_page_uri":"https://api.example.evil/x"}"#,
        r#"{"calls":[],"next_page_uri":"//evil.example/x"}"#,
    ] {
        let (twilio, seen) = client(vec![Answer(200, elsewhere)]);
        assert!(twilio.calls(soon()).in_progress().all().await.is_err());
        assert_eq!(count(&seen), 1);
    }
}

proptest::proptest! {
    #[test]
    fn however_a_list_is_cut_into_pages_every_item_comes_once_and_in_order(
        pages in proptest::collection::vec(0_usize..4, 1..7),
        classic: bool,
    ) {
        let last = pages.len() - 1;
        let mut sids = (0_u8..).map(|number| CallSid::from_bytes([number; 16]));
        let mut all = vec![];
        let script = pages.iter().enumerate().map(|(place, size)| {
            let items: Vec<CallSid> = sids.by_ref().take(*size).collect();
            all.extend(items.iter().copied());
            let more = place < last;
            let body = if classic { classic_page(&items, more) } else { newer_page(&items, more) };
            Answer(200, body.leak())
        });
        let (twilio, seen) = client(script.collect());
        let found: Vec<CallSid> = many::play(async {
            if classic {
                let conference = ConferenceSid::from_bytes([1; 16]);
                twilio.conferences(soon()).legs(conference).await.unwrap()
            } else {
                let map = twilio.map("m", soon());
                let items = map.all::<serde_json::Value>().await.unwrap().into_iter();
                items.map(|item| item.key.parse().unwrap()).collect()
            }
        });
        proptest::prop_assert_eq!(found, all);
        proptest::prop_assert_eq!(count(&seen), pages.len());
    }
}

fn classic_page(calls: &[CallSid], more: bool) -> String {
    let items: Vec<_> = calls.iter().map(|sid| json!({ "call_sid": sid })).collect();
    let next = more.then_some("/2010-04-01/next?PageToken=1");
    json!({ "participants": items, "next_page_uri": next }).to_string()
}

fn newer_page(calls: &[CallSid], more: bool) -> String {
    let item = |sid: &CallSid| json!({ "key": sid, "revision": "0", "data": {} });
    let items: Vec<_> = calls.iter().map(item).collect();
    let next = more.then_some("https://sync.example/v1/next?PageToken=1");
    json!({ "items": items, "meta": { "key": "items", "next_page_url": next } }).to_string()
}

#[tokio::test(start_paused = true)]
async fn an_error_keeps_twilios_code_and_both_shapes_are_read() {
    for body in [
        r#"{"code":21220,"message":"Call is not in-progress","status":400}"#,
        r#"{"type":"x","title":"Bad","status":400,"code":21220,"detail":"Call is not in-progress"}"#,
    ] {
        let (twilio, _) = client(vec![Answer(400, body)]);
        let error = twilio
            .calls(soon())
            .fetch(CallSid::from_bytes([5; 16]))
            .await
            .unwrap_err();
        let Error::Api(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (error.code, error.message.as_str()),
            (Some(21_220), "Call is not in-progress")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_remembered_until_they_work() {
    let script = vec![
        Answer(
            401,
            r#"{"code":20003,"message":"Authenticate","status":401}"#,
        ),
        Answer(404, ""),
    ];
    let (twilio, _) = client(script);
    let call = CallSid::from_bytes([5; 16]);
    let _ = twilio.calls(soon()).fetch(call).await;
    assert!(twilio.credentials_refused());
    let _ = twilio.calls(soon()).fetch(call).await;
    assert!(!twilio.credentials_refused());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_iam_refuses_is_an_answer_and_not_a_failure() {
    let token = SecretString::from("t");
    // The members of a refusal may be missing or null.
    for refused in [
        r#"{"valid":false,"code":20003,"message":"Token expired"}"#,
        r#"{"valid":false,"code":20101,"message":"Invalid","roles":null,"identity":null,"worker_sid":null}"#,
    ] {
        let (twilio, _) = client(vec![Answer(200, refused)]);
        assert!(twilio.prove_token(&token, soon()).await.unwrap().is_none());
    }

    let valid = r#"{"valid":true,"code":0,"message":null,"expiration":"2027-01-15T09:00:00Z","realm_user_id":"ann",
        "identity":"ann_40example_2Ecom","roles":["agent"],"worker_sid":"WK00000000000000000000000000000001"}"#;
    let (twilio, _) = client(vec![Answer(200, valid)]);
    let proof = twilio.prove_token(&token, soon()).await.unwrap().unwrap();
    assert_eq!(
        (proof.identity.as_str(), proof.roles.as_slice()),
        ("ann_40example_2Ecom", &["agent".to_owned()][..])
    );
    assert!(proof.expires.is_some());
}
