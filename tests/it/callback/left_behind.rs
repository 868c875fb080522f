//! The line's workflow ends while somebody waits, and Twilio leaves them in the queue: they leave it by themselves, and
//! the line's own document goes on.

use serde_json::json;
use switchboard::emulator::EndedTasks;

use super::line::Line;
use crate::stage::{FollowUps, Setting};

#[tokio::test(start_paused = true)]
async fn a_caller_whose_task_is_over_leaves_the_line() {
    for (ended, hidden) in [
        (EndedTasks::FreeCallers, false),
        (EndedTasks::KeepCallers, false),
        (EndedTasks::KeepCallers, true),
    ] {
        let setting = Setting::default().follow_ups(FollowUps::StayInQueue);
        let line = Line::set(setting.ended(ended));
        line.emulator.show_attributes_in_lists(!hidden);
        let nobody = line.emulator.add_queue("Nobody there", "1 == 2");
        let nobody = nobody.expect("a queue");
        let ends = |timeout: u32| {
            json!({ "task_routing": { "filters": [{
                "expression": "1==1", "targets": [{ "queue": nobody, "timeout": timeout }],
            }] } })
        };
        let set = |timeout| line.emulator.set_routing(line.acd, &ends(timeout), false);
        set(40).expect("a workflow");
        let call = line.caller().await;
        set(3_600).expect("a workflow");
        let other = line.caller().await;
        line.seconds(20).await;
        assert!(line.waits(call), "{ended:?}");
        line.seconds(100).await;
        assert_eq!(
            line.times(call, "The line has ended"),
            1,
            "{ended:?}\n{}",
            line.emulator.journal()
        );
        assert!(line.is_over(call), "{ended:?}");
        assert!(line.waits(other), "{ended:?}: who has a task stays");
        line.close().await;
    }
}
