//! What a route of Twilio's answers that has a person behind it: always TwiML, and to a caller never silence.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};

use super::problem::Problem;
use crate::twiml::{
    LAST_RESORT, Library,
    document::{
        Document, Fault,
        intake::{Intake, Said, Words},
    },
};

/// The content type of TwiML.
const XML: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");

/// A rendered document; the only success a route returns that speaks or texts.
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
        let fault = Document::Fault(Fault {
            again: problem.may_pass().then(|| again.to_owned()),
        });
        Self::say(library, &fault).unwrap_or_else(|_| Self::last_words(again))
    }

    /// The apology that ends a call.
    pub(crate) fn farewell(library: &Library) -> Self {
        let end = Document::Intake(Intake::End(Words::alone(Said::Failed)));
        Self::say(library, &end).unwrap_or_else(|_| Self(LAST_RESORT.to_owned()))
    }

    /// The apology to a text message; none is better than one that cannot be read.
    pub(crate) fn apology(library: &Library) -> Self {
        let text = Document::Intake(Intake::Text(Words::alone(Said::Failed)));
        Self::say(library, &text).unwrap_or_else(|_| Self("<Response></Response>".to_owned()))
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
