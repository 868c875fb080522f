//! The reconciler of voicemail: ends what a crash, a lost report or a silent Twilio cut short.
//!
//! Every replica looks every [`EVERY`]. It reads the records of messages and the notes of visits, of which there are as many
//! as came in the last hours, and closer only at what nobody works on any more: a message whose task is owed, words that
//! are not where they belong, a visit whose call is over. Of the last it asks Twilio for the recordings, and keeps those of
//! which no report has told.

use std::{collections::HashSet, time::Duration};

use super::{
    Recorded, Voicemail,
    message::{Message, Phase},
    visit::Visit,
};
use crate::{
    domain::{
        outage::some,
        rounds::Runner,
        store::{Entry, NotMoved},
    },
    twilio::{deadline::Deadline, error::Error, resource::recordings::Recording, sid::CallSid},
};

/// How often every replica looks.
pub(super) const EVERY: Duration = Duration::from_secs(30);

/// How old a visit is before it is looked at: most are over by then, and their messages told of.
const SETTLED: Duration = Duration::from_mins(1);

/// How long the reconciler waits for one answer or one mend.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one pass mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Messages of which no report had told.
    pub found: u32,
    /// Tasks that were still owed.
    pub tasks: u32,
    /// Transcripts that were not where they belong.
    pub transcripts: u32,
    /// What could not be looked at this time.
    pub failed: u32,
}

/// Tells what a pass has mended; what failed is told by the outages.
fn log(mended: Mended) {
    let Mended {
        found,
        tasks,
        transcripts,
        failed: _,
    } = mended;
    if found + tasks + transcripts > 0 {
        tracing::info!(
            reconciler = "voicemail",
            mended.messages_found = some(found),
            mended.tasks_made = some(tasks),
            mended.transcripts = some(transcripts),
            "voicemail: the reconciler has mended something"
        );
    }
}

impl Voicemail {
    /// Reads every record there is, for whoever wants to know which cannot be read; gives how many can.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read_records(&self, by: Deadline) -> Result<usize, Error> {
        let owed = self.0.messages.count(by).await? + self.0.visits.count(by).await?;
        Ok(owed + self.count_kept(by).await?)
    }

    /// Runs the reconciler for ever, and tells `found` of every pass. Returns at once if there are no boxes.
    pub async fn reconcile_for_ever(
        &self,
        runner: Runner<'_>,
        found: impl Fn(Mended) + Send + Sync,
    ) {
        if !self.is_on() {
            return;
        }
        let (rhythm, found) = ((&self.0.clock, &self.0.chance), &found);
        let pass = |_| async move {
            let mended = self.reconcile().await;
            found(mended);
            self.0.outages.passed();
            log(mended);
        };
        runner.run(rhythm, EVERY, pass).await;
    }

    /// One pass over all messages and all visits.
    pub async fn reconcile(&self) -> Mended {
        let mut mended = Mended::default();
        let mut owed = HashSet::new();
        for map in self.0.messages.maps() {
            let all = self.0.messages.all(map, Deadline::after(PATIENCE)).await;
            for message in self.listed(all, &mut mended) {
                if message.phase == Phase::Owed {
                    owed.insert(message.call_sid);
                }
                if message.is_stuck(self.0.clock.now()) {
                    let done = self.mend_message(&message, &mut mended).await;
                    self.note(done, message.call_sid, &mut mended);
                }
            }
        }
        for map in self.0.visits.maps() {
            let all = self.0.visits.all(map, Deadline::after(PATIENCE)).await;
            for visit in self.listed(all, &mut mended) {
                // What a message is made from stays until it is made.
                let settled = self.0.clock.since(visit.begun) >= SETTLED;
                if settled && !owed.contains(&visit.call_sid) {
                    let done = self.mend_visit(&visit, &mut mended).await;
                    self.note(done, visit.call_sid, &mut mended);
                }
            }
        }
        mended
    }

    fn note(&self, done: Result<(), Error>, call: CallSid, mended: &mut Mended) {
        if let Err(error) = done {
            mended.failed += 1;
            let outages = &self.0.outages;
            outages.record_failed("the record of a message", &call, &error);
        }
    }

    fn listed<T>(&self, found: Result<Vec<T>, Error>, mended: &mut Mended) -> Vec<T> {
        found.unwrap_or_else(|error| {
            mended.failed += 1;
            let outages = &self.0.outages;
            outages.list_failed("the records of messages", &error);
            vec![]
        })
    }

    /// A message whose maker was cut short. Of two replicas that find it, one goes on.
    async fn mend_message(
        &self,
        message: &Entry<Message>,
        mended: &mut Mended,
    ) -> Result<(), Error> {
        let by = Deadline::after(PATIENCE);
        let touched = message.touched(self.0.clock.now(), self.mark());
        let ours = match self.0.messages.replace(message, touched, by).await {
            Ok(ours) => ours,
            Err(NotMoved::Moved(_)) => return Ok(()),
            Err(NotMoved::Unclear(error)) => return Err(error),
        };
        if ours.phase == Phase::Closed {
            mended.transcripts += 1;
            return self.write_words(&ours, by).await;
        }
        mended.tasks += 1;
        self.finish(&ours, true, by).await
    }

    /// A visit that may be over: whatever was said and never told of is kept, and the note is done with.
    async fn mend_visit(&self, visit: &Entry<Visit>, mended: &mut Mended) -> Result<(), Error> {
        let by = Deadline::after(PATIENCE);
        if !self.0.twilio.calls(by).is_over(visit.call_sid).await? {
            return Ok(());
        }
        let recordings = self.0.twilio.recordings(by).of_call(visit.call_sid).await?;
        if recordings.iter().any(Recording::is_unfinished) {
            return Ok(());
        }
        for recording in recordings.iter().filter(|it| it.is_there()) {
            let recorded = Recorded {
                mailbox: visit.mailbox,
                call: visit.call_sid,
                task: visit.task_sid,
                recording: recording.sid,
                seconds: recording.duration,
                absent: false,
                parties: None,
            };
            if recording.duration == Some(0) || self.is_known(&recorded, by).await? {
                continue;
            }
            mended.found += 1;
            let Some(owed) = self.write_down(&recorded, by).await? else {
                continue;
            };
            self.finish(&owed, false, by).await?;
        }
        self.0.visits.remove(visit, by).await
    }

    async fn is_known(&self, recorded: &Recorded, by: Deadline) -> Result<bool, Error> {
        let key = recorded.recording;
        let known = self.0.messages.read(key.as_str(), by).await?.is_some();
        Ok(known || self.item(recorded.mailbox, key, by).await?.is_some())
    }
}
