//! Event callbacks: everything that happens in TaskRouter, told to the workspace's `EventCallbackUrl`.
//!
//! Each [`Happening`] becomes one event: a signed form with a SID of its own (`EV…`, the only thing to know a repeat
//! by), its time in seconds and milliseconds, and what it is about in the groups that Twilio documents ([`fields`]).
//! `EventsFilter` chooses by type; without one everything is told. Twilio promises neither order nor that an event
//! comes once, so each travels by itself and the weather may drop, delay or repeat it. What the application answers
//! changes nothing (Twilio: "Event callbacks"; it asks for 204 within 15 seconds).

mod fields;

use jiff::Timestamp;

use super::{
    hooks::{Fields, Hook, Send},
    taskrouter::Happening,
    world::{Errand, World},
};
use crate::twilio::sid::EventSid;

/// Who is told, and what.
#[derive(Debug, Default)]
pub(super) struct Events {
    url: Option<String>,
    filter: Option<String>,
}

impl Events {
    /// Says who is told from now on, and what: a comma list of event types, or everything.
    pub(super) fn send_to(&mut self, url: Option<String>, filter: Option<String>) {
        self.url = url.filter(|url| !url.is_empty());
        self.filter = filter.filter(|filter| !filter.is_empty());
    }

    /// Who is told.
    pub(super) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// What is told; none: everything.
    pub(super) fn filter(&self) -> Option<&str> {
        self.filter.as_deref()
    }

    fn wants(&self, kind: &str) -> bool {
        let listed = |filter: &str| filter.split(',').any(|one| one.trim() == kind);
        self.filter.as_deref().is_none_or(listed)
    }
}

/// What an event is about, and the parameters of that.
struct About {
    resource: String,
    sid: String,
    fields: Fields,
}

impl World {
    /// Tells the workspace's listener, if there is one that wants it, what has happened.
    pub(super) fn announce(&mut self, happening: Happening) {
        let Some(url) = self.events.url.clone() else {
            return;
        };
        let (now, kind) = (self.now(), happening.event_type());
        if !self.events.wants(kind) {
            return;
        }
        let about = self.about(happening, now);
        let sid = EventSid::from_bytes(self.rng.bytes());
        let mut fields: Fields = [
            ("EventType", kind.to_owned()),
            ("EventDescription", description(kind)),
            ("AccountSid", self.account.to_string()),
            ("WorkspaceSid", self.router.workspace.sid.to_string()),
            ("WorkspaceName", self.router.workspace.name.clone()),
            ("ResourceType", about.resource),
            ("ResourceSid", about.sid),
            ("Sid", sid.to_string()),
            ("Timestamp", now.as_second().to_string()),
            ("TimestampMs", now.as_millisecond().to_string()),
        ]
        .into();
        fields.extend(about.fields);
        let task = happening.task().and_then(|task| self.router.task(task));
        self.errands.push(Errand::Send(Send {
            call: task.and_then(|task| task.call),
            name: "event callback",
            hook: Hook::post(url),
            fields,
            document: false,
        }));
    }

    fn about(&self, happening: Happening, now: Timestamp) -> About {
        let (task, worker) = (happening.task(), happening.worker());
        let mut fields = Fields::new();
        fields.extend(
            task.map(|task| self.task_fields(task, now))
                .unwrap_or_default(),
        );
        fields.extend(
            worker
                .map(|worker| self.worker_fields(worker))
                .unwrap_or_default(),
        );
        fields.extend(self.own_fields(happening, now));
        let resource = happening.event_type().split('.').next().unwrap_or_default();
        let sid = match happening {
            Happening::Reservation { reservation, .. } => reservation.to_string(),
            Happening::WorkflowEntered { workflow, .. }
            | Happening::TargetMatched { workflow, .. }
            | Happening::WorkflowSkipped { workflow, .. }
            | Happening::WorkflowTimeout { workflow, .. } => workflow.to_string(),
            Happening::QueueEntered { queue, .. } | Happening::QueueTimeout { queue, .. } => {
                queue.to_string()
            }
            Happening::QueueMoved { to, .. } => to.to_string(),
            _ => task
                .map(|task| task.to_string())
                .or_else(|| worker.map(|worker| worker.to_string()))
                .unwrap_or_default(),
        };
        About {
            // Real payloads write it without its hyphen.
            resource: resource.replace('-', ""),
            sid,
            fields,
        }
    }
}

/// An event type as a sentence.
fn description(kind: &str) -> String {
    let words = kind.replace(['.', '-'], " ");
    let (first, rest) = words.split_at(1);
    first.to_ascii_uppercase() + rest
}
