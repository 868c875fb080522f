//! Signatures: Twilio's own test vectors, what Twilio spells in two ways, and properties over random requests.
//!
//! The vectors come from the unit tests of Twilio's seven libraries and from its documentation; their numbers are
//! ours. Each is checked twice: the server must accept the signature for the URL it would rebuild, and the emulator
//! must produce it for the URL that was really signed.

mod keys;
mod properties;
mod spellings;
mod vectors;

use std::borrow::Cow;

use secrecy::SecretString;
use switchboard::twilio::signature::{self, Field, Verifier};

/// Whether a server that knows `token` accepts `signature` for a form POST to `url`.
fn accepts(token: &str, url: &str, fields: &[(&str, &str)], signature: &str) -> bool {
    Verifier::new(&[SecretString::from(token)]).accepts(url, &borrowed(fields), signature)
}

/// What Twilio would send for a form POST to `url`.
fn sign(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    signature::sign(&SecretString::from(token), url, &borrowed(fields))
}

fn borrowed<'a>(fields: &[(&'a str, &'a str)]) -> Vec<Field<'a>> {
    fields
        .iter()
        .map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value)))
        .collect()
}
