//! Webhooks that are signed with a shared key of the account's own.

use http::StatusCode;
use switchboard::twilio::signature::{self, WebhookKey};

use super::desk::{Desk, PUBLIC_URL, post};
use crate::stage::Setting;

fn key(id: &str, secret: &str) -> WebhookKey {
    WebhookKey {
        id: id.to_owned(),
        secret: secret.into(),
    }
}

#[tokio::test(start_paused = true)]
async fn callers_are_parked_and_come_back_while_the_account_changes_what_it_signs_with() {
    let stage = Setting::default()
        .variable("WEBHOOK_KEYS", "old:secret-1, new:secret:2")
        .stage();
    let ann = stage.agent("ann");
    // The auth token, then one key, then its successor, then the token again, while one caller is on hold.
    let caller = stage.parked_by(&ann).await;
    for key in [
        Some(key("old", "secret-1")),
        Some(key("new", "secret:2")),
        None,
    ] {
        stage.emulator.sign_webhooks_with(key);
        stage.seconds(90).await;
        assert!(stage.on_hold(caller), "{:?}", stage.call(caller));
        ann.pick_up(caller).await.expect("an answer");
        stage.moment().await;
        assert!(stage.call(caller).conference.is_some(), "picked up");
        stage.parks(&ann).await;
    }
    assert_eq!(stage.counted("switchboard_unsigned_total"), 0);
    stage
        .emulator
        .sign_webhooks_with(Some(key("new", "secret:2")));
    stage.emulator.hang_up(caller);
    stage.moment().await;
    assert_eq!(stage.wrap_ups(caller).len(), 1);
    stage.curtain().await;
}

#[tokio::test]
async fn a_key_or_an_algorithm_that_is_not_ours_is_refused_and_said() {
    let desk = Desk::with(404, "{}", &[("WEBHOOK_KEYS", "one:12345")]);
    let path = "/call-status-handler";
    let body = "CallStatus=ringing&CallSid=CA00000000000000000000000000000001";
    let fields = signature::fields(body.as_bytes());
    let one = key("one", "12345");
    let (right, settings) = signature::sign_with_key(&one, &format!("{PUBLIC_URL}{path}"), &fields);
    for (settings, told) in [
        (&settings[..], None),
        ("key=two,algorithm=HMAC_SHA256", Some("WEBHOOK_KEYS")),
        ("key=one,algorithm=HMAC_SHA512", Some("HMAC_SHA256")),
    ] {
        let mut request = post(path, body);
        let headers = request.headers_mut();
        headers.insert(signature::HEADER, right.parse().unwrap());
        headers.insert(signature::SETTINGS_HEADER, settings.parse().unwrap());
        let seen = desk.send(request).await;
        let Some(told) = told else {
            assert_eq!(seen.status, StatusCode::NO_CONTENT, "{seen:?}");
            continue;
        };
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{seen:?}");
        let problem = seen.problem();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(told), "{detail}");
        assert!(!seen.body.contains("12345"), "{seen:?}");
    }
}
