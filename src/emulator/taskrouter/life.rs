//! How tasks live: made, sent on their way, wrapped up, completed; or canceled, timed out, deleted.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Attributes, Happening, NewTask, ReservationStatus, Task, TaskRouter, TaskStatus, alarms::Due,
    configuration::Configuration, task::Way,
};
use crate::{emulator::rest::Refusal, rng::Rng, twilio::sid::TaskSid};

impl TaskRouter {
    /// Makes a task.
    ///
    /// # Errors
    /// 20001 when the workflow, the channel or the target is unknown.
    pub(crate) fn create_task(
        &mut self,
        new: NewTask,
        rng: &Rng,
        now: Timestamp,
    ) -> Result<TaskSid, Refusal> {
        let unknown = |what: &str| Refusal::invalid(format!("{what} is not in this workspace"));
        let workflow = self
            .workflow(new.workflow)
            .ok_or_else(|| unknown("WorkflowSid"))?;
        let channel = self
            .channel(&new.channel)
            .ok_or_else(|| unknown("TaskChannel"))?;
        let route = self
            .route_to(new.target.as_deref(), &workflow.routing)
            .ok_or_else(|| unknown("RoutingTarget"))?;
        let queue = route.first_queue().ok_or_else(|| unknown("TaskQueueSid"))?;
        let task = Task {
            sid: TaskSid::from_bytes(rng.bytes()),
            number: self.made,
            workflow: workflow.sid,
            queue,
            channel: channel.sid,
            attributes: new.attributes,
            priority: new.priority,
            status: TaskStatus::Pending,
            reason: None,
            call: new.call,
            target: new.target,
            ignore_capacity: new.ignore_capacity,
            timeout: new.timeout,
            created: now,
            updated: now,
            virtual_start: new.virtual_start.unwrap_or(now),
            queue_entered: now,
            version: 0,
            way: Way::new(Arc::clone(&route), now),
        };
        let sid = task.sid;
        self.made += 1;
        self.tasks.insert(sid, task);
        self.tell(Happening::TaskCreated { task: sid });
        self.set_out(sid, route, now);
        Ok(sid)
    }

    /// The way of a task: its workflow's, unless it is made for a queue or a worker.
    fn route_to(
        &self,
        target: Option<&str>,
        routing: &Arc<Configuration>,
    ) -> Option<Arc<Configuration>> {
        let Some(target) = target else {
            return Some(Arc::clone(routing));
        };
        let queue = match target.get(..2)? {
            "WW" => return Some(Arc::clone(routing)),
            "WQ" => self.queue(target.parse().ok()?)?.sid,
            _ => {
                self.worker(target.parse().ok()?)?;
                routing.first_queue()?
            }
        };
        Some(Arc::new(Configuration::to(queue)))
    }

    /// The conversation of a task is over, its work is not.
    ///
    /// # Errors
    /// 20001 unless the task is assigned, 20404 when there is none.
    pub(crate) fn wrap_up(&mut self, task: TaskSid, now: Timestamp) -> Result<(), Refusal> {
        self.expect_task(task, &[TaskStatus::Assigned])?;
        self.move_task(task, TaskStatus::Wrapping, now);
        self.tell(Happening::TaskWrapup { task });
        for claim in self.claims(task, |it| it == ReservationStatus::Accepted) {
            self.move_reservation(claim, ReservationStatus::Wrapping, now);
        }
        Ok(())
    }

    /// The work is done.
    ///
    /// # Errors
    /// 20001 unless the task is assigned or wrapping, 20404 when there is none.
    pub(crate) fn complete(
        &mut self,
        task: TaskSid,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.expect_task(task, &[TaskStatus::Assigned, TaskStatus::Wrapping])?;
        self.end(task, TaskStatus::Completed, reason, now);
        let held = self.claims(task, ReservationStatus::occupies);
        for claim in held {
            self.move_reservation(claim, ReservationStatus::Completed, now);
        }
        self.tell(Happening::TaskCompleted { task });
        Ok(())
    }

    /// It is not to be done any more: its caller hung up, or it was canceled.
    ///
    /// # Errors
    /// 20001 once a worker has accepted it, 20404 when there is none.
    pub(crate) fn cancel(
        &mut self,
        task: TaskSid,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.expect_task(task, &[TaskStatus::Pending, TaskStatus::Reserved])?;
        self.end(task, TaskStatus::Canceled, reason, now);
        for claim in self.claims(task, ReservationStatus::occupies) {
            self.move_reservation(claim, ReservationStatus::Canceled, now);
        }
        self.tell(Happening::TaskCanceled { task });
        Ok(())
    }

    /// Takes a task away at once, whatever its state.
    ///
    /// # Errors
    /// 20404 when there is none.
    pub(crate) fn delete_task(&mut self, task: TaskSid, now: Timestamp) -> Result<(), Refusal> {
        self.expect_task(task, &[])?;
        for claim in self.claims(task, ReservationStatus::occupies) {
            self.move_reservation(claim, ReservationStatus::Canceled, now);
        }
        self.forget(task, Happening::TaskDeleted { task });
        Ok(())
    }

    /// Changes what a task says.
    pub(crate) fn set_attributes(&mut self, task: TaskSid, attributes: Attributes, now: Timestamp) {
        self.change_task(task, now, |task| task.attributes = attributes);
    }

    /// Changes a task otherwise than in its status.
    pub(crate) fn change_task(
        &mut self,
        sid: TaskSid,
        now: Timestamp,
        change: impl FnOnce(&mut Task),
    ) {
        if let Some(task) = self.tasks.get_mut(&sid) {
            change(task);
            task.updated = now;
            task.version += 1;
            self.settle(sid);
            self.fresh.insert(sid);
            // It may be work of another kind now.
            for claim in self.claims(sid, ReservationStatus::occupies) {
                let worker = self.reservations.get(&claim).map(|it| it.worker);
                self.floor.touch_all(worker.into_iter());
            }
            self.tell(Happening::TaskUpdated { task: sid });
        }
    }

    /// Lets time do its work: offers and waits that took too long, tasks whose time to be seen is over.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        while let Some(due) = self.alarms.ring(now) {
            match due {
                Due::Offer(reservation) => self.time_out(reservation, now),
                Due::Task(task) => self.wait_over(task, now),
            }
        }
        while let Some(due) = self.graves.ring(now) {
            let Due::Task(task) = due else { continue };
            let worked = self.tasks.get(&task).map(|task| task.status);
            let finished = matches!(worked, Some(TaskStatus::Completed | TaskStatus::Canceled));
            let told = if finished {
                Happening::TaskDeleted { task }
            } else {
                Happening::TaskSystemDeleted { task }
            };
            self.forget(task, told);
        }
    }

    /// A task has waited too long, at all or for its target.
    fn wait_over(&mut self, sid: TaskSid, now: Timestamp) {
        let Some(task) = self.tasks.get(&sid).filter(|task| task.status.waits()) else {
            return;
        };
        if task.expires() <= now {
            // It waits, so it can be canceled.
            let _ = self.cancel(sid, Some("Task TTL Exceeded"), now);
        } else {
            self.go_on(sid, false, now);
        }
    }

    fn forget(&mut self, sid: TaskSid, told: Happening) {
        for claim in self.claims(sid, |_| true) {
            if let Some(claim) = self.reservations.remove(&claim) {
                self.alarms.set(Due::Offer(claim.sid), None);
                self.floor.hold(claim.worker, claim.sid, false);
                self.reindex(claim.worker);
            }
        }
        self.list(sid, None);
        self.alarms.set(Due::Task(sid), None);
        self.graves.set(Due::Task(sid), None);
        self.fresh.remove(&sid);
        if let Some(task) = self.tasks.remove(&sid) {
            self.buried.bury(task);
        }
        self.tell(told);
    }

    fn end(&mut self, task: TaskSid, status: TaskStatus, reason: Option<&str>, now: Timestamp) {
        self.move_task(task, status, now);
        if let Some(task) = self.tasks.get_mut(&task) {
            task.reason = reason.map(str::to_owned);
        }
    }

    pub(super) fn move_task(&mut self, sid: TaskSid, status: TaskStatus, now: Timestamp) {
        if let Some(task) = self.tasks.get_mut(&sid) {
            task.status = status;
            task.updated = now;
            task.version += 1;
            self.settle(sid);
        }
    }

    /// An empty list allows every state.
    fn expect_task(&self, sid: TaskSid, allowed: &[TaskStatus]) -> Result<(), Refusal> {
        let task = self
            .tasks
            .get(&sid)
            .ok_or_else(|| Refusal::not_found(sid.as_str()))?;
        if allowed.is_empty() || allowed.contains(&task.status) {
            Ok(())
        } else {
            let message = format!("Cannot do this to a task that is {}", task.status.name());
            Err(Refusal::invalid(message))
        }
    }
}
