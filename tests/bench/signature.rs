//! Proving that a webhook is Twilio's, beside one HMAC-SHA1 of the very same bytes, keyed beforehand; and decoding
//! its form, beside the bare decoder.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha1::Sha1;
use switchboard::twilio::signature::{self, Verifier};

use crate::timing::Bench;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const URL: &str = "https://switchboard.example.com/call-status-handler?source=flex";

/// A status callback as Twilio sends it for a completed call from a client.
const BODY: &[u8] = b"Called=%2B14155550100&ToState=CA&CallerCountry=US&Direction=inbound&Timestamp=Sat%2C+21+Nov\
+2026+10%3A00%3A00+%2B0000&CallbackSource=call-progress-events&SipResponseCode=200&CallerState=CA&ToZip=94103\
&SequenceNumber=3&CallSid=CA0123456789abcdef0123456789abcdef&To=%2B14155550100&CallerZip=94102&ToCountry=US\
&CalledZip=94103&ApiVersion=2010-04-01&CalledCity=SAN+FRANCISCO&CallStatus=completed&Duration=2&From=%2B14155550123\
&CallDuration=96&AccountSid=AC0123456789abcdef0123456789abcdef&CalledCountry=US&CallerCity=SAN+FRANCISCO\
&ToCity=SAN+FRANCISCO&FromCountry=US&Caller=%2B14155550123&FromCity=SAN+FRANCISCO&CalledState=CA&FromZip=94102\
&FromState=CA";

pub(crate) fn run(bench: &Bench) {
    let token = SecretString::from(TOKEN);
    let fields = signature::fields(BODY);
    let signed = signature::sign(&token, URL, &fields);
    let verifier = Verifier::new(&[token]);
    assert!(
        verifier.accepts(URL, &fields, &signed),
        "the check under test accepts"
    );

    let mut sorted = fields.clone();
    sorted.sort();
    let text: String = sorted
        .iter()
        .flat_map(|(name, value)| [name.as_ref(), value])
        .collect();
    let bytes = format!("{URL}{text}").into_bytes();
    let key = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes());
    let Ok(key) = key else { return };
    let floor = || key.clone().chain_update(black_box(&bytes)).finalize();

    bench.compare(
        "signature, right",
        || verifier.accepts(black_box(URL), &fields, &signed),
        floor,
    );
    let forged = signature::sign(&SecretString::from("forged"), URL, &fields);
    bench.compare(
        "signature, forged",
        || verifier.accepts(black_box(URL), &fields, &forged),
        floor,
    );
    let decode = || {
        let pairs = form_urlencoded::parse(black_box(BODY));
        pairs.fold(0, |length, (name, value)| length + name.len() + value.len())
    };
    bench.compare("form decode", || signature::fields(black_box(BODY)), decode);
    bench.compare(
        "form decode and signature",
        || verifier.accepts(black_box(URL), &signature::fields(black_box(BODY)), &signed),
        || (decode(), floor()),
    );
}
