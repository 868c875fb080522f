//! A request of Studio's Make HTTP Request widget. It is not documented to sign (Twilio: "Make HTTP Request widget"),
//! but to use a user and a password from its URL, so either will do, once the operator has set a user and a password.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, Request};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{
    body::{self, Form},
    fields::{self, Decode},
    form::{self, Signer},
    problem::{Kind, Problem},
    trail::Trail,
};
use crate::{
    config::{General, Login},
    telemetry::Metrics,
};

/// What a flow asks.
#[derive(Debug)]
pub(crate) struct Widget<T>(pub(crate) T);

impl<S, T> FromRequest<S> for Widget<T>
where
    S: Send + Sync,
    T: Decode + Send,
    Signer: FromRef<S>,
    Metrics: FromRef<S>,
    Arc<General>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let login = Arc::<General>::from_ref(state);
        let login = login.lookup.as_ref();
        let known = login.is_some_and(|login| is_login(login, &parts.headers));
        if !known && !form::has_signature(&parts.headers) {
            return Err(challenge(state, login));
        }
        let form = Form::of(&parts.headers)?;
        let trail = Trail::of(&parts.extensions)?;
        let body = body::read(body, &parts.headers, &trail).await?;
        if !known && !form::is_signed(&Signer::from_ref(state), &parts, form, &body) {
            return Err(challenge(state, login));
        }
        trail.enter().await?;
        fields::decode(&form.fields(&body)?).map(Self)
    }
}

/// What to answer to a request without credentials.
fn challenge<S>(state: &S, login: Option<&Login>) -> Problem
where
    Metrics: FromRef<S>,
{
    Metrics::from_ref(state).unsigned();
    match login {
        Some(_) => Problem::new(
            Kind::Unauthorized,
            "X-Twilio-Signature does not fit, and neither do user and password",
        ),
        None => Problem::new(
            Kind::Unsigned,
            "X-Twilio-Signature is missing or does not fit; LOOKUP_USER and LOOKUP_PASSWORD would allow a password",
        ),
    }
}

/// Whether the request carries the configured user and password. Digests are compared, so that the time it takes
/// tells nothing about either, not even a length.
fn is_login(login: &Login, headers: &HeaderMap) -> bool {
    let sent = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, text)| STANDARD.decode(text.trim()).ok());
    let right = format!("{}:{}", login.user, login.password.expose_secret());
    sent.is_some_and(|sent| {
        let (sent, right) = (Sha256::digest(&sent), Sha256::digest(right.as_bytes()));
        sent.as_slice().ct_eq(right.as_slice()).into()
    })
}
