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

use super::{
    body::{self, Form},
    fields::{self, Decode},
    problem::{Kind, Problem},
    trail::Trail,
};
use crate::{
    telemetry::Metrics,
    twilio::signature::{self, Claim, Field, Unproved, Verifier},
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
    /// A signer for `public_url` (without a slash at its end).
    #[must_use]
    pub fn new(public_url: &str, verifier: Verifier) -> Self {
        Self(Arc::new(Signed {
            verifier,
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
    fn prove(&self, read: &Read<'_>, fields: &[Field<'_>]) -> Result<(), Unproved> {
        let (url, verifier) = (self.url_of(read.uri), &self.0.verifier);
        match read.form {
            Form::UrlEncoded => verifier.prove(&url, fields, read.claim),
            Form::Json => verifier.prove_body(&url, read.body, read.claim),
        }
    }
}

/// What a signature is checked against.
struct Read<'a> {
    uri: &'a Uri,
    form: Form,
    body: &'a [u8],
    claim: Claim<'a>,
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
        let (form, trail) = proved(request, state).await?;
        trail.enter().await?;
        Ok(Self(form))
    }
}

/// The same on a route that can be answered without work, and must be, however much there is to do.
#[derive(Debug)]
pub(crate) struct AlwaysAnswered<T> {
    /// What the webhook says.
    pub(crate) form: T,
    /// There is no place to do more for it than to answer.
    pub(crate) overloaded: bool,
}

impl<S, T> FromRequest<S> for AlwaysAnswered<T>
where
    S: Send + Sync,
    T: Decode + Send,
    Signer: FromRef<S>,
    Metrics: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (form, trail) = proved(request, state).await?;
        let overloaded = !trail.enter_now();
        Ok(Self { form, overloaded })
    }
}

/// What a webhook says, once its signature has proved that it is Twilio's.
async fn proved<S, T>(request: Request, state: &S) -> Result<(T, Arc<Trail>), Problem>
where
    S: Sync,
    T: Decode,
    Signer: FromRef<S>,
    Metrics: FromRef<S>,
{
    let (parts, body) = request.into_parts();
    let Some(claim) = claim_of(&parts.headers) else {
        return Err(refuse(state, None));
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
        claim,
    };
    let mut fields = match proved_fields(&Signer::from_ref(state), &read)? {
        Ok(fields) => fields,
        Err(unproved) => return Err(refuse(state, Some(unproved))),
    };
    trail.mark_proved();
    if let Some(query) = uri.query() {
        fields.extend(signature::fields(query.as_bytes()));
    }
    if let Some(call) = fields::find(&fields, "CallSid").and_then(|sid| sid.parse().ok()) {
        trail.about(call);
    }
    fields::decode(&fields).map(|form| (form, trail))
}

/// The fields of a body that is proved.
fn proved_fields<'a>(
    signer: &Signer,
    read: &Read<'a>,
) -> Result<Result<Vec<Field<'a>>, Unproved>, Problem> {
    match read.form {
        Form::UrlEncoded => {
            let fields = read.form.fields(read.body)?;
            Ok(signer.prove(read, &fields).map(|()| fields))
        }
        // Not even parsed before it is proved.
        Form::Json => match signer.prove(read, &[]) {
            Ok(()) => read.form.fields(read.body).map(Ok),
            Err(unproved) => Ok(Err(unproved)),
        },
    }
}

/// Whether `headers` carry a signature that proves `body`; for a route that also takes other credentials.
pub(crate) fn is_signed(signer: &Signer, parts: &request::Parts, form: Form, body: &[u8]) -> bool {
    let Some(claim) = claim_of(&parts.headers) else {
        return false;
    };
    let read = Read {
        uri: original_uri(parts),
        form,
        body,
        claim,
    };
    let proved = match form {
        Form::UrlEncoded => signer.prove(&read, &signature::fields(body)),
        Form::Json => signer.prove(&read, &[]),
    };
    proved.is_ok()
}

/// Whether there is a signature to check.
pub(crate) fn has_signature(headers: &HeaderMap) -> bool {
    claim_of(headers).is_some()
}

/// What the headers claim. Settings that are no text are settings that name no key of ours.
fn claim_of(headers: &HeaderMap) -> Option<Claim<'_>> {
    let settings = headers.get(signature::SETTINGS_HEADER);
    Some(Claim {
        signature: headers.get(signature::HEADER)?.to_str().ok()?,
        settings: settings.map(|settings| settings.to_str().unwrap_or_default()),
    })
}

/// The URI as it came, even below a router that strips a prefix.
fn original_uri(parts: &request::Parts) -> &Uri {
    parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0)
}

/// Anybody on the internet can send a wrong signature, so it is counted and told at info level, never as an error.
fn refuse<S>(state: &S, unproved: Option<Unproved>) -> Problem
where
    Metrics: FromRef<S>,
{
    Metrics::from_ref(state).unsigned();
    let why = match unproved {
        Some(Unproved::UnknownKey) => {
            "The webhook is signed with a shared key that this server does not have (WEBHOOK_KEYS)"
        }
        Some(Unproved::UnknownAlgorithm) => {
            "The webhook is signed with a shared key by an algorithm other than HMAC_SHA256"
        }
        Some(Unproved::Mismatch) | None => {
            "X-Twilio-Signature is missing or does not fit this request, the public URL and the key that signed it"
        }
    };
    let problem = Problem::new(Kind::Unsigned, why);
    match unproved {
        Some(unproved) => problem.because(unproved),
        None => problem.because("signature missing"),
    }
}
