//! The desks with numbers of their own: Cleo's and Dan's, the line on which extensions are dialed, and the workflows that
//! find the agent who was dialed.
//!
//! It is set up as the guide's chapters "Direct numbers" and "Extensions" say.

use serde_json::{Value, json};

use super::world::World;
use crate::{
    emulator::{Browser, Emulator, Flow},
    twilio::{
        party::E164,
        sid::{TaskQueueSid, WorkflowSid},
    },
};

/// Cleo's own number.
pub(super) const CLEOS_NUMBER: &str = "+15125550170";

/// Dan's.
pub(super) const DANS_NUMBER: &str = "+15125550171";

/// Cleo's extension.
pub(super) const CLEOS_EXTENSION: &str = "2580";

/// The line on which callers dial extensions.
pub(super) const EXTENSION_LINE: &str = "+15125550103";

/// The pharmacy.
pub(super) const PHARMACY: &str = "+13035550177";

/// What TaskRouter reports to the server, for those who are at home and for these.
const EVENTS: &str = "reservation.accepted,reservation.canceled,reservation.timeout,reservation.rescinded,\
                      reservation.rejected,task.canceled,task-queue.entered";

/// Who sits there.
pub(super) struct Desks {
    /// Whose number and extension are called.
    pub(super) cleo: Browser,
    /// Her colleague.
    pub(super) dan: Browser,
    /// The workflow of their calls out.
    pub(super) out: WorkflowSid,
}

/// What the server is told about them. Makes the queue and the workflows whose SIDs it needs.
///
/// # Errors
/// When they cannot be made.
pub(super) fn variables(emulator: &Emulator) -> anyhow::Result<Vec<(&'static str, String)>> {
    let desks = emulator.add_queue("Desks", "atADesk == true")?;
    let numbers = emulator.add_routing("Direct Inward Dial", &owner_first(desks))?;
    let extensions = emulator.add_routing("Extensions", &once(desks))?;
    let messages = emulator.add_routing("Messages", &to_their_owner(desks))?;
    Ok(vec![
        ("DID_WORKFLOW", numbers.to_string()),
        ("EXTENSION_WORKFLOW", extensions.to_string()),
        ("VOICEMAIL_WORKFLOW", messages.to_string()),
    ])
}

/// The owner whom the server has found; at once another agent if they are busy or away.
fn owner_first(desks: TaskQueueSid) -> Value {
    let owner = json!({
        "queue": desks, "known_worker_sid": "task.did.owner", "timeout": 60, "skip_if": "1==1",
    });
    let everything = json!({ "expression": "1==1", "targets": [owner, { "queue": desks }] });
    json!({ "task_routing": { "filters": [everything] } })
}

/// The agent with the extension, and no call twice.
fn once(desks: TaskQueueSid) -> Value {
    let expression = "task.directExtension == worker.directExtension \
                      AND task.call_sid != worker.extensionOffered";
    let target =
        json!({ "queue": desks, "expression": expression, "timeout": 60, "skip_if": "1==1" });
    let everything = json!({ "expression": "1==1", "targets": [target] });
    json!({ "task_routing": { "filters": [everything] } })
}

/// The agent that a message is for.
fn to_their_owner(desks: TaskQueueSid) -> Value {
    let owner = json!({ "queue": desks, "known_worker_sid": "task.voicemailWorker" });
    let messages = json!({ "expression": "voicemailWorker != null", "targets": [owner] });
    json!({ "task_routing": { "filters": [messages], "default_filter": { "queue": desks } } })
}

impl World {
    /// Opens the lines, and has Cleo and Dan sit down.
    ///
    /// # Errors
    /// When this was done before.
    pub(super) fn open_desks(&self) -> anyhow::Result<Desks> {
        let (emulator, ours) = (&self.emulator, &self.public_url);
        let lines = [
            (CLEOS_NUMBER, "/did"),
            (DANS_NUMBER, "/did"),
            (EXTENSION_LINE, "/extension"),
        ];
        for (line, path) in lines {
            let line: E164 = line.parse()?;
            let asked = emulator.number(&line);
            asked.voice(Flow::Url(format!(
                "{ours}{path}#ct=2000&rt=4500&rc=3&rp=ct,rt,5xx"
            )));
        }
        let extensions: WorkflowSid = self.variables["EXTENSION_WORKFLOW"].parse()?;
        let callback = format!("{ours}/assignment-callback");
        emulator.workflow_callback(extensions, Some(&callback), Some(&callback));
        emulator.events_to(Some(&format!("{ours}/taskrouter-events")), Some(EVENTS));
        let agent = |name: &str, more: Value| {
            let worker = emulator.add_agent(&format!("{name}@example.com"), &more)?;
            emulator.set_worker_capacity(worker, "voice", 1)?;
            let browser = Browser::sign_in(emulator, worker)?;
            emulator.seat(browser.clone());
            anyhow::Ok(browser)
        };
        // They take calls to their own numbers, none of the office's main line.
        let cleo = json!({
            "isAcdReady": false, "atADesk": true, "phone_number": CLEOS_NUMBER, "directExtension": CLEOS_EXTENSION,
        });
        // As single sign-on may write it: without its country code.
        let dan = json!({ "isAcdReady": false, "atADesk": true, "phone_number": DANS_NUMBER.trim_start_matches("+1") });
        Ok(Desks {
            cleo: agent("cleo", cleo)?,
            dan: agent("dan", dan)?,
            out: self.variables["DID_WORKFLOW"].parse()?,
        })
    }
}
