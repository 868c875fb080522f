//! SIDs and secrets as people copy them, and what went wrong when they did.
//!
//! A SID is no secret, so what is wrong with it is said as it is: the wrong kind, its length, the character. Of a
//! secret nothing is said but what it looks like.

use std::str::FromStr;

use secrecy::SecretString;

use super::parse::list;
use crate::twilio::sid::SidError;

/// How long a SID is: two letters and 32 hexadecimal digits (Twilio: "String Identifier (SID)").
const LENGTH: usize = 34;

/// What the SIDs are of that people take for each other.
const KINDS: [(&str, &str); 12] = [
    ("AC", "an account"),
    ("SK", "an API key"),
    ("WS", "a workspace"),
    ("IS", "a Sync service"),
    ("WW", "a workflow"),
    ("WQ", "a task queue"),
    ("WA", "an activity"),
    ("WK", "a worker"),
    ("WT", "a task"),
    ("TC", "a task channel"),
    ("PN", "a phone number"),
    ("ZS", "a Functions service"),
];

/// A SID.
pub(crate) fn sid<T: FromStr<Err = SidError>>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|error: SidError| explained(text, error.prefix()))
}

/// What is wrong with a text that is not the SID it should be.
fn explained(text: &str, prefix: &str) -> String {
    let expected = format!("expected {prefix} followed by 32 hexadecimal digits");
    if in_quotes(text) {
        return format!("it stands in quotes, which count as part of it here; {expected}");
    }
    let (length, head) = (text.chars().count(), text.get(..2).unwrap_or(text));
    let rest = text.get(2..).unwrap_or_default();
    if head == prefix && rest.chars().all(|it| it == 'x') && rest.len() > 8 {
        return format!(
            "it is still the example; put the SID of {} there",
            kind(prefix)
        );
    }
    if head != prefix {
        let is = match KINDS.iter().find(|(known, _)| *known == head) {
            Some((_, kind)) => format!("this is the SID of {kind} ({head}…)"),
            None if head.eq_ignore_ascii_case(prefix) => {
                format!("{prefix} is written in capital letters")
            }
            None => format!("it does not begin with {prefix}"),
        };
        return format!(
            "{is}; expected that of {}: {prefix} followed by 32 hexadecimal digits",
            kind(prefix)
        );
    }
    if length != LENGTH {
        let (amount, more) = match length.checked_sub(LENGTH) {
            Some(more) => (more, "too many"),
            None => (LENGTH - length, "too few"),
        };
        return format!("it has {length} characters, {amount} {more}; {expected}");
    }
    let mut digits = text.chars().enumerate().skip(2);
    match digits.find(|(_, it)| !it.is_ascii_hexdigit()) {
        Some((place, it)) => {
            let hint = match it {
                'O' | 'o' => ", a letter and not a zero",
                'l' | 'I' => ", a letter and not a one",
                _ => "",
            };
            format!("its character {} is {it:?}{hint}; {expected}", place + 1)
        }
        None => expected,
    }
}

fn kind(prefix: &str) -> &str {
    let known = KINDS.iter().find(|(known, _)| *known == prefix);
    known.map_or("it", |(_, kind)| kind)
}

fn in_quotes(text: &str) -> bool {
    let inner = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    inner('"') || inner('\'')
}

/// Auth tokens, the newest first.
pub(super) fn auth_tokens(text: &str) -> Result<Vec<SecretString>, String> {
    for token in list(text) {
        let head = token.get(..2).unwrap_or_default();
        let is_sid =
            token.len() == LENGTH && token.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit());
        match KINDS.iter().find(|(known, _)| is_sid && *known == head) {
            Some(("SK", _)) => {
                return Err(
                    "this is the SID of an API key (SK…), not an auth token: put it into API_KEY and its secret into \
                     API_SECRET, and here the auth token, with which Twilio signs webhooks"
                        .to_owned(),
                );
            }
            Some((_, kind)) => {
                return Err(format!(
                    "this is the SID of {kind} ({head}…), not an auth token"
                ));
            }
            None if in_quotes(token) => {
                return Err("it stands in quotes, which count as part of it here".to_owned());
            }
            None => {}
        }
    }
    let tokens: Vec<_> = list(text)
        .map(|it| SecretString::from(it.to_owned()))
        .collect();
    if tokens.is_empty() {
        Err("expected at least one token".to_owned())
    } else {
        Ok(tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twilio::sid::WorkspaceSid;

    const DIGITS: &str = "0123456789abcdef0123456789abcdef";

    fn told(text: &str) -> String {
        sid::<WorkspaceSid>(text).expect_err("no SID of a workspace")
    }

    #[test]
    fn what_is_wrong_with_a_sid_is_said_as_it_is() {
        assert!(sid::<WorkspaceSid>(&format!("WS{DIGITS}")).is_ok());
        let expected = "expected WS followed by 32 hexadecimal digits";
        let one_less = format!("WS{}", &DIGITS[1..]);
        assert_eq!(
            told(&one_less),
            format!("it has 33 characters, 1 too few; {expected}")
        );
        let two_more = format!("WS{DIGITS}00");
        assert_eq!(
            told(&two_more),
            format!("it has 36 characters, 2 too many; {expected}")
        );
        let letter = format!("WS{}", DIGITS.replacen('0', "O", 1));
        assert_eq!(
            told(&letter),
            format!("its character 3 is 'O', a letter and not a zero; {expected}")
        );
        let other = format!("WS{}g", &DIGITS[1..]);
        assert_eq!(told(&other), format!("its character 34 is 'g'; {expected}"));
        let kind = "expected that of a workspace: WS followed by 32 hexadecimal digits";
        let workflow = format!("WW{DIGITS}");
        assert_eq!(
            told(&workflow),
            format!("this is the SID of a workflow (WW…); {kind}")
        );
        let small = format!("ws{DIGITS}");
        assert_eq!(
            told(&small),
            format!("WS is written in capital letters; {kind}")
        );
        assert_eq!(
            told("default"),
            format!("it does not begin with WS; {kind}")
        );
        let quoted = format!("\"WS{DIGITS}\"");
        assert!(told(&quoted).starts_with("it stands in quotes"));
        let example = "WSxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
        assert_eq!(
            told(example),
            "it is still the example; put the SID of a workspace there"
        );
    }

    #[test]
    fn a_sid_is_no_auth_token() {
        let told = |text: &str| auth_tokens(text).expect_err("no token");
        assert!(told(&format!("SK{DIGITS}")).contains("put it into API_KEY"));
        assert!(
            told(&format!("{DIGITS}, AC{DIGITS}")).starts_with("this is the SID of an account")
        );
        assert!(told("'hush'").starts_with("it stands in quotes"));
        assert_eq!(
            auth_tokens(&format!("{DIGITS},hush"))
                .expect("tokens")
                .len(),
            2
        );
    }
}
