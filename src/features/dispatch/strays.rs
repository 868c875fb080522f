//! Workers whom TaskRouter took off line because this server did not answer for them.
//!
//! If none of our replicas answers while a reservation stands, TaskRouter lets it time out and moves its worker to the
//! workspace's timeout activity, where they would stay: they were at home all the time, and are not told. So the
//! timeout activity should be the cool-down activity, which only this server uses (`check` says so if it is not). Then
//! a worker found there without a record of ours was sent there by TaskRouter, and comes back as after any other
//! miss. A worker who goes off line by themselves is in another activity, and stays there. Agents in Flex, who have
//! no phone, come back by themselves, as they always did.

use super::{
    Dispatch,
    cause::Cause,
    plan::number,
    rest::{Pause, Rest},
};
use crate::{
    durable::{
        store::{Changed, NotMoved},
        time::millis,
    },
    twilio::{
        deadline::Deadline,
        error::Error,
        resource::workers::Worker,
        sid::{ActivitySid, WorkerSid},
    },
};

impl Dispatch {
    /// The workers at home who are in cool-down. Read before the records: a worker whom we send away has theirs first.
    pub(super) async fn cooling(&self, by: Deadline) -> Result<Vec<WorkerSid>, Error> {
        let Some(cool_down) = self.0.settings.cool_down_activity() else {
            return Ok(vec![]);
        };
        let mut found = vec![];
        for worker in self.0.twilio.workers(by).in_activity(cool_down).await? {
            if self.is_at_home(&worker, by).await? {
                found.push(worker.sid);
            }
        }
        Ok(found)
    }

    /// Whether a worker takes calls on a phone of their own.
    async fn is_at_home(&self, worker: &Worker, by: Deadline) -> Result<bool, Error> {
        let attribute = &self.0.settings.attribute;
        if !worker.attributes.is_empty() {
            return Ok(number(&worker.attributes, attribute).is_some());
        }
        // A list may leave attributes out.
        let whole = self.0.twilio.workers(by).fetch(worker.sid).await?;
        Ok(number(&whole.attributes, attribute).is_some())
    }

    /// Writes down when a worker comes back whom TaskRouter sent away.
    pub(super) async fn adopt_stray(&self, worker: WorkerSid, by: Deadline) -> Result<(), Error> {
        let (Some(activity), Some(back_to)) = (
            self.0.settings.cool_down_activity(),
            self.on_activity(by).await?,
        ) else {
            return Ok(());
        };
        let until = self.later(self.0.settings.cool_downs.after(Cause::Lost));
        let pause = Pause {
            activity,
            back_to,
            until: millis::whole(until),
        };
        let paused = |rest: &Rest| {
            rest.pause.is_none().then(|| Rest {
                pause: Some(pause),
                mark: self.mark(),
                ..rest.clone()
            })
        };
        tracing::info!(worker.sid = %worker, "TaskRouter took a worker off line; they will come back");
        let known = self.0.rests.change(worker.as_str(), by, paused).await?;
        if !matches!(known, Changed::Missing) {
            return Ok(());
        }
        let rest = Rest {
            pause: Some(pause),
            ..Rest::fresh(worker, self.mark())
        };
        match self.0.rests.insert(rest, by).await {
            Err(NotMoved::Unclear(error)) => Err(error),
            Ok(_) | Err(NotMoved::Moved(_)) => Ok(()),
        }
    }

    /// What workers at home do who take calls.
    async fn on_activity(&self, by: Deadline) -> Result<Option<ActivitySid>, Error> {
        let name = &self.0.settings.on_activity;
        let found = self.0.twilio.activities(by).named(name).await?;
        let found = found.filter(|activity| activity.available);
        if found.is_none() {
            tracing::error!(
                name,
                "there is no available activity of this name for workers to come back to"
            );
        }
        Ok(found.map(|activity| activity.sid))
    }
}
