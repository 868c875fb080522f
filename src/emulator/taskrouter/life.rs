//! How tasks live: made, offered, accepted, wrapped up, completed; or canceled, timed out, deleted.

use jiff::{SignedDuration, Timestamp};

use super::{
    AFTERLIFE, Attributes, Happening, LONGEST_WORK, NewTask, Reservation, ReservationStatus, Task,
    TaskRouter, TaskStatus, choose::choose,
};
use crate::{
    chance::Chance,
    emulator::rest::Refusal,
    twilio::sid::{ActivitySid, ReservationSid, TaskSid, WorkerSid},
};

impl TaskRouter {
    /// Makes a task.
    ///
    /// # Errors
    /// 20001 when the workflow or the channel is unknown.
    pub(crate) fn create_task(
        &mut self,
        new: NewTask,
        chance: &Chance,
        now: Timestamp,
    ) -> Result<TaskSid, Refusal> {
        let unknown = |what: &str| Refusal::invalid(format!("{what} is not in this workspace"));
        let workflow = self
            .workflow(new.workflow)
            .ok_or_else(|| unknown("WorkflowSid"))?;
        let channel = self
            .channel(&new.channel)
            .ok_or_else(|| unknown("TaskChannel"))?;
        let task = Task {
            sid: TaskSid::from_bytes(chance.bytes()),
            number: self.made,
            workflow: workflow.sid,
            queue: workflow.queue,
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
            version: 0,
        };
        let sid = task.sid;
        self.made += 1;
        self.tasks.insert(sid, task);
        self.tell(Happening::TaskCreated { task: sid });
        Ok(sid)
    }

    /// Offers each waiting task to whom it belongs, the most urgent first.
    pub(super) fn offer(&mut self, chance: &Chance, now: Timestamp) {
        let waiting = self.tasks.values();
        let mut waiting: Vec<_> = waiting
            .filter(|task| task.status == TaskStatus::Pending)
            .map(|task| {
                (
                    u64::MAX - task.priority,
                    task.virtual_start,
                    task.number,
                    task.sid,
                )
            })
            .collect();
        waiting.sort_unstable();
        for (.., sid) in waiting {
            let chosen = self.tasks.get(&sid).and_then(|task| choose(self, task));
            if let Some(worker) = chosen {
                self.reserve(sid, worker, chance, now);
            }
        }
    }

    fn reserve(&mut self, task: TaskSid, worker: WorkerSid, chance: &Chance, now: Timestamp) {
        let workflow = self
            .tasks
            .get(&task)
            .and_then(|it| self.workflow(it.workflow));
        let seconds = workflow.map_or(120, |workflow| workflow.reservation_timeout);
        let stands = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        let sid = ReservationSid::from_bytes(chance.bytes());
        let reservation = Reservation {
            sid,
            task,
            worker,
            status: ReservationStatus::Pending,
            created: now,
            updated: now,
            expires: now.saturating_add(stands).unwrap_or(Timestamp::MAX),
            version: 0,
        };
        self.reservations.insert(sid, reservation);
        if let Some(worker) = self.workers.get_mut(&worker) {
            worker.last_offer = Some(now);
        }
        self.move_task(task, TaskStatus::Reserved, now);
        self.tell(Happening::Reservation {
            reservation: sid,
            task,
            worker,
            status: ReservationStatus::Pending,
        });
    }

    /// A worker takes what is offered.
    ///
    /// # Errors
    /// 20001 when it is no longer offered, 20404 when there is no such reservation.
    pub(crate) fn accept(&mut self, sid: ReservationSid, now: Timestamp) -> Result<(), Refusal> {
        let task = self.expect(sid, &[ReservationStatus::Pending])?;
        self.move_reservation(sid, ReservationStatus::Accepted, now);
        self.move_task(task, TaskStatus::Assigned, now);
        let others = self.claims(task, |it| it == ReservationStatus::Pending);
        for other in others {
            self.move_reservation(other, ReservationStatus::Rescinded, now);
        }
        Ok(())
    }

    /// A worker refuses what is offered; with `activity` they go there.
    ///
    /// # Errors
    /// As [`TaskRouter::accept`]; 20001 also when there is no such activity.
    pub(crate) fn reject(
        &mut self,
        sid: ReservationSid,
        activity: Option<ActivitySid>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let task = self.expect(sid, &[ReservationStatus::Pending])?;
        if let (Some(activity), Some(it)) = (activity, self.reservations.get(&sid)) {
            self.set_activity(it.worker, activity, now)?;
        }
        self.move_reservation(sid, ReservationStatus::Rejected, now);
        self.move_task(task, TaskStatus::Pending, now);
        Ok(())
    }

    /// Takes back every offer to a worker who goes away.
    pub(crate) fn reject_all(&mut self, worker: WorkerSid, now: Timestamp) {
        let offers = self.reservations.values();
        let theirs =
            |it: &&Reservation| it.worker == worker && it.status == ReservationStatus::Pending;
        for offer in offers.filter(theirs).map(|it| it.sid).collect::<Vec<_>>() {
            // It is pending, so it can be rejected.
            let _ = self.reject(offer, None, now);
        }
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

    /// Nobody is to do it any more: its caller hung up, or somebody canceled it.
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
        self.forget(task);
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
            self.tell(Happening::TaskUpdated { task: sid });
        }
    }

    /// Lets time do its work: offers and waits that took too long, tasks whose time to be seen is over.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        let late = self.reservations.values();
        let late = late.filter(|it| it.status == ReservationStatus::Pending && it.expires <= now);
        let late: Vec<_> = late.map(|it| (it.sid, it.task, it.worker)).collect();
        for (reservation, task, worker) in late {
            self.move_reservation(reservation, ReservationStatus::Timeout, now);
            self.move_task(task, TaskStatus::Pending, now);
            // The activity is one of the workspace's own, and a worker who is gone needs none.
            let _ = self.set_activity(worker, self.workspace.timeout_activity, now);
        }
        let mut stale = Vec::new();
        for task in self.tasks.values() {
            let age = now.duration_since(task.updated);
            let forget = match task.status {
                TaskStatus::Pending | TaskStatus::Reserved => task.expires() <= now,
                TaskStatus::Assigned | TaskStatus::Wrapping => age >= LONGEST_WORK,
                TaskStatus::Completed | TaskStatus::Canceled => age >= AFTERLIFE,
            };
            if forget {
                stale.push((task.sid, task.status.waits()));
            }
        }
        for (task, waits) in stale {
            if waits {
                // It waits, so it can be canceled.
                let _ = self.cancel(task, Some("Task TTL Exceeded"), now);
            } else {
                self.forget(task);
            }
        }
    }

    fn forget(&mut self, task: TaskSid) {
        self.tasks.remove(&task);
        self.reservations.retain(|_, it| it.task != task);
        self.tell(Happening::TaskDeleted { task });
    }

    fn end(&mut self, task: TaskSid, status: TaskStatus, reason: Option<&str>, now: Timestamp) {
        self.move_task(task, status, now);
        if let Some(task) = self.tasks.get_mut(&task) {
            task.reason = reason.map(str::to_owned);
        }
    }

    fn claims(
        &self,
        task: TaskSid,
        which: impl Fn(ReservationStatus) -> bool,
    ) -> Vec<ReservationSid> {
        let claims = self.reservations.values();
        let wanted = claims.filter(|it| it.task == task && which(it.status));
        wanted.map(|it| it.sid).collect()
    }

    fn move_task(&mut self, task: TaskSid, status: TaskStatus, now: Timestamp) {
        if let Some(task) = self.tasks.get_mut(&task) {
            task.status = status;
            task.updated = now;
            task.version += 1;
        }
    }

    fn move_reservation(&mut self, sid: ReservationSid, status: ReservationStatus, now: Timestamp) {
        if let Some(it) = self.reservations.get_mut(&sid) {
            it.status = status;
            it.updated = now;
            it.version += 1;
            let (task, worker) = (it.task, it.worker);
            self.tell(Happening::Reservation {
                reservation: sid,
                task,
                worker,
                status,
            });
        }
    }

    fn expect(
        &self,
        sid: ReservationSid,
        allowed: &[ReservationStatus],
    ) -> Result<TaskSid, Refusal> {
        let it = self
            .reservations
            .get(&sid)
            .ok_or_else(|| Refusal::not_found(sid.as_str()))?;
        if allowed.contains(&it.status) {
            Ok(it.task)
        } else {
            let message = format!("The reservation is {}", it.status.name());
            Err(Refusal::invalid(message))
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
