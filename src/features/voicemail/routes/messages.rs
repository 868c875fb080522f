//! Messages, as their owners hear them: the list, as JSON or as a page, what became of each, and its sound.
//!
//! `/voicemails` is one address for both: a browser that navigates there asks for HTML (`Accept`), a program for JSON. How
//! the token gets to the page is told in `page`.

mod page;

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    config::General,
    features::voicemail::{Kept, Mailbox, Media, Voicemail, shelf::State as Mark},
    twilio::{deadline::Deadline, party::Party, sid::RecordingSid},
    web::{
        fields::{Decode, Reader},
        flex::Flex,
        openapi::{self, BoxForm, BoxQuery, HearMessage, MarkMessage},
        problem::{Kind, Problem},
        work::Work,
    },
};

/// What a browser may play a message as, if Twilio does not say.
const SOUND: HeaderValue = HeaderValue::from_static("audio/mpeg");

/// How a browser without our script gets a message: as a file.
const SAVED: HeaderValue = HeaderValue::from_static("attachment; filename=\"message.mp3\"");

/// A message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    /// Its recording, `RE…`.
    recording_sid: String,
    /// Whose it is: `WK…` or `WQ…`.
    #[serde(rename = "box")]
    #[schema(rename = "box")]
    mailbox: String,
    /// The call it was left on, `CA…`.
    call_sid: String,
    /// Who left it, as Twilio writes it.
    from: String,
    /// The number they had called.
    to: String,
    /// Their name, or their number again.
    name: String,
    /// When, in ISO 8601.
    received: String,
    /// How many seconds it has, if that is known.
    seconds: Option<u32>,
    /// What it says, if it was written down.
    transcript: Option<String>,
    /// `new`, `heard` or `done`.
    #[schema(value_type = String)]
    state: Mark,
}

/// Messages, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Messages {
    /// Each of them.
    voicemails: Vec<Message>,
}

impl From<Kept> for Message {
    fn from(kept: Kept) -> Self {
        Self {
            recording_sid: kept.recording_sid.to_string(),
            mailbox: kept.mailbox.to_string(),
            call_sid: kept.call_sid.to_string(),
            from: Party::shown(&kept.from).to_owned(),
            to: kept.to,
            name: Party::shown(&kept.name).to_owned(),
            received: format!("{:.0}", kept.received),
            seconds: kept.seconds,
            transcript: kept.transcript,
            state: kept.state,
        }
    }
}

/// Lists the messages that a user may hear
///
/// Their own and those of their queues; a supervisor's are all. To a browser that asks for HTML, the door to the page.
#[utoipa::path(get, path = "/voicemails", tag = openapi::PLUGIN, security(("flexToken" = [])),
    params(BoxQuery), responses((status = 200, body = Messages), openapi::PluginRefusal))]
pub(crate) async fn voicemails(
    State(voicemail): State<Voicemail>,
    State(config): State<Arc<General>>,
    by: Deadline,
    headers: HeaderMap,
    asks: Result<Flex<WhichBox>, Problem>,
) -> Result<Response, Problem> {
    if wants_page(&headers) {
        return page::door(&config);
    }
    let Flex { agent, wish } = asks?;
    let kept = voicemail.list(&agent, wish.mailbox, by).await?;
    Ok(json(kept))
}

/// Shows the messages that a user may hear
///
/// As the list, for a form that carries the token; as a page, to a browser that asks for HTML.
#[utoipa::path(post, path = "/voicemails", tag = openapi::PLUGIN, security(("flexToken" = [])),
    request_body(content = BoxForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Messages), openapi::PluginRefusal))]
pub(crate) async fn voicemails_page(
    State(voicemail): State<Voicemail>,
    State(config): State<Arc<General>>,
    by: Deadline,
    headers: HeaderMap,
    asks: Result<Flex<WhichBox>, Problem>,
) -> Result<Response, Problem> {
    let Flex { agent, wish } = match asks {
        Ok(asks) => asks,
        Err(problem) => return turned_away(problem, &headers, &config),
    };
    let kept = voicemail.list(&agent, wish.mailbox, by).await?;
    if wants_page(&headers) {
        return page::shown(&config, &messages(kept), wish.token.as_deref());
    }
    Ok(json(kept))
}

/// Marks a message as new, heard or done
#[utoipa::path(post, path = "/voicemails/mark", tag = openapi::PLUGIN, security(("flexToken" = [])),
    request_body(content((MarkMessage = "application/x-www-form-urlencoded"), (MarkMessage = "application/json"))),
    responses((status = 200, body = Message), openapi::PluginRefusal))]
pub(crate) async fn voicemails_mark(
    work: Work,
    State(voicemail): State<Voicemail>,
    State(config): State<Arc<General>>,
    headers: HeaderMap,
    asks: Result<Flex<MarkWish>, Problem>,
) -> Result<Response, Problem> {
    let Flex { agent, wish } = match asks {
        Ok(asks) => asks,
        Err(problem) => return turned_away(problem, &headers, &config),
    };
    let by = work.by();
    let (boxes, who, of) = (voicemail.clone(), agent.clone(), wish.of);
    let marked = work.finish(async move { boxes.mark_as(&who, of, wish.state, by).await });
    let marked = marked.await??;
    if wants_page(&headers) {
        // A browser without our script: it posts a form, and gets the whole page again.
        let kept = voicemail.list(&agent, None, by).await?;
        return page::shown(&config, &messages(kept), wish.token.as_deref());
    }
    Ok(Json(Message::from(marked)).into_response())
}

/// Plays a message
///
/// The sound as Twilio gives it, piece by piece, whole or a part (`Range`). Twilio's URL of it is shown to no one.
#[utoipa::path(post, path = "/voicemails/media", tag = openapi::PLUGIN, security(("flexToken" = [])),
    request_body(content((HearMessage = "application/x-www-form-urlencoded"), (HearMessage = "application/json"))),
    responses((status = 200, description = "The sound", content_type = "audio/mpeg"),
        (status = 206, description = "The part that was asked for", content_type = "audio/mpeg"),
        openapi::PluginRefusal))]
pub(crate) async fn voicemails_media(
    State(voicemail): State<Voicemail>,
    State(config): State<Arc<General>>,
    by: Deadline,
    headers: HeaderMap,
    asks: Result<Flex<HearWish>, Problem>,
) -> Result<Response, Problem> {
    let Flex { agent, wish } = match asks {
        Ok(asks) => asks,
        Err(problem) => return turned_away(problem, &headers, &config),
    };
    let range = headers.get(header::RANGE);
    let range = range.and_then(|value| value.to_str().ok());
    let media = voicemail.play(&agent, wish.of, range, by).await?;
    let mut sound = sound(media);
    if wants_page(&headers) {
        // Shown a sound, a browser would ask for it once more, with GET and without the form.
        sound
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, SAVED);
    }
    Ok(sound)
}

fn messages(kept: Vec<Kept>) -> Vec<Message> {
    kept.into_iter().map(Message::from).collect()
}

fn json(kept: Vec<Kept>) -> Response {
    let voicemails = messages(kept);
    Json(Messages { voicemails }).into_response()
}

/// Hands a file on as it comes. One that breaks off breaks this answer off, too.
fn sound(media: Media) -> Response {
    let kind = media.kind.as_deref().map(HeaderValue::from_str);
    let part = media.part.as_deref().map(HeaderValue::from_str);
    let length = media.length;
    let pieces = stream::try_unfold(media, |mut media| async move {
        let piece = media.next().await;
        piece.map(|piece: Option<Bytes>| piece.map(|bytes| (bytes, media)))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    let kind = kind.and_then(Result::ok).unwrap_or(SOUND);
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if let Some(Ok(part)) = part {
        headers.insert(header::CONTENT_RANGE, part);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

/// A browser whose token is refused while it navigates is shown the sign-in form again.
fn turned_away(
    problem: Problem,
    headers: &HeaderMap,
    config: &General,
) -> Result<Response, Problem> {
    if wants_page(headers) && problem.kind() == Kind::TokenRefused {
        page::refused(config, &problem)
    } else {
        Err(problem)
    }
}

/// Whether a browser navigates here.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let asked = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    asked(header::ACCEPT).is_some_and(|kinds| kinds.contains("text/html"))
}

/// Whose messages.
pub(crate) struct WhichBox {
    mailbox: Option<Mailbox>,
    /// The token, to be written into the page that answers its form.
    token: Option<String>,
}

/// Which message.
pub(crate) struct HearWish {
    of: (Mailbox, RecordingSid),
}

/// Which message, and what became of it.
pub(crate) struct MarkWish {
    of: (Mailbox, RecordingSid),
    state: Mark,
    token: Option<String>,
}

impl Decode for WhichBox {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let mailbox = match reader.want("box") {
            Ok(None) => reader.want("worker"),
            other => other,
        };
        Some(Self {
            mailbox: mailbox.ok()?,
            token: reader.text("Token").map(str::to_owned),
        })
    }
}

impl Decode for HearWish {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (mailbox, recording) = (reader.need("box"), reader.need("recordingSid"));
        Some(Self {
            of: (mailbox?, recording?),
        })
    }
}

impl Decode for MarkWish {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let heard = HearWish::decode(reader);
        let state = reader.need("state");
        Some(Self {
            of: heard?.of,
            state: state?,
            token: reader.text("Token").map(str::to_owned),
        })
    }
}
