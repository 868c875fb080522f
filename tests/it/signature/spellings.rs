//! What Twilio writes in two ways, what it never signs, and which tokens count.

use secrecy::SecretString;
use switchboard::twilio::signature::{self, Verifier};

use super::{accepts, borrowed, sign};

#[test]
fn a_quote_in_the_query_may_be_signed_bare_or_escaped() {
    let bare = "https://example.com/path?name=O'Brien&note='x'";
    let escaped = "https://example.com/path?name=O%27Brien&note=%27x%27";
    let mixed = "https://example.com/path?name=O'Brien&note=%27x%27";
    for signed in [bare, escaped] {
        let signature = sign("t", signed, &[("a", "b")]);
        for request in [bare, escaped, mixed] {
            assert!(
                accepts("t", request, &[("a", "b")], &signature),
                "signed {signed}, asked {request}"
            );
        }
    }
}

#[test]
fn quotes_and_ports_may_differ_together() {
    let signature = sign("t", "https://example.com:443/p?q=it%27s", &[]);
    assert!(accepts(
        "t",
        "https://example.com/p?q=it's",
        &[],
        &signature
    ));
    let signature = sign("t", "https://example.com/p?q=it's", &[]);
    assert!(accepts(
        "t",
        "https://example.com:8443/p?q=it%27s",
        &[],
        &signature
    ));
}

#[test]
fn nothing_else_in_the_url_is_respelt() {
    let pairs = [
        ("https://example.com/it's", "https://example.com/it%27s"),
        (
            "https://example.com/p?q=a%20b",
            "https://example.com/p?q=a+b",
        ),
        ("https://example.com/p?q=%2B", "https://example.com/p?q=%2b"),
        ("https://example.com/p?q=%28", "https://example.com/p?q=("),
        ("https://example.com/p", "https://example.com/p/"),
        ("https://example.com/p", "https://example.com/p?"),
        ("https://example.com/p", "http://example.com/p"),
        ("https://example.com/p", "https://EXAMPLE.com/p"),
    ];
    for (signed, request) in pairs {
        assert!(!accepts("t", request, &[], &sign("t", signed, &[])));
    }
}

#[test]
fn the_port_of_an_ipv6_address_is_found_behind_its_brackets() {
    let (bare, with_port) = ("https://[2001:db8::1]/p", "https://[2001:db8::1]:443/p");
    assert!(accepts("t", bare, &[], &sign("t", with_port, &[])));
    assert!(accepts("t", with_port, &[], &sign("t", bare, &[])));
}

#[test]
fn a_port_in_the_query_or_the_password_is_not_the_port() {
    let (bare, with_port) = (
        "https://u:1@example.com?at=10:30",
        "https://u:1@example.com:443?at=10:30",
    );
    assert!(accepts("t", bare, &[], &sign("t", with_port, &[])));
    assert!(!accepts(
        "t",
        bare,
        &[],
        &sign("t", "https://u@example.com?at=10:30", &[])
    ));
    assert!(!accepts(
        "t",
        bare,
        &[],
        &sign("t", "https://u:1@example.com?at=10", &[])
    ));
}

#[test]
fn a_fragment_is_never_signed() {
    let bare = sign("t", "https://example.com/p?q=1", &[]);
    assert_eq!(
        sign("t", "https://example.com/p?q=1#rc=3&rp=all", &[]),
        bare
    );
}

#[test]
fn a_repeated_name_counts_each_distinct_value_once_in_order() {
    // Twilio: "Security": the set of the values, sorted; computed by hand as one field after the other.
    let by_hand = sign("t", "https://example.com/p", &[("aOneaTwo", "")]);
    for fields in [
        &[("a", "One"), ("a", "Two")][..],
        &[("a", "Two"), ("a", "One")],
        &[("a", "Two"), ("a", "One"), ("a", "Two"), ("a", "One")],
    ] {
        assert_eq!(sign("t", "https://example.com/p", fields), by_hand);
        assert!(accepts("t", "https://example.com/p", fields, &by_hand));
    }
    assert_ne!(sign("t", "https://example.com/p", &[("a", "One")]), by_hand);
}

#[test]
fn forms_are_decoded_before_they_are_signed_and_never_trimmed() {
    let body = b"a=+x+&b=%2B1+415&c=%C3%A9%E2%98%8E&d&e=%26%3D";
    let decoded = [
        ("a", " x "),
        ("b", "+1 415"),
        ("c", "é☎"),
        ("d", ""),
        ("e", "&="),
    ];
    assert_eq!(signature::fields(body), borrowed(&decoded));
}

#[test]
fn any_of_several_tokens_proves_while_they_are_rotated() {
    let verifier = Verifier::new(&[SecretString::from("new"), SecretString::from("old")]);
    let url = "https://example.com/p";
    for token in ["new", "old"] {
        assert!(verifier.accepts(url, &[], &sign(token, url, &[])));
    }
    assert!(!verifier.accepts(url, &[], &sign("older", url, &[])));
    assert_eq!(format!("{verifier:?}"), "Verifier(2 tokens)");
}

#[test]
fn an_empty_token_proves_nothing() {
    let url = "https://example.com/p";
    let forged = sign("", url, &[]);
    let verifier = Verifier::new(&[SecretString::from("real"), SecretString::from("")]);
    assert!(!verifier.accepts(url, &[], &forged));
    assert!(!Verifier::new(&[]).accepts(url, &[], &forged));
}
