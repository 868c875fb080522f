//! What TaskRouter tells of itself, as far as something is to be done here.
//!
//! That is so when a reservation or a task has ended, when `TaskRouter` joined a worker to a caller by itself, and when
//! a caller came into the queue without workers (`dispatch/nobody.rs`). In which order they arrive does not
//! matter: what has ended stays so, and an old event that comes late finds its record closed. One that comes again is
//! known by its SID in this process, and by the record in any other. Should one be lost, the reconciler asks.

use super::{Dispatch, settle::LegEnd, upstream};
use crate::{
    error::Error,
    events::RouterEvent,
    twilio::{deadline::Deadline, error::Error as TwilioError, sid::ReservationSid},
};

impl Dispatch {
    /// Does what an event calls for, if anything.
    ///
    /// # Errors
    /// [`Error::Upstream`]: it should be delivered again.
    pub async fn router_event(&self, event: &RouterEvent, by: Deadline) -> Result<(), Error> {
        let settings = &self.0.settings;
        // Where no phone rings, callers are told all the same that no worker is at work.
        let kinds = [
            "task-queue.entered",
            "task.canceled",
            "task.deleted",
            "task.system-deleted",
        ];
        let about_nobody = settings.nobody.is_some() && kinds.contains(&event.kind.as_str());
        if !(settings.is_on() || about_nobody)
            || event.sid.is_some_and(|sid| self.0.seen.contains_key(&sid))
        {
            return Ok(());
        }
        let doing = upstream("following TaskRouter");
        match event.kind.as_str() {
            "reservation.canceled"
            | "reservation.timeout"
            | "reservation.rescinded"
            | "reservation.rejected" => {
                if let Some(reservation) = event.reservation {
                    self.let_go(reservation, by).await.map_err(&doing)?;
                }
            }
            "task.canceled" | "task.deleted" | "task.system-deleted" => {
                if let Some(task) = event.task.filter(|_| settings.is_on()) {
                    let all = self.0.twilio.reservations(task, by).all().await;
                    for reservation in all.map_err(&doing)? {
                        self.let_go(reservation.sid, by).await.map_err(&doing)?;
                    }
                }
                self.nobody_came(event, by).await;
            }
            "reservation.accepted" => {
                if let Some(reservation) = event.reservation {
                    self.joined_elsewhere(reservation, by)
                        .await
                        .map_err(&doing)?;
                }
            }
            "task-queue.entered" => self.nobody_works(event, by).await,
            _ => return Ok(()),
        }
        if let Some(sid) = event.sid {
            self.0.seen.insert(sid, ());
        }
        Ok(())
    }

    async fn let_go(&self, reservation: ReservationSid, by: Deadline) -> Result<(), TwilioError> {
        let Some(leg) = self.0.legs.read(reservation.as_str(), by).await? else {
            return Ok(());
        };
        if let Some(owed) = self.gone(&leg, by).await? {
            self.settle(&owed, LegEnd::ByUs, by).await;
        }
        Ok(())
    }

    /// A reservation was taken, perhaps by a leg that TaskRouter joined by itself.
    async fn joined_elsewhere(
        &self,
        reservation: ReservationSid,
        by: Deadline,
    ) -> Result<(), TwilioError> {
        match self.0.legs.read(reservation.as_str(), by).await? {
            Some(leg) => self.note_join(&leg, by).await.map(|_| ()),
            None => Ok(()),
        }
    }
}
