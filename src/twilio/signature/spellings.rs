//! The other ways to write the URL of a request; Twilio may have signed one of them.
//!
//! Twilio's back end is inconsistent about the port of the URL and about `'` in the query, so its libraries try several
//! ways; twilio-node also decodes the query and writes it again, as proxies do. A proxy may sort the parameters by name,
//! or write a blank as `+` instead of `%20`. All of these are the same URL to a reader, so accepting them lets
//! no one say anything that Twilio did not. The path is never respelled.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use super::BODY_HASH;

/// What Node's `querystring` leaves as it is, beside letters and digits.
const NODE: &AsciiSet = &RFC_3986
    .remove(b'!')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What the encoding of forms leaves (WHATWG: "URL").
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*');

/// What RFC 3986 never encodes.
const RFC_3986: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Every other way to write `url`, the likeliest first.
pub(super) fn others(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    for query in queries(url) {
        let whole = match (url.split_once('?'), query) {
            (Some((before, _)), Some(query)) => format!("{before}?{query}"),
            _ => url.to_owned(),
        };
        let toggled = toggle_port(&whole);
        for other in [Some(whole), toggled].into_iter().flatten() {
            if !all.contains(&other) {
                all.push(other);
            }
        }
    }
    all.remove(0);
    all
}

/// Every way to write the query, as it came first; `None`: there is none.
fn queries(url: &str) -> Vec<Option<String>> {
    let Some((_, query)) = url.split_once('?') else {
        return vec![None];
    };
    let mut all = vec![query.to_owned()];
    // Each step adds to what there is; nothing is added where a query has nothing that is ever written in two ways, so
    // a forged request mostly costs two hashes.
    and(&mut all, |query| [bare(query), quoted(query)]);
    and(&mut all, |query| {
        [(NODE, "%20"), (NODE, "+"), (RFC_3986, "%20"), (FORM, "+")].map(|how| encoded(query, how))
    });
    and(&mut all, |query| [quoted(query), sorted(query)]);
    and(&mut all, |query| [hash_last(query)]);
    all.into_iter().map(Some).collect()
}

fn and<const N: usize>(all: &mut Vec<String>, others: impl Fn(&str) -> [Option<String>; N]) {
    for place in 0..all.len() {
        for other in others(&all[place]).into_iter().flatten() {
            if !all.contains(&other) {
                all.push(other);
            }
        }
    }
}

/// With every quotation mark bare.
fn bare(query: &str) -> Option<String> {
    query.contains("%27").then(|| query.replace("%27", "'"))
}

/// With every quotation mark encoded.
fn quoted(query: &str) -> Option<String> {
    query.contains('\'').then(|| query.replace('\'', "%27"))
}

/// Decoded and encoded again, but for what is left bare, and with this for a blank.
fn encoded(query: &str, (bare, blank): (&'static AsciiSet, &str)) -> Option<String> {
    // What every encoder writes in the same way.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    let usual = |pair: &str| pair.contains('=') && pair.bytes().all(plain);
    if query.split('&').all(usual) {
        return None;
    }
    let again = |text: &str| {
        let spaced = text.replace('+', " ");
        let decoded = percent_decode(spaced.as_bytes()).decode_utf8_lossy();
        let encoded = utf8_percent_encode(&decoded, bare).to_string();
        encoded.replace("%20", blank)
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{}={}", again(name), again(value)),
        None => format!("{}=", again(pair)),
    });
    Some(pairs.collect::<Vec<_>>().join("&"))
}

/// With the parameters in order.
fn sorted(query: &str) -> Option<String> {
    let mut pairs: Vec<_> = query.split('&').collect();
    if pairs.is_sorted() {
        return None;
    }
    pairs.sort_unstable();
    Some(pairs.join("&"))
}

/// With the hash of the body at the end, where Twilio adds it.
fn hash_last(query: &str) -> Option<String> {
    let is_hash = |pair: &&str| {
        pair.split_once('=')
            .is_some_and(|(name, _)| name == BODY_HASH)
    };
    let (hashes, others): (Vec<_>, Vec<_>) = query.split('&').partition(is_hash);
    let moved = !hashes.is_empty() && !others.is_empty();
    moved.then(|| [others, hashes].concat().join("&"))
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
