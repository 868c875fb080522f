//! The last act of every story on the stage: whatever passed between us and Twilio was as Twilio describes it.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, OnceLock, PoisonError},
};

use serde_json::Value;
use switchboard::emulator;

use super::{Exchange, check, official};

impl From<&emulator::Exchange> for Exchange {
    fn from(seen: &emulator::Exchange) -> Self {
        Self {
            product: seen.product.to_owned(),
            method: seen.method.clone(),
            path: seen.path.clone(),
            query: seen.query.clone(),
            form: seen.form.clone(),
            // Which revision it was is none of the contract's business.
            if_match: seen.conditional.then(|| "a revision".to_owned()),
            status: seen.status,
            body: seen.body.clone(),
        }
    }
}

/// Panics if one of these exchanges is not as Twilio describes it. Of each shape (the same parameters, the same
/// answer but for its values) only the first is looked at, so that this can follow every story at no cost.
pub(crate) fn hold(exchanges: &[emulator::Exchange]) {
    static SEEN: OnceLock<Mutex<HashSet<String>>> = OnceLock::new();
    super::urls::hide(exchanges);
    if official().is_none() {
        return;
    }
    let seen = SEEN.get_or_init(Mutex::default);
    for exchange in exchanges.iter().filter(|exchange| !exchange.weather) {
        let fresh = seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(shape(exchange));
        if fresh {
            assert_eq!(check(&exchange.into()), [""; 0], "{exchange:#?}");
        }
    }
}

/// What an exchange looks like, whatever its values are.
fn shape(exchange: &emulator::Exchange) -> String {
    let names = |pairs: &[(String, String)]| -> Vec<String> {
        pairs.iter().map(|(name, _)| name.clone()).collect()
    };
    let answer = exchange.body.as_ref().map(kinds);
    let (query, form) = (names(&exchange.query), names(&exchange.form));
    format!(
        "{} {query:?} {form:?} {} {answer:?}",
        request(exchange),
        exchange.conditional
    )
}

/// A value's form: which members it has, and of what kind they are.
fn kinds(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(_) => "?".to_owned(),
        Value::Number(_) => "0".to_owned(),
        Value::String(_) => "s".to_owned(),
        Value::Array(items) => items
            .iter()
            .map(kinds)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "data");
            let members: Vec<_> = members
                .map(|(name, value)| format!("{name}{}", kinds(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

/// `POST sync Services/{}/Maps/{} 200`: what was asked, without names.
pub(super) fn request(exchange: &emulator::Exchange) -> String {
    let is_word = |part: &str| {
        let letters = part.chars().all(|c| c.is_ascii_alphabetic());
        letters && part.len() < 34 && (part.starts_with(char::is_uppercase) || part == "validate")
    };
    let parts = exchange.path.split('/').skip(2);
    let path: Vec<_> = parts
        .map(|part| part.strip_suffix(".json").unwrap_or(part))
        .map(|part| if is_word(part) { part } else { "{}" })
        .collect();
    let (method, product, status) = (&exchange.method, exchange.product, exchange.status);
    format!("{method} {product} {} {status}", path.join("/"))
}
