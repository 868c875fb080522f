//! `switchboard callbacks`: what an operator reads.

use switchboard::cli::now::{Options, Sheet, Subject, ask};

use super::line::Line;
use crate::stage::{FollowUps, Setting};

async fn look(line: &Line) -> Sheet {
    let numbers = Options {
        json: false,
        numbers: true,
    };
    let sheet = ask(&line.app(), Subject::Callbacks, numbers).await;
    sheet.expect("an answer")
}

#[tokio::test(start_paused = true)]
async fn callers_who_wait_to_be_called_back_are_shown_until_an_agent_has_called() {
    let line = Line::set(Setting::default().follow_ups(FollowUps::StayInQueue));
    let ann = line.agent("ann");
    ann.go_to("Offline").expect("off line");
    assert!(
        look(&line)
            .await
            .text()
            .starts_with("No caller waits to be called back")
    );
    let call = line.caller_from("+13035550177").await;
    line.keys(call, &["*", "1", "1"]).await;
    line.seconds(60).await;
    let sheet = look(&line).await;
    let waiting = sheet.json()["callbacks"].clone();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting:#}");
    let one = &waiting[0];
    assert_eq!(one["callSid"], call.as_str());
    assert_eq!(one["taskSid"], line.follow_up().sid.as_str());
    assert_eq!(one["stands"], "in line: pending");
    assert!(
        one["waitedSeconds"].as_u64().is_some_and(|it| it >= 60),
        "{one:#}"
    );
    assert!(
        sheet.text().starts_with("1 caller waits to be called back"),
        "{}",
        sheet.text()
    );

    ann.go_to("Available").expect("on line");
    line.seconds(5).await;
    line.accepts(&ann).await;
    for task in ann.tasks() {
        ann.complete(task).expect("completed");
    }
    line.seconds(5).await;
    let sheet = look(&line).await;
    assert_eq!(sheet.json()["total"], 0, "{:#}", sheet.json());
    line.close().await;
}
