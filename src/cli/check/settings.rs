//! The doctor at what lies here: the variables and the documents.

use super::{Finding, Scene};
use crate::{
    app,
    config::{Problem, Problems},
    twiml::Findings,
};

/// All that is wrong with the configuration.
pub(super) fn misconfigured(problems: &Problems) -> Vec<Finding> {
    let variable = |Problem { variable, what }: &Problem| {
        Finding::fail(
            format!("{}: {what}", variable.name),
            format!(
                "{} For example: {}={}",
                variable.meaning, variable.name, variable.example
            ),
        )
    };
    let variables = problems.variables.iter().map(variable);
    let lines = problems.unreadable.iter();
    let lines = lines.map(|it| Finding::fail(format!(".env: {}", it.what), it.advice));
    variables.chain(lines).collect()
}

/// What the variables say that is allowed, but perhaps not meant.
pub(super) fn look(scene: &Scene) -> Vec<Finding> {
    let config = &scene.config;
    let mut findings = vec![Finding::pass("the variables are complete and well formed")];
    for name in &config.general.unknown {
        findings.push(Finding::warn(
            format!("{name}, is no variable of this program"),
            "Is it misspelt? .env.example lists every variable.",
        ));
    }
    if config.general.public_url.starts_with("http://") {
        findings.push(Finding::warn(
            "PUBLIC_URL is plain http",
            "Callers' numbers and agents' tokens travel unencrypted. Put a proxy with TLS in front.",
        ));
    }
    if config.general.account.base_url.is_some() {
        findings.push(Finding::warn(
            "TWILIO_BASE_URL is set: this is not Twilio itself",
            "Right with an emulator; remove it to use a real account.",
        ));
    }
    if let Some(region) = config
        .general
        .account
        .region
        .as_deref()
        .filter(|it| *it != "us1")
    {
        findings.push(Finding::warn(
            format!("TWILIO_REGION is {region}, and Flex runs in us1 only"),
            "The workspace of Flex, its workers and its Sync service are in us1: leave TWILIO_REGION out, unless Twilio \
             has told you otherwise.",
        ));
    }
    if config.features.parking.fallback_url.is_none() {
        findings.push(Finding::warn(
            "HOLD_FALLBACK_URL is not set",
            "When no replica answers, callers on hold are cut off after their track. Make a TwiML Bin that plays music \
             and redirects to itself, and name its URL here.",
        ));
    }
    findings
}

/// Whether every document compiles, renders each of its samples, and lints.
pub(super) fn documents(scene: &Scene) -> Vec<Finding> {
    let Err(error) = app::library(&scene.config.general) else {
        return vec![Finding::pass(
            "every TwiML document renders and is in order",
        )];
    };
    let advice =
        "Mend the file in TWIML_DIR, or remove it to use the one that came with the program.";
    match error.downcast_ref::<Findings>() {
        Some(findings) => {
            let each = findings.0.iter();
            each.map(|finding| Finding::fail(finding.to_string(), advice))
                .collect()
        }
        None => vec![Finding::fail(format!("{error:#}"), advice)],
    }
}
