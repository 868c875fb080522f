//! The two loops in every replica: one looks at the workers who are due, the other finds those that no event has named.
//!
//! Events get lost, a process is killed with its duties in mind, a browser writes an attribute back from an old copy.
//! So every [`EVERY`] the list of workers is read, and the workers looked at are those who cannot be right (ready but not available),
//! those who may not be right (available, not ready, and nothing that this process has seen explains it), and in turn a
//! few of all the others, so that everybody was looked at after [`ROUND`] passes: what a list does not show, the room
//! for calls, is found by then.
//!
//! With 500 agents that is two requests a minute for the lists and a look, three requests of TaskRouter, for 17 of them.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;

use super::{Availability, READY, look::Seen};
use crate::{
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report, Runner},
    },
    twilio::{
        deadline::Deadline,
        error::Error,
        resource::workers::Worker,
        sid::{TaskSid, WorkerSid},
    },
};

/// How often every replica reads the list.
const EVERY: Duration = Duration::from_mins(1);

/// How many passes it takes to look at everybody.
const ROUND: usize = 30;

/// How many workers are looked at side by side: TaskRouter is asked by others, too.
const LANES: usize = 8;

/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// After how long a look that failed is tried again; twice as long each time, up to sixteen times as long.
const AGAIN: Duration = Duration::from_secs(5);

/// How long the loop sleeps when no worker is due.
const IDLE: Duration = Duration::from_hours(1);

/// For how long a parked call explains why a worker is not ready, should nothing be heard of it.
const EXPLAINED: Duration = Duration::from_mins(3);

/// What may be impossible to look at.
const ONE_WORKER: &str = "whether a worker is ready for calls";

impl Reconcile for Availability {
    const NAME: &'static str = "availability";
    const EVERY: Duration = EVERY;
    const KINDS: &'static [&'static str] = &["workers-corrected"];

    fn is_on(&self) -> bool {
        self.0.settings.on
    }

    fn outages(&self) -> &Outages {
        &self.0.outages
    }

    async fn pass(&self, _: u32, report: &Report<'_>) {
        self.reconcile(report).await;
    }
}

impl Availability {
    /// Runs both loops for ever. Returns at once if this is off.
    pub async fn work_for_ever(&self, runner: &Runner) {
        if !self.0.settings.on {
            return;
        }
        let looks = async {
            // Whom it had in hand when it panicked, the list names again.
            while runner
                .guarded(Self::NAME, self.look_for_ever(runner))
                .await
                .is_none()
            {
                self.0.clock.sleep(AGAIN).await;
            }
        };
        tokio::join!(looks, runner.run(self));
    }

    /// Looks at the workers who are due, several side by side, each once.
    async fn look_for_ever(&self, runner: &Runner) {
        let mut looks = FuturesUnordered::new();
        let mut busy = HashSet::new();
        let mut failures: HashMap<WorkerSid, u32> = HashMap::new();
        loop {
            let (due, now) = (&self.0.due, self.0.clock.now());
            for worker in due.take(now, LANES - busy.len(), &busy) {
                busy.insert(worker);
                let look = async move {
                    let by = Deadline::after(PATIENCE);
                    let settled = runner
                        .guarded(Self::NAME, Box::pin(self.settle(worker, by)))
                        .await;
                    (worker, settled.map(|done| done.map(|_| ())))
                };
                looks.push(Box::pin(look));
            }
            let free = busy.len() < LANES;
            let next = due.next(&busy).filter(|_| free);
            let wait = next.map_or(IDLE, |at| {
                Duration::try_from(at.duration_since(now)).unwrap_or_default()
            });
            tokio::select! {
                biased;
                Some((worker, done)) = looks.next() => {
                    busy.remove(&worker);
                    self.note(worker, done, &mut failures);
                }
                () = due.rings() => {}
                () = self.0.clock.sleep(wait) => {}
            }
        }
    }

    /// A look that failed, or panicked, is tried again.
    fn note(
        &self,
        worker: WorkerSid,
        done: Option<Result<(), Error>>,
        failures: &mut HashMap<WorkerSid, u32>,
    ) {
        let error = match done {
            Some(Ok(())) => {
                failures.remove(&worker);
                return;
            }
            Some(Err(error)) => error.to_string(),
            None => "it panicked".to_owned(),
        };
        let times = failures.entry(worker).or_default();
        let wait = AGAIN * (1 << (*times).min(4));
        *times += 1;
        self.0.outages.record_failed(ONE_WORKER, &worker, &error);
        self.look_after(worker, wait.mul_f64(0.9 + 0.2 * self.0.rng.fraction()));
    }

    async fn reconcile(&self, report: &Report<'_>) {
        let doubtful = match self.doubtful().await {
            Ok(doubtful) => doubtful,
            Err(error) => return report.list_failed("the list of workers", &error),
        };
        for worker in doubtful {
            match self.settle(worker, Deadline::after(PATIENCE)).await {
                Ok(Some(settled)) if settled.corrected => report.mended("workers-corrected"),
                Ok(_) => {}
                Err(error) => report.record_failed(ONE_WORKER, &worker, &error),
            }
        }
    }

    /// Whom to look at in this pass.
    async fn doubtful(&self) -> Result<Vec<WorkerSid>, Error> {
        let by = Deadline::after(PATIENCE);
        let all = self.0.twilio.workers(by).all().await?;
        let doubts: Vec<_> = all.iter().map(|worker| self.doubt(worker)).collect();
        let open = if doubts.contains(&Doubt::Unexplained) {
            let open = self.0.twilio.open_tasks(by).await?;
            open.into_iter().map(|task| task.sid).collect()
        } else {
            HashSet::new()
        };
        let mut doubtful = vec![];
        let mut rest = vec![];
        for (worker, doubt) in all.iter().zip(doubts) {
            let seen = self.0.seen.get(&worker.sid);
            let wrong = match doubt {
                Doubt::None => false,
                Doubt::Certain => true,
                Doubt::Unexplained => !seen.as_ref().is_some_and(|it| self.explains(it, &open)),
            };
            if wrong {
                doubtful.push(worker.sid);
            } else {
                rest.push((seen.map(|it| it.at), worker.sid));
            }
        }
        // Who was never seen here, or longest ago, goes first.
        rest.sort_unstable();
        let turn = all.len().div_ceil(ROUND);
        doubtful.extend(rest.into_iter().take(turn).map(|(_, worker)| worker));
        Ok(doubtful)
    }

    fn doubt(&self, worker: &Worker) -> Doubt {
        if self.0.due.is_due(worker.sid, self.0.clock.now()) {
            // They are looked at anyway.
            return Doubt::None;
        }
        // Lists may leave attributes out; then nothing can be told from them.
        let unknown = worker.attributes.is_empty();
        match worker.attributes.get(READY).and_then(Value::as_bool) {
            Some(ready) if ready && !worker.available => Doubt::Certain,
            Some(ready) if !ready && worker.available => Doubt::Unexplained,
            None if !unknown => Doubt::Certain,
            _ => Doubt::None,
        }
    }

    /// Whether what was seen of a worker is still so, and says why they are not ready.
    fn explains(&self, seen: &Seen, open: &HashSet<TaskSid>) -> bool {
        let recent = self.0.clock.since(seen.at) < EXPLAINED;
        seen.tasks.iter().any(|task| open.contains(task)) || seen.parked && recent
    }
}

/// What a line of the list says of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// It may be right.
    None,
    /// It can be right only if they have a call.
    Unexplained,
    /// It cannot be right.
    Certain,
}
