//! Who a Flex user is: a token, proved at Twilio's IAM and remembered for a minute.
//!
//! The plugin sends its user's token in the field `Token`; `Authorization: Bearer` is taken too, and is the only way
//! where there is no form. The token is opaque, so only Twilio can say whose it is (`POST /v1/Accounts/{sid}/Tokens/validate`). A desk presses buttons in bursts,
//! so [`Gate`] remembers an answer under the token's hash, for 60 s or until the token ends; first questions that
//! arrive together are asked once. "Not valid" is remembered for 5 s, a failure to ask not at all.

use std::{sync::Arc, time::Duration};

use axum::extract::{FromRef, FromRequest, Request};
use http::{HeaderMap, Method, header};
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{
    body::{self, Form},
    fields::{self, Decode},
    problem::{Kind, Problem, upstream_kind},
    trail::Trail,
};
use crate::{
    clock::Clock,
    domain::agent::Agent,
    twilio::{
        Twilio,
        error::Error,
        resource::tokens::Proof,
        signature::{self, Field},
    },
};

/// How many tokens are remembered: more than a large contact centre has users.
const REMEMBERED: u64 = 10_000;

/// The longest token that is sent on; real ones have about a thousand characters.
pub(crate) const LONGEST_TOKEN: usize = 8 * 1024;

const VALID_FOR: SignedDuration = SignedDuration::from_secs(60);
const NOT_VALID_FOR: SignedDuration = SignedDuration::from_secs(5);

/// Lets Flex users in. Clones share what is remembered.
#[derive(Clone, Debug)]
pub struct Gate {
    seen: Cache<[u8; 32], Remembered>,
    clock: Clock,
}

/// An answer, and when it ends. The end is kept here and compared with our own clock: the cache's clock cannot be
/// paused, so it only bounds the memory and collapses questions that arrive together.
#[derive(Clone, Debug)]
struct Remembered {
    answer: Answer,
    until: Timestamp,
}

#[derive(Clone, Debug)]
enum Answer {
    Valid(Arc<Agent>),
    NotValid,
    Unknown(Arc<Error>),
}

impl Gate {
    /// A gate that remembers nothing yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            seen: Cache::new(REMEMBERED),
            clock,
        }
    }

    /// Says whose `token` it is. `prove` asks Twilio, and is only run when the answer is not remembered.
    ///
    /// # Errors
    /// [`Kind::TokenRefused`] when the token is not valid, [`Kind::Unavailable`] when Twilio could not be asked,
    /// [`Kind::Upstream`] when it would not say, because it refused our own credentials.
    pub async fn admit<P>(&self, token: &SecretString, prove: P) -> Result<Arc<Agent>, Problem>
    where
        P: Future<Output = Result<Option<Proof>, Error>> + Send,
    {
        let key: [u8; 32] = Sha256::digest(token.expose_secret().as_bytes()).into();
        let asked = async { self.weigh(prove.await) };
        let remembered = self
            .seen
            .entry(key)
            .or_insert_with_if(asked, |old| old.until <= self.clock.now())
            .await;
        match remembered.into_value().answer {
            Answer::Valid(agent) => Ok(agent),
            Answer::NotValid => Err(refused("The Flex token is not valid or has expired")),
            Answer::Unknown(error) => Err(not_asked(error)),
        }
    }

    fn weigh(&self, proved: Result<Option<Proof>, Error>) -> Remembered {
        let now = self.clock.now();
        let later = |wait| now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        match proved {
            Ok(Some(proof)) if proof.expires.is_none_or(|end| end > now) => {
                let until = later(VALID_FOR);
                Remembered {
                    until: proof.expires.map_or(until, |end| end.min(until)),
                    answer: Answer::Valid(Arc::new(Agent::from(&proof))),
                }
            }
            Ok(_) => Remembered {
                answer: Answer::NotValid,
                until: later(NOT_VALID_FOR),
            },
            // Shared with those who waited for the same answer, then asked anew.
            Err(error) => Remembered {
                answer: Answer::Unknown(Arc::new(error)),
                until: now,
            },
        }
    }
}

fn not_asked(error: Arc<Error>) -> Problem {
    let why = "Twilio could not be asked whether the Flex token is valid";
    let problem = match upstream_kind(&error) {
        // Not worth another try in a second.
        Kind::Upstream => Problem::new(Kind::Upstream, why),
        _ => Problem::later(Kind::Unavailable, why, Duration::from_secs(1)),
    };
    problem.because(error)
}

/// A request of a Flex user whose token was proved, and what it says.
#[derive(Debug)]
pub(crate) struct Flex<T> {
    /// Who asks.
    pub(crate) agent: Arc<Agent>,
    /// What they ask.
    pub(crate) wish: T,
}

impl<S, T> FromRequest<S> for Flex<T>
where
    S: Send + Sync,
    T: Decode + Send,
    Gate: FromRef<S>,
    Twilio: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let trail = Trail::of(&parts.extensions)?;
        let read;
        let (fields, token) = if parts.method == Method::GET {
            trail.mark_arrived();
            let query = parts.uri.query().unwrap_or_default();
            // Never from the query: what stands in a URL is written into logs on its way.
            let token = token(&parts.headers, &[])?;
            (signature::fields(query.as_bytes()), token)
        } else {
            let form = Form::of(&parts.headers)?;
            read = body::read(body, &parts.headers, &trail).await?;
            let fields = form.fields(&read)?;
            // Named before anything is proved: a refusal must be found by its call, too. It is a SID or nothing.
            if let Some(call) = fields::find(&fields, "callSid").and_then(|sid| sid.parse().ok()) {
                trail.about(call);
            }
            let token = token(&parts.headers, &fields)?;
            (fields, token)
        };
        let twilio = Twilio::from_ref(state);
        let prove = twilio.prove_token(&token, trail.deadline());
        let agent = Gate::from_ref(state).admit(&token, prove).await?;
        let wish = fields::decode(&fields)?;
        Ok(Self { agent, wish })
    }
}

/// The token of a request, from its field or its header.
fn token(headers: &HeaderMap, fields: &[Field<'_>]) -> Result<SecretString, Problem> {
    let bearer = || {
        let (scheme, token) = headers
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?
            .split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    };
    let token = fields::find(fields, "Token")
        .or_else(bearer)
        .ok_or_else(|| refused("A Flex token is needed, in the field Token"))?;
    // What no token looks like is not worth a question.
    if token.len() > LONGEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused("The Flex token is not valid or has expired"));
    }
    Ok(SecretString::from(token))
}

fn refused(why: &'static str) -> Problem {
    Problem::new(Kind::TokenRefused, why)
}

#[cfg(test)]
mod tests;
