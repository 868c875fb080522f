//! The doctor at tasks that no agent will finish: their agents are offered no other call.

use super::{Finding, Scene};
use crate::features::stuck_tasks;

/// How many are named.
const NAMED: usize = 10;

/// Looks at the tasks that have not changed for as long as the configuration says.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let Some(after) = scene.config.features.stuck_tasks.after else {
        return vec![Finding::off("stuck tasks: STUCK_TASK_SECONDS is 0")];
    };
    let found = stuck_tasks::find(&scene.twilio, &scene.clock(), after, scene.by()).await;
    vec![match found {
        Err(error) => Finding::fail(
            format!("old tasks cannot be looked at: {error}"),
            "Look again when Twilio answers.",
        ),
        Ok(stuck) if stuck.is_empty() => {
            Finding::pass("no voice task keeps an agent who has no call")
        }
        Ok(stuck) => {
            let named = stuck.iter().take(NAMED);
            let named = named.map(|it| {
                let hours = it.since.as_secs() / 3_600;
                format!("{} ({}, {hours} h)", it.task, it.status)
            });
            let named: Vec<_> = named.collect();
            let more = stuck.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            Finding::warn(
                format!(
                    "voice tasks without a live call: {}{more}",
                    named.join(", ")
                ),
                "A running server ends them within ten minutes, with a log line each. Should they stay, complete them in \
                 TaskRouter: until then their agents are offered no other call.",
            )
        }
    }]
}
