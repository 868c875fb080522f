//! [`Problem`]: the only error a handler returns, and its two voices.
//!
//! The public voice is an RFC 9457 body, built from our own words and typed data. The private one, the source, goes
//! into the one log line of the request and not into the answer. A handler's problem becomes a response in two steps: here
//! it is only put into an otherwise empty response, and the outermost layer writes it, because only there the request
//! id is known, who asked, and whether the answer must be spoken to a caller instead.
//!
//! There is no blanket `From` for errors of others: `?` must not turn anything into a 500 unseen.

mod kind;

use std::{borrow::Cow, error::Error, fmt::Write, sync::Arc, time::Duration};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

pub use kind::Kind;

use super::layers::Refusal;
use crate::twilio::error::Error as TwilioError;

/// The content type of every error body.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// The content type of a refusal to a plugin that must not be able to read it as JSON.
const TEXT: &str = "text/plain; charset=utf-8";

/// Why a request was not carried out.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    wrong: Vec<Wrong>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// One field that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The field's name, as sent.
    pub(crate) field: &'static str,
    /// What it should be.
    pub(crate) expected: Cow<'static, str>,
}

impl Problem {
    /// A problem of one kind, in words that the caller may read.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            wrong: Vec::new(),
            retry_after: None,
            source: None,
        }
    }

    /// Our own fault. `what` is for the log; the caller reads that we failed, and no more.
    pub(crate) fn internal(what: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            Kind::Internal,
            "The request was fine; we failed. It is logged under the request id.",
        )
        .because(what)
    }

    /// Every field that is missing or wrong.
    pub(crate) fn fields(wrong: Vec<Wrong>) -> Self {
        let mut detail = String::new();
        for Wrong { field, expected } in &wrong {
            let gap = if detail.is_empty() { "" } else { "; " };
            // Writing to a string cannot fail.
            let _ = write!(detail, "{gap}{field}: {expected}");
        }
        let mut problem = Self::new(Kind::Invalid, detail);
        problem.wrong = wrong;
        problem
    }

    /// Too much to do, or Twilio has: worth another try after `wait`.
    pub(crate) fn later(kind: Kind, detail: &'static str, wait: Duration) -> Self {
        let mut problem = Self::new(kind, detail);
        problem.retry_after = Some(wait);
        problem
    }

    /// A lane is full.
    pub(crate) fn too_many() -> Self {
        Self::later(
            Kind::Overloaded,
            "Too many requests are being worked on; try again in a moment",
            Duration::from_secs(1),
        )
    }

    /// Adds what really happened, for the log only.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the caller may know.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What really happened, for the log: the chain of causes. A decoder's own words may quote what it read, so of
    /// those only the place is told.
    pub(crate) fn cause(&self) -> Option<String> {
        self.source.as_ref()?;
        let mut told = String::new();
        for error in self.causes() {
            let gap = if told.is_empty() { "" } else { ": " };
            let _ = match error.downcast_ref::<serde_json::Error>() {
                Some(json) => write!(told, "{gap}line {}, column {}", json.line(), json.column()),
                None => write!(told, "{gap}{error}"),
            };
        }
        Some(told)
    }

    /// Twilio's own error code, if it gave one.
    pub(crate) fn twilio_code(&self) -> Option<u32> {
        self.twilio_error().and_then(TwilioError::code)
    }

    /// Whether another try may go well: the fault is ours, or the request was slow.
    pub(crate) fn may_pass(&self) -> bool {
        self.kind.status().is_server_error() || self.kind == Kind::SlowRequest
    }

    /// Whether a person should act: we failed, or Twilio refuses our credentials.
    pub(crate) fn needs_a_person(&self) -> bool {
        self.kind == Kind::Internal || self.twilio_error().is_some_and(TwilioError::is_auth)
    }

    fn twilio_error(&self) -> Option<&TwilioError> {
        self.causes().find_map(|error| {
            let shared = error.downcast_ref::<Arc<TwilioError>>();
            shared.map(AsRef::as_ref).or_else(|| error.downcast_ref())
        })
    }

    /// The chain of causes, outermost first.
    fn causes(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        let mut next: Option<&(dyn Error + 'static)> = match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        };
        std::iter::from_fn(move || {
            let error = next?;
            next = error.source();
            Some(error)
        })
    }

    /// The body and headers of the answer, in the form that the client can read.
    pub(crate) fn write(&self, request_id: &str, form: Refusal) -> Response {
        let json = |with_message| {
            let body = self.written(request_id, with_message);
            serde_json::to_vec(&body).unwrap_or_default()
        };
        let (kind, body) = match form {
            Refusal::Problem => (MEDIA_TYPE, json(false)),
            // `message` repeats the detail where plugins look for it.
            Refusal::WithMessage => (MEDIA_TYPE, json(true)),
            // A word after the detail, so that no detail can make the whole of it JSON.
            Refusal::Text => (
                TEXT,
                format!("{}\nRequest {request_id}\n", self.detail).into_bytes(),
            ),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs().max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind == Kind::Unauthorized {
            let challenge = HeaderValue::from_static("Basic realm=\"switchboard\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl Problem {
    /// The body of the answer.
    pub(crate) fn written<'a>(&'a self, request_id: &'a str, with_message: bool) -> Written<'a> {
        Written {
            type_uri: format!("/docs#{}", self.kind.slug()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            instance: request_id,
            errors: self.wrong.iter().map(WrittenField::from).collect(),
            message: with_message.then_some(&self.detail),
        }
    }
}

/// The body of every refusal (RFC 9457), as `application/problem+json`.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Written<'a> {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    type_uri: String,
    /// The kind of problem in a few words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What was wrong this time.
    detail: &'a str,
    /// The request id, to find the request in the log.
    instance: &'a str,
    /// Every field that is missing or wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<WrittenField<'a>>,
    /// On the plugin's routes only: the same as `detail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

/// One field that is missing or wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemField)]
pub struct WrittenField<'a> {
    /// The field, such as `#/callSid`.
    pointer: String,
    /// What it should be.
    detail: &'a str,
}

impl<'a> From<&'a Wrong> for WrittenField<'a> {
    fn from(wrong: &'a Wrong) -> Self {
        Self {
            pointer: format!("#/{}", wrong.field),
            detail: &wrong.expected,
        }
    }
}

/// How a problem travels from a handler to the layer that writes it.
#[derive(Clone, Debug)]
pub(crate) struct Raised(pub(crate) Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.kind.status();
        response.extensions_mut().insert(Raised(Arc::new(self)));
        response
    }
}

impl From<crate::error::Error> for Problem {
    fn from(error: crate::error::Error) -> Self {
        match error {
            crate::error::Error::Invalid { field, expected } => Self::fields(vec![Wrong {
                field,
                expected: format!("expected {expected}").into(),
            }]),
            crate::error::Error::NotYours(why) => Self::new(Kind::NotYours, why),
            crate::error::Error::Unknown(what) => Self::new(Kind::NotFound, what),
            crate::error::Error::Conflict(why) => Self::new(Kind::Conflict, why),
            crate::error::Error::Misconfigured(what) => Self::internal(what),
            crate::error::Error::Upstream { doing, source } => {
                let told = format!("{doing} did not work: Twilio did not carry it out");
                let mut problem = Self::new(upstream_kind(&source), told);
                problem.retry_after = retry_after(&source);
                problem.because(source)
            }
        }
    }
}

/// The kind of problem that a failure to ask Twilio is.
pub(crate) fn upstream_kind(error: &TwilioError) -> Kind {
    match error {
        TwilioError::Api(_) | TwilioError::Garbled { .. } => Kind::Upstream,
        TwilioError::Busy { .. } | TwilioError::Unreachable(_) => Kind::Unavailable,
        TwilioError::Late => Kind::TimedOut,
        TwilioError::AfterUnclear(last) => upstream_kind(last),
    }
}

fn retry_after(error: &TwilioError) -> Option<Duration> {
    match error {
        TwilioError::Busy { retry_after } => Some(retry_after.unwrap_or(Duration::from_secs(1))),
        TwilioError::AfterUnclear(last) => retry_after(last),
        _ => None,
    }
}

/// What was reported could not be noted: Twilio is to report it again.
pub(crate) fn once_more(error: crate::error::Error) -> Problem {
    report_again(
        error,
        "What was reported could not be noted; please report it again",
    )
}

/// Whatever went wrong, another delivery may go right, and Twilio repeats only what was answered with a 5xx.
pub(crate) fn report_again(error: crate::error::Error, why: &'static str) -> Problem {
    let kind = match &error {
        crate::error::Error::Upstream { source, .. } => upstream_kind(source),
        _ => Kind::Unavailable,
    };
    Problem::later(kind, why, Duration::from_secs(1)).because(error)
}
