//! Event callbacks: everything that happens in TaskRouter, told to the workspace's `EventCallbackUrl`.
//!
//! Each [`Happening`] becomes one event: a signed form with a SID of its own (`EV…`, the only thing to know a repeat
//! by), its time in seconds and milliseconds, and what it is about in the groups that Twilio documents ([`fields`]).
//! `EventsFilter` chooses by type; without one everything is told. Twilio promises neither order nor that an event
//! comes once, so each travels by itself and the weather may drop, delay or repeat it. What the application answers
//! changes nothing (Twilio: "Event callbacks"; it asks for 204 within 15 seconds).

mod fields;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    hooks::{Fields, Hook, Send},
    taskrouter::{Happening, ReservationStatus},
    world::{Errand, World},
};
use crate::twilio::sid::{EventSid, TaskSid};

/// Who is told, and what must be remembered to tell it.
#[derive(Debug, Default)]
pub(super) struct Events {
    url: Option<String>,
    filter: Option<String>,
    /// What was last said of each task: when it is deleted, there is nobody left to ask.
    said: BTreeMap<TaskSid, Fields>,
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
    resource: &'static str,
    sid: String,
    fields: Fields,
}

impl World {
    /// Tells the workspace's listener, if there is one that wants it, what has happened.
    pub(super) fn announce(&mut self, happening: Happening) {
        let Some(url) = self.events.url.clone() else {
            return;
        };
        let (now, kind) = (self.now(), event_type(happening));
        let about = self.about(happening, now);
        if !self.events.wants(kind) {
            return;
        }
        let sid = EventSid::from_bytes(self.chance.bytes());
        let mut fields: Fields = [
            ("EventType", kind.to_owned()),
            ("EventDescription", description(kind)),
            ("AccountSid", self.account.to_string()),
            ("WorkspaceSid", self.router.workspace.sid.to_string()),
            ("WorkspaceName", self.router.workspace.name.clone()),
            ("ResourceType", about.resource.to_owned()),
            ("ResourceSid", about.sid),
            ("Sid", sid.to_string()),
            ("Timestamp", now.as_second().to_string()),
            ("TimestampMs", now.as_millisecond().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
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

    fn about(&mut self, happening: Happening, now: Timestamp) -> About {
        match happening {
            Happening::Reservation {
                reservation,
                task,
                worker,
                ..
            } => {
                let mut fields = self.task_fields(task, now);
                fields.extend(self.worker_fields(worker));
                fields.push(("ReservationSid".to_owned(), reservation.to_string()));
                About {
                    resource: "reservation",
                    sid: reservation.to_string(),
                    fields,
                }
            }
            Happening::TaskDeleted { task } => {
                let about = self.about_task(task, now);
                self.events.said.remove(&task);
                about
            }
            Happening::TaskCreated { task }
            | Happening::TaskUpdated { task }
            | Happening::TaskCanceled { task }
            | Happening::TaskWrapup { task }
            | Happening::TaskCompleted { task } => self.about_task(task, now),
        }
    }

    fn about_task(&mut self, task: TaskSid, now: Timestamp) -> About {
        About {
            resource: "task",
            sid: task.to_string(),
            fields: self.task_fields(task, now),
        }
    }
}

/// What Twilio calls it.
fn event_type(happening: Happening) -> &'static str {
    match happening {
        Happening::TaskCreated { .. } => "task.created",
        Happening::TaskUpdated { .. } => "task.updated",
        Happening::TaskCanceled { .. } => "task.canceled",
        Happening::TaskWrapup { .. } => "task.wrapup",
        Happening::TaskCompleted { .. } => "task.completed",
        Happening::TaskDeleted { .. } => "task.deleted",
        Happening::Reservation { status, .. } => match status {
            ReservationStatus::Pending => "reservation.created",
            ReservationStatus::Accepted => "reservation.accepted",
            ReservationStatus::Rejected => "reservation.rejected",
            ReservationStatus::Timeout => "reservation.timeout",
            ReservationStatus::Canceled => "reservation.canceled",
            ReservationStatus::Rescinded => "reservation.rescinded",
            ReservationStatus::Wrapping => "reservation.wrapup",
            ReservationStatus::Completed => "reservation.completed",
        },
    }
}

/// An event type as a sentence.
fn description(kind: &str) -> String {
    let words = kind.replace(['.', '-'], " ");
    let (first, rest) = words.split_at(1);
    first.to_ascii_uppercase() + rest
}
