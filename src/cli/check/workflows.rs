//! The doctor at TaskRouter's workflows: do they ask us, and is there time enough for a phone to be answered?

use std::time::Duration;

use super::{Finding, Scene, words};
use crate::{
    features::dispatch::budget::Budget,
    twilio::{
        resource::{account::Workspace, workflows::Workflow},
        sid::ActivitySid,
    },
};

/// Looks at every workflow that asks us, if there is a number to call from, and at the workspace, if it could be read.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let config = &scene.config;
    let Some(phones) = &config.features.dispatch.phones else {
        return vec![Finding::off(
            "assignment: DISPATCH_CALLER_ID is not set, so no worker's phone rings",
        )];
    };
    let ours = format!("{}/assignment-callback", config.general.public_url);
    let mut facts = match &scene.lists().await.workflows {
        Ok(workflows) => judge(workflows, &ours, config.features.dispatch.budget),
        Err(error) => vec![Finding::fail(
            format!(
                "the workflows could not be read: {}",
                words::of_twilio(error)
            ),
            "A restricted API key needs TaskRouter.",
        )],
    };
    // That the workspace cannot be read has been said.
    let workspace = scene.workspace().await.as_ref().ok();
    facts.extend(workspace.map(|it| time_out(it, phones.cool_down_activity)));
    facts
}

/// Whether workers come back whom TaskRouter takes off line because we could not be reached.
fn time_out(workspace: &Workspace, cool_down: ActivitySid) -> Finding {
    if workspace.timeout_activity == Some(cool_down) {
        return Finding::pass(
            "workers whose reservation times out go into cool-down, and come back",
        );
    }
    Finding::warn(
        "if this server cannot be reached for a while, TaskRouter takes workers off line, and they do not come back by themselves",
        "Set the workspace's TimeoutActivitySid to the activity of DISPATCH_COOL_DOWN_ACTIVITY.",
    )
}

fn judge(workflows: &[Workflow], ours: &str, budget: Budget) -> Vec<Finding> {
    let asks = |url: &Option<String>| url.as_deref().is_some_and(|url| url.starts_with(ours));
    let mut facts = vec![];
    for workflow in workflows
        .iter()
        .filter(|workflow| asks(&workflow.assignment_callback_url))
    {
        let name = &workflow.friendly_name;
        let stands = Duration::from_secs(u64::from(workflow.task_reservation_timeout));
        let seconds = stands.as_secs();
        facts.push(if budget.fits(stands) {
            Finding::pass(format!(
                "workflow \"{name}\" asks us, and {budget} fit into its {seconds} s"
            ))
        } else {
            Finding::fail(
                format!("workflow \"{name}\" gives a reservation {seconds} s, but {budget}"),
                "Let its reservations stand longer, or set DISPATCH_RING, DISPATCH_LISTEN or DISPATCH_SLACK lower.",
            )
        });
        if stands < budget.reservation {
            facts.push(Finding::warn(
                format!("DISPATCH_RESERVATION is longer than \"{name}\" lets a reservation stand"),
                "Set it to the shortest of your workflows: it decides whether a leg is tried again.",
            ));
        }
        if !asks(&workflow.fallback_assignment_callback_url) {
            facts.push(Finding::warn(
                format!("workflow \"{name}\" has no fallback for when this server does not answer in time"),
                "Set its FallbackAssignmentCallbackUrl to the same address: a leg is made once all the same.",
            ));
        }
    }
    if facts.is_empty() {
        facts.push(Finding::warn(
            "no workflow asks us what to do with a reservation",
            format!("Set the AssignmentCallbackUrl of a workflow to {ours}."),
        ));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};
    use crate::twilio::sid::WorkflowSid;

    const OURS: &str = "https://x.example/assignment-callback";

    fn workflow(seconds: u32, asked: Option<&str>) -> Workflow {
        Workflow {
            sid: WorkflowSid::from_bytes([1; 16]),
            friendly_name: "Remote".to_owned(),
            configuration: String::new(),
            assignment_callback_url: asked.map(str::to_owned),
            fallback_assignment_callback_url: asked.map(str::to_owned),
            task_reservation_timeout: seconds,
        }
    }

    fn verdicts(workflow: Workflow) -> Vec<(Verdict, String)> {
        let seconds = Duration::from_secs;
        let budget = Budget {
            ring: seconds(20),
            listening: seconds(10),
            slack: seconds(15),
            reservation: seconds(50),
        };
        let facts = judge(&[workflow], OURS, budget);
        facts
            .into_iter()
            .map(|fact| (fact.verdict, fact.what))
            .collect()
    }

    #[test]
    fn the_sum_is_told_when_it_does_not_fit() {
        let told = verdicts(workflow(15, Some(OURS)));
        assert_eq!(told[0].0, Verdict::Fail);
        assert!(
            told[0]
                .1
                .contains("15 s, but ring 20 s + 5 s + listening 10 s + slack 15 s = 50 s"),
            "{told:?}"
        );
        assert_eq!(verdicts(workflow(50, Some(OURS)))[0].0, Verdict::Pass);
    }

    #[test]
    fn it_is_noticed_where_an_outage_would_leave_workers() {
        let [cool_down, other] = [1, 2].map(|n| ActivitySid::from_bytes([n; 16]));
        let verdict = |timeout_activity| {
            let workspace = Workspace {
                name: None,
                timeout_activity,
                event_callback: None,
                events_filter: None,
            };
            time_out(&workspace, cool_down).verdict
        };
        assert_eq!(verdict(Some(cool_down)), Verdict::Pass);
        assert_eq!(verdict(Some(other)), Verdict::Warn);
        assert_eq!(verdict(None), Verdict::Warn);
    }

    #[test]
    fn a_workflow_that_asks_nobody_is_noticed() {
        let told = verdicts(workflow(120, None));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, Verdict::Warn);
    }
}
