//! Hands over to [`switchboard::cli`], which turns what came of it into an exit code.

use std::process::ExitCode;

use switchboard::cli;

/// A day of callers is mostly small pieces of text; the system's allocator takes a fifth longer over them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
