//! The conference where a worker and a caller meet: what the caller hears on the way in and out, and what a participant
//! hears who is alone there.

use axum::extract::State;

use crate::{
    features::dispatch::{Alone, Dispatch, RoomAsks, Side},
    twiml::Library,
    web::{
        fields::{Decode, Reader},
        form::TwilioForm,
        openapi::{self, AloneQuery, DispatchQuery},
        problem::Problem,
        reply::Voice,
        work::Work,
    },
};

/// A caller comes out of the room, or of a queue they went back to.
#[derive(Debug)]
pub(crate) struct Met {
    /// The queue could not take them back.
    failed: bool,
}

/// A caller is brought to a worker
///
/// To the room; or back into the queue, if the worker has gone.
#[utoipa::path(post, path = "/dispatch/meet", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(DispatchQuery), responses(openapi::Spoken))]
pub(crate) async fn dispatch_meet(
    work: Work,
    State(dispatch): State<Dispatch>,
    State(library): State<Library>,
    TwilioForm(asks): TwilioForm<RoomAsks>,
) -> Result<Voice, Problem> {
    let (by, asked) = (work.by(), dispatch.clone());
    let said = work.finish(async move { asked.meet(&asks, by).await });
    let (document, over) = said.await?;
    if let Some(over) = over {
        work.leave(async move { dispatch.close_task_of(&over).await });
    }
    Voice::say(&library, &document)
}

/// A caller comes out of the room
#[utoipa::path(post, path = "/dispatch/met", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(DispatchQuery), responses(openapi::Spoken))]
pub(crate) async fn dispatch_met(
    State(dispatch): State<Dispatch>,
    State(library): State<Library>,
    TwilioForm(met): TwilioForm<Met>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &dispatch.met(met.failed))
}

/// One is alone in the room
#[utoipa::path(post, path = "/dispatch/alone", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(AloneQuery), responses(openapi::Spoken))]
pub(crate) async fn dispatch_alone(
    work: Work,
    State(dispatch): State<Dispatch>,
    State(library): State<Library>,
    TwilioForm(alone): TwilioForm<Alone>,
) -> Result<Voice, Problem> {
    let document = dispatch.alone(&alone);
    work.leave(async move { dispatch.look_after(&alone).await });
    Voice::say(&library, &document)
}

impl Decode for RoomAsks {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let reservation = reader.need("reservation");
        let nonce = reader.need_text("nonce", "the leg's nonce");
        Some(Self {
            nonce: nonce?.to_owned(),
            reservation: reservation?,
        })
    }
}

impl Decode for Met {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        RoomAsks::decode(reader)?;
        let failed = matches!(
            reader.text("QueueResult"),
            Some("error" | "system-error" | "queue-full")
        );
        Some(Self { failed })
    }
}

impl Decode for Alone {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let room = RoomAsks::decode(reader);
        let side = reader.need_text("side", "worker or caller");
        Some(Self {
            room: room?,
            side: Side::read(side?)?,
        })
    }
}
