//! The official vectors, by number.
//!
//! `request` is the URL as the server rebuilds it, `signed` the text that Twilio put through the HMAC. Where they
//! differ, Twilio's libraries try both, so must we. A server never sees `user:pass@`; those vectors prove that
//! whatever text is configured is verified as it stands.

use secrecy::SecretString;
use switchboard::twilio::signature::{self, Verifier};

use super::{accepts, sign};

const TOKEN: &str = "12345";
const U: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const P0: &[(&str, &str)] = &[
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
];
const GO: &[(&str, &str)] = &[
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("ReasonConferenceEnded", "test"),
    ("Reason", "Participant"),
];
const DOCUMENTATION: &[(&str, &str)] = &[
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675310"),
    ("Digits", "1234"),
    ("From", "+14158675310"),
    ("To", "+18005551212"),
];

struct Vector {
    id: &'static str,
    token: &'static str,
    request: &'static str,
    signed: &'static str,
    fields: &'static [(&'static str, &'static str)],
    signature: &'static str,
}

const fn v(
    id: &'static str,
    [request, signed]: [&'static str; 2],
    fields: &'static [(&'static str, &'static str)],
    signature: &'static str,
) -> Vector {
    Vector {
        id,
        token: TOKEN,
        request,
        signed,
        fields,
        signature,
    }
}

/// A vector whose URL was signed as it stands.
const fn same(
    id: &'static str,
    url: &'static str,
    fields: &'static [(&'static str, &'static str)],
    signature: &'static str,
) -> Vector {
    v(id, [url, url], fields, signature)
}

const U_PORT: &str = "https://mycompany.com:1234/myapp.php?foo=1&bar=2";
const U_443: &str = "https://mycompany.com:443/myapp.php?foo=1&bar=2";
const H: &str = "http://mycompany.com/myapp.php?foo=1&bar=2";
const H_80: &str = "http://mycompany.com:80/myapp.php?foo=1&bar=2";
const H_PORT: &str = "http://mycompany.com:1234/myapp.php?foo=1&bar=2";
const USER_PASS: &str = "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2";
const USER_PASS_443: &str = "https://user:pass@mycompany.com:443/myapp.php?foo=1&bar=2";
const USER: &str = "https://user@mycompany.com/myapp.php?foo=1&bar=2";
const USER_443: &str = "https://user@mycompany.com:443/myapp.php?foo=1&bar=2";

/// Ports and credentials.
const AUTHORITIES: &[Vector] = &[
    same("V1", U, P0, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    v("V2", [U_PORT, U], P0, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    same("V3", H_PORT, P0, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    v("V4", [U, U_443], P0, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    v("V5", [H, H_80], P0, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    same("V6", U_PORT, P0, "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
    v(
        "V8",
        [USER_PASS, USER_PASS_443],
        P0,
        "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=",
    ),
    same("V9", USER, P0, "2YRLlVAflCqxaNicjMpJcSTgzSs="),
    v("V10", [USER, USER_443], P0, "aZfj4hyX1MLZhSS6QIL18Vn2/RA="),
    same(
        "V32",
        "https://MyCompany.com/myapp.php?foo=1&bar=2",
        P0,
        "g9IN/x4Cft2g517EjYvEvM/W7LU=",
    ),
    same(
        "V33",
        "https://MyCompany.com:1234/myapp.php?foo=1&bar=2",
        P0,
        "PCqOZm8cnu/L6+u5i5fuEd+Iac4=",
    ),
    same(
        "V34",
        "http://MyCompany.com/myapp.php?foo=1&bar=2",
        P0,
        "XY7AlKOKL6im4yWyX84gldUrtis=",
    ),
    same(
        "V35",
        "http://username:password@MyCompany.com/myapp.php?foo=1&bar=2",
        P0,
        "PJ08CxXr7KLPjEQCTc8LkUSMwSM=",
    ),
    same(
        "V36",
        "HTTP://username:password@MyCompany.com/myapp.php?foo=1&bar=2",
        P0,
        "hy/l8pca+LFms4cvRdv8uiP6NGc=",
    ),
    same(
        "V37",
        "http://Username:Password@MyCompany.com/myapp.php?foo=1&bar=2",
        P0,
        "SkTSKyDJH9kUlhItI0slbgZ1UsI=",
    ),
];

/// Fields: order, emptiness, letter case, repeats; and queries that must stay as they were received.
const FIELDS: &[Vector] = &[
    same(
        "V12",
        U,
        &[
            ("MessagingBinding.Address", "+1325xxxxxxx"),
            ("MessagingBinding.Address", "+1415xxxxxxx"),
        ],
        "83O6e2vORAoJHUNzJjDWN1jz+BA=",
    ),
    same(
        "V12 in the other order",
        U,
        &[
            ("MessagingBinding.Address", "+1415xxxxxxx"),
            ("MessagingBinding.Address", "+1325xxxxxxx"),
        ],
        "83O6e2vORAoJHUNzJjDWN1jz+BA=",
    ),
    same("V17", U, GO, "vOEb5UThFn24KEfnOFLQY2AE5FY="),
    same("V18", H, GO, "n2xBNyzSW7rfYStDtOFiFMv7qNo="),
    same("V21", U, &[], "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
    same(
        "V22",
        "https://mycompany.com/myapp.php",
        P0,
        "1xaxFBvyzXYvWplzNOSs28HWO94=",
    ),
    same(
        "V23",
        "https://mycompany.com/myapp.php?foo=1&bar=2&type=thiswontbeusedinthesignaturegeneratorandsoshouldbeignored",
        P0,
        "hYkNsTBttoNGkyCS0p+wWmQoRTg=",
    ),
    same(
        "V24",
        "https://mycompany.com/myapp.php?foo=hello%20world&bar=test%2Bvalue",
        P0,
        "er2tvAP1Wx+iuTTE2BPgvEaN1cs=",
    ),
    same(
        "V26",
        U,
        &[
            ("Digits", ""),
            ("CallSid", "CA1234567890ABCDE"),
            ("EmptyParam", ""),
        ],
        "9HHp/OqQMEwdrVebHDdA/+tqjX8=",
    ),
    same(
        "V27 (null is empty)",
        U,
        &[
            ("Digits", ""),
            ("CallSid", "CA1234567890ABCDE"),
            ("NullParam", ""),
        ],
        "L9lTTwIlxM1xGAtLRwhOSZggRhM=",
    ),
    same(
        "V28",
        U,
        &[
            ("Zebra", "last"),
            ("Alpha", "first"),
            ("Beta", "second"),
            ("Gamma", "third"),
        ],
        "enveUe73ZTVLAekHxez3Qx6JuuQ=",
    ),
    same(
        "V30",
        U,
        &[
            ("callSid", "lowercase"),
            ("CallSid", "uppercase"),
            ("CALLSID", "allcaps"),
        ],
        "jDK7WKT8wiNrwggd4ceTv4e1MJ4=",
    ),
    Vector {
        id: "V38",
        token: "qwerty",
        request: "https://example.com/test",
        signed: "https://example.com/test",
        fields: &[("foo", "bar")],
        signature: "TR9Skm9jiF4WVRJznU5glK5I83k=",
    },
    same(
        "V41",
        "https://example.com/myapp.php?foo=1&bar=2",
        DOCUMENTATION,
        "L/OH5YylLD5NRKLltdqwSvS0BnU=",
    ),
];

#[test]
fn every_form_vector_of_twilios_libraries_verifies() {
    for v in AUTHORITIES.iter().chain(FIELDS) {
        assert_eq!(
            sign(v.token, v.signed, v.fields),
            v.signature,
            "{} made",
            v.id
        );
        assert!(
            accepts(v.token, v.request, v.fields, v.signature),
            "{} accepted",
            v.id
        );
    }
}

/// A negative twin of every vector: the right signature with one field more, another token, another URL.
#[test]
fn no_form_vector_verifies_for_anything_else() {
    for v in AUTHORITIES.iter().chain(FIELDS) {
        let more: Vec<_> = v.fields.iter().copied().chain([("Zz", "1")]).collect();
        assert!(
            !accepts(v.token, v.request, &more, v.signature),
            "{} with one field more",
            v.id
        );
        assert!(
            !accepts("123456", v.request, v.fields, v.signature),
            "{} with another token",
            v.id
        );
        let other = format!("{}x", v.request);
        assert!(
            !accepts(v.token, &other, v.fields, v.signature),
            "{} for another URL",
            v.id
        );
    }
}

#[test]
fn v19_a_signature_sorted_by_name_and_value_is_refused() {
    assert!(!accepts(TOKEN, U, GO, "95+Bu0JVPi0r/SsESZCVf0dWAjw="));
}

#[test]
fn v20_a_form_body_is_decoded_and_signed() {
    let fields = signature::fields(b"property=value&boolean=true");
    let verifier = Verifier::new(&[SecretString::from(TOKEN)]);
    assert!(verifier.accepts(U, &fields, "NBdBDr/T/lgjI+tlgpXjKZQZs/k="));
}

const JSON: &[u8] = br#"{"property": "value", "boolean": true}"#;
const HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

#[test]
fn v14_v15_v39_a_body_that_is_not_a_form_verifies_by_its_hash() {
    let bodies = [
        (
            TOKEN,
            format!("{U}&bodySHA256={HASH}"),
            JSON,
            "a9nBmqA0ju/hNViExpshrM61xv4=",
        ),
        (
            TOKEN,
            format!("https://mycompany.com/myapp.php?bodySHA256={HASH}"),
            JSON,
            "y77kIzt2vzLz71DgmJGsen2scGs=",
        ),
        (
            "qwerty",
            "https://example.com/test?bodySHA256=8d90d640c6ba47d595ac56203d7f5c6b511be80fdf44a2055acca75a119b9fd2".to_owned(),
            br#"{"message": "a post body"}"#,
            "zR5Oq4f6cijN5oz5bisiVuxYnTU=",
        ),
    ];
    for (token, url, body, signature) in bodies {
        let verifier = Verifier::new(&[SecretString::from(token)]);
        assert!(verifier.accepts_body(&url, body, signature), "{url}");
        assert!(
            !verifier.accepts_body(&url, b"{}", signature),
            "another body"
        );
        assert!(!verifier.accepts_body(&url, b"", signature), "no body");
        let (bare, _) = url.split_once('?').expect("a query");
        assert_eq!(sign(token, &url, &[]), signature);
        assert!(
            !verifier.accepts_body(bare, body, &sign(token, bare, &[])),
            "V45: a body without its hash proves nothing about the body"
        );
    }
}

#[test]
fn the_url_for_a_body_is_the_one_twilio_signs() {
    let url = signature::url_for_body(U, JSON);
    assert_eq!(url, format!("{U}&bodySHA256={HASH}"));
    let bare = "https://mycompany.com/myapp.php";
    assert_eq!(
        signature::url_for_body(bare, JSON),
        format!("{bare}?bodySHA256={HASH}")
    );
    // Twilio's documentation, JSON example of the status callback.
    let body = br#"{"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"}"#;
    assert!(
        signature::url_for_body(bare, body)
            .ends_with("5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9")
    );
}

#[test]
fn v42_v44_the_port_may_be_signed_or_not_but_the_query_counts() {
    let bare = "https://example.com/path?test=param";
    let with_port = "https://example.com:443/path?test=param";
    let signatures = [sign("s3cr3t", bare, &[]), sign("s3cr3t", with_port, &[])];
    assert_eq!(
        signatures,
        [
            "loLgTitFAoWx57yy5oEU4Hlddzw=",
            "IdwMFypqvNxti3YgvWWmfcNL26M="
        ]
    );
    for signature in &signatures {
        assert!(accepts("s3cr3t", bare, &[], signature));
        assert!(accepts("s3cr3t", with_port, &[], signature));
        assert!(!accepts("s3cr3t", &format!("{bare}2"), &[], signature));
    }
}

#[test]
fn v45_what_is_no_signature_is_refused() {
    let real = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    let fakes = [
        String::new(),
        "WRONG_SIGNATURE".to_owned(),
        format!("NOT{real}"),
        format!(" {real}"),
        format!("{real}\n"),
        real.trim_end_matches('=').to_owned(),
        real.replace('/', "_").replace('+', "-"),
        real.to_lowercase(),
        // The first 19 bytes of the right answer: a shortened HMAC is not the HMAC.
        "RSOYDt4T1cUTdK1PDd93/VVr8A==".to_owned(),
        "====".to_owned(),
        "é".to_owned(),
    ];
    assert!(accepts(TOKEN, U, P0, real));
    for fake in fakes {
        assert!(!accepts(TOKEN, U, P0, &fake), "{fake:?}");
    }
}
