//! Who is to be called back, or left a message instead of waiting, and has not been seen to; the longest first.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;

use super::{Asked, Sheet};
use crate::{
    features::callback::{
        Callback,
        wish::{Kind, Phase, Wish},
    },
    twilio::error::Error,
};

/// How many tasks are asked about side by side.
const LANES: usize = 8;

const COLUMNS: &[(&str, &str)] = &[
    ("waits", "waitedSeconds"),
    ("call", "numberToCall"),
    ("wants", "wants"),
    ("stands", "stands"),
    ("attempts", "attempts"),
    ("task", "taskSid"),
    ("call sid", "callSid"),
];

pub(super) async fn sheet(asked: &Asked<'_>) -> anyhow::Result<Sheet> {
    let (app, context) = (asked.app, &asked.app.parts().context);
    let open = app.get::<Callback>().open(asked.by).await?;
    let stands = stream::iter(open).map(async |wish| {
        let stands = stands(asked, &wish).await?;
        Ok::<_, Error>(stands.map(|stands| (wish, stands)))
    });
    let open: Vec<Option<(Wish, String)>> = stands.buffered(LANES).try_collect().await?;
    let mut open: Vec<_> = open.into_iter().flatten().collect();
    open.sort_by_key(|(wish, _)| wish.follow_up.received);
    let title = match open.len() {
        0 => "No caller waits to be called back".to_owned(),
        1 => "1 caller waits to be called back".to_owned(),
        more => format!("{more} callers wait to be called back"),
    };
    let mut sheet = Sheet::new("callbacks", title, context.clock.now(), COLUMNS);
    for (wish, stands) in &open {
        let follow_up = &wish.follow_up;
        let wants = match wish.kind {
            Kind::Callback => "a call",
            Kind::Message => "their message heard",
        };
        sheet.row([
            json!(asked.seconds_since(follow_up.received)),
            json!(asked.number(&follow_up.number_to_call)),
            json!(wants),
            json!(stands),
            json!(follow_up.attempts),
            json!(wish.made),
            json!(wish.call_sid),
        ]);
    }
    Ok(sheet)
}

/// Where a wish stands, in words; nothing if its caller has been seen to. TaskRouter knows about a task that was made.
async fn stands(asked: &Asked<'_>, wish: &Wish) -> Result<Option<String>, Error> {
    if let (Phase::Made | Phase::Waiting, Some(task)) = (wish.phase, wish.made) {
        let task = asked
            .app
            .parts()
            .context
            .twilio
            .tasks(asked.by)
            .fetch(task)
            .await?;
        let open = task.filter(|task| !task.was_finished() && !task.was_canceled());
        return Ok(open.map(|task| format!("in line: {}", task.assignment_status)));
    }
    Ok(Some(
        match wish.phase {
            Phase::Typed | Phase::Dropped => return Ok(None),
            Phase::Asked => "leaves the line",
            Phase::Leaving => "on the way to the recorder",
            Phase::Recording => "speaks a message",
            Phase::Making | Phase::Made | Phase::Waiting => "the task is being made",
            Phase::Held => "until the hours begin",
            Phase::Recalling => "comes out of line until the hours begin",
        }
        .to_owned(),
    ))
}
