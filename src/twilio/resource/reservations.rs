//! Reservations: one worker's claim on one task (Twilio: "Task Reservation resource").

use serde::{Deserialize, Deserializer};

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::Request,
    sid::{CallSid, ReservationSid, TaskSid, WorkerSid},
};

/// The error code of a change that the reservation's state does not allow; also of other wrong parameters
/// (Twilio: error 20001).
const NOT_POSSIBLE: u32 = 20_001;

/// The error code of an instruction for a reservation that is not pending (Twilio: error 40123).
const NOT_PENDING: u32 = 40_123;

/// Where a reservation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Offered, and not answered yet.
    Pending,
    /// The worker has the task: they talk, or wrap up.
    Taken,
    /// The worker had the task and is done with it.
    Done,
    /// Gone without having been taken: rejected, timed out or rescinded.
    Gone,
    /// Gone as well: the task was canceled, or what follows from an acceptance could not be set up (Twilio Support:
    /// "TaskRouter Reservation Canceled Instead of Timing Out").
    Canceled,
    /// A status Twilio did not have when this was written.
    Other(String),
}

impl Standing {
    fn read(word: &str) -> Self {
        match word {
            "pending" => Self::Pending,
            "accepted" | "wrapping" => Self::Taken,
            "completed" => Self::Done,
            "rejected" | "timeout" | "rescinded" => Self::Gone,
            "canceled" => Self::Canceled,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Standing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(&String::deserialize(deserializer)?))
    }
}

/// A reservation.
#[derive(Clone, Debug, Deserialize)]
pub struct Reservation {
    /// Its SID.
    pub sid: ReservationSid,
    /// Where it stands.
    #[serde(rename = "reservation_status")]
    pub standing: Standing,
    /// The worker.
    pub worker_sid: WorkerSid,
}

/// The reservations of one task.
#[derive(Clone, Copy, Debug)]
pub struct Reservations<'a> {
    twilio: &'a Twilio,
    task: TaskSid,
    by: Deadline,
}

impl Twilio {
    /// The reservations of one task.
    #[must_use]
    pub fn reservations(&self, task: TaskSid, by: Deadline) -> Reservations<'_> {
        Reservations {
            twilio: self,
            task,
            by,
        }
    }
}

impl Reservations<'_> {
    fn path(self) -> String {
        let workspace = self.twilio.workspace();
        format!(
            "/v1/Workspaces/{workspace}/Tasks/{}/Reservations",
            self.task
        )
    }

    /// Reads one. A task that is gone takes its reservations with it.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn fetch(self, reservation: ReservationSid) -> Result<Option<Reservation>, Error> {
        let path = format!("{}/{reservation}", self.path());
        let request = Request::get(Product::TaskRouter, path);
        match self.twilio.send(&request, self.by).await {
            Err(error) if error.is_not_found() => Ok(None),
            other => other?.read().map(Some),
        }
    }

    /// All of them. A task that is gone has none.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn all(self) -> Result<Vec<Reservation>, Error> {
        let request = Request::get(Product::TaskRouter, self.path());
        let pages = self.twilio.pages(request, "reservations", self.by);
        match pages.all().await {
            Err(error) if error.is_not_found() => Ok(vec![]),
            other => other,
        }
    }

    /// Gives the task back, so that another worker is asked; the worker's activity stays. Harmless to repeat: a
    /// reservation is rejected once, and the next one of the same worker has another SID.
    ///
    /// # Errors
    /// [`is_settled`] says that it may have been over already.
    pub async fn reject(self, reservation: ReservationSid) -> Result<(), Error> {
        self.set(reservation, "rejected").await
    }

    /// Takes the task, without any call being made. Harmless to repeat.
    ///
    /// # Errors
    /// [`is_settled`] says that it was not pending any more.
    pub async fn accept(self, reservation: ReservationSid) -> Result<(), Error> {
        self.set(reservation, "accepted").await
    }

    /// Moves the call that waits for the task to another document, and takes the task: both or neither, because only a
    /// pending reservation allows it. Harmless to repeat: the second time it is not pending any more.
    ///
    /// # Errors
    /// [`is_settled`] says that it may have been over already; error 40122 that the call is.
    pub async fn redirect(
        self,
        reservation: ReservationSid,
        call: CallSid,
        url: &str,
    ) -> Result<(), Error> {
        let path = format!("{}/{reservation}", self.path());
        let request = Request::post(Product::TaskRouter, path)
            .form("Instruction", "redirect")
            .form("RedirectCallSid", call)
            .form("RedirectUrl", url)
            .form("RedirectAccept", "true")
            .repeatable();
        self.twilio.send(&request, self.by).await.map(|_| ())
    }

    async fn set(self, reservation: ReservationSid, status: &str) -> Result<(), Error> {
        let path = format!("{}/{reservation}", self.path());
        let request = Request::post(Product::TaskRouter, path)
            .form("ReservationStatus", status)
            .repeatable();
        self.twilio.send(&request, self.by).await.map(|_| ())
    }
}

/// Whether a change was refused because the reservation, or its task, is in another state or gone. Code 20001 has
/// other reasons, too, so a caller of this that must know reads the reservation.
#[must_use]
pub fn is_settled(error: &Error) -> bool {
    error.is_not_found() || matches!(error.code(), Some(NOT_POSSIBLE | NOT_PENDING))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_known() {
        let rows = [
            ("pending", Standing::Pending),
            ("accepted", Standing::Taken),
            ("wrapping", Standing::Taken),
            ("completed", Standing::Done),
            ("rejected", Standing::Gone),
            ("timeout", Standing::Gone),
            ("canceled", Standing::Canceled),
            ("rescinded", Standing::Gone),
        ];
        for (word, standing) in rows {
            assert_eq!(Standing::read(word), standing, "{word}");
        }
        assert_eq!(Standing::read("new"), Standing::Other("new".to_owned()));
    }
}
