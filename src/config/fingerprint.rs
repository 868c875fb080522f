//! Whether two processes have the same configuration, without showing it.
//!
//! `switchboard check` asks the server at `PUBLIC_URL` what it was told, to find one that still runs with last week's
//! variables. Each value becomes eight hexadecimal digits, keyed with the auth token: who does not have the token
//! cannot compute them, not even for a PIN of six digits, and who has it is the account's owner.

use std::{collections::BTreeMap, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::Table;

/// What differs between equal servers, or between a server and who examines it, and changes nothing for callers.
const OF_THE_PROCESS: [&str; 3] = ["LISTEN", "LOG", "LOG_FORMAT"];

/// The value of every variable as it was set, to be compared and never to be shown.
#[derive(Clone, Debug, Default)]
pub struct Values(Arc<BTreeMap<&'static str, SecretString>>);

impl Values {
    /// The values that `lookup` knows, of all variables that matter to callers.
    pub(crate) fn of(table: Table, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let names = table.variables().map(|variable| variable.name);
        let names = names.filter(|name| !OF_THE_PROCESS.contains(name));
        let value = |name| SecretString::from(lookup(name).unwrap_or_default().trim());
        Self(Arc::new(names.map(|name| (name, value(name))).collect()))
    }

    /// Each variable's name, and eight digits that stand for its value.
    #[must_use]
    pub fn fingerprints(&self, key: &SecretString) -> BTreeMap<String, String> {
        let digits = |name: &str, value: &SecretString| {
            let key = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes());
            key.map_or_else(
                |_| String::new(),
                |key| {
                    let mac = key.chain_update(name).chain_update("=");
                    let mac = mac.chain_update(value.expose_secret()).finalize();
                    let [a, b, c, d, ..]: [u8; 32] = mac.into_bytes().into();
                    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
                },
            )
        };
        let all = self.0.iter();
        all.map(|(name, value)| ((*name).to_owned(), digits(name, value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Group, Need, secret, variable};

    const TABLE: Table = Table::new(&[&[Group {
        title: "Two of them",
        variables: &[
            secret("PIN", Need::Off, "135792", "A PIN."),
            variable("LISTEN", Need::Off, "0.0.0.0:80", "Where to listen."),
        ],
    }]]);

    #[test]
    fn a_value_is_compared_without_being_shown() {
        let values = |pin: &str| {
            let pin = pin.to_owned();
            Values::of(TABLE, move |name| (name == "PIN").then(|| pin.clone()))
        };
        let key = SecretString::from("hush");
        let [one, same, other] =
            ["975310", " 975310 ", "975311"].map(|pin| values(pin).fingerprints(&key));
        assert_eq!(one, same);
        let differ = one.iter().filter(|(name, digits)| other[*name] != **digits);
        assert_eq!(differ.map(|(name, _)| name).collect::<Vec<_>>(), ["PIN"]);
        assert_ne!(
            values("975310").fingerprints(&SecretString::from("other")),
            one
        );
        assert!(!format!("{:?} {one:?}", values("975310")).contains("975310"));
        assert!(!one.contains_key("LISTEN"));
    }
}
