//! What can be typed: `serve`, `demo`, `emulator`, `simulate`, `check`, `parked`, `voicemails`, `callbacks`, `legs`,
//! `healthcheck`, `docs`, `openapi`.
//!
//! Each subcommand has its own file and gives back an exit code: 0 when all went well, 1 when something did not, 2 when
//! the configuration or the command line is not in order. Only here may anything be printed (`output`); everything
//! else logs.

pub mod check;
#[cfg(feature = "emulator")]
mod demo;
mod docs;
#[cfg(feature = "emulator")]
mod emulator;
mod healthcheck;
pub mod now;
mod output;
mod serve;
mod signals;
#[cfg(feature = "emulator")]
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::output::{complain, say};
use crate::{app::Config, web};

/// The configuration or the command line is not in order.
const BAD_SETUP: u8 = 2;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve Twilio and the Flex plugin; configured by environment variables and .env
    Serve,
    /// Play a story on an embedded Twilio, half a minute long; needs no account
    #[cfg(feature = "emulator")]
    Demo(demo::Options),
    /// Run the embedded Twilio alone, for use with any Twilio SDK; needs no account
    #[cfg(feature = "emulator")]
    Emulator(emulator::Options),
    /// Play a day of a contact center in seconds, and tell how it was; needs no account
    #[cfg(feature = "emulator")]
    Simulate(Box<simulate::Options>),
    /// Look whether everything is in order, and say what to do about what is not
    Check(check::Options),
    /// Show which callers wait on hold now, for how long and for whom; asks Sync and Twilio, changes nothing
    Parked(now::Options),
    /// Show the messages in all mailboxes that no agent has dealt with yet
    Voicemails(now::Options),
    /// Show who waits to be called back
    Callbacks(now::Options),
    /// Show which workers' own phones ring or talk now
    Legs(now::Options),
    /// Ask the server on this machine whether it is alive, for containers
    Healthcheck(healthcheck::Options),
    /// Print the guide, or one chapter of it
    Docs(docs::Options),
    /// Print the OpenAPI document
    Openapi,
}

/// Does what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => arguments.run(),
        Err(answer) => {
            // A help that was asked for goes to standard output, with code 0; a mistake to standard error, with code 2.
            let written = answer.print();
            if !answer.use_stderr() {
                output::note(written);
            }
            let code = u8::try_from(answer.exit_code()).unwrap_or(BAD_SETUP);
            output::exit_code(ExitCode::from(code))
        }
    }
}

impl Arguments {
    fn run(self) -> ExitCode {
        match self.command {
            Command::Serve => configured(serve::serve),
            Command::Parked(options) => now(now::Subject::Parked, options),
            Command::Voicemails(options) => now(now::Subject::Voicemails, options),
            Command::Callbacks(options) => now(now::Subject::Callbacks, options),
            Command::Legs(options) => now(now::Subject::Legs, options),
            #[cfg(feature = "emulator")]
            Command::Demo(options) => finish(demo::demo(&options)),
            #[cfg(feature = "emulator")]
            Command::Emulator(options) => finish(emulator::emulator(&options)),
            #[cfg(feature = "emulator")]
            Command::Simulate(options) => finish(simulate::simulate(&options)),
            Command::Check(options) => finish(check::check(options)),
            Command::Healthcheck(options) => finish(healthcheck::healthcheck(options)),
            Command::Docs(options) => docs::docs(&options),
            Command::Openapi => finish(openapi()),
        }
    }
}

/// Reads the configuration and goes on with it, or tells all that is wrong with it.
fn configured(command: impl FnOnce(Config) -> anyhow::Result<ExitCode>) -> ExitCode {
    match Config::from_env() {
        Ok(config) => finish(command(config)),
        Err(problems) => {
            complain(&problems.to_string());
            ExitCode::from(BAD_SETUP)
        }
    }
}

fn now(subject: now::Subject, options: now::Options) -> ExitCode {
    configured(|config| now::now(config, subject, options))
}

fn finish(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    let code = outcome.unwrap_or_else(|error| {
        complain(&format!("switchboard: {error:#}"));
        ExitCode::FAILURE
    });
    output::exit_code(code)
}

fn openapi() -> anyhow::Result<ExitCode> {
    say(&serde_json::to_string_pretty(web::openapi())?);
    Ok(ExitCode::SUCCESS)
}

/// The threads everything runs on.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
