//! The whole configuration: what no feature owns, and the settings of every feature.

use crate::{
    config::{General, Lookup, Problems, Reader, Sources, Table, Values, general},
    features,
};

/// Every variable.
pub const TABLE: Table = Table::new(&[general::GROUPS, features::GROUPS]);

/// Everything that is configured.
#[derive(Clone, Debug)]
pub struct Config {
    /// What no feature owns.
    pub general: General,
    /// The settings of the features.
    pub features: features::Settings,
}

impl Config {
    /// Reads the environment, and `.env` below it. The environment itself is not changed.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong.
    pub fn from_env() -> Result<Self, Problems> {
        Self::of(Sources::here())
    }

    /// Reads an environment and a file.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong.
    pub fn of(sources: Sources) -> Result<Self, Problems> {
        let (mut config, unknown) = sources.read(TABLE, |lookup| Self::read(lookup))?;
        config.general.unknown = unknown;
        Ok(config)
    }

    /// Reads the variables from anywhere. An empty value counts as none.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        Self::looked_up(&lookup)
    }

    fn looked_up(lookup: Lookup<'_>) -> Result<Self, Problems> {
        let mut reader = Reader::new(TABLE, lookup);
        // Each part is read before giving up on any, so that all problems are found.
        let general = General::read(&mut reader);
        let features = features::Settings::read(&mut reader);
        reader.examples();
        match (general, features) {
            (Some(general), Some(features)) if reader.problems.is_empty() => Ok(Self {
                general: General {
                    values: Values::of(TABLE, lookup),
                    ..general
                },
                features,
            }),
            _ => Err(Problems {
                variables: reader.problems,
                ..Problems::default()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::unknown::{Place, Unknown, judge};

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
        judge(TABLE, name, place, |_| false)
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
        let beside = judge(TABLE, "ACCOUNT_ID", Place::Environment, |name| {
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
        let beside = judge(TABLE, "PARK_TIMOUT", Place::Environment, |_| true);
        assert_eq!(beside, Some(Unknown::Ours));
    }

    #[test]
    fn no_variable_is_a_misspelling_of_another() {
        for variable in TABLE.variables() {
            assert_eq!(alone(variable.name, Place::Own), None);
        }
    }
}
