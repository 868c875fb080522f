//! Shared keys: keys of the account's own that sign webhooks instead of the auth token.
//!
//! Twilio gives each an id and a secret (`https://webhooks.twilio.com/v1/Webhooks/SharedKeys`), and names the one it
//! used beside the signature: `key=<id>,algorithm=HMAC_SHA256`.

use hmac::{Hmac, KeyInit};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A key that signs webhooks.
#[derive(Clone, Debug)]
pub struct WebhookKey {
    /// What Twilio calls it.
    pub id: String,
    /// What it signs with.
    pub secret: SecretString,
}

impl WebhookKey {
    /// The key, ready to sign. An empty secret proves nothing: anybody could sign with it.
    pub(super) fn keyed(&self) -> Option<(String, Hmac<Sha256>)> {
        let secret = self.secret.expose_secret();
        let hmac = Hmac::new_from_slice(secret.as_bytes()).ok();
        let hmac = hmac.filter(|_| !secret.is_empty());
        hmac.map(|hmac| (self.id.clone(), hmac))
    }
}

/// What the header of the settings says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) algorithm: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Reads the header. Members we do not know are left alone: Twilio may add some.
    pub(super) fn read(header: &'a str) -> Self {
        let mut named = Self::default();
        for member in header.split(',') {
            match member.split_once('=').map(|(name, it)| (name.trim(), it)) {
                Some(("key", id)) => named.key = Some(id.trim()),
                Some(("algorithm", name)) => named.algorithm = Some(name.trim()),
                _ => {}
            }
        }
        named
    }
}
