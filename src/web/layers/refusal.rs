//! How a refusal is written: for whom, and in what form.
//!
//! The published multi-call plugin never looks at the status of an answer. It reads the body as JSON and goes on,
//! whatever it says: after a refused park it accepts the next call, and Flex ends the first one, whose caller is cut
//! off. What stops it is a body that is not JSON, because `response.json()` then throws before the next step; the
//! published functions refuse a token with plain text, so that was not noticed. On its three routes a refusal is therefore
//! plain text, unless the request asks for JSON by name. The flex-project-template's plugin reads the status and the
//! JSON body, so its routes keep JSON.

use axum::extract::MatchedPath;
use http::{HeaderMap, header};

use super::Face;

/// The routes of the published multi-call plugin.
const READS_NO_STATUS: [&str; 3] = ["/park-call", "/pickup-parked-call", "/worker-capacity"];

/// The form of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// An RFC 9457 document.
    Problem,
    /// The same, with `message` beside it, where plugins look for it.
    WithMessage,
    /// Plain text that is never JSON.
    Text,
}

impl Refusal {
    /// The form in which the client can read a refusal.
    pub(super) fn of(face: Face, path: Option<&MatchedPath>, headers: &HeaderMap) -> Self {
        let reads_no_status = path.is_some_and(|path| READS_NO_STATUS.contains(&path.as_str()));
        match face {
            Face::Plugin if reads_no_status && !asks_for_json(headers) => Self::Text,
            Face::Plugin => Self::WithMessage,
            _ => Self::Problem,
        }
    }
}

/// Whether `Accept` names a JSON type. `*/*`, which `fetch` sends by itself, names none.
fn asks_for_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let is_json = kind == "application/json" || kind.ends_with("+json");
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse() == Ok(0.0))
        });
        is_json && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_asked_for_by_name_only() {
        let asks = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            asks_for_json(&headers)
        };
        for accept in [
            "application/json",
            "application/problem+json",
            "text/html, Application/JSON;q=0.5",
            "application/json, text/plain, */*",
        ] {
            assert!(asks(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "application/*",
            "text/plain",
            "application/json;q=0",
            "application/json; q=0.0, */*",
            "application/jsonp",
        ] {
            assert!(!asks(accept), "{accept}");
        }
        assert!(!asks_for_json(&HeaderMap::new()));
    }
}
