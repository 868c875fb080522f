//! Notes of calls that are in neither place for a moment: off hold and not yet a task, or off the task and not yet listed.
//!
//! A look in that moment, by whichever replica, would find a worker without any call, and a call from the line would
//! take the place of the one they are about to pick up. So the request that moves a call writes, *before* it moves, that for
//! the next [`KEPT`] the worker counts as having it parked. The note is read only when a look is about to let more calls
//! come; it is never deleted early, because when it is not true any more the task or the list says the same.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Availability;
use crate::{
    durable::store,
    twilio::{deadline::Deadline, error::Error, sid::WorkerSid},
};
use jiff::Timestamp;

/// How many maps the notes are spread over: Sync takes 20 writes a second on each.
const MAPS: u8 = 8;

/// What those maps are called.
const NAME: &str = "Global.OnTheWay";

/// How long a call may be in neither place: longer than the longest request that moves one, and the time that TaskRouter needs.
pub(super) const KEPT: Duration = Duration::from_secs(20);

/// How long Sync keeps a note. It takes its time with forgetting, so the note says itself until when it holds.
const LIFE: Duration = Duration::from_mins(2);

#[derive(Serialize, Deserialize)]
struct Note {
    /// Until when it holds, in Unix milliseconds.
    #[serde(default)]
    until: i64,
}

impl Availability {
    /// Reads all notes; gives how many there are.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read_records(&self, by: Deadline) -> Result<usize, Error> {
        let mut count = 0;
        for place in 0..MAPS {
            let map = self.0.twilio.map(store::map_name(NAME, place), by);
            count += map.all::<Note>().await?.len();
        }
        Ok(count)
    }

    /// Notes that a call of this worker's is about to move.
    pub(super) async fn note_on_the_way(
        &self,
        worker: WorkerSid,
        by: Deadline,
    ) -> Result<(), Error> {
        let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let until = self.0.clock.now().as_millisecond().saturating_add(kept);
        let (map, note) = (self.0.twilio.map(name_of(worker), by), Note { until });
        let key = worker.as_str();
        match map.create(key, &note, LIFE).await {
            Err(error) if error.is_conflict() => {
                map.update(key, &note, None, LIFE).await.map(|_| ())
            }
            other => other.map(|_| ()),
        }
    }

    /// Until when a call of this worker's is on its way, if one is.
    pub(super) async fn on_the_way(
        &self,
        worker: WorkerSid,
        by: Deadline,
    ) -> Result<Option<Timestamp>, Error> {
        let map = self.0.twilio.map(name_of(worker), by);
        let note = map.read::<Note>(worker.as_str()).await?;
        let until = note.and_then(|item| Timestamp::from_millisecond(item.data.until).ok());
        Ok(until.filter(|until| *until > self.0.clock.now()))
    }
}

fn name_of(worker: WorkerSid) -> String {
    store::map_name(NAME, store::place(worker.as_str(), MAPS))
}
