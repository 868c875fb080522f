//! What the commands print, and what becomes of a command whose output is lost.
//!
//! A disk may be full, and a reader may go away (`switchboard demo | head`). Neither is a reason to panic, and neither
//! may look like success: the exit code would say that everything was printed, and that all of it was good. The first
//! error is kept here, nothing is printed after it, and [`exit_code`] turns it into the command's end.

#[cfg(feature = "emulator")]
use std::time::Duration;
use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
    sync::OnceLock,
};

#[cfg(feature = "emulator")]
use tokio::time::sleep;

/// What shells report for a program that was ended by SIGPIPE (128 + 13), as most programs are when their reader has gone.
const READER_LEFT: u8 = 141;

/// How often a command that runs on is asked whether its output can still be read.
#[cfg(feature = "emulator")]
const GLANCE: Duration = Duration::from_millis(50);

/// Why standard output cannot be written any more.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Prints a line on standard output.
pub(super) fn say(line: &str) {
    if LOST.get().is_none() {
        let mut out = io::stdout().lock();
        note(writeln!(out, "{line}").and_then(|()| out.flush()));
    }
}

/// Prints a line about what went wrong on standard error. If that is lost, too, it cannot be said anywhere.
pub(super) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Keeps the error of something that was to be printed on standard output.
pub(super) fn note(written: io::Result<()>) {
    if let Err(error) = written {
        // The first one says why.
        let _ = LOST.set(error);
    }
}

/// Comes back when standard output is lost: a command that only prints need not go on.
#[cfg(feature = "emulator")]
pub(super) async fn lost() {
    while LOST.get().is_none() {
        sleep(GLANCE).await;
    }
}

/// The exit code of a command that would have ended with `code`, and an explanation if its output was lost.
pub(super) fn exit_code(code: ExitCode) -> ExitCode {
    match LOST.get() {
        None => code,
        Some(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::from(READER_LEFT),
        Some(error) => {
            complain(&format!(
                "switchboard: cannot write to standard output: {error}"
            ));
            ExitCode::FAILURE
        }
    }
}
