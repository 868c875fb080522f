//! `X-Twilio-Signature`: how Twilio proves that a webhook is its own.
//!
//! The signature is the base64 of an HMAC over the URL that Twilio was given followed by every form field in order of
//! its name (Twilio: "Security", "Webhooks security"). A JSON body is not signed itself: its SHA-256 stands in the
//! URL's `bodySHA256`, so both must be checked. The HMAC is SHA-1 keyed with the account's auth token; where the
//! account has a webhook rule with a shared key, it is SHA-256 keyed with that, and a second header names the key and
//! the algorithm (Twilio: "Sign webhooks with shared keys"). The text that is signed is the same.
//!
//! Twilio's back end is not consistent in how it writes a URL, and proxies rewrite it on the way, so [`Verifier`] tries
//! the other ways to write the same URL, too (`spellings`). Pure functions, pinned by the test vectors of Twilio's
//! seven libraries, hence the one piece that server and emulator share.

mod keys;
mod spellings;

use std::{borrow::Cow, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use keys::WebhookKey;

/// The header that carries the signature.
pub const HEADER: &str = "x-twilio-signature";

/// The header that names the shared key and the algorithm of the signature. Without it, it is the auth token's.
pub const SETTINGS_HEADER: &str = "x-twilio-webhooks-signature-settings";

/// The only algorithm that Twilio documents for shared keys.
const ALGORITHM: &str = "HMAC_SHA256";

/// The query parameter that carries the hash of a body that is not a form.
const BODY_HASH: &str = "bodySHA256";

/// How many bytes are hashed for one request at most. A webhook of Twilio's is a kilobyte or two, so every way to write
/// its URL fits; a stranger with a body of 64 KiB gets few tries for it.
const MOST_HASHED: usize = 256 * 1024;

/// One decoded form field: name and value.
pub type Field<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Decodes a form body into the fields that are signed: `+` is a space, `%xx` is UTF-8.
#[must_use]
pub fn fields(body: &[u8]) -> Vec<Field<'_>> {
    form_urlencoded::parse(body).collect()
}

/// What the headers of a request claim.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The text of [`HEADER`].
    pub signature: &'a str,
    /// The text of [`SETTINGS_HEADER`], if it is there.
    pub settings: Option<&'a str>,
}

/// Why a signature proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// It was not made by any of our keys for this request.
    #[error("the signature does not fit the request, the public URL and the key")]
    Mismatch,
    /// It was made with a shared key that we do not have.
    #[error("the webhook is signed with a key that is not in WEBHOOK_KEYS")]
    UnknownKey,
    /// It was made in another way than HMAC-SHA256.
    #[error("the webhook is signed with an algorithm other than HMAC_SHA256")]
    UnknownAlgorithm,
}

/// Checks signatures against the auth tokens and the shared keys of an account; several of each, so that they can be
/// rotated without refusing a call.
#[derive(Clone)]
pub struct Verifier {
    tokens: Vec<Hmac<Sha1>>,
    keys: Vec<(String, Hmac<Sha256>)>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tokens, keys) = (self.tokens.len(), self.keys.len());
        write!(f, "Verifier({tokens} tokens, {keys} keys)")
    }
}

impl Verifier {
    /// A verifier that accepts what any of `tokens` signed; the first is tried first. An empty token proves
    /// nothing: anybody could sign with it.
    #[must_use]
    pub fn new(tokens: &[SecretString]) -> Self {
        let tokens = tokens.iter().map(ExposeSecret::expose_secret);
        Self {
            tokens: tokens
                .filter(|token| !token.is_empty())
                .filter_map(|token| Hmac::new_from_slice(token.as_bytes()).ok())
                .collect(),
            keys: Vec::new(),
        }
    }

    /// The same, and what any of these shared keys signed. Several may have one id while a secret is replaced.
    #[must_use]
    pub fn with_keys(mut self, keys: &[WebhookKey]) -> Self {
        self.keys.extend(keys.iter().filter_map(WebhookKey::keyed));
        self
    }

    /// Whether `signature`, made with an auth token, proves a form POST (or, with no fields, a GET) to `url`.
    ///
    /// `url` is the public URL byte for byte: what is configured plus the request's raw path and query.
    #[must_use]
    pub fn accepts(&self, url: &str, fields: &[Field<'_>], signature: &str) -> bool {
        self.prove(url, fields, Claim::of_token(signature)).is_ok()
    }

    /// Whether `signature`, made with an auth token, proves a POST of `body`, which is not a form, to `url`.
    #[must_use]
    pub fn accepts_body(&self, url: &str, body: &[u8], signature: &str) -> bool {
        self.prove_body(url, body, Claim::of_token(signature))
            .is_ok()
    }

    /// Checks a form POST (or, with no fields, a GET) to `url`.
    ///
    /// # Errors
    /// [`Unproved`].
    pub fn prove(&self, url: &str, fields: &[Field<'_>], claim: Claim<'_>) -> Result<(), Unproved> {
        let keys = self.keys_of(claim)?;
        let signature = STANDARD
            .decode(claim.signature)
            .map_err(|_| Unproved::Mismatch)?;
        let tail = signed_tail(fields);
        let proves = |url: &str| {
            let mut keys = keys.iter();
            keys.any(|key| key.verifies(url, &tail, &signature))
        };
        if proves(url) {
            return Ok(());
        }
        let mut left = MOST_HASHED;
        for other in spellings::others(url) {
            let cost = (other.len() + tail.len()) * keys.len();
            left = left.checked_sub(cost).ok_or(Unproved::Mismatch)?;
            if proves(&other) {
                return Ok(());
            }
        }
        Err(Unproved::Mismatch)
    }

    /// Checks a POST of `body`, which is not a form, to `url`.
    ///
    /// # Errors
    /// [`Unproved`].
    pub fn prove_body(&self, url: &str, body: &[u8], claim: Claim<'_>) -> Result<(), Unproved> {
        let claimed = query_value(url, BODY_HASH).ok_or(Unproved::Mismatch)?;
        let hash = hex(&Sha256::digest(body));
        if bool::from(hash.as_bytes().ct_eq(claimed.as_bytes())) {
            self.prove(url, &[], claim)
        } else {
            Err(Unproved::Mismatch)
        }
    }

    /// The keys that may have made a signature.
    fn keys_of(&self, claim: Claim<'_>) -> Result<Vec<Key<'_>>, Unproved> {
        let Some(settings) = claim.settings else {
            return Ok(self.tokens.iter().map(Key::Token).collect());
        };
        let named = keys::Named::read(settings);
        if named.algorithm != Some(ALGORITHM) {
            return Err(Unproved::UnknownAlgorithm);
        }
        let ours = self.keys.iter();
        let ours = ours.filter(|(id, _)| named.key == Some(id.as_str()));
        let keys: Vec<_> = ours.map(|(_, key)| Key::Shared(key)).collect();
        if keys.is_empty() {
            Err(Unproved::UnknownKey)
        } else {
            Ok(keys)
        }
    }
}

impl<'a> Claim<'a> {
    /// A signature without settings: the auth token's.
    #[must_use]
    pub fn of_token(signature: &'a str) -> Self {
        Self {
            signature,
            settings: None,
        }
    }
}

/// Something that signs.
enum Key<'a> {
    Token(&'a Hmac<Sha1>),
    Shared(&'a Hmac<Sha256>),
}

impl Key<'_> {
    fn verifies(&self, url: &str, tail: &str, signature: &[u8]) -> bool {
        match *self {
            Self::Token(key) => {
                let mac = key.clone().chain_update(url).chain_update(tail);
                mac.verify_slice(signature).is_ok()
            }
            Self::Shared(key) => {
                let mac = key.clone().chain_update(url).chain_update(tail);
                mac.verify_slice(signature).is_ok()
            }
        }
    }
}

/// The signature Twilio would send for a form POST (or, with no fields, a GET) to `url`. A fragment (connection
/// overrides such as `#rc=3`) is not part of it.
#[must_use]
pub fn sign(token: &SecretString, url: &str, fields: &[Field<'_>]) -> String {
    let key = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes());
    key.map_or_else(
        |_| String::new(),
        |key| {
            let mac = key.chain_update(unfragmented(url));
            let mac = mac.chain_update(signed_tail(fields));
            STANDARD.encode(mac.finalize().into_bytes())
        },
    )
}

/// The same with a shared key: the signature, and what [`SETTINGS_HEADER`] says.
#[must_use]
pub fn sign_with_key(key: &WebhookKey, url: &str, fields: &[Field<'_>]) -> (String, String) {
    let signature = key.keyed().map_or_else(String::new, |(_, hmac)| {
        let mac = hmac.chain_update(unfragmented(url));
        let mac = mac.chain_update(signed_tail(fields));
        STANDARD.encode(mac.finalize().into_bytes())
    });
    (signature, format!("key={},algorithm={ALGORITHM}", key.id))
}

/// `url` with the hash of `body` in its query: the URL that Twilio signs for a body that is not a form.
#[must_use]
pub fn url_for_body(url: &str, body: &[u8]) -> String {
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}{BODY_HASH}={}", hex(&Sha256::digest(body)))
}

fn unfragmented(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}

/// Every name and value, in order of name. A repeated name counts each distinct value once, in order, as
/// twilio-node, twilio-python and twilio-php do; twilio-go signs only the first and would refuse such a request.
fn signed_tail(fields: &[Field<'_>]) -> String {
    let mut sorted: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_ref()))
        .collect();
    sorted.sort_unstable();
    sorted.dedup();
    let length = sorted.iter().map(|(n, v)| n.len() + v.len()).sum();
    let mut tail = String::with_capacity(length);
    for (name, value) in sorted {
        tail.push_str(name);
        tail.push_str(value);
    }
    tail
}

/// The first value of `name` in the query of `url`. Twilio has been seen to send `bodySHA256` twice.
fn query_value<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
