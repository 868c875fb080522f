//! What the board shows, from what was read.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::features::overview::{Seen, State as Standing, TaskNow};

/// The whole board.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Board {
    /// When this was so, in ISO 8601 (UTC).
    as_of: String,
    /// How many callers are on hold.
    on_hold: usize,
    /// How long the longest of them has been on hold, in seconds.
    longest_seconds: u64,
    /// How many tasks no agent has accepted yet.
    in_line: usize,
    /// The age of the oldest of them, in seconds.
    line_seconds: u64,
    /// How many agents are ready for the next call.
    ready: usize,
    /// The calls on hold, the longest first.
    calls: Vec<Held>,
    /// The queues that have callers in line or on hold, in order of name.
    queues: Vec<Queue>,
    /// The agents, in order of name.
    workers: Vec<Agent>,
}

/// A caller on hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BoardCall)]
struct Held {
    /// The leg on hold, `CA…`.
    call_sid: String,
    /// Their name or number, as the agent's list shows it.
    caller: Option<String>,
    /// The queue the call first came from.
    queue: Option<String>,
    /// The agent who parked the call.
    parked_by: Option<String>,
    /// How long they have been on hold, in seconds.
    seconds: u64,
    /// Whether it is ringing the agent now because it was parked for too long.
    coming_back: bool,
}

/// A queue.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BoardQueue)]
struct Queue {
    /// Its name; null for calls that came from none.
    name: Option<String>,
    /// How many of its tasks no agent has accepted yet.
    in_line: usize,
    /// The age of the oldest of them, in seconds.
    line_seconds: u64,
    /// How many callers from it are on hold.
    on_hold: usize,
    /// How long the longest of them has been on hold, in seconds.
    hold_seconds: u64,
}

/// An agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BoardAgent)]
struct Agent {
    /// Their name.
    name: String,
    /// `ready`, `busy`, `away`, or `unknown` where Twilio's list does not say.
    state: &'static str,
    /// Their activity in Flex.
    activity: String,
    /// What they work on, such as `voice (Sales)`.
    tasks: Vec<String>,
    /// How many calls they have parked.
    parked: usize,
}

impl From<&Seen> for Board {
    fn from(seen: &Seen) -> Self {
        let Seen {
            floor,
            on_hold,
            line,
        } = seen;
        let held = on_hold.calls.iter().map(|now| Held {
            call_sid: now.call.call_sid.to_string(),
            caller: now.call.name.clone(),
            queue: now.queue.clone(),
            parked_by: now.parked_by.clone(),
            seconds: now.seconds,
            coming_back: now.coming_back,
        });
        let calls: Vec<_> = held.collect();
        let agents = floor.workers.iter().map(|now| Agent {
            name: now.name.clone(),
            state: match now.state() {
                Standing::Eligible => "ready",
                Standing::Busy => "busy",
                Standing::Unavailable => "away",
                Standing::Unknown => "unknown",
            },
            activity: now.activity.clone(),
            tasks: now.tasks.iter().map(told).collect(),
            parked: now.parked,
        });
        Self {
            as_of: format!("{:.0}", seen.at()),
            on_hold: calls.len(),
            longest_seconds: calls.iter().map(|it| it.seconds).max().unwrap_or(0),
            in_line: line.queues.iter().map(|it| it.tasks).sum(),
            line_seconds: line.queues.iter().map(|it| it.oldest).max().unwrap_or(0),
            ready: floor.count(Standing::Eligible),
            queues: queues(seen),
            workers: agents.collect(),
            calls,
        }
    }
}

/// What an agent works on, in a few words.
fn told(task: &TaskNow) -> String {
    let kind = task.channel.as_deref().unwrap_or("task");
    let queue = task.original_queue.as_deref().or(task.queue.as_deref());
    queue.map_or_else(|| kind.to_owned(), |queue| format!("{kind} ({queue})"))
}

fn queues(seen: &Seen) -> Vec<Queue> {
    let mut queues: BTreeMap<Option<&str>, Queue> = BTreeMap::new();
    for waiting in &seen.line.queues {
        let queue = queues.entry(waiting.name.as_deref()).or_default();
        (queue.in_line, queue.line_seconds) = (waiting.tasks, waiting.oldest);
    }
    for (name, calls, longest) in seen.on_hold.by_queue() {
        let queue = queues.entry(name).or_default();
        (queue.on_hold, queue.hold_seconds) = (calls, longest);
    }
    let named = queues.into_iter().map(|(name, queue)| Queue {
        name: name.map(str::to_owned),
        ..queue
    });
    named.collect()
}

#[cfg(test)]
impl Board {
    /// A small board for tests.
    pub(crate) fn sample() -> Self {
        Self {
            as_of: "2027-01-15T08:00:00Z".to_owned(),
            on_hold: 1,
            longest_seconds: 725,
            in_line: 2,
            line_seconds: 59,
            ready: 1,
            calls: vec![Held {
                call_sid: "CA1".to_owned(),
                caller: Some("<b>Eve</b>\"><img src=x>".to_owned()),
                queue: Some("Sales".to_owned()),
                parked_by: Some("Ann".to_owned()),
                seconds: 725,
                coming_back: false,
            }],
            queues: vec![Queue {
                name: Some("Sales".to_owned()),
                in_line: 2,
                line_seconds: 59,
                on_hold: 1,
                hold_seconds: 725,
            }],
            workers: vec![Agent {
                name: "Ann".to_owned(),
                state: "ready",
                activity: "Available".to_owned(),
                tasks: vec!["voice (Sales)".to_owned()],
                parked: 1,
            }],
        }
    }

    /// Calls the first caller something else.
    pub(crate) fn name_first(&mut self, name: &str) {
        self.calls[0].caller = Some(name.to_owned());
    }
}
