//! Where log lines go, and how they look.

use std::{
    ffi::OsString,
    io::{IsTerminal, stderr},
};

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error, in color only if that is a terminal and `NO_COLOR` is not set (no-color.org). Does
/// nothing if logging was started before.
pub fn start(filter: &str, json: bool) {
    let filter = EnvFilter::builder().parse_lossy(filter);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_colored(
            std::env::var_os("NO_COLOR"),
            stderr().is_terminal(),
        ))
        .with_writer(stderr)
        // A line that cannot be written is lost. Told about it on standard error, which is where lines go, the process
        // would panic, and its callers with it.
        .log_internal_errors(false);
    let _ = if json {
        lines.json().try_init()
    } else {
        lines.with_target(false).try_init()
    };
}

fn is_colored(no_color: Option<OsString>, terminal: bool) -> bool {
    terminal && no_color.is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_colored_on_a_terminal_only_and_not_where_no_color_is_set() {
        for (no_color, terminal, colored) in [
            (None, true, true),
            (Some(""), true, true),
            (Some("1"), true, false),
            (None, false, false),
            (Some(""), false, false),
        ] {
            let no_color = no_color.map(OsString::from);
            assert_eq!(is_colored(no_color, terminal), colored);
        }
    }
}
