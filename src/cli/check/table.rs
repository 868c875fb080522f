//! Every check, in the order in which they are made.

use std::{
    fmt::{self, Write},
    future::ready,
};

use futures_util::future::BoxFuture;

use super::{
    Finding, Scene, account, caller_ids, clock, credentials, events, followups, instance, objects,
    proxy, reach, records, settings, stuck, transfers, webhooks, workers, workflows,
};

type Look = for<'s> fn(&'s Scene) -> BoxFuture<'s, Vec<Finding>>;

/// One row of the table.
pub struct Check {
    /// A short name, unique, for `check --json` and for the guide.
    pub name: &'static str,
    /// What is known when it passes.
    pub proves: &'static str,
    /// The check without which this one makes no sense. It stands before it in the table.
    pub after: Option<&'static str>,
    look: Look,
}

impl Check {
    /// Looks.
    pub(super) async fn look(&self, scene: &Scene) -> Vec<Finding> {
        (self.look)(scene).await
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const fn check(
    name: &'static str,
    proves: &'static str,
    after: Option<&'static str>,
    look: Look,
) -> Check {
    Check {
        name,
        proves,
        after,
        look,
    }
}

/// Every check. The first is the configuration's: without it there is nothing to look at.
pub static CHECKS: &[Check] = &[
    check(
        "configuration",
        "Every variable that is needed is set, each is well formed, and no name is misspelt.",
        None,
        |scene| Box::pin(ready(settings::look(scene))),
    ),
    check(
        "documents",
        "Every TwiML document, the edited ones too, compiles, renders each of its samples, and lints.",
        None,
        |scene| Box::pin(ready(settings::documents(scene))),
    ),
    check(
        "account",
        "Twilio accepts the credentials for REST, and the account is active.",
        None,
        |scene| Box::pin(account::look(scene)),
    ),
    check(
        "auth-tokens",
        "Twilio itself accepts each auth token, so its webhooks will be believed.",
        None,
        |scene| Box::pin(credentials::auth_tokens(scene)),
    ),
    check(
        "clock",
        "This machine's clock agrees with Twilio's.",
        None,
        |scene| Box::pin(clock::look(scene)),
    ),
    check(
        "flex-tokens",
        "Twilio's token service can be asked whose token a plugin sends, and calls a made-up one invalid.",
        Some("account"),
        |scene| Box::pin(credentials::flex_tokens(scene)),
    ),
    check(
        "caller-ids",
        "Twilio lets the account show each number that the configuration shows.",
        Some("account"),
        |scene| Box::pin(caller_ids::look(scene)),
    ),
    check(
        "workspace",
        "The workspace exists, and may be read.",
        Some("account"),
        |scene| Box::pin(account::workspace(scene)),
    ),
    check(
        "sync",
        "The Sync service exists, and may be read.",
        Some("account"),
        |scene| Box::pin(account::sync(scene)),
    ),
    check(
        "activities",
        "The activities exist that workers go to when they come or leave by phone.",
        Some("workspace"),
        |scene| Box::pin(account::activities(scene)),
    ),
    check(
        "objects",
        "Each activity, queue, worker and workflow that a variable names exists, and workers rest in activities that are not available.",
        Some("workspace"),
        |scene| Box::pin(objects::look(scene)),
    ),
    check(
        "workers",
        "Each extension can be keyed in, and each extension and agent's number leads to exactly one worker.",
        Some("workspace"),
        |scene| Box::pin(workers::look(scene)),
    ),
    check(
        "assignment",
        "A workflow asks this server about reservations, and lets them stand long enough for a phone to be answered.",
        Some("workspace"),
        |scene| Box::pin(workflows::look(scene)),
    ),
    check(
        "transfers",
        "A call that is transferred to a queue reaches only agents who are ready, where a workflow asks for them.",
        Some("workspace"),
        |scene| Box::pin(transfers::look(scene)),
    ),
    check(
        "follow-ups",
        "The workflows of messages and call-backs exist, and lead their tasks to workers.",
        Some("workspace"),
        |scene| Box::pin(followups::look(scene)),
    ),
    check(
        "events",
        "TaskRouter tells this server every event that the features which are on must hear.",
        Some("workspace"),
        |scene| Box::pin(events::look(scene)),
    ),
    check(
        "webhooks",
        "No number, workflow or workspace leads to a route of this server at another address, at a path that does not exist, or past an application or trunk that overrides it.",
        Some("workspace"),
        |scene| Box::pin(webhooks::look(scene)),
    ),
    check(
        "records",
        "Every record of a call in Sync can be read by this version.",
        Some("sync"),
        |scene| Box::pin(records::look(scene)),
    ),
    check(
        "stuck-tasks",
        "No agent is kept from calls by a voice task whose call is long over.",
        Some("workspace"),
        |scene| Box::pin(stuck::look(scene)),
    ),
    check(
        "public-url",
        "A server answers at `PUBLIC_URL`.",
        None,
        |scene| Box::pin(reach::look(scene)),
    ),
    check(
        "signatures",
        "Webhooks signed with each auth token and each shared key are accepted there, and others are refused.",
        Some("public-url"),
        |scene| Box::pin(reach::signatures(scene)),
    ),
    check(
        "proxy",
        "What stands in front of the server leaves path, query and body of a webhook as they are.",
        Some("signatures"),
        |scene| Box::pin(proxy::look(scene)),
    ),
    check(
        "instance",
        "The server at `PUBLIC_URL` is of this version and was started with this configuration.",
        Some("signatures"),
        |scene| Box::pin(instance::look(scene)),
    ),
    check(
        "hold-music",
        "Every piece of hold music can be fetched, and is audio.",
        None,
        |scene| Box::pin(reach::music(scene)),
    ),
];

/// The guide's table.
#[must_use]
pub fn reference() -> String {
    let mut table = "| check | what it proves |\n|---|---|\n".to_owned();
    for Check { name, proves, .. } in CHECKS {
        let _ = writeln!(table, "| `{name}` | {proves} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_comes_after_the_one_it_needs() {
        for (nth, check) in CHECKS.iter().enumerate() {
            let earlier = &CHECKS[..nth];
            assert!(
                earlier.iter().all(|it| it.name != check.name),
                "{check:?} stands twice"
            );
            let first = check.after;
            assert!(
                first.is_none_or(|first| earlier.iter().any(|it| it.name == first)),
                "{check:?} comes before {first:?}"
            );
        }
    }
}
