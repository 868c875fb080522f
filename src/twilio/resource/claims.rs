//! What a worker has on their hands: their reservations, whatever tasks they are for (Twilio: "Worker Reservation
//! resource").
//!
//! All of them are asked for at once. Twilio takes one status as a filter, and there are three of interest; a
//! reservation is gone five minutes after its task has ended, so there are never many.

use serde::{Deserialize, Deserializer};

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::Request,
    sid::{ReservationSid, TaskSid, WorkerSid},
};

/// How far a worker is with a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is offered to them.
    Offered,
    /// They have it.
    Accepted,
    /// They are done with the caller and write up.
    Wrapping,
    /// They have nothing to do with it any more.
    Over,
}

impl Stage {
    fn read(word: &str) -> Self {
        match word {
            "pending" => Self::Offered,
            "wrapping" => Self::Wrapping,
            "rejected" | "timeout" | "canceled" | "rescinded" | "completed" | "failed" => {
                Self::Over
            }
            // "accepted"; and a word that Twilio did not have when this was written: in doubt they are busy.
            _ => Self::Accepted,
        }
    }
}

impl<'de> Deserialize<'de> for Stage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(&String::deserialize(deserializer)?))
    }
}

/// One of a worker's reservations.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Claim {
    /// Its SID.
    pub sid: ReservationSid,
    /// The task.
    pub task_sid: TaskSid,
    /// How far they are.
    #[serde(rename = "reservation_status")]
    pub stage: Stage,
}

impl Twilio {
    /// Everything a worker is offered, has or writes up.
    ///
    /// # Errors
    /// `is_not_found` when there is no such worker.
    pub async fn claims_of(&self, worker: WorkerSid, by: Deadline) -> Result<Vec<Claim>, Error> {
        let path = format!(
            "/v1/Workspaces/{}/Workers/{worker}/Reservations",
            self.workspace()
        );
        let request = Request::get(Product::TaskRouter, path).query("PageSize", 100);
        let all: Vec<Claim> = self.pages(request, "reservations", by).all().await?;
        Ok(all
            .into_iter()
            .filter(|claim| claim.stage != Stage::Over)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_known() {
        let rows = [
            ("pending", Stage::Offered),
            ("accepted", Stage::Accepted),
            ("wrapping", Stage::Wrapping),
            ("completed", Stage::Over),
            ("rejected", Stage::Over),
            ("timeout", Stage::Over),
            ("canceled", Stage::Over),
            ("rescinded", Stage::Over),
            ("something new", Stage::Accepted),
        ];
        for (word, stage) in rows {
            assert_eq!(Stage::read(word), stage, "{word}");
        }
    }
}
