//! Shared keys: webhooks that are signed with a key of the account's own instead of the auth token.

use secrecy::SecretString;
use switchboard::twilio::signature::{
    Claim, Unproved, Verifier, WebhookKey, fields, sign_with_key, url_for_body,
};

use super::sign;

const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const BODY: &[u8] = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
/// Computed with another program (Python's hmac), over the text of the official vector V1 with the key `12345`.
const BY_HAND: &str = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=";

fn key(id: &str, secret: &str) -> WebhookKey {
    WebhookKey {
        id: id.to_owned(),
        secret: SecretString::from(secret),
    }
}

fn verifier() -> Verifier {
    let keys = [key("one", "12345"), key("two", "old"), key("two", "new")];
    Verifier::new(&[SecretString::from("token")]).with_keys(&keys)
}

fn prove(signature: &str, settings: Option<&str>) -> Result<(), Unproved> {
    let claim = Claim {
        signature,
        settings,
    };
    verifier().prove(URL, &fields(BODY), claim)
}

#[test]
fn the_signed_text_is_the_same_as_ever_and_the_hash_is_sha_256() {
    let signed = sign_with_key(&key("one", "12345"), URL, &fields(BODY));
    assert_eq!(signed.0, BY_HAND);
    assert_eq!(signed.1, "key=one,algorithm=HMAC_SHA256");
    assert_eq!(prove(BY_HAND, Some(&signed.1)), Ok(()));
}

#[test]
fn tokens_and_keys_prove_side_by_side_and_never_for_each_other() {
    let by_token = sign("token", URL, &[]);
    let claim = Claim::of_token(&by_token);
    assert_eq!(verifier().prove(URL, &[], claim), Ok(()));
    // Without the header it is the token's, with it never.
    assert_eq!(prove(BY_HAND, None), Err(Unproved::Mismatch));
    let settings = "key=one,algorithm=HMAC_SHA256";
    let by_token = sign("token", URL, &[]);
    let claim = Claim {
        signature: &by_token,
        settings: Some(settings),
    };
    assert_eq!(verifier().prove(URL, &[], claim), Err(Unproved::Mismatch));
}

#[test]
fn a_key_may_be_replaced_without_refusing_a_call() {
    for secret in ["old", "new"] {
        let (signature, settings) = sign_with_key(&key("two", secret), URL, &fields(BODY));
        assert_eq!(prove(&signature, Some(&settings)), Ok(()), "{secret}");
    }
    let (signature, settings) = sign_with_key(&key("two", "older"), URL, &fields(BODY));
    assert_eq!(prove(&signature, Some(&settings)), Err(Unproved::Mismatch));
}

#[test]
fn a_key_or_an_algorithm_that_we_do_not_know_is_told_apart() {
    for (settings, refused) in [
        ("key=three,algorithm=HMAC_SHA256", Unproved::UnknownKey),
        ("key=ONE,algorithm=HMAC_SHA256", Unproved::UnknownKey),
        ("key=,algorithm=HMAC_SHA256", Unproved::UnknownKey),
        ("algorithm=HMAC_SHA256", Unproved::UnknownKey),
        ("key=one,algorithm=HMAC_SHA512", Unproved::UnknownAlgorithm),
        ("key=one,algorithm=none", Unproved::UnknownAlgorithm),
        ("key=one", Unproved::UnknownAlgorithm),
        ("", Unproved::UnknownAlgorithm),
        ("é", Unproved::UnknownAlgorithm),
    ] {
        assert_eq!(prove(BY_HAND, Some(settings)), Err(refused), "{settings:?}");
    }
    for settings in [
        "algorithm=HMAC_SHA256,key=one",
        " key = one , algorithm = HMAC_SHA256 ",
        "version=1,key=one,algorithm=HMAC_SHA256",
    ] {
        assert_eq!(prove(BY_HAND, Some(settings)), Ok(()), "{settings:?}");
    }
}

#[test]
fn the_query_may_be_respelt_and_a_body_is_proved_by_its_hash_as_with_a_token() {
    let one = key("one", "12345");
    let (signature, settings) = sign_with_key(&one, "https://x.example/p?a=x%20y&b=1", &[]);
    let claim = Claim {
        signature: &signature,
        settings: Some(&settings),
    };
    let asked = "https://x.example:443/p?b=1&a=x+y";
    assert_eq!(verifier().prove(asked, &[], claim), Ok(()));
    let url = url_for_body("https://x.example/p", b"{}");
    let (signature, settings) = sign_with_key(&one, &url, &[]);
    let claim = Claim {
        signature: &signature,
        settings: Some(&settings),
    };
    assert_eq!(verifier().prove_body(&url, b"{}", claim), Ok(()));
    assert_eq!(
        verifier().prove_body(&url, b"[]", claim),
        Err(Unproved::Mismatch)
    );
}

#[test]
fn an_empty_secret_proves_nothing_and_no_secret_is_shown() {
    let empty = Verifier::new(&[]).with_keys(&[key("e", "")]);
    let (signature, settings) = sign_with_key(&key("e", "x"), URL, &[]);
    let claim = Claim {
        signature: &signature,
        settings: Some(&settings),
    };
    assert_eq!(empty.prove(URL, &[], claim), Err(Unproved::UnknownKey));
    let shown = format!("{:?} {:?}", verifier(), key("one", "12345"));
    assert!(!shown.contains("12345"), "{shown}");
}
