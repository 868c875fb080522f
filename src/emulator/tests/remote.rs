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
    let body = serde_json::from_slice(&body).unwrap_or_default();
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
