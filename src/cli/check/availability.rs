//! The doctor at availability: does TaskRouter tell us what we must hear to say who is ready for the next call?

use super::Fact;
use crate::{
    config::Config, domain::availability::events::NEEDED, twilio::resource::account::Workspace,
};

/// Looks at the workspace's event callback, if availability is computed by the server.
///
/// Whether agents still have the plugin that computes it too cannot be seen from here: it writes with the same
/// credentials as everybody else in Flex, and the numbers it writes are as a rule the same. So it is said, not judged.
pub(super) fn look(config: &Config, workspace: Option<&Workspace>) -> Vec<Fact> {
    if !config.availability.server {
        return vec![];
    }
    let ours = format!("{}/taskrouter-events", config.public_url);
    let mut facts = vec![Fact::ok(
        "AVAILABILITY=server: this server writes isAcdReady and the capacity for calls. Agents' plugins should not: \
         see the README",
    )];
    // That the workspace cannot be read has been said.
    facts.extend(workspace.map(|workspace| events(workspace, &ours)));
    facts
}

fn events(workspace: &Workspace, ours: &str) -> Fact {
    let asks = workspace.event_callback.as_deref().unwrap_or_default();
    if asks != ours {
        return Fact::failed(
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
        return Fact::ok("TaskRouter tells us whatever may change who is ready for the next call");
    }
    Fact::failed(
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
        assert_eq!(verdict(None, None).0, Verdict::Failed);
        let elsewhere = "https://y.example/taskrouter-events";
        assert_eq!(verdict(Some(elsewhere), None).0, Verdict::Failed);
        assert_eq!(verdict(Some(OURS), None).0, Verdict::Ok, "all are told");
        assert_eq!(verdict(Some(OURS), Some("")).0, Verdict::Ok);
        let all = NEEDED.join(", ");
        assert_eq!(verdict(Some(OURS), Some(&all)).0, Verdict::Ok);
        let some = all.replace("reservation.wrapup", "task.created");
        let (failed, what) = verdict(Some(OURS), Some(&some));
        assert_eq!(failed, Verdict::Failed);
        assert!(what.ends_with("tell us of reservation.wrapup"), "{what}");
    }
}
