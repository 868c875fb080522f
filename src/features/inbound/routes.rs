//! Callers who dial an agent: by the agent's own number, or by the extension.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    features::{
        did::{self, Did, caller_id::CallerId},
        extension::{self, Extension, Keyed},
        inbound::{Inbound, QueueEnd},
    },
    twilio::{deadline::Deadline, party::Party, sid::WorkerSid},
    twiml::Library,
    web::{
        fields::{Decode, Reader},
        flex::Flex,
        form::TwilioForm,
        openapi::{self, DidLeftQuery, ExtensionLeftQuery, InboundCall, KeyedCall, KeyedQuery},
        problem::Problem,
        reply::Voice,
    },
};

crate::web::app::part!(Did, Extension);

/// A caller has dialed an agent's own number
///
/// The voice webhook of every such number.
#[utoipa::path(post, path = "/did", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = InboundCall, content_type = "application/x-www-form-urlencoded"),
    responses(openapi::Spoken))]
pub(crate) async fn did(
    by: Deadline,
    State(did): State<Did>,
    State(library): State<Library>,
    TwilioForm(inbound): TwilioForm<Inbound>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &did.welcome(&inbound, by).await)
}

/// A call to an agent's own number left the queue
#[utoipa::path(post, path = "/did/left", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = InboundCall, content_type = "application/x-www-form-urlencoded"),
    params(DidLeftQuery), responses(openapi::Spoken))]
pub(crate) async fn did_left(
    State(did): State<Did>,
    State(library): State<Library>,
    TwilioForm(left): TwilioForm<did::Left>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &did.left(&left))
}

/// A caller wants an extension
///
/// The voice webhook of a line on which callers dial agents by their extension; Studio may redirect here, too.
#[utoipa::path(post, path = "/extension", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = InboundCall, content_type = "application/x-www-form-urlencoded"),
    responses(openapi::Spoken))]
pub(crate) async fn extension(
    State(extension): State<Extension>,
    State(library): State<Library>,
    TwilioForm(inbound): TwilioForm<Inbound>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &extension.greet(&inbound))
}

/// A caller has keyed in an extension
#[utoipa::path(post, path = "/extension/keyed", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = KeyedCall, content_type = "application/x-www-form-urlencoded"),
    params(KeyedQuery), responses(openapi::Spoken))]
pub(crate) async fn extension_keyed(
    by: Deadline,
    State(extension): State<Extension>,
    State(library): State<Library>,
    TwilioForm(keyed): TwilioForm<Keyed>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &extension.keyed(&keyed, by).await)
}

/// A call to an extension left the queue
#[utoipa::path(post, path = "/extension/left", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(ExtensionLeftQuery), responses(openapi::Spoken))]
pub(crate) async fn extension_left(
    State(extension): State<Extension>,
    State(library): State<Library>,
    TwilioForm(left): TwilioForm<extension::Left>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &extension.left(&left))
}

/// What an agent's calls show.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallerIdAnswer {
    /// The number in E.164 form; `null`: leave what Flex shows by default.
    caller_id: Option<String>,
    /// The same as people write it in its country.
    display: Option<String>,
    /// `own`, `default` (the configured one, for agents without a number), or `none`.
    source: &'static str,
}

/// The number an agent's calls show
///
/// The agent's own, if they have one; 409 with the reason if Twilio would refuse a call that shows it.
#[utoipa::path(get, path = "/caller-id", tag = openapi::PLUGIN, security(("flexToken" = [])),
    responses((status = 200, body = CallerIdAnswer), openapi::PluginRefusal))]
pub(crate) async fn caller_id(
    by: Deadline,
    State(did): State<Did>,
    Flex { agent, wish: () }: Flex<()>,
) -> Result<Json<CallerIdAnswer>, Problem> {
    Ok(Json(did.caller_id(&agent, by).await?.into()))
}

impl From<CallerId> for CallerIdAnswer {
    fn from(id: CallerId) -> Self {
        let source = match (&id.number, id.own) {
            (None, _) => "none",
            (Some(_), true) => "own",
            (Some(_), false) => "default",
        };
        Self {
            caller_id: id.number.map(|number| number.to_string()),
            display: id.national,
            source,
        }
    }
}

impl Decode for Inbound {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let call = reader.need("CallSid");
        let from = reader.need_text("From", "who calls").map(Party::read);
        let to = reader.need_text("To", "who is called").map(Party::read);
        Some(Self {
            call: call?,
            from: from?,
            to: to?,
            forwarded_from: reader.text("ForwardedFrom").map(Party::read),
            served: end(reader) == QueueEnd::Served,
        })
    }
}

impl Decode for did::Left {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let inbound = Inbound::decode(reader);
        let owner = worker(reader, "owner");
        Some(Self {
            inbound: inbound?,
            end: end(reader),
            owner,
            nobodys: reader.text("nobodys") == Some("true"),
        })
    }
}

impl Decode for Keyed {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (inbound, tries) = (Inbound::decode(reader), reader.need_number("tries"));
        Some(Self {
            inbound: inbound?,
            tries: tries?,
            digits: reader.text("Digits").map(str::to_owned),
        })
    }
}

impl Decode for extension::Left {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            worker: worker(reader, "worker"),
            end: end(reader),
        })
    }
}

/// A worker in one of our own URLs, which Twilio signs.
fn worker(reader: &Reader<'_>, name: &str) -> Option<WorkerSid> {
    reader.text(name)?.parse().ok()
}

fn end(reader: &Reader<'_>) -> QueueEnd {
    QueueEnd::read(reader.text("QueueResult").unwrap_or_default())
}
