//! The reconciler: ends what a crash, a lost webhook or a silent Twilio cut short.
//!
//! Every replica runs it every [`EVERY`]; they never collide, because each mend is the same compare-and-set that a
//! request would do. It reads those maps of the index that may hold something (all of them a while after it starts, and
//! every `SWEEP`th time from then on, should the table of contents be wrong or have run out in a long outage), one list of the account's live calls, and the lists of the
//! workers who have calls parked, and looks closer only at what does not fit. A fault is mended within a minute: what a
//! request may still be doing is left alone for 15 s, then the next pass finds it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::{
    CallEnded, Entry, NotMoved, Parking,
    hangup::End,
    ledger::SHARDS,
    record::{ParkedCall, Phase, STALE},
};
use crate::{
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report},
    },
    twilio::{
        deadline::Deadline,
        error::Error,
        resource::calls::CallStatus,
        sid::{CallSid, WorkerSid},
    },
};

/// How often every replica looks.
pub const EVERY: Duration = Duration::from_secs(25);

/// How many passes lie between two that do not trust the table of contents: half an hour.
const SWEEP: u32 = 72;

/// How many passes lie between the start and the first of those: five minutes. A note in the table outlives any shorter
/// outage, so replicas that are restarted one after the other do not all read everything.
const FIRST_SWEEP: u32 = 12;

/// How long the reconciler waits for one answer or one mend.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a pass may be unable to look at.
const INDEX: &str = "the index of parked calls";
pub(super) const ONE_CALL: &str = "the record of a parked call";

/// How many records are looked after side by side: callers who hang up together are asked about together.
const LANES: usize = 16;

/// What one pass knows.
pub(super) struct Round<'a> {
    pub(super) report: &'a Report<'a>,
    live: HashSet<CallSid>,
    lists: Mutex<HashMap<WorkerSid, HashSet<CallSid>>>,
}

impl Reconcile for Parking {
    const NAME: &'static str = "parking";
    const EVERY: Duration = EVERY;
    const KINDS: &'static [&'static str] = &["ended", "claims", "listed", "ghosts", "wrap-ups"];

    fn outages(&self) -> &Outages {
        &self.0.outages
    }

    async fn pass(&self, number: u32, report: &Report<'_>) {
        self.reconcile(number % SWEEP == FIRST_SWEEP, report).await;
    }
}

impl Parking {
    /// One pass over all parked calls; mends what a crash cut short. `all`: whatever the table of contents says.
    pub async fn reconcile(&self, all: bool, report: &Report<'_>) {
        let mut round = Round {
            report,
            live: HashSet::new(),
            lists: Mutex::default(),
        };
        let entries = self.records(all, &round).await;
        if entries.is_empty() {
            return;
        }
        let calls = self.0.twilio.calls(Deadline::after(PATIENCE));
        match calls.in_progress().all().await {
            Ok(calls) => round.live = calls.into_iter().map(|call| call.sid).collect(),
            Err(error) => {
                round.report.list_failed("the list of live calls", &error);
                return;
            }
        }
        let looks = stream::iter(&entries).for_each_concurrent(LANES, |entry| {
            let round = &round;
            Box::pin(async move {
                if let Err(error) = self.mend(entry, round, Deadline::after(PATIENCE)).await {
                    round
                        .report
                        .record_failed(ONE_CALL, &entry.record.call_sid, &error);
                }
            })
        });
        looks.await;
        let live = entries
            .iter()
            .filter(|it| round.live.contains(&it.record.call_sid));
        let by = Deadline::after(PATIENCE);
        self.lead_back_all(live, &round, by).await;
    }

    /// The records that no request should be working on any more.
    async fn records(&self, all: bool, round: &Round<'_>) -> Vec<Entry> {
        let contents = self.0.ledger.contents(Deadline::after(PATIENCE)).await;
        let shards = match contents {
            Ok(shards) if !all => shards,
            Ok(_) => (0..SHARDS).collect(),
            Err(error) => {
                round.report.list_failed(INDEX, &error);
                (0..SHARDS).collect()
            }
        };
        let mut entries = vec![];
        let mut whole = true;
        for shard in shards {
            let by = Deadline::after(PATIENCE);
            match self.0.ledger.shard(shard, by).await {
                Ok(found) => entries.extend(found),
                Err(error) => {
                    whole = false;
                    round.report.list_failed(INDEX, &error);
                }
            }
        }
        if whole {
            self.tell_how_many(&entries);
        }
        entries.retain(|it| self.may_be_stuck(it));
        entries
    }

    /// Tells the gauges what a whole pass has seen.
    fn tell_how_many(&self, entries: &[Entry]) {
        let held = entries.iter().filter(|it| it.record.is_held());
        let since: Vec<_> = held.map(|it| it.record.date_created).collect();
        let oldest = since.iter().min().map(|at| self.0.clock.since(*at));
        self.0.metrics.parked_now(since.len(), oldest);
    }

    /// A record that moved a moment ago is the work of a request in progress.
    fn may_be_stuck(&self, entry: &Entry) -> bool {
        entry.record.phase != Phase::Closed && entry.record.age(self.0.clock.now()) >= STALE
    }

    async fn mend(&self, entry: &Entry, round: &Round<'_>, by: Deadline) -> Result<(), Error> {
        let record = &entry.record;
        match record.phase {
            Phase::Closed => return Ok(()),
            Phase::Ended => return self.mend_wrap_up(entry, round, by).await,
            _ => {}
        }
        let live = round.live.contains(&record.call_sid);
        if let Some(ended) = self.over_since(record.call_sid, live, by).await? {
            return self.mend_end(entry, ended, round, by).await;
        }
        match record.phase {
            Phase::Parking => self.mend_parking(entry, round, by).await,
            Phase::Parked => self.mend_list(entry, round, by).await,
            _ => self.mend_claim(entry, round, by).await,
        }
    }

    /// When the call ended, if it has. The list of live calls may be a moment old, so the call itself is asked.
    async fn over_since(
        &self,
        call: CallSid,
        live: bool,
        by: Deadline,
    ) -> Result<Option<Timestamp>, Error> {
        if live {
            return Ok(None);
        }
        let now = self.0.clock.now();
        match self.0.twilio.calls(by).fetch(call).await {
            Ok(call) if call.status == CallStatus::Over => Ok(Some(call.end_time.unwrap_or(now))),
            Ok(_) => Ok(None),
            Err(error) if error.is_not_found() => Ok(Some(now)),
            Err(error) => Err(error),
        }
    }

    async fn mend_end(
        &self,
        entry: &Entry,
        ended: Timestamp,
        round: &Round<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        let call = entry.record.call_sid;
        let ended = CallEnded {
            call,
            at: Some(ended),
            was_parked: true,
        };
        match self.end(ended, by, by).await {
            Ok(End::NothingOwed) => {}
            Ok(End::SeenTo) => {
                round.report.mended("ended");
                return Ok(());
            }
            Err(crate::error::Error::Upstream { source, .. }) => return Err(source),
            // It cannot be known yet, or another process is at it.
            Ok(End::NotYet) | Err(_) => return Ok(()),
        }
        round.report.mended("ended");
        // Nothing was owed, so the record is still there, and so may be the line in the list.
        match self.0.ledger.read(call, by).await? {
            Some(left) if !matches!(left.record.phase, Phase::Ended | Phase::Closed) => {
                self.forget(&left, by).await
            }
            _ => Ok(()),
        }
    }

    /// Is the call with its agent or on hold? Where its legs are tells.
    async fn mend_parking(
        &self,
        entry: &Entry,
        round: &Round<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        let record = &entry.record;
        let conferences = self.0.twilio.conferences(by);
        let legs = match record.task_sid {
            Some(task) => match conferences.of_task(task).await? {
                Some(conference) => conferences.legs(conference).await?,
                None => vec![],
            },
            None => vec![],
        };
        if legs.contains(&record.call_sid) {
            round.report.mended("ghosts");
            return self.forget(entry, by).await;
        }
        // Not in the conference: on hold, or gone since the live calls were listed.
        if let Some(ended) = self.over_since(record.call_sid, false, by).await? {
            return self.mend_end(entry, ended, round, by).await;
        }
        round.report.mended("listed");
        self.back_on_hold(entry, by).await
    }

    async fn mend_list(&self, entry: &Entry, round: &Round<'_>, by: Deadline) -> Result<(), Error> {
        let record = &entry.record;
        self.mend_former_list(record, round, by).await?;
        if self
            .is_listed(record.worker_sid, record.call_sid, round, by)
            .await?
        {
            return Ok(());
        }
        round.report.mended("listed");
        self.enlist(record, by).await
    }

    /// The agent who parked the call before no longer has it in their list, whatever has become of it since.
    async fn mend_former_list(
        &self,
        record: &ParkedCall,
        round: &Round<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        let Some(worker) = record.also_listed else {
            return Ok(());
        };
        if self.is_listed(worker, record.call_sid, round, by).await? {
            round.report.mended("claims");
            self.unlist(worker, record.call_sid, by).await?;
        }
        Ok(())
    }

    /// A claim that went through leaves no line in any list.
    async fn mend_claim(
        &self,
        entry: &Entry,
        round: &Round<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        let record = &entry.record;
        self.mend_former_list(record, round, by).await?;
        if !self
            .is_listed(record.worker_sid, record.call_sid, round, by)
            .await?
        {
            return Ok(());
        }
        if self.was_routed(record, by).await? {
            round.report.mended("claims");
            return self.unlist(record.worker_sid, record.call_sid, by).await;
        }
        // A call that was not routed is on hold, and its next round of music takes the claim back; should that fail
        // again and again, this does.
        let overdue = record.phase != Phase::Return
            && record.age(self.0.clock.now()) >= self.0.settings.proof();
        if overdue {
            round.report.mended("claims");
            return self.back_on_hold(entry, by).await;
        }
        Ok(())
    }

    /// A wrap-up task that may not have been made: looks for it, and makes it if it is not there.
    async fn mend_wrap_up(
        &self,
        entry: &Entry,
        round: &Round<'_>,
        by: Deadline,
    ) -> Result<(), Error> {
        let record = &entry.record;
        let ended = record.moved;
        round.report.mended("wrap-ups");
        if self.was_routed(record, by).await? {
            return self.wrapped_up(entry, ended, by).await;
        }
        // A new mark, the same ticket: of two replicas that found nothing, one makes the task.
        let mut claimed = record.moved_to(Phase::Ended, self.0.clock.now(), self.mark());
        claimed.ticket.clone_from(&record.ticket);
        match self.0.ledger.replace(entry, claimed, by).await {
            Ok(claimed) => self.wrap_up(&claimed, ended, by).await,
            Err(NotMoved::Moved(_)) => Ok(()),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }

    async fn is_listed(
        &self,
        worker: WorkerSid,
        call: CallSid,
        round: &Round<'_>,
        by: Deadline,
    ) -> Result<bool, Error> {
        let mut lists = round.lists.lock().await;
        if let Some(calls) = lists.get(&worker) {
            return Ok(calls.contains(&call));
        }
        let calls: HashSet<CallSid> = self.list(worker, by).calls().await?.into_iter().collect();
        let listed = calls.contains(&call);
        lists.insert(worker, calls);
        Ok(listed)
    }
}
