//! Our own links, in whatever leaves the house: a proxy that sorts the parameters of a query must change nothing.

use switchboard::emulator::Exchange;

use super::PUBLIC_URL;

/// The links to us in `text` whose parameters are not in alphabetical order.
pub(super) fn out_of_order(text: &str) -> Vec<String> {
    let text = text.replace("&amp;", "&");
    let links = text.match_indices(PUBLIC_URL).map(|(at, _)| {
        let link = &text[at..];
        let end = link.find(|it: char| "\"'<> \\#".contains(it) || it.is_whitespace());
        &link[..end.unwrap_or(link.len())]
    });
    let sorted = |link: &&str| {
        let query = link.split_once('?').map_or("", |(_, query)| query);
        query.split('&').is_sorted()
    };
    links
        .filter(|link| !sorted(link))
        .map(str::to_owned)
        .collect()
}

/// Every link that Twilio was given by REST.
pub(super) fn are_in_order(exchanges: &[Exchange]) {
    for exchange in exchanges {
        for (name, value) in &exchange.form {
            let wrong = out_of_order(value);
            assert!(wrong.is_empty(), "{name} of {}: {wrong:?}", exchange.path);
        }
    }
}

#[test]
fn a_link_out_of_order_is_found() {
    let text = format!(
        "<Redirect>{PUBLIC_URL}/hold?b=1&amp;a=2#rc=3</Redirect> {PUBLIC_URL}/hold?a=1&b=2#x=1&a=1"
    );
    assert_eq!(out_of_order(&text), [format!("{PUBLIC_URL}/hold?b=1&a=2")]);
}
