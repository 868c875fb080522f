//! `switchboard check`: a doctor. Each line is a verdict, a fact, and what to do about it.
//!
//! It looks at what a first call would find out the hard way: the variables, the documents, the account ([`account`]),
//! the way from Twilio to the server that runs at `PUBLIC_URL` ([`reach`]). It changes nothing, at Twilio or here; the
//! one webhook it sends says that a call rings, which the server takes note of and forgets.

mod account;
mod availability;
mod extensions;
mod followups;
mod lists;
mod numbers;
mod reach;
mod transfers;
mod workers;
mod workflows;

use std::{process::ExitCode, time::Duration};

use super::say;
use crate::{
    assembly,
    config::{Config, Problem},
    twiml::Findings,
};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warning,
    Failed,
}

/// One line.
#[derive(Clone, Debug)]
struct Fact {
    verdict: Verdict,
    what: String,
    /// What to do about it.
    advice: Option<String>,
}

impl Fact {
    fn ok(what: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Ok,
            what: what.into(),
            advice: None,
        }
    }

    fn warning(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Warning,
            what: what.into(),
            advice: Some(advice.into()),
        }
    }

    fn failed(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Failed,
            ..Self::warning(what, advice)
        }
    }

    fn print(&self) {
        let verdict = match self.verdict {
            Verdict::Ok => "ok     ",
            Verdict::Warning => "warning",
            Verdict::Failed => "FAILED ",
        };
        say(&format!("{verdict}  {}", self.what));
        if let Some(advice) = &self.advice {
            say(&format!("         -> {advice}"));
        }
    }
}

/// Looks at everything; 0 when nothing failed. Warnings are allowed.
///
/// # Errors
/// When the doctor itself cannot work: no runtime, no network client.
pub(super) fn check() -> anyhow::Result<ExitCode> {
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(problems) => {
            let variables = problems.variables.iter().map(misconfigured);
            let lines = problems.unreadable.iter().map(|place| {
                let advice = "Write NAME=value, in quotes if the value has spaces.";
                Fact::failed(format!(".env: {place} cannot be read"), advice)
            });
            variables.chain(lines).for_each(|fact| fact.print());
            say("\nNothing else can be looked at before these are in order.");
            return Ok(ExitCode::FAILURE);
        }
    };
    let failed = super::runtime()?.block_on(examine(&config))?;
    Ok(if failed == 0 {
        say("\nNothing failed.");
        ExitCode::SUCCESS
    } else {
        say(&format!("\n{failed} failed."));
        ExitCode::FAILURE
    })
}

/// Prints every fact as it is found; how many failed.
async fn examine(config: &Config) -> anyhow::Result<usize> {
    let mut failed = 0;
    let mut tell = |facts: Vec<Fact>| {
        facts.iter().for_each(Fact::print);
        failed += facts
            .iter()
            .filter(|it| it.verdict == Verdict::Failed)
            .count();
    };
    tell(settings(config));
    tell(documents(config));
    tell(account::look(config).await?);
    tell(reach::look(config).await?);
    Ok(failed)
}

fn misconfigured(problem: &Problem) -> Fact {
    let Problem { variable, what } = problem;
    Fact::failed(
        format!("{}: {what}", variable.name),
        format!(
            "{} For example: {}={}",
            variable.meaning, variable.name, variable.example
        ),
    )
}

/// What the variables say that is allowed, but perhaps not meant.
fn settings(config: &Config) -> Vec<Fact> {
    let mut facts = vec![Fact::ok("the variables are complete and well formed")];
    if config.public_url.starts_with("http://") {
        facts.push(Fact::warning(
            "PUBLIC_URL is plain http",
            "Callers' numbers and agents' tokens travel unencrypted. Put a proxy with TLS in front.",
        ));
    }
    if config.account.base_url.is_some() {
        facts.push(Fact::warning(
            "TWILIO_BASE_URL is set: this is not Twilio itself",
            "Right with an emulator; remove it to use a real account.",
        ));
    }
    if config.hold.fallback_url.is_none() {
        facts.push(Fact::warning(
            "HOLD_FALLBACK_URL is not set",
            "When no replica answers, callers on hold are cut off after their track. Make a TwiML Bin that plays music \
             and redirects to itself, and name its URL here.",
        ));
    }
    facts
}

/// Whether every document compiles, renders each of its samples, and lints.
fn documents(config: &Config) -> Vec<Fact> {
    let Err(error) = assembly::library(config) else {
        return vec![Fact::ok("every TwiML document renders and is in order")];
    };
    let advice =
        "Mend the file in TWIML_DIR, or remove it to use the one that came with the program.";
    match error.downcast_ref::<Findings>() {
        Some(findings) => {
            let each = findings.0.iter();
            each.map(|finding| Fact::failed(finding.to_string(), advice))
                .collect()
        }
        None => vec![Fact::failed(format!("{error:#}"), advice)],
    }
}
