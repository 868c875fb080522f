//! Parses arguments, hands over to [`switchboard::cli`], turns the result into an exit code.

use std::process::ExitCode;

use clap::Parser;
use switchboard::cli::Arguments;

fn main() -> ExitCode {
    Arguments::parse().run()
}
