//! What a voice route answers: always TwiML, and never silence.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};

use super::problem::{Kind, Problem};
use crate::twiml::{
    Library,
    document::{Document, Fault},
};

/// The content type of TwiML.
const XML: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");

/// A rendered document; the only success a voice route returns.
#[derive(Debug)]
pub(crate) struct Voice(String);

impl Voice {
    /// Renders a document.
    ///
    /// # Errors
    /// When its template does not render; the layers then speak the fault instead.
    pub(crate) fn say(library: &Library, document: &Document) -> Result<Self, Problem> {
        library
            .render(document)
            .map(Self)
            .map_err(Problem::internal)
    }

    /// The apology for `problem`. A fault of ours may pass, so the caller's call asks `again`; a request that was
    /// wrong would be wrong again.
    pub(crate) fn fault(library: &Library, problem: &Problem, again: &str) -> Self {
        let ours = problem.kind().status().is_server_error() || problem.kind() == Kind::SlowRequest;
        let fault = Document::Fault(Fault {
            again: ours.then(|| again.to_owned()),
        });
        Self::say(library, &fault).unwrap_or_else(|_| Self::last_words(again))
    }

    /// What is said when not even the apology can be rendered. It asks again, so the caller stays on the line.
    fn last_words(again: &str) -> Self {
        let again = again.replace('&', "&amp;").replace('<', "&lt;");
        Self(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <Response><Pause length=\"5\"/><Redirect method=\"POST\">{again}</Redirect></Response>"
        ))
    }
}

impl IntoResponse for Voice {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.0));
        response.headers_mut().insert(header::CONTENT_TYPE, XML);
        response
    }
}
