//! How the URLs are written that Twilio comes back to us by.
//!
//! Twilio signs a URL as a text. Some proxies sort the parameters of a query on its way, and the text that was signed is
//! then not the text that arrives. So every URL of ours has its parameters in alphabetical order already: sorting them
//! changes nothing.

use std::fmt::{Display, Write};

/// Connect within 2 s, answer within 4.5 s, and try again, possibly at another replica, on anything that is not our
/// own refusal: at least three tries within the 15 s that Twilio gives a voice request.
pub const PATIENCE: &str = "#ct=2000&rt=4500&rc=3&rp=ct,rt,5xx";

/// One parameter: its name, and its value if there is one. Neither needs encoding.
pub(crate) type Parameter<'a> = (&'static str, Option<&'a dyn Display>);

/// The URL of `path` below `base`, with the parameters in order; `overrides` is the fragment by which Twilio is asked for
/// more patience (Twilio: "Webhooks connection overrides"), or nothing.
pub(crate) fn callback_url<const N: usize>(
    base: &str,
    path: &str,
    mut parameters: [Parameter<'_>; N],
    overrides: &str,
) -> String {
    parameters.sort_unstable_by_key(|(name, _)| *name);
    let mut url = String::with_capacity(base.len() + path.len() + 200);
    url.push_str(base);
    url.push_str(path);
    let mut join = '?';
    for (name, value) in parameters {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = write!(url, "{join}{name}={value}");
            join = '&';
        }
    }
    url.push_str(overrides);
    url
}

/// A parameter that may have no value.
pub(crate) fn maybe<T: Display>(value: Option<&T>) -> Option<&dyn Display> {
    value.map(|value| value as &dyn Display)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_in_order_whatever_order_they_are_given_in() {
        let none: Option<&u8> = None;
        let url = callback_url(
            "https://x",
            "/hold",
            [
                ("worker", Some(&"WK1")),
                ("task", maybe(none)),
                ("round", Some(&3)),
                ("since", Some(&7)),
            ],
            "#rc=3",
        );
        assert_eq!(url, "https://x/hold?round=3&since=7&worker=WK1#rc=3");
        let bare = callback_url("https://x", "/did/left", [("owner", None)], "");
        assert_eq!(bare, "https://x/did/left");
    }
}
