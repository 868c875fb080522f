//! `TwilioForm`: a webhook that Twilio signed, read into a type. There is no switch to turn the check off.
//!
//! The signed text is the configured public URL, then path and query byte for byte as they came, then the fields:
//! never the `Host` header, which a proxy rewrites and anybody can choose, and never a URL that was parsed and written
//! again, which changes `'` to `%27`. Nothing is decoded before the signature has been checked, except the form's own
//! encoding, which the signature covers decoded.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequest, OriginalUri, Request},
    http::{HeaderMap, Uri},
};
use bytes::Bytes;
use http::{Method, request};
use secrecy::SecretString;

use super::{
    body::{self, Form},
    fields::{self, Decode},
    problem::{Kind, Problem},
    trail::Trail,
};
use crate::{
    telemetry::Metrics,
    twilio::signature::{self, Field, Verifier},
};

/// Checks Twilio's signatures for the public URL that Twilio was given.
#[derive(Clone, Debug)]
pub struct Signer(Arc<Signed>);

#[derive(Debug)]
struct Signed {
    verifier: Verifier,
    public_url: String,
}

impl Signer {
    /// A signer for `public_url` (without a slash at its end) and the account's auth tokens, newest first.
    #[must_use]
    pub fn new(public_url: &str, tokens: &[SecretString]) -> Self {
        Self(Arc::new(Signed {
            verifier: Verifier::new(tokens),
            public_url: public_url.trim_end_matches('/').to_owned(),
        }))
    }

    /// The public URL of a request: the configured text, then path and query as they came.
    pub(crate) fn url_of(&self, uri: &Uri) -> String {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut url = String::with_capacity(self.0.public_url.len() + target.len());
        url.push_str(&self.0.public_url);
        url.push_str(target);
        url
    }

    /// Whether the request's signature proves its body.
    fn proves(&self, read: &Read<'_>, fields: &[Field<'_>]) -> bool {
        let url = self.url_of(read.uri);
        match read.form {
            Form::UrlEncoded => self.0.verifier.accepts(&url, fields, read.signature),
            Form::Json => self
                .0
                .verifier
                .accepts_body(&url, read.body, read.signature),
        }
    }
}

/// What a signature is checked against.
struct Read<'a> {
    uri: &'a Uri,
    form: Form,
    body: &'a [u8],
    signature: &'a str,
}

/// The body of a webhook whose signature was right. Fields of the query may be read like fields of the body; a webhook
/// by GET has no others, and the signature covers them as part of the URL.
#[derive(Debug)]
pub(crate) struct TwilioForm<T>(pub(crate) T);

impl<S, T> FromRequest<S> for TwilioForm<T>
where
    S: Send + Sync,
    T: Decode + Send,
    Signer: FromRef<S>,
    Metrics: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let Some(signature) = signature_of(&parts.headers) else {
            return Err(refuse(state, "missing"));
        };
        let form = match Form::of(&parts.headers) {
            // No body has no type. Should there be one all the same, the signature must cover it.
            Err(_) if matches!(parts.method, Method::GET | Method::HEAD) => Form::UrlEncoded,
            form => form?,
        };
        let trail = Trail::of(&parts.extensions)?;
        let body: Bytes = body::read(body, &parts.headers, &trail).await?;
        let uri = original_uri(&parts);
        let read = Read {
            uri,
            form,
            body: &body,
            signature,
        };
        let Some(mut fields) = proved_fields(&Signer::from_ref(state), &read)? else {
            return Err(refuse(state, "wrong"));
        };
        trail.mark_proved();
        if let Some(query) = uri.query() {
            fields.extend(signature::fields(query.as_bytes()));
        }
        if let Some(call) = fields::find(&fields, "CallSid").and_then(|sid| sid.parse().ok()) {
            trail.about(call);
        }
        fields::decode(&fields).map(Self)
    }
}

/// The fields of a body that is proved; `None` when it is not.
fn proved_fields<'a>(signer: &Signer, read: &Read<'a>) -> Result<Option<Vec<Field<'a>>>, Problem> {
    match read.form {
        Form::UrlEncoded => {
            let fields = read.form.fields(read.body)?;
            Ok(signer.proves(read, &fields).then_some(fields))
        }
        // Not even parsed before it is proved.
        Form::Json if signer.proves(read, &[]) => read.form.fields(read.body).map(Some),
        Form::Json => Ok(None),
    }
}

/// Whether `headers` carry a signature that proves `body`; for a route that also takes other credentials.
pub(crate) fn is_signed(signer: &Signer, parts: &request::Parts, form: Form, body: &[u8]) -> bool {
    let Some(signature) = signature_of(&parts.headers) else {
        return false;
    };
    let read = Read {
        uri: original_uri(parts),
        form,
        body,
        signature,
    };
    match form {
        Form::UrlEncoded => signer.proves(&read, &signature::fields(body)),
        Form::Json => signer.proves(&read, &[]),
    }
}

/// Whether there is a signature to check.
pub(crate) fn has_signature(headers: &HeaderMap) -> bool {
    signature_of(headers).is_some()
}

fn signature_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(signature::HEADER)?.to_str().ok()
}

/// The URI as it came, even below a router that strips a prefix.
fn original_uri(parts: &request::Parts) -> &Uri {
    parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0)
}

/// Anybody on the internet can send a wrong signature, so it is counted and told at info level, never as an error.
fn refuse<S>(state: &S, how: &'static str) -> Problem
where
    Metrics: FromRef<S>,
{
    Metrics::from_ref(state).unsigned();
    Problem::new(
        Kind::Unsigned,
        "X-Twilio-Signature is missing or does not fit this request, the public URL and the auth token",
    )
    .because(format!("signature {how}"))
}
