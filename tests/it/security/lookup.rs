//! The look-up of an extension: who may ask, and what an extension may not do (m15 of the published sample, which
//! spliced what the caller keyed in into an expression).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{StatusCode, header};
use serde_json::{Value, json};
use switchboard::emulator::Browser;

use super::{
    credentials::studio,
    door::{Door, FORM, JSON, Who, doors_of, form, send, value},
};
use crate::stage::Stage;

fn door() -> Door {
    doors_of(Who::Studio).next().expect("the look-up")
}

async fn ask(stage: &Stage, extension: &str) -> Value {
    ask_as(stage, &stage.agent("zoe"), extension).await
}

/// What a flow of Studio is told of an extension. Studio is nobody; the browser only opens the door.
pub(crate) async fn ask_as(stage: &Stage, zoe: &Browser, extension: &str) -> Value {
    let body = form([("extension", extension)].into_iter());
    let seen = send(stage, door().enter(zoe, "/worker-lookup", FORM, body)).await;
    assert_eq!(seen.status, StatusCode::OK, "{seen:?}");
    serde_json::from_str(&seen.body).expect("JSON")
}

#[tokio::test(start_paused = true)]
async fn m15_and_a4_90_an_extension_finds_its_worker_by_direct_extension() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let found =
        json!({ "success": true, "workerSid": ann.worker(), "workerActivity": "Available" });
    assert_eq!(ask(&stage, "1234").await, found);
    stage.curtain().await;
    let stage = Stage::new();
    let ann = stage.agent("ann");
    ann.go_to("Offline").expect("an activity");
    assert_eq!(ask(&stage, " 1234 ").await["workerActivity"], "Offline");
    stage.curtain().await;
    let stage = Stage::new();
    let nobody = json!({ "success": false, "message": "no worker has this extension" });
    assert_eq!(ask(&stage, "1234").await, nobody);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m15_and_a4_90_nothing_keyed_in_can_alter_the_question() {
    let stage = Stage::new();
    stage.agent("ann");
    let zoe = stage.agent("zoe");
    let before = stage.asked();
    for extension in [
        "1234' OR '1'=='1",
        "1234\" OR 1==1 OR \"",
        "\" OR directExtension HAS \"1",
        "1234\\",
        "1234\\\" OR 1==1",
        "1234\u{0}",
        "*",
        "%31234",
        "１２３４",
        "12 34",
        "-1",
        "1e3",
        "12345678901234567",
        "",
        "undefined",
    ] {
        let no = json!({ "success": false, "message": "an extension is made of digits" });
        for (kind, body) in [
            (FORM, form([("extension", extension)].into_iter())),
            (JSON, json!({ "extension": extension }).to_string()),
        ] {
            let seen = send(&stage, door().enter(&zoe, "/worker-lookup", kind, body)).await;
            let answer: Value = serde_json::from_str(&seen.body).expect("JSON");
            assert_eq!(answer, no, "{extension:?}");
        }
    }
    assert_eq!(
        stage.asked_since(before),
        [""; 0],
        "Twilio was not even asked"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn m15_and_a4_71_of_several_with_one_extension_none_is_guessed() {
    let stage = Stage::new();
    stage.agent("ann");
    let more = json!({ "directExtension": "1234" });
    stage
        .emulator
        .add_agent("bob@example.com", &more)
        .expect("an agent");
    let several = json!({ "success": false, "message": "several workers have this extension" });
    assert_eq!(ask(&stage, "1234").await, several);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn the_password_opens_the_look_up_only_where_one_is_set() {
    let login = |text: &str| {
        let mut request = door().knock("/worker-lookup", FORM, "extension=1234");
        let basic = format!("bAsIc {}", STANDARD.encode(text));
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, value(&basic));
        request
    };
    let with = studio();
    with.agent("ann");
    let seen = send(&with, login("studio:s:cret é")).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.body.contains("\"success\":true"), "{}", seen.body);
    for wrong in [
        "studio:s:cret",
        "studio:",
        ":s:cret é",
        "studio:s:cret é ",
        "Studio:s:cret é",
        "",
        ":",
    ] {
        let seen = send(&with, login(wrong)).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "{wrong:?}");
        let realm = seen.headers[header::WWW_AUTHENTICATE]
            .to_str()
            .expect("text");
        assert!(realm.starts_with("Basic realm="), "{realm}");
    }
    with.curtain().await;
    let without = Stage::new();
    for guess in ["studio:s:cret é", ":", "", "undefined:undefined"] {
        let seen = send(&without, login(guess)).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{guess:?}");
        assert!(!seen.headers.contains_key(header::WWW_AUTHENTICATE));
    }
    without.curtain().await;
}
