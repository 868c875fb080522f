//! The doctor at TaskRouter's events: does the workspace tell this server what the features that are on must hear?

use std::collections::BTreeSet;

use super::{Finding, Scene};
use crate::{
    app::Config, features::availability::events::NEEDED, twilio::resource::account::Workspace,
};

/// A feature that is on, and the events without which it does not work.
struct Listener {
    feature: &'static str,
    events: Vec<&'static str>,
}

/// Every feature that is on and hears events.
fn listeners(config: &Config) -> Vec<Listener> {
    let mut listeners = vec![];
    let mut add = |feature, events: &[&'static str]| {
        let events = events.to_vec();
        listeners.push(Listener { feature, events });
    };
    if config.features.dispatch.phones.is_some() {
        add(
            "workers' phones",
            &[
                "reservation.canceled",
                "reservation.timeout",
                "reservation.rescinded",
                "reservation.rejected",
                "task.canceled",
            ],
        );
    }
    if config.features.dispatch.nobody.is_some() {
        let events = ["task-queue.entered", "task.canceled"];
        add("the queue without workers", &events);
    }
    if config.features.extension.workflow.is_some() {
        add(
            "extensions",
            &[
                "reservation.accepted",
                "reservation.rejected",
                "reservation.timeout",
                "task.canceled",
            ],
        );
    }
    if config.features.did.workflow.is_some() {
        add("agents' numbers", &["task.canceled"]);
    }
    if config.features.did.workflow.is_some() && !config.features.did.shared.is_empty() {
        add("shared numbers", &["reservation.accepted"]);
    }
    if config.features.availability.on {
        add("AVAILABILITY=server", &NEEDED);
    }
    listeners
}

/// Looks at the workspace's event callback.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let config = &scene.config;
    let listeners = listeners(config);
    if listeners.is_empty() {
        return vec![Finding::off(
            "events: no feature that is on hears TaskRouter's events",
        )];
    }
    let ours = format!("{}/taskrouter-events", config.general.public_url);
    let mut findings = vec![];
    if config.features.availability.on {
        findings.push(Finding::pass(
            "AVAILABILITY=server: this server writes isAcdReady and the capacity for calls. Agents' plugins should \
             not: see `switchboard docs availability`",
        ));
    }
    // That the workspace cannot be read has been said.
    let workspace = scene.workspace().await.as_ref().ok();
    findings.extend(workspace.map(|it| judge(it, &ours, &listeners)));
    findings
}

fn judge(workspace: &Workspace, ours: &str, listeners: &[Listener]) -> Finding {
    let features: Vec<_> = listeners.iter().map(|it| it.feature).collect();
    let features = features.join(", ");
    let asks = workspace.event_callback.as_deref().unwrap_or_default();
    if asks.split('#').next() != Some(ours) {
        let whom = if asks.is_empty() {
            "to no address"
        } else {
            "to another server"
        };
        return Finding::fail(
            format!("TaskRouter tells its events {whom}, and these features need them: {features}"),
            format!("Set the workspace's EventCallbackUrl to {ours}."),
        );
    }
    // No filter: everything is told.
    let filter = workspace.events_filter.as_deref().unwrap_or_default();
    let told: Vec<_> = filter.split(',').map(str::trim).collect();
    let needed = listeners.iter().flat_map(|it| it.events.iter().copied());
    let needed: BTreeSet<_> = needed.collect();
    let mut missing = needed
        .into_iter()
        .filter(|it| !told.contains(it))
        .peekable();
    if filter.is_empty() || missing.peek().is_none() {
        return Finding::pass(format!(
            "TaskRouter tells this server every event that is needed for {features}"
        ));
    }
    let missing: Vec<_> = missing.collect();
    let deaf = listeners
        .iter()
        .filter(|it| it.events.iter().any(|event| missing.contains(event)));
    let deaf: Vec<_> = deaf.map(|it| it.feature).collect();
    Finding::fail(
        format!(
            "TaskRouter does not tell this server of {}, which is needed for {}",
            missing.join(", "),
            deaf.join(", ")
        ),
        "Add them to the workspace's EventsFilter, or leave it empty.",
    )
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};

    const OURS: &str = "https://x.example/taskrouter-events";

    fn verdict(url: Option<&str>, filter: Option<&str>) -> (Verdict, String) {
        let workspace = Workspace {
            name: None,
            timeout_activity: None,
            event_callback: url.map(str::to_owned),
            events_filter: filter.map(str::to_owned),
        };
        let events = NEEDED.to_vec();
        let listener = Listener {
            feature: "AVAILABILITY=server",
            events,
        };
        let finding = judge(&workspace, OURS, &[listener]);
        (finding.verdict, finding.what)
    }

    #[test]
    fn it_is_noticed_when_the_events_do_not_come() {
        assert_eq!(verdict(None, None).0, Verdict::Fail);
        let elsewhere = "https://y.example/taskrouter-events";
        assert_eq!(verdict(Some(elsewhere), None).0, Verdict::Fail);
        assert_eq!(verdict(Some(OURS), None).0, Verdict::Pass, "all are told");
        assert_eq!(verdict(Some(OURS), Some("")).0, Verdict::Pass);
        let all = NEEDED.join(", ");
        assert_eq!(verdict(Some(OURS), Some(&all)).0, Verdict::Pass);
        let some = all.replace("reservation.wrapup", "task.created");
        let (failed, what) = verdict(Some(OURS), Some(&some));
        assert_eq!(failed, Verdict::Fail);
        assert!(
            what.contains("tell this server of reservation.wrapup,"),
            "{what}"
        );
    }
}
