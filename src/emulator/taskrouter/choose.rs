//! Who gets a task.
//!
//! This is the room of the routing engine. For now it holds the three rules that parking needs, in the order in which
//! the published sample's workflows state them: a task that brings a parked call back goes to its worker, a direct
//! call to the worker with that extension, anything else to whoever has been idle longest. The next issue puts
//! workflow filters, targets, time-outs, `skip_if` and `order_by` here, in front of the same [`choose`].

use super::{Task, TaskRouter, Worker};
use crate::twilio::sid::WorkerSid;

/// The worker who is offered `task` now, if there is one.
pub(super) fn choose(router: &TaskRouter, task: &Task) -> Option<WorkerSid> {
    let attributes = &task.attributes;
    if attributes.is("isParkPickup") || attributes.is("isParkHangup") {
        return known(router, attributes.text_of("targetWorker")?);
    }
    let free =
        |worker: &&Worker| router.is_available(worker) && router.has_room(worker, task.channel);
    if let Some(target) = task.target.as_deref().filter(|it| it.starts_with("WK")) {
        let target = router.worker(known(router, target)?)?;
        return (task.ignore_capacity || free(&target)).then_some(target.sid);
    }
    if let Some(extension) = attributes.value.get("directExtension") {
        let mut workers = router.workers();
        let theirs = |it: &&Worker| it.attributes.value.get("directExtension") == Some(extension);
        return workers.find(theirs).filter(free).map(|it| it.sid);
    }
    let queue = router.queue(task.queue)?;
    let workers = router.workers().filter(free);
    workers
        .filter(|worker| queue.workers.holds(&router.worker_facts(worker)))
        .min_by_key(|worker| (worker.last_offer, worker.active_since, worker.sid))
        .map(|worker| worker.sid)
}

fn known(router: &TaskRouter, sid: &str) -> Option<WorkerSid> {
    router.worker(sid.parse().ok()?).map(|worker| worker.sid)
}
