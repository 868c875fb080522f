//! The doctor at Twilio: are we let in, and is what the variables name there?

use super::{Finding, Scene, words};
use crate::twilio::{error::Error, resource::activities::Activity};

/// Asks Twilio for the account, with the server's own credentials.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    vec![match scene.twilio.account_status(scene.by()).await {
        Ok(status) if status == "active" => {
            Finding::pass("Twilio accepts the credentials, and the account is active")
        }
        Ok(status) => Finding::fail(
            format!("Twilio accepts the credentials, but the account is {status}"),
            "Nothing works in such an account; see Twilio's Console.",
        ),
        Err(error) => no_account(&error),
    }]
}

/// Whether the workspace is there.
pub(super) async fn workspace(scene: &Scene) -> Vec<Finding> {
    if scene.config.general.account.workspace.is_none() {
        return vec![undiscovered(scene, "WORKSPACE_SID")];
    }
    let name = scene.workspace().await.as_ref();
    let name = name.map(|it| it.name.as_deref().unwrap_or_default());
    vec![named(name, "WORKSPACE_SID", "workspace")]
}

/// Whether the Sync service is there.
pub(super) async fn sync(scene: &Scene) -> Vec<Finding> {
    if scene.config.general.account.sync_service.is_none() {
        return vec![undiscovered(scene, "SYNC_SERVICE_SID")];
    }
    let name = scene.twilio.sync_service_name(scene.by()).await;
    let name = name.as_ref().map(String::as_str);
    vec![named(name, "SYNC_SERVICE_SID", "Sync service")]
}

/// What no variable names and the account does not tell.
fn undiscovered(scene: &Scene, variable: &str) -> Finding {
    let why = scene.undiscovered.as_ref().map(ToString::to_string);
    Finding::fail(
        why.unwrap_or_else(|| format!("{variable} is not set")),
        format!("Set {variable}: Switchboard does not start without it."),
    )
}

/// Whether the activities are there that workers go to by phone.
pub(super) async fn activities(scene: &Scene) -> Vec<Finding> {
    let intake = &scene.config.features.intake;
    let mut findings = vec![];
    for (variable, name, available) in [
        ("INTAKE_ON_ACTIVITY", &intake.on_activity, true),
        ("INTAKE_OFF_ACTIVITY", &intake.off_activity, false),
    ] {
        let found = scene.twilio.activities(scene.by()).named(name).await;
        findings.push(activity(found, variable, name, available));
    }
    findings
}

/// Whether an activity of the intake exists and is of the right kind. A warning at most: not everybody's workers come
/// and go by phone.
fn activity(
    found: Result<Option<Activity>, Error>,
    variable: &str,
    name: &str,
    available: bool,
) -> Finding {
    let kind = if available {
        "available"
    } else {
        "unavailable"
    };
    let warning = |what: &str| {
        Finding::warn(
            format!("the activity \"{name}\" {what}"),
            format!(
                "Workers cannot go on or off line by phone. {variable} must name an activity that is {kind}."
            ),
        )
    };
    match found {
        Ok(Some(found)) if found.available == available => {
            Finding::pass(format!("the activity \"{name}\" exists and is {kind}"))
        }
        Ok(Some(_)) => warning(&format!("is not {kind}")),
        Ok(None) => warning("does not exist"),
        Err(_) => warning("cannot be looked up"),
    }
}

fn no_account(error: &Error) -> Finding {
    if error.is_auth() {
        Finding::fail(
            "Twilio refuses the credentials",
            "Check ACCOUNT_SID with AUTH_TOKEN (the newest first), or API_KEY with API_SECRET. They must be of the \
             same region.",
        )
    } else if error.is_not_found() {
        Finding::fail(
            "Twilio knows no such account",
            "Check ACCOUNT_SID, TWILIO_REGION and TWILIO_BASE_URL.",
        )
    } else {
        unanswered(error)
    }
}

fn named(answer: Result<&str, &Error>, variable: &str, kind: &str) -> Finding {
    match answer {
        Ok("") => Finding::pass(format!("the {kind} exists")),
        Ok(name) => Finding::pass(format!("the {kind} exists: \"{name}\"")),
        Err(error) if error.is_not_found() => Finding::fail(
            format!("there is no such {kind}"),
            format!("Check {variable}: is it of this account, in this region?"),
        ),
        Err(error) if error.is_auth() => Finding::fail(
            format!("Twilio does not let us see the {kind}"),
            "A restricted API key needs TaskRouter, Sync and Voice.",
        ),
        Err(error) => unanswered(error),
    }
}

fn unanswered(error: &Error) -> Finding {
    Finding::fail(
        words::of_twilio(error),
        "Is there a way out to api.twilio.com, sync.twilio.com and taskrouter.twilio.com over HTTPS?",
    )
}
