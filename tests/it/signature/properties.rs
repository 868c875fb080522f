//! Properties over random requests: whatever Twilio can sign verifies, and one changed byte never does.

use proptest::{collection::vec, prelude::*, sample::Index};
use secrecy::SecretString;
use switchboard::twilio::signature::{self, Verifier};

use super::{accepts, sign};

type Owned = Vec<(String, String)>;

fn borrowed(fields: &Owned) -> Vec<(&str, &str)> {
    let pairs = fields.iter();
    pairs.map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

/// Fields as a webhook carries them: few names, so that repeats are common; any text as value.
fn fields() -> impl Strategy<Value = Owned> {
    vec(("[A-C][a-z]{0,2}", "\\PC{0,12}"), 0..12)
}

/// A path and a query with everything that is ever spelt in two ways.
fn target() -> impl Strategy<Value = String> {
    "/[a-z0-9/._~-]{0,12}(\\?([a-z0-9=&:@+'().-]|%27|%20|%2B){0,20})?"
}

fn origin() -> impl Strategy<Value = String> {
    "(https|http)://([a-z]{1,8}(\\.[a-z]{2,3}){1,2}|\\[2001:db8::[1-9]\\])"
}

fn url() -> impl Strategy<Value = String> {
    (origin(), "(:[1-9][0-9]{1,3})?", target()).prop_map(|(o, p, t)| format!("{o}{p}{t}"))
}

/// `text` with the byte at `at` replaced by another printable one; all our texts here are ASCII.
fn changed(text: &str, at: Index, by: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = at.index(bytes.len());
    let other = b' ' + (bytes[at] - b' ' + 1 + by % 94) % 95;
    assert_ne!(other, bytes[at]);
    bytes[at] = other;
    String::from_utf8(bytes).expect("ASCII")
}

/// What a URL says to whoever reads it: the query in any order, decoded.
fn meaning(url: &str) -> (String, Owned) {
    let (path, query) = url.split_once('?').unwrap_or((url, "no query"));
    let mut pairs: Owned = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    pairs.sort();
    (path.to_owned(), pairs)
}

proptest! {
    #[test]
    fn any_fields_in_any_order_with_any_repeats_verify(
        url in url(),
        (sent, received) in fields().prop_flat_map(|sent| {
            let repeated: Owned = sent.iter().chain(&sent).cloned().collect();
            let subset = proptest::sample::subsequence(repeated.clone(), 0..=repeated.len());
            let received = subset.prop_map({
                let sent = sent.clone();
                move |more| sent.iter().chain(&more).cloned().collect::<Owned>()
            });
            (Just(sent), received.prop_shuffle())
        }),
    ) {
        let signature = sign("token", &url, &borrowed(&sent));
        prop_assert!(accepts("token", &url, &borrowed(&received), &signature));
        prop_assert!(!accepts("tokem", &url, &borrowed(&received), &signature));
    }

    #[test]
    fn a_form_survives_the_wire(url in url(), sent in fields()) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&sent).finish();
        let verifier = Verifier::new(&[SecretString::from("token")]);
        let signature = sign("token", &url, &borrowed(&sent));
        prop_assert!(verifier.accepts(&url, &signature::fields(body.as_bytes()), &signature));
    }

    #[test]
    fn one_changed_byte_in_the_url_is_refused(url in url(), sent in fields(), at: Index, by: u8) {
        let signature = sign("token", &url, &borrowed(&sent));
        let other = changed(&url, at, by);
        prop_assume!(meaning(&other) != meaning(&url));
        prop_assert!(!accepts("token", &other, &borrowed(&sent), &signature));
    }

    #[test]
    fn whatever_a_proxy_makes_of_a_query_in_order_verifies(
        mut pairs in vec(("[a-c]{1,3}", "\\PC{0,6}"), 0..5),
        how: [bool; 3],
        sent in fields(),
    ) {
        let form = |pairs: &Owned| {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(pairs).finish()
        };
        let node = |pairs: &Owned| {
            let plain = form(pairs).replace('+', "%20");
            ["!27'", "!28(", "!29)", "!21!", "!7E~"].iter().fold(plain, |text, pair| {
                text.replace(&format!("%{}", &pair[1..3]), &pair[3..])
            })
        };
        pairs.sort();
        let url = |query: String| format!("https://example.com/p?{query}");
        let signed = url(if how[0] { form(&pairs) } else { node(&pairs) });
        // What is signed is in order when it is written, as our own links are.
        prop_assume!(signed.split_once('?').is_none_or(|(_, query)| query.split('&').is_sorted()));
        if how[2] {
            pairs.reverse();
        }
        let asked = url(if how[1] { form(&pairs) } else { node(&pairs) });
        let signature = sign("token", &signed, &borrowed(&sent));
        prop_assert!(accepts("token", &asked, &borrowed(&sent), &signature), "{signed} {asked}");
    }

    #[test]
    fn one_changed_byte_in_a_field_is_refused(
        url in url(),
        mut sent in vec(("[A-C][a-z]{0,2}", "[ -~]{1,12}"), 1..12),
        (which, at) in (any::<Index>(), any::<Index>()),
        in_name: bool,
        by: u8,
    ) {
        let signature = sign("token", &url, &borrowed(&sent));
        let field = which.index(sent.len());
        let text = if in_name { &mut sent[field].0 } else { &mut sent[field].1 };
        *text = changed(text, at, by);
        prop_assert!(!accepts("token", &url, &borrowed(&sent), &signature));
    }

    #[test]
    fn one_changed_byte_in_the_signature_is_refused(url in url(), sent in fields(), at: Index, by: u8) {
        let signature = changed(&sign("token", &url, &borrowed(&sent)), at, by);
        prop_assert!(!accepts("token", &url, &borrowed(&sent), &signature));
    }

    #[test]
    fn the_port_may_be_there_or_not(origin in origin(), port in 1_u16.., target in target(), sent in fields()) {
        let own = if origin.starts_with("https") { 443 } else { 80 };
        let [bare, given, default] =
            [format!("{origin}{target}"), format!("{origin}:{port}{target}"), format!("{origin}:{own}{target}")];
        let sent = borrowed(&sent);
        let accepted = |request: &str, signed: &str| accepts("token", request, &sent, &sign("token", signed, &sent));
        prop_assert!(accepted(&given, &bare) && accepted(&given, &given));
        prop_assert!(accepted(&bare, &bare) && accepted(&bare, &default) && accepted(&default, &bare));
        prop_assert!(port == own || (!accepted(&bare, &given) && !accepted(&default, &given)));
    }

    #[test]
    fn decoding_never_fails(body: Vec<u8>, url: String, signature: String) {
        let fields = signature::fields(&body);
        let verifier = Verifier::new(&[SecretString::from("token")]);
        prop_assert!(!verifier.accepts(&url, &fields, &signature));
        prop_assert!(!verifier.accepts_body(&url, &body, &signature));
    }
}
