//! No URL of ours holds a whole phone number: URLs stand in the logs of everything along the way.
//!
//! Two lists of Twilio's leave no choice: calls are found by `To` or `From` as a whole number only, and the other way to
//! find a leg, reading every call of the account, costs more the busier the account is.

use switchboard::emulator;

/// The shortest run of digits after a plus sign that counts as a number.
const DIGITS: usize = 8;

/// Panics if a request told its URL's readers somebody's number.
pub(super) fn hide(exchanges: &[emulator::Exchange]) {
    for exchange in exchanges {
        assert!(!shows_number(&exchange.path), "{}", exchange.path);
        for (name, value) in &exchange.query {
            let unavoidable =
                exchange.path.ends_with("/Calls.json") && (name == "To" || name == "From");
            assert!(
                unavoidable || !shows_number(value),
                "{} {}?{name}={value}",
                exchange.method,
                exchange.path
            );
        }
    }
}

/// The URLs in a document that show a number.
pub(crate) fn telling(document: &str) -> Vec<String> {
    let parts = document.split(['"', '<', '>', ' ', '\n']);
    let urls = parts.filter(|part| part.starts_with("http"));
    urls.filter(|url| shows_number(url))
        .map(str::to_owned)
        .collect()
}

fn shows_number(url: &str) -> bool {
    let plain = url.replace("%2B", "+").replace("%2b", "+");
    plain.split('+').skip(1).any(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit);
        digits.count() >= DIGITS
    })
}

#[test]
fn a_number_in_a_url_is_noticed() {
    for url in [
        "/v1/Maps/x/Items/%2B13035550100",
        "https://a.example/x?to=%2B493012345678",
        "contact_uri == \"+13035550100\"",
    ] {
        assert!(shows_number(url), "{url}");
    }
    for url in ["a+b", "2026-11-30T00:00:00+0000", "+1303", "?t=13035550100"] {
        assert!(!shows_number(url), "{url}");
    }
    let document =
        "<Redirect>https://a.example/x?to=%2B13035550100</Redirect><Say>+13035550100</Say>";
    assert_eq!(telling(document), ["https://a.example/x?to=%2B13035550100"]);
}
