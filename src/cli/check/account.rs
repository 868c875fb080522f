//! The doctor at Twilio: are we let in, and is what the variables name there?

use super::{Fact, PATIENCE, availability, followups, lists::Lists, transfers, workers, workflows};
use crate::{
    assembly,
    chance::Chance,
    config::Config,
    twilio::{deadline::Deadline, error::Error, resource::activities::Activity},
};

/// Asks Twilio for the account, the workspace and the Sync service.
///
/// # Errors
/// When there can be no network client.
pub(super) async fn look(config: &Config) -> anyhow::Result<Vec<Fact>> {
    let transport = assembly::network(config)?;
    let twilio = assembly::client(&config.account, transport, Chance::unpredictable(), None);
    let by = || Deadline::after(PATIENCE);
    let status = match twilio.account_status(by()).await {
        Ok(status) if status == "active" => {
            Fact::ok("Twilio accepts the credentials, and the account is active")
        }
        Ok(status) => Fact::failed(
            format!("Twilio accepts the credentials, but the account is {status}"),
            "Nothing works in such an account; see Twilio's Console.",
        ),
        Err(error) => return Ok(vec![no_account(&error)]),
    };
    let workspace = twilio.workspace_settings(by()).await;
    let name = workspace.as_ref().map(|it| it.name.as_deref());
    let named_workspace = named(
        name.map(Option::unwrap_or_default),
        "WORKSPACE_SID",
        "workspace",
    );
    let sync = twilio.sync_service_name(by()).await;
    let sync = named(
        sync.as_ref().map(String::as_str),
        "SYNC_SERVICE_SID",
        "Sync service",
    );
    let mut facts = vec![status, named_workspace, sync];
    for (variable, name, available) in [
        ("INTAKE_ON_ACTIVITY", &config.intake.on_activity, true),
        ("INTAKE_OFF_ACTIVITY", &config.intake.off_activity, false),
    ] {
        let found = twilio.activities(by()).named(name).await;
        facts.push(activity(found, variable, name, available));
    }
    let lists = Lists::of(&twilio).await;
    facts.extend(workers::look(&lists, config));
    facts.extend(workflows::look(config, &lists, workspace.as_ref().ok()));
    facts.extend(transfers::look(&lists));
    facts.extend(followups::look(config, &twilio, &lists).await);
    facts.extend(availability::look(config, workspace.as_ref().ok()));
    Ok(facts)
}

/// Whether an activity of the intake exists and is of the right kind. A warning at most: not everybody's workers come
/// and go by phone.
fn activity(
    found: Result<Option<Activity>, Error>,
    variable: &str,
    name: &str,
    available: bool,
) -> Fact {
    let kind = if available {
        "available"
    } else {
        "unavailable"
    };
    let warning = |what: &str| {
        Fact::warning(
            format!("the activity \"{name}\" {what}"),
            format!(
                "Workers cannot go on or off line by phone. {variable} must name an activity that is {kind}."
            ),
        )
    };
    match found {
        Ok(Some(found)) if found.available == available => {
            Fact::ok(format!("the activity \"{name}\" exists and is {kind}"))
        }
        Ok(Some(_)) => warning(&format!("is not {kind}")),
        Ok(None) => warning("does not exist"),
        Err(_) => warning("cannot be looked up"),
    }
}

fn no_account(error: &Error) -> Fact {
    if error.is_auth() {
        Fact::failed(
            "Twilio refuses the credentials",
            "Check ACCOUNT_SID with AUTH_TOKEN (the newest first), or API_KEY with API_SECRET. They must be of the \
             same region.",
        )
    } else if error.is_not_found() {
        Fact::failed(
            "Twilio knows no such account",
            "Check ACCOUNT_SID, TWILIO_REGION and TWILIO_BASE_URL.",
        )
    } else {
        unanswered(error)
    }
}

fn named(answer: Result<&str, &Error>, variable: &str, kind: &str) -> Fact {
    match answer {
        Ok("") => Fact::ok(format!("the {kind} exists")),
        Ok(name) => Fact::ok(format!("the {kind} exists: \"{name}\"")),
        Err(error) if error.is_not_found() => Fact::failed(
            format!("there is no such {kind}"),
            format!("Check {variable}: is it of this account, in this region?"),
        ),
        Err(error) if error.is_auth() => Fact::failed(
            format!("Twilio does not let us see the {kind}"),
            "A restricted API key needs TaskRouter, Sync and Voice.",
        ),
        Err(error) => unanswered(error),
    }
}

fn unanswered(error: &Error) -> Fact {
    Fact::failed(
        format!("Twilio gives no useful answer: {error}"),
        "Is there a way out to api.twilio.com, sync.twilio.com and taskrouter.twilio.com over HTTPS?",
    )
}
