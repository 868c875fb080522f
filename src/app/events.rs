//! TaskRouter tells what happened to tasks, reservations and workers.

use axum::extract::State;
use http::StatusCode;

use crate::{
    events::RouterEvent,
    features::Features,
    web::{
        fields::{Decode, Reader},
        form::TwilioForm,
        openapi::{self, TaskRouterEvent},
        problem::{Problem, once_more},
        work::Work,
    },
};

crate::web::app::part!(Features);

/// Something happened in TaskRouter
///
/// 204 once what follows from it is done, or left to the reconciler. Events that are not known are ignored.
#[utoipa::path(post, path = "/taskrouter-events", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = TaskRouterEvent, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Noted"), openapi::SignedRefusal))]
pub(crate) async fn taskrouter_events(
    work: Work,
    State(features): State<Features>,
    TwilioForm(event): TwilioForm<RouterEvent>,
) -> Result<StatusCode, Problem> {
    let by = work.by();
    let followed = async move { features.hear(&event, by).await };
    work.finish(followed).await?.map_err(once_more)?;
    Ok(StatusCode::NO_CONTENT)
}

impl Decode for RouterEvent {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let kind = reader.need_text("EventType", "an event's type")?.to_owned();
        Some(Self::read(kind, |name| reader.text(name)))
    }
}
