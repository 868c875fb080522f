//! The doctor at availability: does TaskRouter tell us what we must hear to say who is ready for the next call?

use super::{Finding, Scene};
use crate::{domain::availability::events::NEEDED, twilio::resource::account::Workspace};

/// Looks at the workspace's event callback, if availability is computed by the server.
///
/// Whether agents still have the plugin that computes it too cannot be seen from here: it writes with the same
/// credentials as everybody else in Flex, and the numbers it writes are as a rule the same. So it is said, not judged.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let config = &scene.config;
    if !config.availability.server {
        return vec![Finding::off(
            "availability: AVAILABILITY is plugin, so agents' browsers compute it",
        )];
    }
    let ours = format!("{}/taskrouter-events", config.public_url);
    let mut facts = vec![Finding::pass(
        "AVAILABILITY=server: this server writes isAcdReady and the capacity for calls. Agents' plugins should not: \
         see the README",
    )];
    // That the workspace cannot be read has been said.
    let workspace = scene.workspace().await.as_ref();
    facts.extend(workspace.ok().map(|it| events(it, &ours)));
    facts
}

fn events(workspace: &Workspace, ours: &str) -> Finding {
    let asks = workspace.event_callback.as_deref().unwrap_or_default();
    if asks != ours {
        return Finding::fail(
            "AVAILABILITY=server, but TaskRouter tells its events to somebody else, or to nobody",
            format!(
                "Without them a worker is looked at only now and then. Set the workspace's EventCallbackUrl to {ours}."
            ),
        );
    }
    // No filter: everything is told.
    let filter = workspace.events_filter.as_deref().unwrap_or_default();
    let told: Vec<_> = filter.split(',').map(str::trim).collect();
    let lacks = |event: &&&str| !filter.is_empty() && !told.contains(*event);
    let missing: Vec<_> = NEEDED.iter().filter(lacks).copied().collect();
    if missing.is_empty() {
        return Finding::pass(
            "TaskRouter tells us whatever may change who is ready for the next call",
        );
    }
    Finding::fail(
        format!(
            "AVAILABILITY=server, but TaskRouter does not tell us of {}",
            missing.join(", ")
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
        let fact = events(&workspace, OURS);
        (fact.verdict, fact.what)
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
        assert!(what.ends_with("tell us of reservation.wrapup"), "{what}");
    }
}
