//! A waiting caller's task is canceled by REST: the caller stays or leaves, as the settings say.

use serde_json::Value;

use super::{ORIGIN, Stage, TOKEN, account, queues::Floor};
use crate::emulator::{EndedTasks, Heard};

async fn cancel(stage: &Stage, task: &str) -> (u16, Value) {
    let workspace = stage.emulator.workspace();
    let url = format!("https://taskrouter.twilio.com/v1/Workspaces/{workspace}/Tasks/{task}");
    let form = [("AssignmentStatus", "canceled"), ("Reason", "Opted out")];
    let request = stage.client.post(url).basic_auth(account(), Some(TOKEN));
    let request = request.form(&form).build().unwrap();
    let answer = stage.emulator.transport().send(request).await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_caller_whose_task_is_canceled_stays_or_leaves_as_the_settings_say() {
    for leaves in [false, true] {
        let floor = Floor::new();
        let stage = &floor.stage;
        stage
            .emulator
            .with(|world| world.settings.canceled_tasks_free_callers = leaves);
        floor.queue("action=\"/left\"", "");
        stage.app.on("/left", "<Say>Goodbye</Say><Hangup/>");
        let call = stage.call();
        stage.wait(20).await;
        let waiting = stage.emulator.call(call).unwrap().in_queue.unwrap();
        let (status, task) = cancel(stage, waiting.as_str()).await;
        assert_eq!(
            (status, &task["assignment_status"]),
            (200, &Value::from("canceled"))
        );
        stage.wait(20).await;
        let view = stage.emulator.call(call).unwrap();
        assert_eq!(
            view.heard.contains(&Heard::Words("Goodbye".to_owned())),
            leaves
        );
        assert_eq!(view.in_queue.is_none(), leaves);
        stage.emulator.hang_up(call);
        stage.wait(5).await;
        assert_eq!(stage.app.seen("/left").len(), 1);
        assert!(stage.emulator.finish().is_empty());
    }
}

async fn take_out(stage: &Stage, member: &str) -> u16 {
    let url = format!("{ORIGIN}/taken");
    let form = [("Url", url.as_str()), ("Method", "POST")];
    stage.rest("POST", member, &form).await.0
}

#[tokio::test(start_paused = true)]
async fn a_caller_whose_tasks_time_is_up_stays_or_leaves_as_the_settings_say() {
    for (ended, stays) in [
        (EndedTasks::FreeCallers, false),
        (EndedTasks::KeepCallers, true),
    ] {
        let floor = Floor::new();
        let stage = &floor.stage;
        stage
            .emulator
            .with(|world| world.settings.ended_tasks = ended);
        floor.queue("action=\"/left\"", "");
        stage.app.on("/left", "<Say>Goodbye</Say><Hangup/>");
        stage.app.on("/taken", "<Say>Taken out</Say><Hangup/>");
        let call = stage.call();
        stage.wait(20).await;
        let (_, queues) = stage.rest("GET", "/Queues.json", &[]).await;
        let queue = queues["queues"][0]["sid"].as_str().unwrap().to_owned();
        let member = format!("/Queues/{queue}/Members/{call}.json");
        assert_eq!(stage.rest("GET", &member, &[]).await.0, 200);
        stage.wait(86_500).await;
        let view = stage.emulator.call(call).unwrap();
        assert_eq!(view.in_queue.is_some(), stays, "{ended:?}");
        let members = format!("/Queues/{queue}/Members.json");
        let (_, members) = stage.rest("GET", &members, &[]).await;
        let members = members["queue_members"].as_array().unwrap().len();
        assert_eq!(members, usize::from(stays), "{ended:?}");
        let first = take_out(stage, &member).await;
        assert_eq!(first, if stays { 200 } else { 404 }, "{ended:?}");
        assert_eq!(
            take_out(stage, &member).await,
            404,
            "only one takes them out"
        );
        stage.wait(20).await;
        let heard = stage.emulator.call(call).unwrap().heard;
        let said = |words: &str| heard.contains(&Heard::Words(words.to_owned()));
        assert_eq!(
            (said("Taken out"), said("Goodbye")),
            (stays, !stays),
            "{heard:?}"
        );
        stage.wait(5).await;
        assert!(stage.emulator.finish().is_empty());
    }
}
