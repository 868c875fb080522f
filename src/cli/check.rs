//! `switchboard check`: a doctor. It says what is in order, what is not, and what to do about it.
//!
//! The doctor is a table, [`CHECKS`]: each row is one [`Check`], with a name, a sentence that says what it proves, the
//! earlier check that must not have failed, and the function that looks. A function is given the [`Scene`] and answers
//! with [`Finding`]s: *pass*, *warn*, *fail* or *skipped*, each with a fact, and with advice unless all is well. The
//! doctor changes nothing, at Twilio or here; the one webhook it sends says that a call rings, which the server notes
//! and forgets.
//!
//! # Adding a check
//!
//! 1. Write `src/cli/check/<subject>.rs` with `pub(super) async fn look(scene: &Scene) -> Vec<Finding>`. Ask Twilio
//!    through [`Scene::twilio`] with `Scene::by`, the server at `PUBLIC_URL` through `Scene::site`; lists that
//!    several checks read are in `Scene::lists` and `Scene::workspace`, each read once. If a feature is off, answer
//!    with [`Finding::off`] and the variable that would switch it on. An error of the network goes through
//!    `words::of` or `words::of_twilio`, which name its cause.
//! 2. Name the module below, and add a row to `table.rs`: `check("name", "what it proves", Some("account"), |scene|
//!    Box::pin(subject::look(scene)))`. `Some("account")` skips it, with the reason, when Twilio refuses us;
//!    `Some("public-url")` when no server answers; `None` never.
//! 3. Add a story to `tests/it/doctor/`: a `Stage` with the wrong state, and what the
//!    doctor says. `WRITE=1 cargo test --test it guide` then writes the guide's table anew.

mod account;
mod caller_ids;
mod clock;
mod credentials;
mod events;
mod extensions;
mod finding;
mod followups;
mod instance;
mod lists;
mod numbers;
mod objects;
mod proxy;
mod reach;
mod records;
mod report;
mod scene;
mod settings;
mod site;
mod stuck;
mod table;
mod transfers;
mod webhooks;
mod words;
mod workers;
mod workflows;

use std::process::ExitCode;

use self::settings::misconfigured;
pub use self::{
    finding::{Finding, Verdict},
    report::{Outcome, Report},
    scene::Scene,
    table::{CHECKS, Check, reference},
};
use super::{BAD_SETUP, say};
use crate::{
    app::Config,
    app::{self, Outside},
    clock::Clock,
    rng::Rng,
    twilio::transport::Transport,
};

/// How the doctor reports.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(after_help = "\
Exit status:
  0  nothing failed; there may be warnings
  1  a check failed, or could not be made
  2  the configuration is not in order, so that nothing else could be checked")]
pub(super) struct Options {
    /// Print one JSON document when all is done, instead of lines as they are found
    #[arg(long)]
    json: bool,
}

/// Looks at everything, and prints what it finds.
///
/// # Errors
/// When the doctor itself cannot work: no runtime, no network client.
pub(super) fn check(options: Options) -> anyhow::Result<ExitCode> {
    let tell = |outcome: &Outcome| {
        if !options.json {
            outcome.lines().iter().for_each(|line| say(line));
        }
    };
    let (report, in_order) = match Config::from_env() {
        Ok(config) => {
            let report = super::runtime()?.block_on(async {
                let outside = Outside {
                    transport: app::network(&config.general)?,
                    clock: Clock::system(),
                    rng: Rng::unpredictable(),
                };
                let site = Transport::network(site::client()?);
                let scene = Scene::new(config, outside, site).await;
                anyhow::Ok(examine(&scene, tell).await)
            })?;
            (report, true)
        }
        Err(problems) => {
            let report = Report::misconfigured(misconfigured(&problems));
            report.outcomes.iter().take(1).for_each(tell);
            (report, false)
        }
    };
    if options.json {
        say(&serde_json::to_string_pretty(&report.json())?);
    } else {
        say(&format!("\n{}", report.summary()));
    }
    Ok(match (in_order, report.failed()) {
        (false, _) => ExitCode::from(BAD_SETUP),
        (true, 0) => ExitCode::SUCCESS,
        (true, _) => ExitCode::FAILURE,
    })
}

/// Makes every check of the table, in its order; `tell` hears of each when it is made.
pub async fn examine(scene: &Scene, mut tell: impl FnMut(&Outcome)) -> Report {
    let mut report = Report::default();
    for check in CHECKS {
        let outcome = match report.hindrance(check) {
            Some(by) => Outcome::hindered(check, by),
            None => Outcome {
                check,
                findings: check.look(scene).await,
                hindered_by: None,
            },
        };
        tell(&outcome);
        report.outcomes.push(outcome);
    }
    report
}
