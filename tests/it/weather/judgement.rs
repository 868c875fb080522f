//! The judgement over a story: what must be true of every call once things have settled.

use std::time::Duration;

use jiff::Timestamp;
use switchboard::{
    emulator::{CallView, Event},
    twilio::sid::CallSid,
};

use super::story::Play;
use crate::stage::is_on_hold;

/// A caller who hung up this soon after somebody tried to park them may have been on hold already: a wrap-up task too
/// many is allowed then, one too few never.
const MAYBE: Duration = Duration::from_secs(20);

/// Everything that is wrong.
pub(super) fn of(play: &Play) -> Vec<String> {
    let mut faults = play.stage.emulator.finish();
    faults.extend(play.stage.manners.faults());
    for caller in &play.callers {
        let call = play.stage.call(*caller);
        let found = if is_over(&call) {
            judge_ended(play, &call)
        } else {
            judge_live(play, &call)
        };
        faults.extend(found.into_iter().map(|fault| format!("{caller}: {fault}")));
    }
    faults.extend(judge_records(play));
    faults
}

fn is_over(call: &CallView) -> bool {
    !matches!(
        call.status.to_string().as_str(),
        "queued" | "ringing" | "in-progress"
    )
}

/// Whether a call that is over was on hold when it ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It was not.
    No,
    /// It heard the hold document in place of a queue's action that failed, after a talk that was over: nobody is
    /// waiting for anybody, but who cannot ask TaskRouter cannot know.
    InPlace,
    /// It was.
    Yes,
}

/// Whether a call that is over was on hold when it ended, as the journal tells it.
pub(super) fn ended_on_hold(play: &Play, caller: CallSid) -> Held {
    let joins = format!("{caller:?} joins");
    let (mut held, mut parked) = (Held::No, false);
    for entry in play.stage.emulator.journal().iter() {
        match &entry.event {
            Event::Webhook { call, name, .. } if *call == Some(caller) && *name == "moved" => {
                parked = true;
            }
            Event::Document { call, text, .. } if *call == caller => {
                held = match text.contains("/hold?") && !text.contains("<Enqueue") {
                    false => Held::No,
                    true if parked => Held::Yes,
                    true => Held::InPlace,
                };
            }
            Event::Routing { text, .. } if text.contains(&joins) => {
                (held, parked) = (Held::No, false);
            }
            Event::Status { call, status } if *call == caller && status.is_final() => return held,
            _ => {}
        }
    }
    Held::No
}

/// In whose lists a call stands as waiting.
fn listed(play: &Play, call: CallSid) -> usize {
    let lists = play
        .agents
        .iter()
        .filter_map(|agent| play.stage.listed(agent.worker(), call));
    lists.filter(|item| item["callerHangup"] != true).count()
}

fn judge_live(play: &Play, call: &CallView) -> Vec<String> {
    let mut faults = vec![];
    // An agent who never heard that a park succeeded is left to complete its task by hand.
    let tasks = play.stage.open_tasks(call.sid).into_iter();
    let open = tasks.filter(|task| task.status != "wrapping").count();
    if open > 1 {
        faults.push(format!("{open} open tasks for one caller"));
    }
    if !play.stage.wrap_ups(call.sid).is_empty() {
        faults.push("a wrap-up task for a caller who is still there".to_owned());
    }
    let (listed, record) = (listed(play, call.sid), play.stage.record(call.sid));
    if is_on_hold(call) {
        if listed != 1 {
            faults.push(format!("on hold and listed {listed} times"));
        }
        if record.is_none() {
            faults.push("on hold without a record".to_owned());
        }
    } else if call.conference.is_some() || call.talks_to.is_some() {
        if listed != 0 {
            faults.push("talking, and still listed as parked".to_owned());
        }
    } else if call.in_queue.is_none() {
        faults.push(format!("neither on hold nor talking nor waiting: {call:?}"));
    }
    faults
}

fn judge_ended(play: &Play, call: &CallView) -> Vec<String> {
    let mut faults = vec![];
    let wrap_ups = play.stage.wrap_ups(call.sid).len();
    let allowed = match ended_on_hold(play, call.sid) {
        Held::Yes => 1..=1,
        Held::InPlace => 0..=1,
        Held::No if maybe_parked(play, call.sid) || came_back(call) => 0..=1,
        Held::No => 0..=0,
    };
    if !allowed.contains(&wrap_ups) {
        faults.push(format!("{wrap_ups} wrap-up tasks, expected {allowed:?}"));
    }
    if listed(play, call.sid) != 0 {
        faults.push("over, and still listed as parked".to_owned());
    }
    faults
}

/// Whether its last document brought it back by itself: then it depends on whether somebody answered.
fn came_back(call: &CallView) -> bool {
    let document = call.document.as_deref().unwrap_or_default();
    ["/hold/queue?", "isParkReturn", "<Leave"]
        .iter()
        .any(|part| document.contains(part))
}

/// Whether somebody tried to park the call, or Twilio was asked to put it on hold, not long before its end.
fn maybe_parked(play: &Play, call: CallSid) -> bool {
    let Some(ended) = ended_at(play, call) else {
        return false;
    };
    let soon_before =
        |then: Timestamp| Duration::try_from(ended.duration_since(then)).is_ok_and(|it| it < MAYBE);
    let journal = play.stage.emulator.journal();
    let joins = format!("{call:?} joins");
    let mut tasks = vec![];
    for entry in journal.iter() {
        let tried = match &entry.event {
            Event::Routing { task, text } => {
                if text.contains(&joins) {
                    tasks.push(*task);
                }
                text.contains("/park-call") && task.is_some() && tasks.contains(task)
            }
            Event::Rest {
                method,
                product,
                path,
                ..
            } => method == "POST" && *product == "api" && path.contains(call.as_str()),
            _ => false,
        };
        if tried && soon_before(entry.at) {
            return true;
        }
    }
    false
}

fn ended_at(play: &Play, sid: CallSid) -> Option<Timestamp> {
    let journal = play.stage.emulator.journal();
    let ended = journal
        .iter()
        .rev()
        .find(|entry| matches!(&entry.event, Event::Status { call, .. } if *call == sid));
    ended.map(|entry| entry.at)
}

/// No record without a reason: on hold, or claimed a moment ago.
fn judge_records(play: &Play) -> Vec<String> {
    let records = play.stage.records().into_iter();
    let needless = records.filter(|(call, record)| {
        let claimed = ["pick-up", "return", "overflow"]
            .iter()
            .any(|phase| record["phase"] == *phase);
        !claimed && !play.stage.on_hold(*call)
    });
    needless
        .map(|(call, record)| format!("{call}: a record in phase {} is left over", record["phase"]))
        .collect()
}
