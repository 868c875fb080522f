//! What happens in TaskRouter, in the order it happens: Twilio's event types, as far as they are played.
//!
//! Each carries what cannot be read from the router any more when it is told: what a worker did before, which queue a
//! task came from. The rest is looked up; what has been deleted is remembered until the next telling
//! ([`TaskRouter::remembered_task`](super::TaskRouter::remembered_task)).

use jiff::Timestamp;

use super::ReservationStatus;
use crate::twilio::sid::{
    ActivitySid, ReservationSid, TaskChannelSid, TaskQueueSid, TaskSid, WorkerSid, WorkflowSid,
};

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
    /// `task.deleted`: by request, or five minutes after its end.
    TaskDeleted {
        /// Which.
        task: TaskSid,
    },
    /// `task.system-deleted`: it was assigned for too long.
    TaskSystemDeleted {
        /// Which.
        task: TaskSid,
    },
    /// `reservation.created` (then `Pending`) and everything that becomes of a reservation.
    Reservation {
        /// Which.
        reservation: ReservationSid,
        task: TaskSid,
        /// For which worker.
        worker: WorkerSid,
        /// What it is now.
        status: ReservationStatus,
    },
    /// `workflow.entered`
    WorkflowEntered {
        /// Which task.
        task: TaskSid,
        /// Which workflow.
        workflow: WorkflowSid,
    },
    /// `workflow.target-matched`: the task has come to a target.
    TargetMatched {
        /// Which task.
        task: TaskSid,
        workflow: WorkflowSid,
        /// Which queue the target leads to.
        queue: TaskQueueSid,
    },
    /// `workflow.skipped`: no worker could take it at once, and the target's `skip_if` held.
    WorkflowSkipped {
        /// Which task.
        task: TaskSid,
        workflow: WorkflowSid,
    },
    /// `workflow.timeout`: it has passed the last target; it is canceled next.
    WorkflowTimeout {
        /// Which task.
        task: TaskSid,
        /// Which workflow.
        workflow: WorkflowSid,
    },
    /// `task-queue.entered`
    QueueEntered {
        /// Which task.
        task: TaskSid,
        /// Which queue.
        queue: TaskQueueSid,
    },
    /// `task-queue.moved`: a later target has another queue.
    QueueMoved {
        /// Which task.
        task: TaskSid,
        /// Where it was.
        from: TaskQueueSid,
        /// Where it goes.
        to: TaskQueueSid,
    },
    /// `task-queue.timeout`: a target's time is up.
    QueueTimeout {
        /// Which task.
        task: TaskSid,
        /// Where it was.
        queue: TaskQueueSid,
    },
    /// `worker.created`
    WorkerCreated {
        /// Who.
        worker: WorkerSid,
    },
    /// `worker.activity.update`
    WorkerActivity {
        /// Who.
        worker: WorkerSid,
        /// What they did.
        from: ActivitySid,
        /// What they do now.
        to: ActivitySid,
        /// Since when they had done the former.
        since: Timestamp,
    },
    /// `worker.attributes.update`
    WorkerAttributes {
        /// Whose.
        worker: WorkerSid,
    },
    /// `worker.capacity.update`
    WorkerCapacity {
        /// Whose.
        worker: WorkerSid,
        channel: TaskChannelSid,
        /// How much it was.
        from: u64,
    },
    /// `worker.channel.availability.update`
    WorkerChannelAvailability {
        /// Whose.
        worker: WorkerSid,
        /// For which kind of work.
        channel: TaskChannelSid,
    },
    /// `worker.deleted`
    WorkerDeleted {
        /// Who.
        worker: WorkerSid,
    },
}

impl Happening {
    /// What Twilio calls it (`EventType`).
    pub(crate) fn event_type(self) -> &'static str {
        match self {
            Self::TaskCreated { .. } => "task.created",
            Self::TaskUpdated { .. } => "task.updated",
            Self::TaskCanceled { .. } => "task.canceled",
            Self::TaskWrapup { .. } => "task.wrapup",
            Self::TaskCompleted { .. } => "task.completed",
            Self::TaskDeleted { .. } => "task.deleted",
            Self::TaskSystemDeleted { .. } => "task.system-deleted",
            Self::Reservation { status, .. } => match status {
                ReservationStatus::Pending => "reservation.created",
                ReservationStatus::Accepted => "reservation.accepted",
                ReservationStatus::Rejected => "reservation.rejected",
                ReservationStatus::Timeout => "reservation.timeout",
                ReservationStatus::Canceled => "reservation.canceled",
                ReservationStatus::Rescinded => "reservation.rescinded",
                ReservationStatus::Wrapping => "reservation.wrapup",
                ReservationStatus::Completed => "reservation.completed",
            },
            Self::WorkflowEntered { .. } => "workflow.entered",
            Self::TargetMatched { .. } => "workflow.target-matched",
            Self::WorkflowSkipped { .. } => "workflow.skipped",
            Self::WorkflowTimeout { .. } => "workflow.timeout",
            Self::QueueEntered { .. } => "task-queue.entered",
            Self::QueueMoved { .. } => "task-queue.moved",
            Self::QueueTimeout { .. } => "task-queue.timeout",
            Self::WorkerCreated { .. } => "worker.created",
            Self::WorkerActivity { .. } => "worker.activity.update",
            Self::WorkerAttributes { .. } => "worker.attributes.update",
            Self::WorkerCapacity { .. } => "worker.capacity.update",
            Self::WorkerChannelAvailability { .. } => "worker.channel.availability.update",
            Self::WorkerDeleted { .. } => "worker.deleted",
        }
    }

    /// The task it is about.
    pub(crate) fn task(self) -> Option<TaskSid> {
        match self {
            Self::TaskCreated { task }
            | Self::TaskUpdated { task }
            | Self::TaskCanceled { task }
            | Self::TaskWrapup { task }
            | Self::TaskCompleted { task }
            | Self::TaskDeleted { task }
            | Self::TaskSystemDeleted { task }
            | Self::Reservation { task, .. }
            | Self::WorkflowEntered { task, .. }
            | Self::TargetMatched { task, .. }
            | Self::WorkflowSkipped { task, .. }
            | Self::WorkflowTimeout { task, .. }
            | Self::QueueEntered { task, .. }
            | Self::QueueMoved { task, .. }
            | Self::QueueTimeout { task, .. } => Some(task),
            Self::WorkerCreated { .. }
            | Self::WorkerActivity { .. }
            | Self::WorkerAttributes { .. }
            | Self::WorkerCapacity { .. }
            | Self::WorkerChannelAvailability { .. }
            | Self::WorkerDeleted { .. } => None,
        }
    }

    /// The worker it is about.
    pub(crate) fn worker(self) -> Option<WorkerSid> {
        match self {
            Self::Reservation { worker, .. }
            | Self::WorkerCreated { worker }
            | Self::WorkerActivity { worker, .. }
            | Self::WorkerAttributes { worker }
            | Self::WorkerCapacity { worker, .. }
            | Self::WorkerChannelAvailability { worker, .. }
            | Self::WorkerDeleted { worker } => Some(worker),
            _ => None,
        }
    }

    /// It as a line of the journal; what only moves inside TaskRouter has none.
    pub(crate) fn text(self) -> Option<String> {
        let text = match self {
            Self::TaskCreated { .. } => "task created",
            Self::TaskUpdated { .. } => "task updated",
            Self::TaskCanceled { .. } => "task canceled",
            Self::TaskWrapup { .. } => "task in wrap-up",
            Self::TaskCompleted { .. } => "task completed",
            Self::TaskDeleted { .. } | Self::TaskSystemDeleted { .. } => "task deleted",
            Self::QueueTimeout { .. } => "waited too long for its target",
            Self::Reservation {
                reservation,
                worker,
                status: ReservationStatus::Pending,
                ..
            } => return Some(format!("offered to {worker:?} as {reservation:?}")),
            Self::Reservation {
                reservation,
                status,
                ..
            } => return Some(format!("reservation {reservation:?} {}", status.name())),
            _ => return None,
        };
        Some(text.to_owned())
    }
}
