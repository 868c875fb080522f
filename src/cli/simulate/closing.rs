//! The end of a day: whether anybody or anything is left over.
//!
//! Every call is ended, every task over, every agent in an activity in which tasks come, no record of ours unfinished,
//! no phone claimed, and neither side of the world has a loose end. What this finds is a fault: a forgotten
//! caller, or a worker who was sent away and never brought back.

use std::time::Duration;

use super::centre::Centre;

/// Long enough for the reconcilers to have looked at everything, and for what is finished to be said so.
const QUIET: Duration = Duration::from_mins(3);

/// What is left, a sentence each.
pub(super) async fn left(centre: &Centre) -> Vec<String> {
    let emulator = &centre.emulator;
    centre.clock.sleep(QUIET).await;
    emulator.settled().await;
    let calls = emulator.live_calls().into_iter();
    let mut left: Vec<_> = calls
        .map(|call| format!("the call {:?} is {}", call.sid, call.status))
        .collect();
    let tasks = emulator.tasks().into_iter();
    let tasks = tasks.filter(|task| !matches!(task.status, "completed" | "canceled"));
    left.extend(tasks.map(|task| format!("the task {:?} is {}", task.sid, task.status)));
    let workers = emulator.workers().into_iter();
    let workers = workers.filter(|worker| !worker.available);
    left.extend(workers.map(|worker| format!("{} is {}", worker.name, worker.activity)));
    for map in emulator.map_names() {
        for (key, item) in emulator.map_items(&map) {
            let unfinished = map.starts_with("Global.Dispatch.") && item["phase"] != "over";
            if unfinished {
                left.push(format!("the record {key} is {}", item["phase"]));
            }
            if map == "Global.DispatchPhones" {
                left.push("a phone is claimed".to_owned());
            }
        }
    }
    left.extend(emulator.finish());
    left
}
