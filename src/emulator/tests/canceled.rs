//! A waiting caller's task is canceled by REST: the caller stays or leaves, as the settings say.

use serde_json::Value;

use super::{Stage, TOKEN, account, queues::Floor};
use crate::emulator::Heard;

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
