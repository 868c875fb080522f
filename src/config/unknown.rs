//! Names that are set and that nothing reads: most are misspelt.
//!
//! A misspelt variable is silently not there, and what it was to do is missed on the day it is needed. So a name that
//! is close to a variable's is an error, and another that begins like ours is a warning. The environment also belongs
//! to the operating system, to the shell and to whatever else runs there (Kubernetes adds variables for every
//! service), so what is not close to one of our names and begins with a common word is never mentioned.

use strsim::osa_distance;

use super::variables::{VARIABLES, Variable};

/// Beginnings that other programs' variables have, too.
const COMMON: [&str; 10] = [
    "ACCOUNT",
    "API",
    "AUTH",
    "FLEX",
    "LOG",
    "PUBLIC",
    "SYNC",
    "TWILIO",
    "VOICE",
    "WORKSPACE",
];

/// The prefixes that are often put before our names, by habit.
const HABITS: [&str; 2] = ["SWITCHBOARD_", "TWILIO_"];

/// Below this many letters a name is too short to be misspelt: `LOGS` is not `LOG`.
const SHORTEST: usize = 6;

/// From this many letters on, two mistakes are one misspelling.
const LONG: usize = 8;

/// Where a name is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the environment, which we share with every other program.
    Environment,
    /// Where only our variables have business: in `.env`.
    Own,
}

/// What is said of a name that nothing reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// This variable is meant.
    Misspelt(&'static Variable),
    /// It begins like one of ours.
    Ours,
    /// It is somebody else's.
    Others,
}

/// What a name is; `is_set` tells which of our variables are set.
pub(super) fn judge(name: &str, place: Place, is_set: impl Fn(&str) -> bool) -> Option<Unknown> {
    if VARIABLES.iter().any(|variable| variable.name == name) {
        return None;
    }
    Some(match close_to(name) {
        Some(meant) if !is_set(meant.name) => Unknown::Misspelt(meant),
        // Somebody else's `ACCOUNT_ID` beside our `ACCOUNT_SID`.
        Some(meant) if place == Place::Environment && is_common(meant.name) => Unknown::Others,
        Some(_) => Unknown::Ours,
        None if begins_like_ours(name, place) => Unknown::Ours,
        None => Unknown::Others,
    })
}

/// The variable that a name is a misspelling of, if it is one.
pub(super) fn close_to(name: &str) -> Option<&'static Variable> {
    let written = name.trim().to_uppercase().replace(['-', '.'], "_");
    let bare = HABITS.iter().find_map(|habit| written.strip_prefix(habit));
    let distance = |variable: &&Variable| {
        let known = variable.name;
        let forms = [Some(written.as_str()), bare];
        let distances = forms
            .into_iter()
            .flatten()
            .map(|it| osa_distance(it, known));
        let most = match known.len() {
            ..SHORTEST => 0,
            SHORTEST..LONG => 1,
            _ => 2,
        };
        distances.min().filter(|distance| *distance <= most)
    };
    let close = VARIABLES.iter().filter_map(|it| Some((distance(&it)?, it)));
    close
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, it)| it)
}

fn begins_like_ours(name: &str, place: Place) -> bool {
    let Some((first, rest)) = name.split_once('_') else {
        return false;
    };
    // What Kubernetes sets for a service that is called like one of our features.
    let of_a_service = rest.starts_with("SERVICE_") || rest == "PORT" || rest.starts_with("PORT_");
    let mut known = VARIABLES.iter().filter_map(|it| it.name.split_once('_'));
    let ours = known.any(|(known, _)| known == first) || first == "SWITCHBOARD";
    ours && !of_a_service && (place == Place::Own || !is_common(name))
}

fn is_common(name: &str) -> bool {
    let first = name.split('_').next().unwrap_or(name);
    COMMON.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is set on servers, in shells and by platforms.
    const OTHERS: &str = "\
             PATH HOME LANG LC_ALL LOGNAME LOGS PWD OLDPWD SHELL SHLVL TERM USER HOSTNAME TZ TMPDIR EDITOR VISUAL \
             PAGER LESS MAIL DISPLAY COLORTERM NO_COLOR SSH_AUTH_SOCK XDG_RUNTIME_DIR LISTEN_FDS LISTEN_PID \
             LISTEN_FDNAMES NOTIFY_SOCKET INVOCATION_ID JOURNAL_STREAM HTTP_PROXY https_proxy NO_PROXY \
             KUBERNETES_SERVICE_HOST KUBERNETES_PORT VOICEMAIL_SERVICE_HOST VOICEMAIL_PORT \
             VOICEMAIL_PORT_80_TCP_ADDR AWS_REGION GOOGLE_APPLICATION_CREDENTIALS CARGO_HOME RUST_LOG \
             RUST_BACKTRACE SSL_CERT_FILE LOG_DIR LOG_LEVEL API_URL API_TOKEN AUTH_URL PUBLIC_IP VOICE_ID \
             TWILIO_CLI_CONFIG ACCOUNT_NAME NODE_ENV PORT DEBUG CI GITHUB_TOKEN LS_COLORS _ \
             DBUS_SESSION_BUS_ADDRESS";

    fn alone(name: &str, place: Place) -> Option<Unknown> {
        judge(name, place, |_| false)
    }

    #[test]
    fn what_is_close_to_a_variable_is_that_variable() {
        for (name, meant) in [
            ("PARK_TIMOUT", "PARK_TIMEOUT"),
            ("PARK_TIMEUOT", "PARK_TIMEOUT"),
            ("park_timeout", "PARK_TIMEOUT"),
            ("SWITCHBOARD_PARK_TIMEOUT", "PARK_TIMEOUT"),
            ("TWILIO_ACCOUNT_SID", "ACCOUNT_SID"),
            ("HOLD-MUSIC", "HOLD_MUSIC"),
            ("API_KEYS", "API_KEY"),
            ("LISTN", "LISTEN"),
        ] {
            let found = alone(name, Place::Environment);
            let Some(Unknown::Misspelt(variable)) = found else {
                panic!("{name}: {found:?}");
            };
            assert_eq!(variable.name, meant);
        }
    }

    #[test]
    fn the_variables_of_other_programs_are_never_mentioned() {
        for name in OTHERS.split_whitespace() {
            assert_eq!(
                alone(name, Place::Environment),
                Some(Unknown::Others),
                "{name}"
            );
        }
        let beside = judge("ACCOUNT_ID", Place::Environment, |name| {
            name == "ACCOUNT_SID"
        });
        assert_eq!(beside, Some(Unknown::Others));
    }

    #[test]
    fn what_begins_like_ours_is_mentioned() {
        for (name, place) in [
            ("PARK_MUSIC", Place::Environment),
            ("DISPATCH_COLOR", Place::Environment),
            ("SWITCHBOARD_COLOR", Place::Environment),
            ("LOG_LEVEL", Place::Own),
        ] {
            assert_eq!(alone(name, place), Some(Unknown::Ours), "{name}");
        }
        // The right one is set besides, so this one is a leftover.
        let beside = judge("PARK_TIMOUT", Place::Environment, |_| true);
        assert_eq!(beside, Some(Unknown::Ours));
    }

    #[test]
    fn no_variable_is_a_misspelling_of_another() {
        for variable in VARIABLES {
            assert_eq!(alone(variable.name, Place::Own), None);
        }
    }
}
