//! The Flex tokens of made-up agents.
//!
//! A real token is an opaque JWE that only Twilio can read, so a made-up one is random text in the same five parts.
//! IAM answers for it until it expires.

use std::{collections::HashMap, fmt::Write};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::{rng::Rng, twilio::sid::WorkerSid};

/// Whom a token speaks for.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    /// Their worker, if they are one.
    pub(crate) worker: Option<WorkerSid>,
    /// Their identity, as in `client:…`: `ann_40example_2Ecom`.
    pub(crate) identity: String,
    /// What they signed in as: an address, before it was encoded.
    pub(crate) realm_user: String,
    /// Their roles: `agent`, `supervisor`, `admin`.
    pub(crate) roles: Vec<String>,
    /// When the token ends.
    pub(crate) expires: Timestamp,
}

/// Every token that was ever given out.
#[derive(Debug, Default)]
pub(crate) struct Tokens(HashMap<String, Bearer>);

impl Tokens {
    /// Gives out a token. `user` is what the agent signed in as, such as `ann@example.com`.
    pub(crate) fn mint(
        &mut self,
        worker: Option<WorkerSid>,
        user: &str,
        roles: &[&str],
        expires: Timestamp,
        rng: &Rng,
    ) -> SecretString {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A256GCM"}"#);
        let part = |rng: &Rng| URL_SAFE_NO_PAD.encode(rng.bytes::<24>());
        let text = format!("{header}..{}.{}.{}", part(rng), part(rng), part(rng));
        let bearer = Bearer {
            worker,
            identity: identity(user),
            realm_user: user.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            expires,
        };
        self.0.insert(text.clone(), bearer);
        text.into()
    }

    /// Whom a token speaks for, expired or not.
    pub(crate) fn bearer(&self, token: &str) -> Option<&Bearer> {
        self.0.get(token)
    }

    /// Ends a token before its time: its agent was signed out.
    pub(crate) fn revoke(&mut self, token: &SecretString) {
        self.0.remove(token.expose_secret());
    }
}

/// A user's name as Flex writes it into an identity: what is neither letter nor digit becomes `_` and its code in
/// hexadecimal, `ann@example.com` thus `ann_40example_2Ecom`.
pub(crate) fn identity(user: &str) -> String {
    let mut identity = String::with_capacity(user.len() + 8);
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() {
            identity.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(identity, "_{byte:02X}");
        }
    }
    identity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_an_identity_as_in_flex() {
        assert_eq!(identity("ann@example.com"), "ann_40example_2Ecom");
        assert_eq!(identity("a_b"), "a_5Fb");
    }
}
