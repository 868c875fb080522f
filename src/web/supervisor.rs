//! A supervisor who only looks: their Flex token in the `Authorization` header, no body.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;

use super::{
    flex::{self, Gate},
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
        let token = flex::token(&parts.headers, &[])?;
        let twilio = Twilio::from_ref(state);
        let agent = Gate::from_ref(state)
            .let_in(&token, &twilio, &trail)
            .await?;
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
