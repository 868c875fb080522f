//! One look at one worker: read, compute, write what differs.
//!
//! Reading is four requests side by side: the worker, their voice channel, their reservations, their list of parked
//! calls; a fifth, whether a call is on its way, only before more calls are let in. Writing is none as a rule. Twilio
//! has no revision for a channel, so of two replicas that look at the same moment the slower one may write an old
//! capacity; the event that follows every change, or the reconciler, has it looked at again.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Mutex;

use super::{
    Availability, READY, VOICE,
    formula::{Hands, Wanted},
};
use crate::{
    features::parking::list::List,
    twilio::{
        deadline::Deadline,
        error::Error,
        party::E164,
        resource::{
            claims::{Claim, Stage},
            workers::{Worker, WorkerChange, WorkerChannel},
        },
        sid::{ReservationSid, TaskSid, WorkerSid},
    },
};

/// How often a look begins anew because another process wrote to the worker meanwhile.
const TRIES: u32 = 12;

/// What is about to be so, and what TaskRouter does not say yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assume {
    /// Nothing.
    Nothing,
    /// One of the worker's calls is parked, or is parked still.
    Parked,
    /// The caller of this task is gone.
    Wrapping(TaskSid),
}

/// How a worker stands after a look.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Their voice channel.
    pub channel: WorkerChannel,
    /// Whether anything had to be written.
    pub corrected: bool,
}

/// What a look saw.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// When.
    pub(super) at: Timestamp,
    /// The worker's calls.
    pub(super) claims: Vec<ReservationSid>,
    /// Their tasks.
    pub(super) tasks: Vec<TaskSid>,
    /// Whether they had a call parked, or on its way.
    pub(super) parked: bool,
    /// Whether they were ready afterwards.
    pub(super) ready: bool,
}

impl Availability {
    /// Looks at a worker. Nothing comes of it if there is no such worker, or they have no voice channel.
    pub(super) async fn look(
        &self,
        worker: WorkerSid,
        assume: Assume,
        by: Deadline,
    ) -> Result<Option<Settled>, Error> {
        let turn = self.0.turns.get_with(worker, || Arc::new(Mutex::new(())));
        let _turn = turn.lock().await;
        let mut corrected = false;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.look_once(worker, assume, &mut corrected, by).await {
                Ok(channel) => return Ok(Some(Settled { channel, corrected })),
                Err(error) if error.is_outdated() && tries < TRIES => {}
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    async fn look_once(
        &self,
        sid: WorkerSid,
        assume: Assume,
        corrected: &mut bool,
        by: Deadline,
    ) -> Result<WorkerChannel, Error> {
        let (twilio, workers) = (&self.0.twilio, self.0.twilio.workers(by));
        let (worker, mut channel, claims, parked) = tokio::try_join!(
            workers.fetch(sid),
            workers.channel(sid, VOICE),
            twilio.claims_of(sid, by),
            self.parked(sid, assume, by),
        )?;
        let claims = self.only_calls(claims, by).await?;
        let mut hands = Hands {
            parked,
            one_line: self.has_own_phone(&worker),
            ..hands(&worker, &claims, assume)
        };
        let ready = worker.attributes.get(READY).and_then(Value::as_bool);
        let looser = hands.wanted().is_looser(ready, channel.configured_capacity);
        if parked == 0
            && looser
            && let Some(until) = self.on_the_way(sid, by).await?
        {
            hands.parked = 1;
            self.look_at(sid, until);
        }
        let wanted = hands.wanted();
        if !wanted.ready && ready != Some(false) {
            *corrected = true;
            self.write_ready(&worker, false, by).await?;
        }
        if channel.configured_capacity != wanted.capacity {
            *corrected = true;
            let set = workers.set_capacity(sid, channel.sid, wanted.capacity);
            channel = set.await?;
        }
        if wanted.ready && ready != Some(true) {
            *corrected = true;
            self.write_ready(&worker, true, by).await?;
        }
        self.remember(sid, &claims, hands, wanted);
        Ok(channel)
    }

    /// Whether dispatch calls the worker at a phone of their own.
    fn has_own_phone(&self, worker: &Worker) -> bool {
        let attribute = self.0.settings.own_phones.as_ref();
        let phone = attribute.and_then(|it| worker.attributes.get(it)?.as_str());
        phone.is_some_and(|phone| phone.parse::<E164>().is_ok())
    }

    /// How many calls a worker has parked.
    async fn parked(&self, worker: WorkerSid, assume: Assume, by: Deadline) -> Result<u32, Error> {
        if assume == Assume::Parked {
            return Ok(1);
        }
        let parked = List::of(&self.0.twilio, worker, by).calls().await?.len();
        Ok(u32::try_from(parked).unwrap_or(u32::MAX))
    }

    /// Those that are for calls. What is not known of a task is asked for once.
    async fn only_calls(&self, claims: Vec<Claim>, by: Deadline) -> Result<Vec<Claim>, Error> {
        let mut calls = vec![];
        for claim in claims {
            let known = self.0.calls.get(&claim.task_sid);
            let is_call = match known {
                Some(is_call) => is_call,
                None => match self.0.twilio.open_task(claim.task_sid, by).await? {
                    Some(task) => {
                        let is_call = task.task_channel_unique_name.as_deref() == Some(VOICE);
                        self.0.calls.insert(claim.task_sid, is_call);
                        is_call
                    }
                    // It ended in this moment; its reservation ends with it.
                    None => false,
                },
            };
            calls.extend(is_call.then_some(claim));
        }
        Ok(calls)
    }

    async fn write_ready(&self, worker: &Worker, ready: bool, by: Deadline) -> Result<(), Error> {
        let mut attributes = worker.attributes.clone();
        attributes.insert(READY.to_owned(), Value::Bool(ready));
        let change = WorkerChange {
            attributes: Some(attributes),
            ..WorkerChange::default()
        };
        let workers = self.0.twilio.workers(by);
        let written = workers.update(worker.sid, &change, worker.revision.as_deref());
        written.await.map(|_| ())
    }

    fn remember(&self, worker: WorkerSid, claims: &[Claim], hands: Hands, wanted: Wanted) {
        let seen = Seen {
            at: self.0.clock.now(),
            claims: claims.iter().map(|claim| claim.sid).collect(),
            tasks: claims.iter().map(|claim| claim.task_sid).collect(),
            parked: hands.parked > 0,
            ready: wanted.ready,
        };
        self.0.seen.insert(worker, Arc::new(seen));
    }
}

/// What a worker has on their hands, but for parked calls.
fn hands(worker: &Worker, claims: &[Claim], assume: Assume) -> Hands {
    let wraps = |claim: &&Claim| {
        claim.stage == Stage::Wrapping || assume == Assume::Wrapping(claim.task_sid)
    };
    let count = |claims: usize| u32::try_from(claims).unwrap_or(u32::MAX);
    let wrapping = claims.iter().filter(wraps).count();
    Hands {
        available: worker.available,
        active: count(claims.len() - wrapping),
        wrapping: count(wrapping),
        ..Hands::default()
    }
}
