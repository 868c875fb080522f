//! The reconciler of wishes: does what a crash, a lost answer or a failing Twilio left undone.
//!
//! Every replica looks every [`EVERY`]. Each mend is the compare-and-set that a webhook would do, so they never collide;
//! what moved a moment ago is the work of a request in progress and is left alone.

use std::time::Duration;

use super::{
    Callback,
    ask::Asked,
    found::Found,
    make::STALE,
    wish::{Kind, Phase, Wish},
};
use crate::{
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report},
        store::{Changed, Entry, Store},
    },
    telemetry::FollowUpOutcome,
    twilio::{deadline::Deadline, error::Error as TwilioError},
};

/// How often every replica looks.
pub const EVERY: Duration = Duration::from_secs(25);

/// How long one mend may take.
const PATIENCE: Duration = Duration::from_secs(12);

/// How long the reports of a recording may take: until then, it is not looked for.
const REPORTED: Duration = Duration::from_mins(2);

impl Reconcile for Callback {
    const NAME: &'static str = "callback";
    const EVERY: Duration = EVERY;
    const KINDS: &'static [&'static str] = &[
        "wishes-granted",
        "recorder-strays",
        "messages-found",
        "follow-ups-made",
        "follow-ups-begun",
        "follow-ups-recalled",
        "transcripts",
    ];

    fn is_on(&self) -> bool {
        self.0.settings.workflow.is_some() || self.0.settings.hours.is_some()
    }

    fn outages(&self) -> &Outages {
        &self.0.outages
    }

    async fn pass(&self, _: u32, report: &Report<'_>) {
        self.reconcile(report).await;
    }
}

impl Callback {
    /// Reads every record, for the doctor, which names those that cannot be read; gives how many can.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read_records(&self, by: Deadline) -> Result<usize, TwilioError> {
        Ok(self.0.wishes.count(by).await? + self.0.requeued.count(by).await?)
    }

    /// One pass over all wishes. Who has waited longest comes first: their tasks are offered as soon as they are made.
    async fn reconcile(&self, report: &Report<'_>) {
        for store in [&self.0.wishes, &self.0.requeued] {
            let mut stuck = vec![];
            for map in store.maps() {
                match store.all(map, Deadline::after(PATIENCE)).await {
                    Ok(wishes) => {
                        stuck.extend(wishes.into_iter().filter(|it| self.may_be_stuck(it)));
                    }
                    Err(error) => {
                        report.list_failed("the records of call-backs", &error);
                    }
                }
            }
            stuck.sort_by_key(|wish| wish.route.since);
            for wish in stuck {
                let by = Deadline::after(PATIENCE);
                let key = wish.key.clone();
                let done = Box::pin(self.mend(store, wish, report, by)).await;
                if let Err(error) = done {
                    report.record_failed("the record of a call-back", &key, &error);
                }
            }
        }
    }

    /// Every wish whose caller may still be owed something.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn open(&self, by: Deadline) -> Result<Vec<Wish>, TwilioError> {
        let mut open = vec![];
        for store in [&self.0.wishes, &self.0.requeued] {
            for map in store.maps() {
                let wishes = store.all(map, by).await?.into_iter();
                let wishes = wishes.map(|entry| entry.record);
                open.extend(wishes.filter(|it| !matches!(it.phase, Phase::Typed | Phase::Dropped)));
            }
        }
        Ok(open)
    }

    fn may_be_stuck(&self, wish: &Wish) -> bool {
        match wish.phase {
            Phase::Typed | Phase::Dropped => false,
            Phase::Held | Phase::Waiting => self.is_due(wish),
            Phase::Made => wish.untold && wish.age(self.0.clock.now()) >= STALE,
            _ => wish.age(self.0.clock.now()) >= STALE,
        }
    }

    async fn mend(
        &self,
        store: &Store<Wish>,
        wish: Entry<Wish>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        match wish.phase {
            Phase::Asked => self.mend_asked(wish, report, by).await,
            Phase::Leaving => self.mend_leaving(wish, report, by).await,
            Phase::Recording => self.mend_recording(wish, report, by).await,
            Phase::Making => {
                if let Some(ours) = self.take_over(store, wish, Phase::Making, by).await? {
                    report.mended("follow-ups-made");
                    self.make(store, ours, true, by).await?;
                }
                Ok(())
            }
            Phase::Held => self.mend_held(store, wish, report, by).await,
            Phase::Waiting => self.mend_waiting(store, wish, report, by).await,
            // A process that was to take a task out of its line was cut short.
            Phase::Recalling => match self.take_over(store, wish, Phase::Recalling, by).await? {
                Some(ours) => self.recall(store, ours, report, by).await,
                None => Ok(()),
            },
            Phase::Made => {
                report.mended("transcripts");
                self.tell_task(wish, by).await
            }
            Phase::Typed | Phase::Dropped => Ok(()),
        }
    }

    /// A caller asked. If their task was canceled, they are out of the line; as long as it waits, so do they, and an
    /// agent may still come; but once their call is over, their task is not long in following.
    async fn mend_asked(
        &self,
        wish: Entry<Wish>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        let task = match wish.task_sid {
            Some(task) => self.0.twilio.tasks(by).fetch(task).await?,
            None => None,
        };
        let asked = match task {
            Some(task) if task.waits() => return Ok(()),
            Some(task) if task.was_taken() => self.dropped(wish, by).await,
            _ => self.grant(wish, by).await,
        };
        report.mended("wishes-granted");
        if let Asked::Granted(wish) = asked {
            self.move_on(&wish, by).await;
            if wish.phase == Phase::Making {
                self.make(&self.0.wishes, *wish, false, by).await?;
            }
        }
        Ok(())
    }

    /// A caller is out of the line and not at the recorder: moved again, or called back if they are gone.
    async fn mend_leaving(
        &self,
        wish: Entry<Wish>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        report.mended("recorder-strays");
        if !self.is_over(&wish, by).await? {
            if self.is_recorded(&wish, by).await? {
                return self.arrived(wish, by).await;
            }
            self.move_on(&wish, by).await;
            return Ok(());
        }
        // They may have come to it although that was not noted.
        if self.find_message(&wish, report, by).await? != Found::Nothing {
            return Ok(());
        }
        let next = |wish: &Wish| {
            let is_here = wish.phase == Phase::Leaving;
            is_here.then(|| {
                if wish.can_be_called() {
                    self.called_back(wish)
                } else {
                    self.moved(wish, Phase::Dropped)
                }
            })
        };
        match self.0.wishes.change_from(wish, by, next).await? {
            Changed::Moved(wish) if wish.phase == Phase::Making => {
                tracing::warn!(
                    call.sid = wish.call_sid.map(tracing::field::display),
                    "a caller never came to the recorder; they will be called back"
                );
                self.make(&self.0.wishes, wish, false, by).await.map(|_| ())
            }
            Changed::Moved(wish) => {
                self.count(wish.kind, FollowUpOutcome::Unreachable);
                tracing::error!(
                    call.sid = wish.call_sid.map(tracing::field::display),
                    "a caller without a number never came to the recorder"
                );
                Ok(())
            }
            Changed::Kept(_) | Changed::Missing => Ok(()),
        }
    }

    /// A caller was at the recorder, and nothing was reported: unless a message is found, they hung up without a word.
    async fn mend_recording(
        &self,
        wish: Entry<Wish>,
        report: &Report<'_>,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        if wish.age(self.0.clock.now()) < REPORTED || !self.is_over(&wish, by).await? {
            return Ok(());
        }
        report.mended("recorder-strays");
        if self.find_message(&wish, report, by).await? != Found::Nothing {
            return Ok(());
        }
        let dropped = |wish: &Wish| {
            (wish.phase == Phase::Recording).then(|| self.moved(wish, Phase::Dropped))
        };
        if let Changed::Moved(wish) = self.0.wishes.change_from(wish, by, dropped).await? {
            self.count(wish.kind, FollowUpOutcome::Silent);
            tracing::info!(
                call.sid = wish.call_sid.map(tracing::field::display),
                "a caller left the recorder without a message"
            );
        }
        Ok(())
    }

    /// Whether there is a recording of the caller, perhaps one that goes on: they are there although it could not be
    /// noted, and must not be led away from what they say.
    async fn is_recorded(&self, wish: &Wish, by: Deadline) -> Result<bool, TwilioError> {
        let Some(call) = wish.call_sid else {
            return Ok(false);
        };
        let recordings = self.0.twilio.recordings(by).of_call(call).await?;
        Ok(!recordings.is_empty())
    }

    async fn arrived(&self, wish: Entry<Wish>, by: Deadline) -> Result<(), TwilioError> {
        let arrived = |wish: &Wish| {
            (wish.phase == Phase::Leaving).then(|| self.moved(wish, Phase::Recording))
        };
        let noted = self.0.wishes.change_from(wish, by, arrived).await;
        noted.map(|_| ())
    }

    async fn is_over(&self, wish: &Wish, by: Deadline) -> Result<bool, TwilioError> {
        let Some(call) = wish.call_sid.filter(|_| wish.kind == Kind::Message) else {
            return Ok(true);
        };
        self.0.twilio.calls(by).is_over(call).await
    }
}
