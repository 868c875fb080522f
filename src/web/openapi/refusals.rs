//! What each kind of route answers when it does not do what was asked, as documentation.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, PartialSchema,
    openapi::{Content, RefOr, Response},
};

use crate::web::problem::Written;

/// How the plugin's routes refuse.
#[derive(IntoResponses)]
pub enum PluginRefusal {
    /// Fields are missing or wrong; `errors` names each
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] Written<'static>),
    /// The token is not valid, or this belongs to another worker
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] Written<'static>),
    /// There is no such call or channel
    #[response(status = 404, content_type = "application/problem+json")]
    Unknown(#[to_schema] Written<'static>),
    /// The call is not in a state for this, or another request was first
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] Written<'static>),
    /// Twilio did not carry it out; nothing has changed, or it is being undone
    #[response(status = "5XX", content_type = "application/problem+json")]
    Failed(#[to_schema] Written<'static>),
}

/// How the routes of the published multi-call plugin refuse: like the others to a request that asks for JSON
/// (`Accept`), and otherwise with plain text. The plugin reads no status and goes on after any JSON.
pub struct PublishedPluginRefusal;

impl IntoResponses for PublishedPluginRefusal {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = PluginRefusal::responses();
        for response in responses.values_mut() {
            if let RefOr::T(response) = response {
                let text = Content::new(Some(String::schema()));
                response
                    .content
                    .insert("text/plain".to_owned(), text.into());
            }
        }
        responses
    }
}

/// How the routes of Twilio's reports refuse.
#[derive(IntoResponses)]
pub enum SignedRefusal {
    /// A field is missing or wrong
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] Written<'static>),
    /// The signature is missing or wrong
    #[response(status = 403, content_type = "application/problem+json")]
    Unsigned(#[to_schema] Written<'static>),
    /// It could not be done now; Twilio should send it again
    #[response(status = 503, content_type = "application/problem+json")]
    Again(#[to_schema] Written<'static>),
}

/// How the look-up refuses.
#[derive(IntoResponses)]
pub enum LookupRefusal {
    /// Neither the signature nor user and password are right
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Written<'static>),
    /// The signature is missing or wrong, and no password is configured
    #[response(status = 403, content_type = "application/problem+json")]
    Unsigned(#[to_schema] Written<'static>),
    /// Twilio could not be asked
    #[response(status = "5XX", content_type = "application/problem+json")]
    Failed(#[to_schema] Written<'static>),
}

/// What a voice route answers.
#[derive(IntoResponses)]
pub enum Spoken {
    /// TwiML; once the signature is proved, also for what goes wrong (unless `VOICE_FAULT` is `fail`)
    #[response(status = 200, content_type = "text/xml")]
    Twiml(String),
    /// The signature is missing or wrong
    #[response(status = 403, content_type = "application/problem+json")]
    Unsigned(#[to_schema] Written<'static>),
}
