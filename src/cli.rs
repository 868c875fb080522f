//! What can be typed: `serve`, `demo`, `emulator`, `simulate`, `check`, `parked`, `voicemails`, `callbacks`, `legs`,
//! `openapi`.
//!
//! Each subcommand has its own file and gives back an exit code: 0 when all went well, 1 when something did not, 2 when
//! the configuration or the command line is not in order. Only here may anything be printed (`say`); everybody else
//! logs.

pub mod check;
mod demo;
mod emulator;
pub mod now;
mod serve;
mod signals;
mod simulate;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{config::Config, web};

/// The configuration or the command line is not in order.
const BAD_SETUP: u8 = 2;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, about, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve Twilio and the Flex plugin; configured by environment variables and .env
    Serve,
    /// Play a story with two callers and two agents on an embedded Twilio; needs no account
    Demo(demo::Options),
    /// Run the embedded Twilio alone, for use with any Twilio SDK; needs no account
    Emulator(emulator::Options),
    /// Play a day of a contact centre in seconds, and tell how it was; needs no account
    Simulate(Box<simulate::Options>),
    /// Look whether everything is in order, and say what to do about what is not
    Check(check::Options),
    /// Show who waits on hold now, for how long and for whom; asks Sync and Twilio, changes nothing
    Parked(now::Options),
    /// Show the messages in all boxes that nobody has dealt with yet
    Voicemails(now::Options),
    /// Show who waits to be called back
    Callbacks(now::Options),
    /// Show which workers' own phones ring or talk now
    Legs(now::Options),
    /// Print the OpenAPI document
    Openapi,
}

impl Arguments {
    /// Does what was asked for.
    #[must_use]
    pub fn run(self) -> ExitCode {
        match self.command {
            Command::Serve => configured(serve::serve),
            Command::Parked(options) => now(now::Subject::Parked, options),
            Command::Voicemails(options) => now(now::Subject::Voicemails, options),
            Command::Callbacks(options) => now(now::Subject::Callbacks, options),
            Command::Legs(options) => now(now::Subject::Legs, options),
            Command::Demo(options) => finish(demo::demo(&options)),
            Command::Emulator(options) => finish(emulator::emulator(&options)),
            Command::Simulate(options) => finish(simulate::simulate(&options)),
            Command::Check(options) => finish(check::check(options)),
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
    outcome.unwrap_or_else(|error| {
        complain(&format!("switchboard: {error:#}"));
        ExitCode::FAILURE
    })
}

fn openapi() -> anyhow::Result<ExitCode> {
    say(&serde_json::to_string_pretty(&web::openapi())?);
    Ok(ExitCode::SUCCESS)
}

/// Prints a line. Whoever closed the other end of the pipe does not want it any more.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Prints a line about what went wrong.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
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
