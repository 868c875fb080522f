//! The people of a day: customers with a patience, workers who text or call to go on and off line.

use serde_json::json;
use switchboard::{
    emulator::{CallStatus, Heard},
    rng::Rng,
    twilio::sid::{CallSid, WorkerSid},
};

use super::{
    centre::{INTAKE, one_of},
    phones::mood,
};
use crate::stage::{Stage, number};

/// After how many ticks somebody who had no answer asks again.
const PATIENCE: u64 = 12;

/// How many ticks lie between one wish and the next: a text that comes twice comes twice within ten seconds.
const CONTENT: u64 = 30;

/// Somebody who called the line, and when they hang up whatever happens.
pub(super) struct Customer {
    pub(super) call: CallSid,
    pub(super) leaves: u64,
}

/// What a worker has asked for and not been told yet.
enum Asked {
    Text { since: u64, seen: usize },
    Call { call: CallSid, since: u64 },
}

/// A worker at home.
pub(super) struct Worker {
    pub(super) sid: WorkerSid,
    pub(super) phone: String,
    /// Whether they want calls; told and confirmed, unless `asked`.
    pub(super) wants: bool,
    asked: Option<Asked>,
    /// When they last changed their mind.
    changed: u64,
}

impl Worker {
    pub(super) fn new(stage: &Stage, rng: &Rng, nth: u64, screening: &str) -> Self {
        let phone = format!("+151255502{nth:02}");
        stage.emulator.phone(&phone, mood(rng, screening));
        let skills = one_of(rng, &["sales", "support"]);
        let attributes = json!({ "contact_uri": phone, "routing": { "skills": [skills] } });
        let sid = stage
            .emulator
            .add_worker(&format!("home{nth}"), &attributes);
        Self {
            sid: sid.expect("a worker"),
            phone,
            wants: true,
            asked: None,
            changed: 0,
        }
    }

    /// Whether they know how they stand.
    pub(super) fn knows(&self) -> bool {
        self.asked.is_none()
    }

    /// They change their mind, if they have not just done so.
    pub(super) fn turns(&mut self, stage: &Stage, rng: &Rng, tick: u64) -> bool {
        if !self.knows() || tick < self.changed + CONTENT {
            return false;
        }
        self.wants = !self.wants;
        self.changed = tick;
        if rng.below(4) == 0 {
            let call = stage.emulator.place_call(&self.phone, &number(INTAKE));
            self.asked = Some(Asked::Call { call, since: tick });
        } else {
            self.texts(stage, rng, tick);
        }
        true
    }

    /// They say again what they want, for whoever sent them away may have been right.
    pub(super) fn repeats(&mut self, stage: &Stage, rng: &Rng, tick: u64) {
        self.changed = tick;
        self.texts(stage, rng, tick);
    }

    fn texts(&mut self, stage: &Stage, rng: &Rng, tick: u64) {
        let words = if self.wants {
            one_of(
                rng,
                &["online sales", "On support", "online sales, support"],
            )
        } else {
            one_of(rng, &["offline", "OFF"])
        };
        let seen = stage.emulator.inbox(&self.phone).len();
        stage.emulator.text(&self.phone, &number(INTAKE), words);
        self.asked = Some(Asked::Text { since: tick, seen });
    }

    /// They look at their phone: an answer, another key to press, or time to ask again.
    pub(super) fn looks(&mut self, stage: &Stage, rng: &Rng, tick: u64) {
        let wanted = if self.wants {
            "You are on line"
        } else {
            "You are off line. No more"
        };
        match self.asked {
            None => {}
            Some(Asked::Text { since, seen }) => {
                let inbox = stage.emulator.inbox(&self.phone);
                if inbox
                    .iter()
                    .skip(seen)
                    .any(|text| text.body.starts_with(wanted))
                {
                    self.asked = None;
                } else if tick > since + PATIENCE {
                    self.texts(stage, rng, tick);
                }
            }
            Some(Asked::Call { call, since }) => {
                let call = stage.call(call);
                let told =
                    |heard: &Heard| matches!(heard, Heard::Words(words) if words.contains(wanted));
                if call.heard.iter().any(told) {
                    stage.emulator.hang_up(call.sid);
                    self.asked = None;
                } else if call.status.is_final() || tick > since + PATIENCE {
                    stage.emulator.hang_up(call.sid);
                    self.texts(stage, rng, tick);
                } else if call.status == CallStatus::InProgress {
                    // On line, with all that can be chosen; or off line.
                    let key = match (self.wants, tick - since) {
                        (true, 1) => "1",
                        (true, _) => "*",
                        (false, _) => "2",
                    };
                    stage.emulator.press(call.sid, key);
                }
            }
        }
    }
}
