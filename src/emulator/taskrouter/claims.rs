//! Reservations: offered, accepted, rejected, run out of time.

use jiff::Timestamp;

use super::{
    Happening, Reservation, ReservationStatus, TaskRouter, TaskStatus, alarms::Due, task::after,
};
use crate::{
    emulator::rest::Refusal,
    rng::Rng,
    twilio::sid::{ActivitySid, ReservationSid, TaskSid, WorkerSid},
};

/// How often a task may be reserved before it is canceled (Twilio: "TaskRouter limits").
const MOST_MOVES: u32 = 1_000;

impl TaskRouter {
    pub(super) fn reserve(&mut self, task: TaskSid, worker: WorkerSid, rng: &Rng, now: Timestamp) {
        let Some(it) = self.tasks.get_mut(&task) else {
            return;
        };
        let sid = ReservationSid::from_bytes(rng.bytes());
        it.way.claims.push(sid);
        it.way.moves += u32::from(it.status == TaskStatus::Pending);
        let workflow = it.workflow;
        let workflow = self.workflow(workflow);
        let seconds = workflow.map_or(120, |workflow| workflow.reservation_timeout);
        let expires = after(now, seconds);
        let reservation = Reservation {
            sid,
            task,
            worker,
            status: ReservationStatus::Pending,
            created: now,
            updated: now,
            expires,
            version: 0,
        };
        self.reservations.insert(sid, reservation);
        self.alarms.set(Due::Offer(sid), Some(expires));
        self.floor.hold(worker, sid, true);
        if let Some(worker) = self.workers.get_mut(&worker) {
            worker.last_offer = Some(now);
        }
        self.reindex(worker);
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
        self.come_back(task, now);
        Ok(())
    }

    /// What follows from a reservation's acceptance is being set up: its time-out is paused, and to everybody else it
    /// is still pending (Twilio Support: "TaskRouter Reservation Canceled Instead of Timing Out", *onHold*).
    pub(crate) fn hold(&mut self, sid: ReservationSid) {
        self.alarms.set(Due::Offer(sid), None);
    }

    /// The set-up of a reservation has failed: it is canceled, and the task is offered again. The worker stays what
    /// they are; the time-out activity is for workers who do not respond at all (the same article).
    pub(crate) fn set_up_failed(&mut self, sid: ReservationSid, now: Timestamp) {
        // Nothing happens to one that was decided otherwise meanwhile.
        if let Ok(task) = self.expect(sid, &[ReservationStatus::Pending]) {
            self.move_reservation(sid, ReservationStatus::Canceled, now);
            self.come_back(task, now);
        }
    }

    /// Takes back every offer to a worker who goes away.
    pub(crate) fn reject_all(&mut self, worker: WorkerSid, now: Timestamp) {
        for claim in self.floor.held(worker).collect::<Vec<_>>() {
            // Refused if it is not pending: what the worker has accepted stays theirs.
            let _ = self.reject(claim, None, now);
        }
    }

    /// An offer has run out of time; who did not answer is sent to the time-out activity.
    pub(super) fn time_out(&mut self, sid: ReservationSid, now: Timestamp) {
        let Some(it) = self.reservations.get(&sid) else {
            return;
        };
        let (task, worker) = (it.task, it.worker);
        self.move_reservation(sid, ReservationStatus::Timeout, now);
        self.come_back(task, now);
        // The activity is one of the workspace's own, and a worker who is gone needs none.
        let _ = self.set_activity(worker, self.workspace.timeout_activity, now);
    }

    /// A task whose last offer has failed waits again; one that has been offered too often is given up.
    fn come_back(&mut self, sid: TaskSid, now: Timestamp) {
        let open = self.claims(sid, |it| it == ReservationStatus::Pending);
        let Some(task) = self.tasks.get_mut(&sid) else {
            return;
        };
        if !open.is_empty() {
            self.settle(sid);
            self.fresh.insert(sid);
            return;
        }
        task.way.round = task.way.claims.len();
        let exhausted = task.way.moves >= MOST_MOVES;
        self.move_task(sid, TaskStatus::Pending, now);
        self.fresh.insert(sid);
        if exhausted {
            // It waits, so it can be canceled.
            let _ = self.cancel(sid, Some("Max assignment count reached"), now);
        }
    }

    /// The offer of a task that a worker has yet to answer.
    pub(crate) fn pending_of(&self, task: TaskSid) -> Option<ReservationSid> {
        let pending = |status| status == ReservationStatus::Pending;
        self.claims(task, pending).first().copied()
    }

    /// The reservations of a task that are so.
    pub(super) fn claims(
        &self,
        task: TaskSid,
        which: impl Fn(ReservationStatus) -> bool,
    ) -> Vec<ReservationSid> {
        let claims = self.tasks.get(&task).into_iter();
        let claims = claims.flat_map(|task| &task.way.claims);
        let claims = claims.filter_map(|sid| self.reservations.get(sid));
        let wanted = claims.filter(|it| which(it.status));
        wanted.map(|it| it.sid).collect()
    }

    pub(super) fn move_reservation(
        &mut self,
        sid: ReservationSid,
        status: ReservationStatus,
        now: Timestamp,
    ) {
        let Some(it) = self.reservations.get_mut(&sid) else {
            return;
        };
        it.status = status;
        it.updated = now;
        it.version += 1;
        let (task, worker) = (it.task, it.worker);
        self.alarms.set(Due::Offer(sid), None);
        if !status.occupies() {
            self.floor.hold(worker, sid, false);
            self.reindex(worker);
        }
        self.tell(Happening::Reservation {
            reservation: sid,
            task,
            worker,
            status,
        });
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
}
