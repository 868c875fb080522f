//! Who a Flex user is: a token, proved at Twilio's IAM and remembered for a minute.
//!
//! The plugin sends its user's token in the field `Token`; `Authorization: Bearer` is taken too, and is the only way
//! where there is no form. The token is opaque, so only Twilio can say whose it is
//! (`POST /v1/Accounts/{sid}/Tokens/validate`). A desk presses buttons in bursts, so [`Gate`] remembers an answer under
//! the token's hash, for 60 s or until the token ends; first questions that arrive together are asked once. "Not valid"
//! is remembered for 5 s, a failure to ask not at all.
//!
//! Anybody can make tokens up. What does not even have the shape of a token is refused without asking. The rest wait in
//! a `lane` of their own, outside the lane of the plugin's routes, so that a token which is remembered always passes
//! by; and proofs are kept apart from refusals, so that a crowd of made-up tokens pushes no agent's proof out.

mod lane;

use std::{sync::Arc, time::Duration};

use axum::extract::{FromRef, FromRequest, Request};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, Method, header};
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use self::lane::Lane;
use super::{
    body::{self, Form},
    fields::{self, Decode},
    problem::{Kind, Problem, upstream_kind},
    trail::Trail,
};
use crate::{
    agent::Agent,
    clock::Clock,
    twilio::{
        Twilio,
        error::Error,
        resource::tokens::Proof,
        signature::{self, Field},
    },
};

/// How many tokens are remembered: more than a large contact center has users.
const REMEMBERED: u64 = 10_000;

/// The longest token that is sent on; real ones have about a thousand characters.
const LONGEST_TOKEN: usize = 8 * 1024;

const VALID_FOR: SignedDuration = SignedDuration::from_secs(60);
const NOT_VALID_FOR: SignedDuration = SignedDuration::from_secs(5);

/// Lets Flex users in. Clones share what is remembered.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Whose token was proved.
    proved: Cache<[u8; 32], Remembered>,
    /// What was asked last, whatever the answer.
    asked: Cache<[u8; 32], Remembered>,
    lane: Lane,
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
    /// There were too many to ask for.
    NotAsked,
}

impl Gate {
    /// A gate that remembers nothing yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            proved: Cache::new(REMEMBERED),
            asked: Cache::new(REMEMBERED),
            lane: Lane::new(),
            clock,
        }
    }

    /// What is remembered of `token`: whose it is, or that it is not valid; `None`: Twilio must be asked.
    ///
    /// # Errors
    /// [`Kind::TokenRefused`] when the token was refused a moment ago.
    pub async fn remembered(&self, token: &SecretString) -> Option<Result<Arc<Agent>, Problem>> {
        let (key, now) = (key_of(token), self.clock.now());
        for cache in [&self.proved, &self.asked] {
            if let Some(remembered) = cache.get(&key).await.filter(|it| it.until > now) {
                return Some(remembered.answer.told());
            }
        }
        None
    }

    /// Says whose `token` it is. `prove` asks Twilio, and is only run when the answer is not remembered and it is this
    /// token's turn.
    ///
    /// # Errors
    /// [`Kind::TokenRefused`] when the token is not valid, [`Kind::Unavailable`] when Twilio could not be asked,
    /// [`Kind::Upstream`] when it would not say, because it refused our own credentials, [`Kind::Overloaded`] when too
    /// many tokens wait to be asked for.
    pub async fn admit<P>(&self, token: &SecretString, prove: P) -> Result<Arc<Agent>, Problem>
    where
        P: Future<Output = Result<Option<Proof>, Error>> + Send,
    {
        if let Some(remembered) = self.remembered(token).await {
            return remembered;
        }
        let key = key_of(token);
        let asked = async {
            match self.lane.turn().await {
                Some(_turn) => self.weigh(prove.await),
                None => Remembered {
                    answer: Answer::NotAsked,
                    until: self.clock.now(),
                },
            }
        };
        let asked = self
            .asked
            .entry(key)
            .or_insert_with_if(asked, |old| old.until <= self.clock.now())
            .await
            .into_value();
        if matches!(asked.answer, Answer::Valid(_)) {
            self.proved.insert(key, asked.clone()).await;
        }
        asked.answer.told()
    }

    /// Says who sends a request with this token, and gives the request a place in its lane.
    pub(crate) async fn let_in(
        &self,
        token: &SecretString,
        twilio: &Twilio,
        trail: &Trail,
    ) -> Result<Arc<Agent>, Problem> {
        let agent = if let Some(remembered) = self.remembered(token).await {
            remembered?
        } else {
            let prove = twilio.prove_token(token, trail.deadline());
            self.admit(token, prove).await?
        };
        // Only a proved request takes a place that another could use.
        trail.enter().await?;
        Ok(agent)
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

impl Answer {
    fn told(self) -> Result<Arc<Agent>, Problem> {
        match self {
            Self::Valid(agent) => Ok(agent),
            Self::NotValid => Err(refused("The Flex token is not valid or has expired")),
            Self::Unknown(error) => Err(not_asked(error)),
            Self::NotAsked => Err(Problem::later(
                Kind::Overloaded,
                "Too many Flex tokens are waiting to be proved; try again in a moment",
                Duration::from_secs(1),
            )),
        }
    }
}

fn key_of(token: &SecretString) -> [u8; 32] {
    Sha256::digest(token.expose_secret().as_bytes()).into()
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
        let agent = Gate::from_ref(state)
            .let_in(&token, &twilio, &trail)
            .await?;
        let wish = fields::decode(&fields)?;
        Ok(Self { agent, wish })
    }
}

/// The token of a request, from its field or its header.
pub(crate) fn token(headers: &HeaderMap, fields: &[Field<'_>]) -> Result<SecretString, Problem> {
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
        .ok_or_else(|| {
            refused("A Flex token is needed, in the field Token or as Authorization: Bearer")
        })?;
    // What no token looks like is not worth a question.
    if token.len() > LONGEST_TOKEN || !has_shape(token) {
        return Err(refused("The Flex token is not valid or has expired"));
    }
    Ok(SecretString::from(token))
}

/// Whether it is written like a token: a JWE in five parts or a JWT in three, whose first is a JSON object (RFC
/// 7516 and RFC 7519, compact serialization). What it says only Twilio can read.
fn has_shape(token: &str) -> bool {
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let dots = token.bytes().filter(|byte| *byte == b'.').count();
    if !matches!(dots, 2 | 4) || !token.bytes().all(in_alphabet) {
        return false;
    }
    let (header, _) = token.split_once('.').unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&header).is_ok()
}

fn refused(why: &'static str) -> Problem {
    Problem::new(Kind::TokenRefused, why)
}

#[cfg(test)]
mod tests;
