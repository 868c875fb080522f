//! `X-Twilio-Signature`: how Twilio proves that a webhook is its own.
//!
//! The signature is the base64 of an HMAC-SHA1, keyed with the account's auth token, over the URL that Twilio was
//! given followed by every form field in order of its name (Twilio: "Security", "Webhooks security"). A JSON body is
//! not signed itself: its SHA-256 stands in the URL's `bodySHA256`, so both must be checked.
//!
//! Twilio's back end is not consistent about two things, and its own libraries try both ways: whether the URL's port
//! is part of the text, and whether a `'` in the query is written `%27`. [`Verifier`] does the same. Pure functions,
//! pinned by the test vectors of Twilio's seven libraries, hence the one piece that server and emulator share.

use std::{borrow::Cow, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The header that carries the signature.
pub const HEADER: &str = "x-twilio-signature";

/// The query parameter that carries the hash of a body that is not a form.
const BODY_HASH: &str = "bodySHA256";

/// One decoded form field: name and value.
pub type Field<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Decodes a form body into the fields that are signed: `+` is a space, `%xx` is UTF-8.
#[must_use]
pub fn fields(body: &[u8]) -> Vec<Field<'_>> {
    form_urlencoded::parse(body).collect()
}

/// Checks signatures against one or more auth tokens, so that a token can be rotated without refusing a call.
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<Hmac<Sha1>>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({} tokens)", self.keys.len())
    }
}

impl Verifier {
    /// A verifier that accepts what any of `tokens` signed; the first is tried first. An empty token proves
    /// nothing: anybody could sign with it.
    #[must_use]
    pub fn new(tokens: &[SecretString]) -> Self {
        Self {
            keys: tokens
                .iter()
                .map(ExposeSecret::expose_secret)
                .filter(|token| !token.is_empty())
                .filter_map(keyed)
                .collect(),
        }
    }

    /// Whether `signature` proves a form POST (or, with no fields, a GET) to `url`.
    ///
    /// `url` is the public URL byte for byte: what is configured plus the request's raw path and query.
    #[must_use]
    pub fn accepts(&self, url: &str, fields: &[Field<'_>], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else {
            return false;
        };
        let tail = signed_tail(fields);
        let proves = |url: &str| {
            self.keys.iter().any(|key| {
                let mac = key.clone().chain_update(url).chain_update(tail.as_bytes());
                mac.verify_slice(&signature).is_ok()
            })
        };
        proves(url) || spellings(url).iter().any(|url| proves(url))
    }

    /// Whether `signature` proves a POST of `body`, which is not a form, to `url`.
    #[must_use]
    pub fn accepts_body(&self, url: &str, body: &[u8], signature: &str) -> bool {
        let Some(claimed) = query_value(url, BODY_HASH) else {
            return false;
        };
        let hash = hex(&Sha256::digest(body));
        bool::from(hash.as_bytes().ct_eq(claimed.as_bytes())) && self.accepts(url, &[], signature)
    }
}

/// The signature Twilio would send for a form POST (or, with no fields, a GET) to `url`. A fragment (connection
/// overrides such as `#rc=3`) is not part of it.
#[must_use]
pub fn sign(token: &SecretString, url: &str, fields: &[Field<'_>]) -> String {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    keyed(token.expose_secret()).map_or_else(String::new, |key| {
        let mac = key.chain_update(url).chain_update(signed_tail(fields));
        STANDARD.encode(mac.finalize().into_bytes())
    })
}

/// `url` with the hash of `body` in its query: the URL that Twilio signs for a body that is not a form.
#[must_use]
pub fn url_for_body(url: &str, body: &[u8]) -> String {
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}{BODY_HASH}={}", hex(&Sha256::digest(body)))
}

fn keyed(token: &str) -> Option<Hmac<Sha1>> {
    Hmac::new_from_slice(token.as_bytes()).ok()
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

/// The other ways Twilio may have written `url`: with its port added or taken away, and with `'` or `%27`.
fn spellings(url: &str) -> Vec<String> {
    let ports = [Some(url.to_owned()), toggle_port(url)]
        .into_iter()
        .flatten();
    ports
        .flat_map(quotes)
        .filter(|other| other != url)
        .collect()
}

fn quotes(url: String) -> Vec<String> {
    let Some((path, query)) = url.split_once('?') else {
        return vec![url];
    };
    // Most queries have no quote: a forged request must not cost six hashes where two will do.
    if !query.contains('\'') && !query.contains("%27") {
        return vec![url];
    }
    let (bare, escaped) = (query.replace("%27", "'"), query.replace('\'', "%27"));
    let (bare, escaped) = (format!("{path}?{bare}"), format!("{path}?{escaped}"));
    vec![url, bare, escaped]
}

/// Takes the port away if there is one, else adds the scheme's own.
fn toggle_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host_start = authority.rfind('@').map_or(0, |at| at + 1);
    // The colons of an IPv6 address stand inside brackets.
    let after_brackets = authority.rfind(']').map_or(host_start, |end| end + 1);
    let toggled = match authority[after_brackets..].find(':') {
        Some(colon) => authority[..after_brackets + colon].to_owned(),
        None if scheme.eq_ignore_ascii_case("https") => format!("{authority}:443"),
        None => format!("{authority}:80"),
    };
    Some(format!("{scheme}://{toggled}{tail}"))
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
