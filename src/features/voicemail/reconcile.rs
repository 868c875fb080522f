//! The reconciler of voicemail: ends what a crash, a lost report or a silent Twilio cut short.
//!
//! Every replica looks every [`EVERY`]. It reads the records of messages and the notes of visits, as many
//! as came in the last hours, and looks closer only at what no process works on any more: a message whose task is owed, words that
//! are not where they belong, a visit whose call is over. For those it asks Twilio for the recordings, and keeps
//! the ones that no report has announced.

use std::{collections::HashSet, time::Duration};

use super::{
    Recorded, Voicemail,
    message::{Message, Phase},
    visit::Visit,
};
use crate::{
    durable::{
        outage::Outages,
        reconcile::{Reconcile, Report},
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

impl Reconcile for Voicemail {
    const NAME: &'static str = "voicemail";
    const EVERY: Duration = EVERY;
    const KINDS: &'static [&'static str] = &["messages-found", "message-tasks", "transcripts"];

    fn is_on(&self) -> bool {
        Self::is_on(self)
    }

    fn outages(&self) -> &Outages {
        &self.0.outages
    }

    async fn pass(&self, _: u32, report: &Report<'_>) {
        self.reconcile(report).await;
    }
}

impl Voicemail {
    /// Reads every record, for the doctor, which names those that cannot be read; gives how many can.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read_records(&self, by: Deadline) -> Result<usize, Error> {
        let owed = self.0.messages.count(by).await? + self.0.visits.count(by).await?;
        Ok(owed + self.count_kept(by).await?)
    }

    /// One pass over all messages and all visits.
    async fn reconcile(&self, report: &Report<'_>) {
        let mut owed = HashSet::new();
        for map in self.0.messages.maps() {
            let all = self.0.messages.all(map, Deadline::after(PATIENCE)).await;
            for message in listed(all, report) {
                if message.phase == Phase::Owed {
                    owed.insert(message.call_sid);
                }
                if message.is_stuck(self.0.clock.now()) {
                    let done = self.mend_message(&message, report).await;
                    note(done, message.call_sid, report);
                }
            }
        }
        for map in self.0.visits.maps() {
            let all = self.0.visits.all(map, Deadline::after(PATIENCE)).await;
            for visit in listed(all, report) {
                // What a message is made from stays until it is made.
                let settled = self.0.clock.since(visit.begun) >= SETTLED;
                if settled && !owed.contains(&visit.call_sid) {
                    let done = self.mend_visit(&visit, report).await;
                    note(done, visit.call_sid, report);
                }
            }
        }
    }

    /// A message whose maker was cut short. Of two replicas that find it, one goes on.
    async fn mend_message(
        &self,
        message: &Entry<Message>,
        report: &Report<'_>,
    ) -> Result<(), Error> {
        let by = Deadline::after(PATIENCE);
        let touched = message.touched(self.0.clock.now(), self.mark());
        let ours = match self.0.messages.replace(message, touched, by).await {
            Ok(ours) => ours,
            Err(NotMoved::Moved(_)) => return Ok(()),
            Err(NotMoved::Unclear(error)) => return Err(error),
        };
        if ours.phase == Phase::Closed {
            report.mended("transcripts");
            return self.write_words(&ours, by).await;
        }
        report.mended("message-tasks");
        self.finish(&ours, true, by).await
    }

    /// A visit that may be over: whatever was said and never told of is kept, and the note is done with.
    async fn mend_visit(&self, visit: &Entry<Visit>, report: &Report<'_>) -> Result<(), Error> {
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
            report.mended("messages-found");
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

fn note(done: Result<(), Error>, call: CallSid, report: &Report<'_>) {
    if let Err(error) = done {
        report.record_failed("the record of a message", &call, &error);
    }
}

fn listed<T>(found: Result<Vec<T>, Error>, report: &Report<'_>) -> Vec<T> {
    found.unwrap_or_else(|error| {
        report.list_failed("the records of messages", &error);
        vec![]
    })
}
