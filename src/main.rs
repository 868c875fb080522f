//! Parses arguments, hands over to [`switchboard::cli`], turns the result into an exit code.

use std::process::ExitCode;

use clap::Parser;
use switchboard::cli::Arguments;

/// A day of callers is mostly small pieces of text; the system's allocator takes a fifth longer over them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Arguments::parse().run()
}
