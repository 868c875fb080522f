//! The remote control, used as a developer with `curl` would.

use serde_json::json;
use tower::ServiceExt;

use super::*;
use crate::emulator::Browser;

async fn ask(stage: &Stage, method: &str, path: &str) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path);
    let router = stage.emulator.router();
    let answer = router.oneshot(request.body(Body::empty()).unwrap()).await;
    let (parts, body) = answer.unwrap().into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    // What is wrong is said in a sentence.
    let sentence = || Value::String(String::from_utf8_lossy(&body).into_owned());
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| sentence());
    (parts.status.as_u16(), body)
}

/// Ann sits at her desk, and the number leads to a queue.
fn seated() -> Stage {
    let stage = Stage::new();
    let emulator = &stage.emulator;
    let ann = emulator.add_agent("ann@example.com", &json!({})).unwrap();
    emulator.seat(Browser::sign_in(emulator, ann).unwrap());
    let workflow = emulator.add_workflow("Anyone", None).unwrap();
    emulator.number(&stage.number).voice(Flow::Enqueue {
        workflow,
        attributes: json!({ "name": "Bo <&> Co" }),
    });
    stage
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_moved_by_name() {
    let stage = seated();
    assert_eq!(
        ask(&stage, "POST", "/control/agents/ann/accept").await.0,
        409
    );
    let (_, placed) = ask(
        &stage,
        "POST",
        "/control/calls?to=+15125550100&from=15125550123",
    )
    .await;
    stage.wait(5).await;
    assert_eq!(
        ask(&stage, "POST", "/control/agents/ann/accept").await.0,
        200
    );
    stage.wait(1).await;
    let (_, now) = ask(&stage, "GET", "/control/state").await;
    assert_eq!(now["conferences"][0]["customer"], placed["call"]);
    assert_eq!(now["tasks"][0]["attributes"]["name"], "Bo <&> Co");
    assert_eq!(now["agents"][0]["talks_on_task"], now["tasks"][0]["task"]);
    assert_eq!(now["calls"][0]["from"], CALLER);

    stage.app.answer("/park-call", 409, "{}");
    assert_eq!(ask(&stage, "POST", "/control/agents/bob/park").await.0, 404);
    assert_eq!(ask(&stage, "POST", "/control/agents/ann/park").await.0, 409);
    assert_eq!(
        stage.app.seen("/park-call")[0].form["callSid"],
        placed["call"].as_str().unwrap()
    );
    assert_eq!(
        ask(&stage, "POST", "/control/agents/ann/hang-up").await.0,
        200
    );
    stage.wait(1).await;
    let (_, now) = ask(&stage, "GET", "/control/state").await;
    assert_eq!(
        (&now["conferences"], &now["tasks"][0]["status"]),
        (&json!([]), &json!("completed"))
    );
}

#[tokio::test(start_paused = true)]
async fn somebody_texts_and_reads_the_answer() {
    let stage = Stage::new();
    let number = stage.emulator.number(&stage.number);
    number.messaging(format!("{ORIGIN}/sms"));
    stage.app.on("/sms", "<Message>You are on line.</Message>");
    let path = "/control/texts?to=15125550100&from=15125550177&body=on%20sales";
    assert_eq!(ask(&stage, "POST", path).await.0, 200);
    stage.emulator.settled().await;
    assert_eq!(stage.app.seen("/sms")[0].form["Body"], "on sales");
    let (_, read) = ask(&stage, "GET", "/control/texts?number=15125550177").await;
    assert_eq!(read[0]["body"], "You are on line.");
    let nowhere = "/control/texts?to=ann&from=15125550177";
    assert_eq!(ask(&stage, "POST", nowhere).await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn a_worker_signs_in() {
    let stage = seated();
    let (_, now) = ask(&stage, "GET", "/control/state").await;
    let worker = now["agents"][0]["worker"].as_str().unwrap();
    let path = format!("/control/tokens?worker={worker}");
    let (status, given) = ask(&stage, "POST", &path).await;
    let token = given["token"].as_str().unwrap();
    let bearer = stage.emulator.lock().tokens.bearer(token).cloned();
    let bearer = bearer.unwrap();
    assert_eq!((status, bearer.worker.unwrap().as_str()), (200, worker));
    assert_eq!(bearer.roles, ["agent"]);
    for (wrong, wanted) in [("ann", 400), ("WK00000000000000000000000000000000", 404)] {
        let path = format!("/control/tokens?worker={wrong}");
        assert_eq!(ask(&stage, "POST", &path).await.0, wanted, "{wrong}");
    }
}

/// The account is empty at first: the remote control sets up everything, as `switchboard emulator` needs it.
#[tokio::test(start_paused = true)]
async fn an_agent_is_seated_takes_a_call_and_parks_it_by_remote_control() {
    let stage = Stage::new();
    let (_, made) = ask(&stage, "POST", "/control/workflows").await;
    let (_, again) = ask(&stage, "POST", "/control/workflows").await;
    assert_eq!(made, again, "they are made once");
    assert!(made["main"].as_str().unwrap().starts_with("WW"));
    let number = "/control/numbers?number=15125550100&workflow=Inbound%20ACD";
    assert_eq!(ask(&stage, "POST", number).await.0, 200);
    let (status, ann) = ask(&stage, "POST", "/control/agents?name=ann&capacity=2").await;
    assert_eq!(status, 200, "{ann}");
    let (_, again) = ask(&stage, "POST", "/control/agents?name=ann").await;
    assert_eq!(ann, again, "she sits there already");
    let worker = ann["worker"].as_str().unwrap().parse().unwrap();
    assert_eq!(stage.emulator.worker_capacity(worker, "voice"), Some(2));

    let (_, placed) = ask(&stage, "POST", "/control/calls?to=15125550100").await;
    stage.wait(5).await;
    let accept = "/control/agents/ann/accept";
    assert_eq!(ask(&stage, "POST", accept).await.0, 200);
    stage.wait(1).await;
    // The application of this test is none that a browser would listen to, but it is asked.
    let (_, told) = ask(&stage, "POST", "/control/agents/ann/park").await;
    assert_eq!(told, "the answer does not allow Flex's origin (CORS)");
    let seen = &stage.app.seen("/park-call")[0];
    assert_eq!(seen.form["callSid"], placed["call"].as_str().unwrap());

    for (wrong, wanted) in [
        ("/control/agents", 400),
        ("/control/agents?name=bob&capacity=many", 400),
        ("/control/numbers?number=15125550100&workflow=Nowhere", 400),
    ] {
        assert_eq!(ask(&stage, "POST", wrong).await.0, wanted, "{wrong}");
    }
}

/// A worker who is there already is not made again, and sits down under their own name.
#[tokio::test(start_paused = true)]
async fn a_known_worker_sits_down() {
    let stage = Stage::new();
    let sue = stage.emulator.add_agent("sue@example.com", &json!({}));
    let (_, seated) = ask(&stage, "POST", "/control/agents?name=sue").await;
    assert_eq!(seated["worker"], sue.unwrap().as_str());
}

/// An emulator that knows no server cannot guess where the plugin's requests go, and is told with each agent.
#[tokio::test]
async fn over_an_open_line_an_agent_names_their_server() {
    let stage = Stage::new();
    stage.emulator.connect(Line::open(
        crate::twilio::transport::client().build().unwrap(),
    ));
    assert_eq!(ask(&stage, "POST", "/control/agents?name=ann").await.0, 400);
    let unused = "http://127.0.0.1:9";
    let path = format!("/control/agents?name=ann&server={unused}");
    assert_eq!(ask(&stage, "POST", &path).await.0, 200);
}
