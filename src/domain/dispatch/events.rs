//! What TaskRouter tells of itself, as far as something is to be done here.
//!
//! That is so when a reservation or a task has ended, when `TaskRouter` joined a worker to a caller by itself, and when
//! a caller came into the queue without workers ([`nobody`](super::nobody)). In which order they arrive does not
//! matter: what has ended stays so, and an old event that comes late finds its record closed. One that comes again is
//! known by its SID in this process, and by the record in any other. Should one be lost, the reconciler asks.

use std::fmt;

use jiff::Timestamp;

use super::{Dispatch, settle::LegEnd, upstream};
use crate::{
    domain::Error,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::E164,
        sid::{CallSid, EventSid, ReservationSid, TaskQueueSid, TaskSid, WorkerSid, WorkflowSid},
    },
};

/// One event (Twilio: "TaskRouter event callbacks").
#[derive(Clone)]
pub struct RouterEvent {
    /// Its SID: the same when it is delivered again.
    pub sid: Option<EventSid>,
    /// Its type, such as `reservation.canceled`.
    pub kind: String,
    /// The reservation it is about.
    pub reservation: Option<ReservationSid>,
    /// The task it is about.
    pub task: Option<TaskSid>,
    /// The workflow of its task.
    pub workflow: Option<WorkflowSid>,
    /// Why its task was canceled.
    pub reason: Option<String>,
    /// The queue it is about.
    pub queue: Option<TaskQueueSid>,
    /// The worker it is about.
    pub worker: Option<WorkerSid>,
    /// The unique name of the task's channel.
    pub channel: Option<String>,
    /// What the worker's attributes say of their readiness for calls from the line, where that may have changed.
    pub ready: Option<bool>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// What its task says of the caller.
    pub caller: Caller,
}

/// What a task says of its caller, as far as somebody here wants to know.
#[derive(Clone, Default)]
pub struct Caller {
    /// The call the task stands for.
    pub call: Option<CallSid>,
    /// We have called them.
    pub is_outbound: bool,
    /// The number that was called, of such a call.
    pub outbound_to: Option<E164>,
    /// The number that calls.
    pub from: Option<E164>,
    /// The extension that was dialled, or the operator's instead of one.
    pub extension: Option<Dialled>,
    /// The agent's own number that was dialled, or one that is nobody's.
    pub did: Option<Dialled>,
    /// They come from hold, to one worker or to anybody: parking looks after them.
    pub from_hold: bool,
    /// They come from hold, to one worker: they have reached somebody, and parking looks after them.
    pub was_parked: bool,
}

/// An extension or a number that was dialled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dialled {
    /// Whose it is, if that was known.
    pub owner: Option<WorkerSid>,
    /// The call was sent to whoever takes calls that are nobody's.
    pub is_nobodys: bool,
}

impl fmt::Debug for RouterEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterEvent")
            .field("kind", &self.kind)
            .field("reservation", &self.reservation)
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

impl Dispatch {
    /// Does what an event calls for, if anything.
    ///
    /// # Errors
    /// [`Error::Upstream`]: it should be delivered again.
    pub async fn router_event(&self, event: &RouterEvent, by: Deadline) -> Result<(), Error> {
        let settings = &self.0.settings;
        // Where no phone rings, callers for whom nobody works are told so all the same.
        let kinds = [
            "task-queue.entered",
            "task.canceled",
            "task.deleted",
            "task.system-deleted",
        ];
        let about_nobody = settings.nobody.is_some() && kinds.contains(&event.kind.as_str());
        if !(settings.on || about_nobody)
            || event.sid.is_some_and(|sid| self.0.seen.contains_key(&sid))
        {
            return Ok(());
        }
        let doing = upstream("following TaskRouter");
        match event.kind.as_str() {
            "reservation.canceled"
            | "reservation.timeout"
            | "reservation.rescinded"
            | "reservation.rejected" => {
                if let Some(reservation) = event.reservation {
                    self.let_go(reservation, by).await.map_err(&doing)?;
                }
            }
            "task.canceled" | "task.deleted" | "task.system-deleted" => {
                if let Some(task) = event.task.filter(|_| settings.on) {
                    let all = self.0.twilio.reservations(task, by).all().await;
                    for reservation in all.map_err(&doing)? {
                        self.let_go(reservation.sid, by).await.map_err(&doing)?;
                    }
                }
                self.nobody_came(event, by).await;
            }
            "reservation.accepted" => {
                if let Some(reservation) = event.reservation {
                    self.joined_elsewhere(reservation, by)
                        .await
                        .map_err(&doing)?;
                }
            }
            "task-queue.entered" => self.nobody_works(event, by).await,
            _ => return Ok(()),
        }
        if let Some(sid) = event.sid {
            self.0.seen.insert(sid, ());
        }
        Ok(())
    }

    async fn let_go(&self, reservation: ReservationSid, by: Deadline) -> Result<(), TwilioError> {
        let Some(leg) = self.0.legs.read(reservation.as_str(), by).await? else {
            return Ok(());
        };
        if let Some(owed) = self.gone(&leg, by).await? {
            self.settle(&owed, LegEnd::ByUs, by).await;
        }
        Ok(())
    }

    /// A reservation was taken, perhaps by a leg that TaskRouter joined by itself.
    async fn joined_elsewhere(
        &self,
        reservation: ReservationSid,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        match self.0.legs.read(reservation.as_str(), by).await? {
            Some(leg) => self.note_join(&leg, by).await.map(|_| ()),
            None => Ok(()),
        }
    }
}
