//! Who waits on hold, for how long, from which queue, and whose call they are.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Dated, Overview};
use crate::{
    features::parking::record::{ParkedCall, Phase},
    twilio::{deadline::Deadline, error::Error, sid::WorkerSid},
};

/// All parked calls at a time.
#[derive(Clone, Debug)]
pub struct OnHold {
    /// When.
    pub at: Timestamp,
    /// The calls, the longest parked first.
    pub calls: Vec<ParkedNow>,
}

/// One parked call.
#[derive(Clone, Debug)]
pub struct ParkedNow {
    /// Its record.
    pub call: ParkedCall,
    /// The queue it came from at first, however often it was picked up since.
    pub queue: Option<String>,
    /// The name of the worker who parked it, if that worker still exists.
    pub parked_by: Option<String>,
    /// For how many seconds it has been parked.
    pub seconds: u64,
    /// Whether it rings at its worker's right now, because it came back by itself.
    pub coming_back: bool,
}

impl Dated for OnHold {
    fn at(&self) -> Timestamp {
        self.at
    }
}

impl OnHold {
    /// How many calls came from each queue, and for how many seconds the longest of them is parked; in order of name,
    /// those of no queue first.
    #[must_use]
    pub fn by_queue(&self) -> Vec<(Option<&str>, usize, u64)> {
        let mut queues: HashMap<Option<&str>, (usize, u64)> = HashMap::new();
        for call in &self.calls {
            let (calls, longest) = queues.entry(call.queue.as_deref()).or_default();
            *calls += 1;
            *longest = call.seconds.max(*longest);
        }
        let rows = queues.into_iter();
        let mut rows: Vec<_> = rows
            .map(|(name, (calls, longest))| (name, calls, longest))
            .collect();
        rows.sort_unstable();
        rows
    }
}

impl Overview {
    pub(super) async fn read_on_hold(&self, by: Deadline) -> Result<OnHold, Error> {
        let twilio = &self.0.twilio;
        let (records, workers) =
            tokio::try_join!(self.0.parking.all(by), twilio.workers(by).all())?;
        let workers = workers.into_iter().map(|it| (it.sid, it.friendly_name));
        let names: HashMap<WorkerSid, String> = workers.collect();
        let now = |call: ParkedCall| ParkedNow {
            queue: call.original_queue().map(str::to_owned),
            parked_by: names.get(&call.worker_sid).cloned(),
            seconds: self.0.clock.since(call.date_created).as_secs(),
            coming_back: call.phase == Phase::Return,
            call,
        };
        Ok(OnHold {
            at: self.0.clock.now(),
            calls: records.into_iter().map(now).collect(),
        })
    }
}
