//! What happens in TaskRouter, in the order it happens: Twilio's event types, as far as they are played.

use super::ReservationStatus;
use crate::twilio::sid::{ReservationSid, TaskSid, WorkerSid};

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// `task.created`
    TaskCreated {
        /// Which.
        task: TaskSid,
    },
    /// `task.updated`
    TaskUpdated {
        /// Which.
        task: TaskSid,
    },
    /// `task.canceled`
    TaskCanceled {
        /// Which.
        task: TaskSid,
    },
    /// `task.wrapup`
    TaskWrapup {
        /// Which.
        task: TaskSid,
    },
    /// `task.completed`
    TaskCompleted {
        /// Which.
        task: TaskSid,
    },
    /// `task.deleted` or `task.system-deleted`
    TaskDeleted {
        /// Which.
        task: TaskSid,
    },
    /// `reservation.created` (then `Pending`) and everything that becomes of a reservation.
    Reservation {
        /// Which.
        reservation: ReservationSid,
        /// Of which task.
        task: TaskSid,
        /// For which worker.
        worker: WorkerSid,
        /// What it is now.
        status: ReservationStatus,
    },
}

impl Happening {
    /// The task it is about.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "what happens to workers and queues, still to come, is about no task"
    )]
    pub(crate) fn task(self) -> Option<TaskSid> {
        match self {
            Self::TaskCreated { task }
            | Self::TaskUpdated { task }
            | Self::TaskCanceled { task }
            | Self::TaskWrapup { task }
            | Self::TaskCompleted { task }
            | Self::TaskDeleted { task }
            | Self::Reservation { task, .. } => Some(task),
        }
    }

    /// It as a line of the journal.
    pub(crate) fn text(self) -> String {
        let text = match self {
            Self::TaskCreated { .. } => "task created",
            Self::TaskUpdated { .. } => "task updated",
            Self::TaskCanceled { .. } => "task canceled",
            Self::TaskWrapup { .. } => "task in wrap-up",
            Self::TaskCompleted { .. } => "task completed",
            Self::TaskDeleted { .. } => "task deleted",
            Self::Reservation {
                reservation,
                worker,
                status: ReservationStatus::Pending,
                ..
            } => return format!("offered to {worker:?} as {reservation:?}"),
            Self::Reservation {
                reservation,
                status,
                ..
            } => return format!("reservation {reservation:?} {}", status.name()),
        };
        text.to_owned()
    }
}
