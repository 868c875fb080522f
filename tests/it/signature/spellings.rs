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
fn a_proxy_may_respell_the_query() {
    for (signed, request) in [
        // What twilio-node accepts: the query decoded and written again.
        ("a=x%20y", "a=x+y"),
        ("a=x+y", "a=x%20y"),
        ("a=%2B", "a=%2b"),
        ("a=(x)", "a=%28x%29"),
        ("a=%28x%29", "a=(x)"),
        ("a=x%2Cy", "a=x,y"),
        ("a=https%3A%2F%2Fx", "a=https://x"),
        ("a=%C3%A9", "a=%c3%a9"),
        ("a=it%27s%20(b)", "a=it's+%28b%29"),
        ("a=&b=", "a&b"),
        // In another order: what was signed in order is found in any.
        ("a=1&b=2&c=3", "c=3&a=1&b=2"),
        ("a=x%20y&b=%2C", "b=,&a=x+y"),
    ] {
        let [signed, request] =
            [signed, request].map(|query| format!("https://example.com/p?{query}"));
        // The port may differ as well.
        let with_port = request.replace("com/", "com:443/");
        for request in [&request, &with_port] {
            let signature = sign("t", &signed, &[("F", "v")]);
            assert!(
                accepts("t", request, &[("F", "v")], &signature),
                "signed {signed}, asked {request}"
            );
        }
    }
}

#[test]
fn the_hash_of_a_json_body_is_found_wherever_a_sorting_proxy_puts_it() {
    let verifier = Verifier::new(&[SecretString::from("t")]);
    let url = signature::url_for_body("https://example.com/p?A=1&z=2", b"{}");
    let signature = sign("t", &url, &[]);
    let (before, hash) = url.split_once("&bodySHA256").expect("a hash");
    let (base, _) = before.split_once('?').expect("a query");
    let sorted = format!("{base}?A=1&bodySHA256{hash}&z=2");
    assert!(verifier.accepts_body(&sorted, b"{}", &signature));
    assert!(!verifier.accepts_body(&sorted, b"{ }", &signature));
}

#[test]
fn nothing_else_in_the_url_is_respelt() {
    let pairs = [
        ("https://example.com/it's", "https://example.com/it%27s"),
        ("https://example.com/a%20b", "https://example.com/a+b"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://example.com/p?a=1", "https://example.com/p?A=1"),
        ("https://example.com/p?a=1", "https://example.com/p?a=1&b=2"),
        ("https://example.com/p?a=1&b=2", "https://example.com/p?a=1"),
        (
            "https://example.com/p?a=1&b=2",
            "https://example.com/p?a=2&b=1",
        ),
        ("https://example.com/p?q=%2B", "https://example.com/p?q=+"),
        ("https://example.com/p?q=%26", "https://example.com/p?q=&"),
        (
            "https://example.com/p?q=%2525",
            "https://example.com/p?q=%25",
        ),
        ("https://example.com/p", "https://example.com/p/"),
        ("https://example.com/p", "https://example.com/p?"),
        ("https://example.com/p", "http://example.com/p"),
        ("https://example.com/p", "https://EXAMPLE.com/p"),
    ];
    for (signed, request) in pairs {
        assert!(
            !accepts("t", request, &[], &sign("t", signed, &[])),
            "signed {signed}, asked {request}"
        );
    }
}

#[test]
fn a_forged_signature_of_a_long_request_costs_little() {
    let odd = "a=%27'(+)%2c,&".repeat(500);
    let body = [("F", "x".repeat(60_000))];
    let fields: Vec<_> = body
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let url = format!("https://example.com/p?z=1&{odd}");
    let start = tokio::time::Instant::now();
    for _ in 0..20 {
        assert!(!accepts("t", &url, &fields, &sign("other", &url, &fields)));
    }
    let each = start.elapsed() / 20;
    assert!(each.as_millis() < 100, "{each:?}");
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
    assert_eq!(format!("{verifier:?}"), "Verifier(2 tokens, 0 keys)");
}

#[test]
fn an_empty_token_proves_nothing() {
    let url = "https://example.com/p";
    let forged = sign("", url, &[]);
    let verifier = Verifier::new(&[SecretString::from("real"), SecretString::from("")]);
    assert!(!verifier.accepts(url, &[], &forged));
    assert!(!Verifier::new(&[]).accepts(url, &[], &forged));
}
