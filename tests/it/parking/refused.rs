//! What the published plugin does after a refusal. It never looks at a status: only a body that is not JSON stops it.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::json;
use switchboard::emulator::{Browser, FlexError};

use crate::stage::{MAIN_LINE, Stage, live_task};

/// Ann talks to a caller, and her token has ended without Flex noticing: she was signed out elsewhere.
async fn signed_out_while_talking(stage: &Stage) -> (Browser, switchboard::twilio::sid::CallSid) {
    let ann = stage.agent("ann");
    let first = stage.talks_to(&ann).await;
    stage.emulator.revoke_token(&ann.token());
    // Longer than any answer about a token is remembered.
    stage.seconds(61).await;
    (ann, first)
}

#[tokio::test(start_paused = true)]
async fn with_an_expired_token_the_second_call_is_not_accepted_and_the_first_caller_not_cut_off() {
    let stage = Stage::new();
    let (ann, first) = signed_out_while_talking(&stage).await;
    let second = stage.calls(MAIN_LINE).await;
    let offer = *ann.offers().first().expect("an offer");
    let accepted = ann.accept(offer).await;
    assert!(
        matches!(accepted, Err(FlexError::Plugin(_))),
        "the plugin must stop before Flex accepts: {accepted:?}"
    );
    stage.moment().await;
    assert!(
        stage.call(first).conference.is_some(),
        "the first caller still talks to Ann"
    );
    assert!(
        stage.call(second).in_queue.is_some(),
        "the second caller still waits"
    );
    assert_eq!(ann.offers(), [offer], "the offer still stands");
    assert!(stage.records().is_empty(), "nothing was parked");

    // She signs in again, and accepts: the first caller goes on hold, the second talks to her.
    ann.close();
    let ann = Browser::sign_in(&stage.emulator, ann.worker()).expect("a browser");
    ann.accept(offer).await.expect("accepted");
    stage.moment().await;
    assert!(stage.on_hold(first), "{:?}", stage.call(first));
    assert!(stage.call(second).conference.is_some());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn every_refusal_of_the_three_routes_stops_the_plugin_and_names_its_reason() {
    let stage = Stage::new();
    let (ann, first) = signed_out_while_talking(&stage).await;
    let bob = stage.agent("bob");
    let refused = [
        (ann.park(live_task(&ann)).await, "Flex token"),
        (ann.set_capacity(2).await, "Flex token"),
        (bob.set_capacity(500).await, "capacity"),
        (bob.post("/park-call", &[]).await, "callSid: missing"),
        (
            bob.post(
                "/pickup-parked-call",
                &[
                    ("callSid", first.as_str()),
                    ("workerSid", &bob.worker().to_string()),
                ],
            )
            .await,
            "",
        ),
    ];
    for (reply, why) in refused {
        let reply = reply.expect("an answer");
        assert!(!reply.is_success() && !reply.is_json(), "{reply:?}");
        assert!(reply.text.contains(why), "{reply:?}");
    }
    assert!(stage.call(first).conference.is_some());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_told_as_json_where_the_plugin_reads_it() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let token = stage
        .emulator
        .mint_token(ann.worker(), Duration::from_secs(1))
        .expect("a token");
    stage.seconds(2).await;
    let token = token.expose_secret();
    for path in [
        "/features/callback-and-voicemail/flex/fetch-voicemail",
        "/features/callback-and-voicemail/flex/requeue-callback",
    ] {
        let reply = ann
            .post(path, &[("Token", token)])
            .await
            .expect("an answer");
        assert_eq!((reply.status, &reply.body["status"]), (403, &json!(403)));
        assert!(reply.body["message"].is_string(), "{reply:?}");
    }
    stage.curtain().await;
}
