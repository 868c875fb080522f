//! A supervisor who only looks: their Flex token in the `Authorization` header, no body.

use axum::extract::{FromRef, FromRequestParts};
use http::{header, request::Parts};
use secrecy::SecretString;

use super::{
    flex::{Gate, LONGEST_TOKEN},
    problem::{Kind, Problem},
    trail::Trail,
};
use crate::twilio::Twilio;

/// The proof that a supervisor or an admin asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supervisor;

impl<S> FromRequestParts<S> for Supervisor
where
    S: Send + Sync,
    Gate: FromRef<S>,
    Twilio: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let trail = Trail::of(&parts.extensions)?;
        let token = bearer(parts)?;
        let twilio = Twilio::from_ref(state);
        let prove = twilio.prove_token(&token, trail.deadline());
        let agent = Gate::from_ref(state).admit(&token, prove).await?;
        if agent.leads {
            Ok(Self)
        } else {
            Err(Problem::new(
                Kind::NotYours,
                "This needs a supervisor or an admin",
            ))
        }
    }
}

fn bearer(parts: &Parts) -> Result<SecretString, Problem> {
    let sent = parts.headers.get(header::AUTHORIZATION);
    let sent = sent.and_then(|value| value.to_str().ok()?.split_once(' '));
    let token = sent
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    // What no token looks like is not worth a question.
    let looks_right = |token: &&str| {
        (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|it| it.is_ascii_graphic())
    };
    token
        .filter(looks_right)
        .map(SecretString::from)
        .ok_or_else(|| {
            Problem::new(
                Kind::TokenRefused,
                "A Flex token is needed, as Authorization: Bearer",
            )
        })
}
