//! Twilio's journal as a story: one line for each thing that happens to a person, and the traffic in between counted.
//!
//! Callers and agents go by their names. What passes over the wire is folded into one line ("2 webhooks answered, 3
//! requests to Sync"); `demo -v` shows it line by line ([`super::transcript`]). Look-ups in lists are left to the end of the
//! story, because the reconciler makes them all the time, whatever happens.

use std::cmp::Reverse;

use super::{
    names::Names,
    transcript::{is_dull, is_lookup},
};
use crate::{
    emulator::{CallStatus, Entry, Event, Heard},
    twilio::sid::{CallSid, TaskSid},
};

/// The lines of `entries`, and how many look-ups in lists there were.
pub(super) fn narration(entries: &[Entry], names: &Names) -> (Vec<String>, usize) {
    let (mut lines, mut traffic) = (Vec::new(), Traffic::default());
    for entry in entries {
        if traffic.counts(&entry.event) || is_dull(&entry.event, names) {
            continue;
        }
        if let Some(text) = told(&entry.event, names) {
            lines.extend(traffic.fold());
            lines.push(format!("   {}  {text}", entry.at.strftime("%H:%M:%S")));
        }
    }
    lines.extend(traffic.fold());
    (lines, traffic.lookups)
}

/// What has passed over the wire since the last line.
#[derive(Debug, Default)]
struct Traffic {
    webhooks: usize,
    requests: Vec<(&'static str, usize)>,
    lookups: usize,
}

impl Traffic {
    /// Counts an event, if it is traffic.
    fn counts(&mut self, event: &Event) -> bool {
        match event {
            Event::Webhook { .. } => self.webhooks += 1,
            Event::Rest { .. } if is_lookup(event) => self.lookups += 1,
            Event::Rest { product, path, .. } => {
                let name = api(product, path);
                match self.requests.iter_mut().find(|(it, _)| *it == name) {
                    Some((_, count)) => *count += 1,
                    None => self.requests.push((name, 1)),
                }
            }
            _ => return false,
        }
        true
    }

    /// One line for it, if there was any.
    fn fold(&mut self) -> Option<String> {
        let mut parts = Vec::new();
        if self.webhooks > 0 {
            let webhooks = many(self.webhooks, "webhook", "webhooks");
            parts.push(format!("{webhooks} answered"));
        }
        self.requests.sort_by_key(|(_, count)| Reverse(*count));
        let mut requests = self.requests.iter();
        if let Some((name, count)) = requests.next() {
            parts.push(format!("{} to {name}", many(*count, "request", "requests")));
        }
        parts.extend(requests.map(|(name, count)| format!("{count} to {name}")));
        self.webhooks = 0;
        self.requests.clear();
        (!parts.is_empty()).then(|| format!("             … {}", parts.join(", ")))
    }
}

/// The part of Twilio's API that a request goes to, as Twilio's documentation names it.
fn api(product: &'static str, path: &str) -> &'static str {
    match product {
        "sync" => "Sync",
        "taskrouter" => "TaskRouter",
        "iam" => "IAM",
        "flex-api" => "Flex",
        "api" if path.contains("/IncomingPhoneNumbers") => "Phone Numbers",
        "api" if path.contains("/Messages") => "Messaging",
        "api" => "Voice",
        other => other,
    }
}

/// What happened, in a sentence; nothing if it tells a newcomer nothing.
fn told(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::Called { from, to, .. } => {
            format!("{} calls {}", names.owner(from), names.owner(to))
        }
        Event::Status { call, status } => return moved(*call, *status, names),
        Event::Texted {
            message, from, to, ..
        } => {
            let said = names.said(*message).unwrap_or("…");
            format!(
                "{} texts {}: \"{said}\"",
                names.owner(from),
                names.owner(to)
            )
        }
        Event::Heard { call, what } => {
            let what = match what {
                Heard::Audio(_) => "hold music".to_owned(),
                Heard::QueueMusic => "waiting music".to_owned(),
                // That two people talk is told when they begin.
                Heard::Conference | Heard::Somebody => return None,
                other => other.to_string(),
            };
            format!("{} hears {what}", names.who(*call))
        }
        Event::Pressed { call, keys } => {
            let keys = match keys {
                1 => "a key".to_owned(),
                keys => format!("{keys} keys"),
            };
            format!("{} presses {keys}", names.who(*call))
        }
        Event::Routing { task, text } => return routed(*task, text, names),
        Event::Answered { outcome, path, .. } => match outcome {
            Ok(200..=299) => return None,
            Ok(status) => format!("the server answers {path} with {status}"),
            Err(why) => format!("the server does not answer {path}: {why}"),
        },
        Event::Weather { .. } | Event::Warning { .. } | Event::FellOff { .. } => {
            names.put(&event.to_string())
        }
        Event::Document { .. } | Event::Webhook { .. } | Event::Rest { .. } => return None,
    })
}

/// What becomes of a call. That a caller's own call is answered is left out: the server always answers at once.
fn moved(call: CallSid, status: CallStatus, names: &Names) -> Option<String> {
    let who = names.who(call);
    let on_a_phone = names.is_leg(call);
    Some(match status {
        CallStatus::Ringing if on_a_phone => format!("{who}'s phone rings"),
        CallStatus::InProgress if on_a_phone => format!("{who}'s phone is answered"),
        CallStatus::Canceled => format!("{who}'s phone stops ringing"),
        CallStatus::Completed if on_a_phone => format!("the call to {who}'s phone ends"),
        CallStatus::Completed => format!("{who}'s call ends"),
        CallStatus::Busy | CallStatus::NoAnswer | CallStatus::Failed => {
            format!("the call to {who}'s phone ends: {status}")
        }
        _ => return None,
    })
}

/// What TaskRouter, a conference or an agent's browser did.
fn routed(task: Option<TaskSid>, text: &str, names: &Names) -> Option<String> {
    let what = || task.map_or("a task", |task| names.task(task));
    if let Some(asked) = text.strip_prefix("browser of ") {
        return asked_by_browser(asked, names);
    }
    if let Some(worker) = text.strip_prefix("offered to ") {
        let worker = worker.split(" as ").next().unwrap_or(worker);
        return Some(format!(
            "TaskRouter offers {} to {}",
            what(),
            names.put(worker)
        ));
    }
    if let Some(offer) = text.strip_prefix("reservation ") {
        let (offer, status) = offer.split_once(' ')?;
        let worker = names.offered_to(offer);
        return match status {
            // A call that is accepted is told when the two talk.
            "accepted" if task.is_some_and(|it| names.is_call(it)) => None,
            "accepted" => Some(format!("{worker} accepts {}", what())),
            "rejected" => Some(format!("{worker}'s offer is rejected")),
            "timeout" => Some(format!("{worker}'s offer has timed out")),
            _ => None,
        };
    }
    if let Some(joins) = text.strip_prefix("Customer ") {
        let (who, _) = joins
            .split_once(" leaves ")
            .or(joins.split_once(" joins "))?;
        let who = names.put(who);
        return Some(if joins.contains(" joins ") {
            let agent = task.map_or("an agent", |task| names.worker_of(task));
            format!("{who} and {agent} talk, in a conference")
        } else {
            format!("{who} leaves the conference")
        });
    }
    match text {
        "task created" => Some(format!("TaskRouter has a new task: {}", what())),
        "task canceled" => Some(format!("the task is canceled: {}", what())),
        "waited too long for its target" => Some(format!("{} has waited too long", what())),
        _ => spoken_or_recorded(text, names),
    }
}

fn spoken_or_recorded(text: &str, names: &Names) -> Option<String> {
    if let Some((one, other)) = text.split_once(" talks to ") {
        let one = names.put(one);
        let one = one.trim_end_matches("'s leg").to_owned();
        return Some(format!("{one} and {} talk", names.put(other)));
    }
    if let Some((leg, verdict)) = text.split_once("  was answered by ") {
        let leg = names.put(leg);
        let who = leg.trim_end_matches("'s leg").to_owned();
        let what = match verdict.split_once(',').map_or(verdict, |(what, _)| what) {
            "human" => "a person",
            "unknown" => "it cannot tell what",
            "fax" => "a fax machine",
            _ => "a machine",
        };
        return Some(format!("Twilio listens on {who}'s phone, and hears {what}"));
    }
    let recorded = text.contains("  was recorded");
    recorded.then(|| names.put(text).replace("  ", " "))
}

/// What an agent's browser asks of the server, and what it is refused.
fn asked_by_browser(text: &str, names: &Names) -> Option<String> {
    let (worker, request) = text.split_once(": ")?;
    let worker = names.put(worker);
    let (request, answer) = match request.split_once(": ") {
        Some((request, answer)) => (request, Some(answer)),
        None => (request, None),
    };
    let wish = match request {
        "POST /park-call" => "park the call",
        "POST /pickup-parked-call" => "pick up a parked call",
        "GET /caller-id" => "say which number to show",
        "GET /voicemails" => "list the messages",
        other => other,
    };
    match answer {
        None => Some(format!("{worker}'s browser asks the server to {wish}")),
        Some(answer) if answer.starts_with('2') => None,
        Some(answer) => Some(format!("the server refuses {worker}'s browser: {answer}")),
    }
}

fn many(count: usize, one: &str, more: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {more}"),
    }
}

#[cfg(test)]
mod tests;
