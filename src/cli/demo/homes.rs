//! The workers at home: the sales line, Wendy, Max, and the phones they have.
//!
//! It is set up as the guide's chapter "Workers on their own phones" says: an activity for who was not reached, a
//! workflow that asks the server about every offer, TaskRouter's events, and a queue without workers at the end.

use std::time::Duration;

use serde_json::json;

use super::world::World;
use crate::{
    emulator::{Answer, Emulator, Flow, Pickup},
    twilio::{party::E164, sid::WorkerSid},
};

/// The line whose calls go to workers at home, and which they text.
pub(super) const SALES_LINE: &str = "+15125550102";

/// Wendy's phone. She answers it herself.
pub(super) const WENDYS_PHONE: &str = "+15125550161";

/// Max's phone. A mailbox answers it.
pub(super) const MAXS_PHONE: &str = "+15125550162";

/// What a caller hears when no worker is at work.
pub(super) const NOBODY: &str =
    "Our sales team is not available right now. Please call again tomorrow.";

/// The queue without workers.
const NOBODYS_QUEUE: &str = "Nobody";

/// How long a caller waits for a worker, in the story. Long, because in compressed time every request takes long.
pub(super) const WAIT: Duration = Duration::from_mins(2);

/// What TaskRouter reports, as that chapter says.
const EVENTS: &str = "reservation.canceled,reservation.timeout,reservation.rescinded,reservation.rejected,\
                      task.canceled,task-queue.entered";

/// Who works at home.
#[derive(Clone, Copy)]
pub(super) struct Homes {
    /// She is off line to begin with, and presses a key when she is asked to.
    pub(super) wendy: WorkerSid,
    /// He is on line, but not at his phone.
    pub(super) max: WorkerSid,
}

/// What the server is told about them. Makes the activity and the queue whose SIDs it needs.
///
/// # Errors
/// When the queue cannot be made.
pub(super) fn variables(emulator: &Emulator) -> anyhow::Result<Vec<(&'static str, String)>> {
    let cooling_down = emulator.add_activity("Cooling down", false);
    let nobody = emulator.add_queue(NOBODYS_QUEUE, "1 == 2")?;
    Ok(vec![
        ("DISPATCH_CALLER_ID", SALES_LINE.to_owned()),
        ("DISPATCH_COOL_DOWN_ACTIVITY", cooling_down.to_string()),
        // Long enough for a text message to come while it rings, at any pace.
        ("DISPATCH_RING", "60".to_owned()),
        ("DISPATCH_NOBODY_QUEUE", nobody.to_string()),
        ("DISPATCH_NOBODY_MESSAGE", NOBODY.to_owned()),
        ("INTAKE_SKILLS", "sales,support".to_owned()),
    ])
}

impl World {
    /// Opens the sales line, and gives Wendy and Max their phones.
    ///
    /// # Errors
    /// When this was done before.
    pub(super) fn open_homes(&self) -> anyhow::Result<Homes> {
        let (emulator, ours) = (&self.emulator, &self.public_url);
        let sales = emulator.add_queue("Sales", "routing.skills HAS 'sales'")?;
        let targets = json!([
            { "queue": sales, "timeout": WAIT.as_secs() },
            { "queue": self.variables["DISPATCH_NOBODY_QUEUE"] },
        ]);
        let everything = json!({ "expression": "1 == 1", "targets": targets });
        let routing = json!({ "task_routing": { "filters": [everything] } });
        let workflow = emulator.add_routing("Sales", &routing)?;
        let callback = format!("{ours}/assignment-callback");
        emulator.workflow_callback(workflow, Some(&callback), Some(&callback));
        emulator.events_to(Some(&format!("{ours}/taskrouter-events")), Some(EVENTS));
        let line: E164 = SALES_LINE.parse()?;
        emulator
            .number(&line)
            .voice(Flow::Enqueue {
                workflow,
                attributes: json!({ "direction": "inbound" }),
            })
            .messaging(format!("{ours}/intake/sms"));
        let wendy = json!({
            "contact_uri": WENDYS_PHONE, "full_name": "Wendy", "languages": ["en", "nl"], "screening": "both",
        });
        let max = json!({
            "contact_uri": MAXS_PHONE, "full_name": "Max", "routing": { "skills": ["sales"] },
        });
        let wendy = emulator.add_worker("Wendy", &wendy)?;
        emulator.set_activity(wendy, "Offline")?;
        let max = emulator.add_worker("Max", &max)?;
        let (rings, greeting) = (Duration::from_secs(5), Duration::from_secs(12));
        emulator.phone(WENDYS_PHONE, Answer::By(Pickup::human(rings)));
        emulator.phone(MAXS_PHONE, Answer::By(Pickup::mailbox(rings, greeting)));
        Ok(Homes { wendy, max })
    }
}
