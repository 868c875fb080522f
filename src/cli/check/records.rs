//! The doctor at Sync: records that this version cannot read, as after a rollback.
//!
//! The server passes them over, so that they hide no other; what they were about is then not taken care of. They are
//! found the way the server finds them, by reading everything that each feature keeps.

use super::{Finding, Scene, words};
use crate::{
    app,
    features::{
        availability::Availability, callback::Callback, did::Did, dispatch::Dispatch,
        extension::Extension, intake::Intake, parking::Parking, voicemail::Voicemail,
    },
    web::App,
};

/// How many are named.
const NAMED: usize = 10;

/// Reads every record there is.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let app = match app::assemble(scene.config.clone(), scene.outside.clone()) {
        Ok(app) => app,
        Err(error) => {
            let advice = "Mend that first.";
            let what = format!("records could not be read, because {error}");
            return vec![Finding::warn(what, advice)];
        }
    };
    match read(&app, scene).await {
        Ok(count) => found(&app, count),
        Err(error) => vec![Finding::fail(
            format!("Sync cannot be read: {}", words::of_twilio(&error)),
            "The server needs it for every call that is parked.",
        )],
    }
}

async fn read(app: &App, scene: &Scene) -> Result<usize, crate::twilio::error::Error> {
    let parked = app.get::<Parking>().all(scene.by()).await?.len();
    let legs = app.get::<Dispatch>().read_records(scene.by()).await?;
    let extensions = app.get::<Extension>().read_records(scene.by()).await?;
    let follow_ups = app.get::<Callback>().read_records(scene.by()).await?;
    let messages = app.get::<Voicemail>().read_records(scene.by()).await?;
    let called_out = app.get::<Did>().read_records(scene.by()).await?;
    let on_the_way = app.get::<Availability>().read_records(scene.by()).await?;
    let guesses = app.get::<Intake>().read_records(scene.by()).await?;
    let notes = called_out + on_the_way + guesses;
    Ok(parked + legs + extensions + follow_ups + messages + notes)
}

fn found(app: &App, count: usize) -> Vec<Finding> {
    let unreadable = app.parts().context.twilio.unreadable();
    if unreadable.is_empty() {
        let what = format!("every record in Sync can be read ({count} are open)");
        return vec![Finding::pass(what)];
    }
    let total = unreadable.len();
    let mut findings: Vec<_> = unreadable
        .iter()
        .take(NAMED)
        .map(|place| {
            Finding::warn(
                format!("this version cannot read the record {place}"),
                "A later version wrote it, or something else did. Run that version again, or see what became of the \
                 call and delete the item in Sync.",
            )
        })
        .collect();
    if total > NAMED {
        let what = format!("{} more records cannot be read", total - NAMED);
        findings.push(Finding::warn(what, "As above."));
    }
    findings
}
