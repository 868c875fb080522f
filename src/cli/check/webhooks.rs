//! The doctor at the URLs that are written down at Twilio: do they lead here?
//!
//! After a move, a number or a workflow is easily forgotten, and goes on asking the old server: Functions, a tunnel of
//! last week, the address without its path. What leads to a route of ours at another address, or to our address and
//! no route, is a mistake; what leads somewhere else altogether (Studio, a TwiML Bin, another program) is not ours to
//! judge. A number that belongs to an application or a trunk ignores its own URLs (Twilio:
//! "`IncomingPhoneNumber` resource"), which then look right and do nothing.

use std::{collections::BTreeSet, sync::LazyLock};

use super::{Finding, Scene, numbers::end, words};
use crate::{
    twilio::resource::{numbers::OwnNumber, workflows::Workflow},
    web,
};

/// The routes that people write down at Twilio.
const ROUTES: [&str; 8] = [
    "/assignment-callback",
    "/call-status-handler",
    "/did",
    "/extension",
    "/intake/sms",
    "/intake/voice",
    "/taskrouter-events",
    "/voicemail",
];

/// Every route that there is.
static EXISTING: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let api = serde_json::to_value(web::openapi()).unwrap_or_default();
    let paths = api["paths"].as_object().into_iter().flatten();
    paths.map(|(path, _)| path.clone()).collect()
});

/// Where a URL leads.
#[derive(Debug, PartialEq, Eq)]
enum Lead<'u> {
    /// To a route of this server.
    Here(&'u str),
    /// To this server's address, where there is no such route.
    Nowhere(&'u str),
    /// To a route of ours on another server, or at another address.
    Elsewhere(&'u str),
    /// To something that is not ours.
    Foreign,
}

/// Looks at every number of the account, at every workflow, and at the workspace.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let ours = &scene.config.general.public_url;
    let lists = scene.lists().await;
    let mut findings = vec![];
    match &lists.numbers {
        Ok(numbers) => findings.extend(numbers.iter().flat_map(|it| number(it, ours))),
        Err(error) => findings.push(Finding::warn(
            format!("the account's numbers could not be read: {}", words::of_twilio(error)),
            "A restricted API key needs to read IncomingPhoneNumbers. Whether they lead here was not looked at.",
        )),
    }
    if let Ok(workflows) = &lists.workflows {
        findings.extend(workflows.iter().flat_map(|it| workflow(it, ours)));
    }
    if let Ok(workspace) = scene.workspace().await {
        let url = workspace.event_callback.as_deref();
        findings.extend(misled("the workspace's EventCallbackUrl", url, ours));
    }
    if findings.is_empty() {
        findings.push(Finding::pass(
            "no number, workflow or workspace leads to a route of this server at another address",
        ));
    }
    findings
}

fn number(number: &OwnNumber, ours: &str) -> Vec<Finding> {
    let name = format!("the number that ends in {}", end(&number.phone_number));
    let urls = [
        ("VoiceUrl", &number.voice_url),
        ("VoiceFallbackUrl", &number.voice_fallback_url),
        ("StatusCallback", &number.status_callback),
        ("SmsUrl", &number.sms_url),
    ];
    let wrong = urls
        .iter()
        .filter_map(|(field, url)| misled(&format!("{field} of {name}"), url.as_deref(), ours));
    let mut findings: Vec<_> = wrong.collect();
    findings.extend(overridden(number, &name, ours));
    findings.extend(unreported(number, &name, ours));
    findings
}

fn leads_here(url: Option<&String>, ours: &str) -> bool {
    let url = url.map_or("", String::as_str);
    matches!(lead(url, ours), Lead::Here(_))
}

/// The URLs of a number that look right and are ignored.
fn overridden(number: &OwnNumber, name: &str, ours: &str) -> Vec<Finding> {
    let instead = [
        (
            &number.trunk_sid,
            "VoiceUrl",
            "belongs to a SIP trunk (TrunkSid)",
            &number.voice_url,
        ),
        (
            &number.voice_application_sid,
            "VoiceUrl",
            "belongs to an application (VoiceApplicationSid)",
            &number.voice_url,
        ),
        (
            &number.sms_application_sid,
            "SmsUrl",
            "belongs to an application (SmsApplicationSid)",
            &number.sms_url,
        ),
    ];
    let owned = |owner: &Option<String>| owner.as_deref().is_some_and(|sid| !sid.is_empty());
    let wrong = instead
        .into_iter()
        .filter(|(owner, _, _, url)| owned(owner) && leads_here(url.as_ref(), ours));
    let finding = |field: &str, belongs: &str| {
        Finding::fail(
            format!("{name} {belongs}, so its {field} is ignored"),
            format!("Take the number out of it, or let that lead to the {field}."),
        )
    };
    wrong
        .map(|(_, field, belongs, _)| finding(field, belongs))
        .collect()
}

/// Callers of a flow or of ours may be parked; that they hang up should be told at once.
fn unreported(number: &OwnNumber, name: &str, ours: &str) -> Option<Finding> {
    let voice = number.voice_url.as_ref();
    let to_agents = leads_here(voice, ours) || voice.is_some_and(|url| url.contains("/Flows/FW"));
    let told = number.status_callback.as_deref().unwrap_or_default();
    (to_agents && told.is_empty()).then(|| {
        Finding::warn(
            format!("{name} has no StatusCallback"),
            format!(
                "If its calls can be parked, set \"Call Status Changes\" to {ours}/call-status-handler: without it, a \
                 caller who hangs up on hold is noticed late."
            ),
        )
    })
}

fn workflow(workflow: &Workflow, ours: &str) -> Vec<Finding> {
    let name = &workflow.friendly_name;
    let urls = [
        ("AssignmentCallbackUrl", &workflow.assignment_callback_url),
        (
            "FallbackAssignmentCallbackUrl",
            &workflow.fallback_assignment_callback_url,
        ),
    ];
    let wrong = urls.iter().filter_map(|(field, url)| {
        misled(
            &format!("{field} of workflow \"{name}\""),
            url.as_deref(),
            ours,
        )
    });
    wrong.collect()
}

fn misled(what: &str, url: Option<&str>, ours: &str) -> Option<Finding> {
    match lead(url.unwrap_or_default(), ours) {
        Lead::Here(_) | Lead::Foreign => None,
        Lead::Nowhere(path) => Some(Finding::fail(
            format!("{what} leads to {path} of this server, where nothing is"),
            "`switchboard docs routes` lists the routes; the path must be written exactly so.",
        )),
        Lead::Elsewhere(host) if host.ends_with(".twil.io") => Some(Finding::fail(
            format!("{what} still leads to Twilio Functions ({host})"),
            format!("Replace what stands before the path by {ours}."),
        )),
        Lead::Elsewhere(host) => Some(Finding::fail(
            format!("{what} leads to another address ({host}) than PUBLIC_URL"),
            format!(
                "Replace what stands before the path by {ours}. Both must be the same to the letter: Twilio signs the URL."
            ),
        )),
    }
}

fn lead<'u>(url: &'u str, ours: &str) -> Lead<'u> {
    // What comes after says how Twilio connects, or is for the route.
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    if let Some(path) = bare
        .strip_prefix(ours)
        .filter(|it| it.is_empty() || it.starts_with('/'))
    {
        return if EXISTING.contains(path) {
            Lead::Here(path)
        } else {
            Lead::Nowhere(path)
        };
    }
    let Some((_, rest)) = bare.split_once("://") else {
        return Lead::Foreign;
    };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    if ROUTES.iter().any(|route| path.ends_with(route)) {
        Lead::Elsewhere(host)
    } else {
        Lead::Foreign
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://x.example/flex";

    #[test]
    fn a_url_leads_here_elsewhere_nowhere_or_is_not_ours() {
        for (url, to) in [
            ("https://x.example/flex/did", Lead::Here("/did")),
            ("https://x.example/flex/did?a=b#rc=3", Lead::Here("/did")),
            (
                "https://x.example/flex/call-status",
                Lead::Nowhere("/call-status"),
            ),
            ("https://x.example/did", Lead::Elsewhere("x.example")),
            ("http://x.example/flex/did", Lead::Elsewhere("x.example")),
            (
                "https://park-1234.twil.io/call-status-handler",
                Lead::Elsewhere("park-1234.twil.io"),
            ),
            (
                "https://webhooks.twilio.com/v1/Accounts/AC1/Flows/FW1",
                Lead::Foreign,
            ),
            ("https://x.example/flexible", Lead::Foreign),
            ("", Lead::Foreign),
        ] {
            assert_eq!(lead(url, OURS), to, "{url}");
        }
    }

    #[test]
    fn every_route_that_is_written_down_exists() {
        for route in ROUTES {
            assert!(EXISTING.contains(route), "{route}");
        }
    }
}
