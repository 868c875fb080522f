//! Which phones of workers ring or talk, the oldest first.

use std::collections::HashMap;

use serde_json::json;

use super::{Asked, Sheet};
use crate::features::dispatch::{Dispatch, record::Phase};

const COLUMNS: &[(&str, &str)] = &[
    ("age", "ageSeconds"),
    ("worker", "worker"),
    ("phone", "phone"),
    ("stands", "stands"),
    ("reservation", "reservationSid"),
    ("task", "taskSid"),
    ("leg", "callSid"),
];

pub(super) async fn sheet(asked: &Asked<'_>) -> anyhow::Result<Sheet> {
    let (app, context) = (asked.app, &asked.app.parts().context);
    let workers = context.twilio.workers(asked.by);
    let (legs, workers) = tokio::join!(app.get::<Dispatch>().open_legs(asked.by), workers.all());
    let (legs, workers) = (legs?, workers?);
    let workers = workers.into_iter().map(|it| (it.sid, it.friendly_name));
    let names: HashMap<_, _> = workers.collect();
    let ringing = legs.iter().filter(|leg| leg.is_open()).count();
    let title = match legs.len() {
        0 => "No call is on a worker's own phone".to_owned(),
        1 => format!("1 call is on a worker's own phone; {ringing} not answered yet"),
        more => format!("{more} calls are on workers' own phones; {ringing} not answered yet"),
    };
    let mut sheet = Sheet::new("legs", title, context.clock.now(), COLUMNS);
    for leg in &legs {
        let stands = match leg.phase {
            Phase::Dialling => "is dialed",
            Phase::Ringing => "rings",
            Phase::Screening => "is asked for a key",
            Phase::Joining if leg.talking => "talks",
            Phase::Joining => "is being joined",
            Phase::Ended => "talk is over; task to be completed",
            Phase::Rejected => "to be given back",
            Phase::Withdrawn => "to be ended",
            Phase::Over => "over",
        };
        let worker = names.get(&leg.worker_sid).cloned();
        sheet.row([
            json!(asked.seconds_since(leg.made)),
            json!(worker.unwrap_or_else(|| leg.worker_sid.to_string())),
            json!(asked.number(leg.phone.as_str())),
            json!(stands),
            json!(leg.reservation_sid),
            json!(leg.task_sid),
            json!(leg.call_sid),
        ]);
    }
    Ok(sheet)
}
