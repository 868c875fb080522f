//! The leg to a worker's phone: what it asks for, and what it reports.

pub mod assignment;
pub mod meet;

use axum::extract::State;
use http::StatusCode;

use crate::{
    features::dispatch::{
        Dispatch, LegAsks, LegJoined, LegPressed, LegReport, LegVerdict, Said,
        cause::{AnsweredBy, Cause},
    },
    twilio::resource::calls::is_final,
    twiml::Library,
    web::{
        fields::{Decode, Reader},
        form::TwilioForm,
        openapi::{self, DispatchKeyQuery, DispatchQuery, LegStatus},
        problem::{Problem, once_more},
        reply::Voice,
        work::Work,
    },
};

crate::web::app::part!(Dispatch);

/// A worker has answered
#[utoipa::path(post, path = "/dispatch/leg", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(DispatchQuery), responses(openapi::Spoken))]
pub(crate) async fn dispatch_leg(
    work: Work,
    State(dispatch): State<Dispatch>,
    State(library): State<Library>,
    TwilioForm(asks): TwilioForm<LegAsks>,
) -> Result<Voice, Problem> {
    let (by, asked) = (work.by(), dispatch.clone());
    let said = work.finish(async move { asked.leg(&asks, by).await });
    say(&work, dispatch, &library, said.await?)
}

/// A worker has pressed a key, or none
#[utoipa::path(post, path = "/dispatch/key", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(DispatchKeyQuery), responses(openapi::Spoken))]
pub(crate) async fn dispatch_key(
    work: Work,
    State(dispatch): State<Dispatch>,
    State(library): State<Library>,
    TwilioForm(pressed): TwilioForm<LegPressed>,
) -> Result<Voice, Problem> {
    let (by, asked) = (work.by(), dispatch.clone());
    let said = work.finish(async move { asked.key(&pressed, by).await });
    say(&work, dispatch, &library, said.await?)
}

/// A worker and a caller have talked, or could not
#[utoipa::path(post, path = "/dispatch/joined", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(DispatchQuery), responses(openapi::Spoken))]
pub(crate) async fn dispatch_joined(
    work: Work,
    State(dispatch): State<Dispatch>,
    State(library): State<Library>,
    TwilioForm(joined): TwilioForm<LegJoined>,
) -> Result<Voice, Problem> {
    let (by, asked) = (work.by(), dispatch.clone());
    let said = work.finish(async move { asked.joined(&joined, by).await });
    say(&work, dispatch, &library, said.await?)
}

/// A worker's leg reports its status
///
/// 204 once what follows from it is done, or left to the reconciler.
#[utoipa::path(post, path = "/dispatch/status", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(DispatchQuery),
    request_body(content = LegStatus, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Noted"), openapi::SignedRefusal))]
pub(crate) async fn dispatch_status(
    work: Work,
    State(dispatch): State<Dispatch>,
    TwilioForm(report): TwilioForm<LegReport>,
) -> Result<StatusCode, Problem> {
    let by = work.by();
    work.finish(async move { dispatch.leg_report(&report, by).await })
        .await?
        .map_err(once_more)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Twilio has heard who answered
///
/// For screening `both`, where the prompt plays meanwhile.
#[utoipa::path(post, path = "/dispatch/amd", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(DispatchQuery),
    request_body(content = LegStatus, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Noted"), openapi::SignedRefusal))]
pub(crate) async fn dispatch_amd(
    work: Work,
    State(dispatch): State<Dispatch>,
    TwilioForm(verdict): TwilioForm<LegVerdict>,
) -> Result<StatusCode, Problem> {
    let by = work.by();
    work.finish(async move { dispatch.leg_verdict(&verdict, by).await })
        .await?
        .map_err(once_more)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Speaks at once, and lets what is owed be paid behind the answer's back.
fn say(
    work: &Work,
    dispatch: Dispatch,
    library: &Library,
    (document, owed): Said,
) -> Result<Voice, Problem> {
    if let Some(owed) = owed {
        work.leave(async move { dispatch.pay_later(&owed).await });
    }
    Voice::say(library, &document)
}

impl Decode for LegAsks {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (reservation, call) = (reader.need("reservation"), reader.need("CallSid"));
        let nonce = reader.need_text("nonce", "the leg's nonce");
        // Twilio's own word, or what we wrote into our URL when we had to ask for patience.
        let answered = reader
            .text("AnsweredBy")
            .or_else(|| reader.text("answered"));
        let round = reader.text("round").and_then(|round| round.parse().ok());
        Some(Self {
            reservation: reservation?,
            nonce: nonce?.to_owned(),
            call: call?,
            answered: answered.map(AnsweredBy::read),
            round: round.unwrap_or(0),
        })
    }
}

impl Decode for LegPressed {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let leg = LegAsks::decode(reader);
        let attempt = reader.need_number("try");
        let digits = reader.text("Digits").map(str::to_owned);
        Some(Self {
            leg: leg?,
            attempt: attempt?,
            digits,
        })
    }
}

impl Decode for LegJoined {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let leg = LegAsks::decode(reader);
        let status = reader.text("DialCallStatus").unwrap_or_default();
        let bridged = reader.text("DialBridged") == Some("true")
            || matches!(status, "completed" | "answered");
        Some(Self { leg: leg?, bridged })
    }
}

impl Decode for LegReport {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let leg = LegAsks::decode(reader);
        let status = reader.need_text("CallStatus", "a call status")?;
        let LegAsks {
            reservation,
            nonce,
            call,
            ..
        } = leg?;
        Some(Self {
            reservation,
            nonce,
            call,
            over: is_final(status).then(|| Cause::of_status(status)),
        })
    }
}

impl Decode for LegVerdict {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let leg = LegAsks::decode(reader);
        let LegAsks {
            reservation,
            nonce,
            call,
            answered,
            ..
        } = leg?;
        Some(Self {
            reservation,
            nonce,
            call,
            answered: answered.unwrap_or(AnsweredBy::Unknown),
        })
    }
}
