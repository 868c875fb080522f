//! Who waits on hold: since when, for whom, the longest first.

use std::collections::HashSet;

use serde_json::json;

use super::{Asked, Sheet};
use crate::features::{overview::Overview, parking::record::Phase};

const COLUMNS: &[(&str, &str)] = &[
    ("waits", "waitedSeconds"),
    ("caller", "caller"),
    ("queue", "queue"),
    ("parked by", "parkedBy"),
    ("stands", "stands"),
    ("since", "since"),
    ("call", "callSid"),
];

pub(super) async fn sheet(asked: &Asked<'_>) -> anyhow::Result<Sheet> {
    let (app, context) = (asked.app, &asked.app.parts().context);
    let calls = context.twilio.calls(asked.by);
    let (on_hold, live) = tokio::join!(
        app.get::<Overview>().on_hold(asked.by),
        calls.in_progress().all()
    );
    let on_hold = on_hold?;
    let live: HashSet<_> = live?.into_iter().map(|call| call.sid).collect();
    let waiting = on_hold.calls.iter();
    let waiting = waiting
        .filter(|it| live.contains(&it.call.call_sid))
        .count();
    let title = match waiting {
        0 => "No caller is on hold".to_owned(),
        1 => "1 caller is on hold".to_owned(),
        more => format!("{more} callers are on hold"),
    };
    let mut sheet = Sheet::new("parkedCalls", title, on_hold.at, COLUMNS);
    for now in &on_hold.calls {
        let call = &now.call;
        let stands = match call.phase {
            _ if !live.contains(&call.call_sid) => "hung up; wrap-up to come",
            Phase::Return => "rings at who parked it",
            Phase::Parking => "is being put on hold",
            _ => "on hold",
        };
        sheet.row([
            json!(now.seconds),
            json!(call.name.as_deref().map(|name| asked.number(name))),
            json!(now.queue),
            json!(
                now.parked_by
                    .clone()
                    .unwrap_or_else(|| call.worker_sid.to_string())
            ),
            json!(stands),
            json!(format!("{:.0}", call.date_created)),
            json!(call.call_sid),
        ]);
    }
    Ok(sheet)
}
