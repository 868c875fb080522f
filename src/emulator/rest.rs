//! The REST face: who asks, what for, and the answer in Twilio's own words.
//!
//! A request is checked in Twilio's order: credentials, path, method, parameters, then the state it meets. What is
//! not in Twilio's published schema is refused (code 20001), because a misspelt parameter that is silently ignored
//! is a defect that is never found. All JSON is written by hand, one function a resource, so that nothing is shared with
//! the client that reads it. One file a product; [`Page`], [`Refusal`] and [`Meter`] are common to all.

mod api;
mod flex;
mod iam;
mod meter;
mod object;
mod page;
mod refusal;
mod request;
mod sync;
mod taskrouter;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use self::object::object;
pub(crate) use self::{
    meter::Meter,
    page::{Direction, Page},
    refusal::Refusal,
    request::{Product, RestRequest, iso, rfc2822},
};
use super::{Settings, world::World};

/// What comes back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RestAnswer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The JSON body; none with 204.
    pub(crate) body: Option<Bytes>,
    /// The `ETag` header.
    pub(crate) etag: Option<String>,
    /// The body is no JSON but this.
    pub(crate) media: Option<Media>,
}

/// A body that is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Media {
    /// Its content type.
    pub(crate) kind: &'static str,
    /// The `Content-Range` header, if it is a part.
    pub(crate) part: Option<String>,
}

impl RestAnswer {
    /// 200 with a body.
    pub(crate) fn found(body: impl Serialize) -> Self {
        // Writing what we made up to memory cannot fail.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        Self {
            status: 200,
            body: Some(body.into()),
            etag: None,
            media: None,
        }
    }

    /// 201 with a body.
    pub(crate) fn created(body: impl Serialize) -> Self {
        Self {
            status: 201,
            ..Self::found(body)
        }
    }

    /// 204.
    pub(crate) fn gone() -> Self {
        Self {
            status: 204,
            body: None,
            etag: None,
            media: None,
        }
    }

    /// The body, read again; `null` where there is none, or it is no JSON.
    pub(crate) fn json(&self) -> Value {
        let body = self.body.as_deref().unwrap_or_default();
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The same with an `ETag`.
    pub(crate) fn tagged(self, etag: String) -> Self {
        Self {
            etag: Some(etag),
            ..self
        }
    }
}

impl From<Refusal> for RestAnswer {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            ..Self::found(refusal.body())
        }
    }
}

/// Answers one request, changing the world as it says.
pub(crate) fn route(world: &mut World, request: &RestRequest) -> RestAnswer {
    answer(world, request).unwrap_or_else(Into::into)
}

fn answer(world: &mut World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    authenticate(&world.settings, request.authorization.as_deref())?;
    let segments = request.segments()?;
    let path: Vec<_> = segments.iter().map(AsRef::as_ref).collect();
    match request.product {
        Product::Api => api::answer(world, request, &path),
        Product::Sync => sync::answer(world, request, &path),
        Product::TaskRouter => taskrouter::answer(world, request, &path),
        Product::Iam => iam::answer(world, request, &path),
        Product::Flex => flex::answer(world, request, &path),
    }
}

/// HTTP Basic: the account's SID with one of its auth tokens, or an API key's SID with its secret.
fn authenticate(settings: &Settings, header: Option<&str>) -> Result<(), Refusal> {
    let proof = header
        .and_then(|header| header.strip_prefix("Basic "))
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(Refusal::unauthorized)?;
    let (user, password) = proof.split_once(':').ok_or_else(Refusal::unauthorized)?;
    let same = |secret: &str| bool::from(secret.as_bytes().ct_eq(password.as_bytes()));
    let known = if user == settings.account.as_str() {
        let mut tokens = settings.auth_tokens.iter();
        tokens.any(|token| same(token.expose_secret()))
    } else {
        let mut keys = settings.api_keys.iter();
        keys.any(|(sid, secret)| sid == user && same(secret.expose_secret()))
    };
    if known {
        Ok(())
    } else {
        Err(Refusal::unauthorized())
    }
}

#[cfg(test)]
pub(super) mod tests;
