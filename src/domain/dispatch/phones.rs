//! A phone rings for one reservation at a time.
//!
//! A worker may have room for two tasks and still has one phone, and two workers may share one. So whoever is about to
//! ring a phone first claims it in the Sync map of phones in use. The claim names its reservation: one whose leg is
//! over, or has no record, is void. Its key is a digest of the number, because keys stand in URLs, and numbers do not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Dispatch,
    record::{Leg, Phase},
};
use crate::{
    domain::store::{self, NotMoved},
    twilio::{deadline::Deadline, error::Error as TwilioError, sid::ReservationSid},
};

/// How long a claim is kept; longer than any call lasts.
pub(super) const KEPT: Duration = Duration::from_hours(26);

/// How often somebody else may be quicker.
const TRIES: u32 = 4;

/// A phone in use.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhoneInUse {
    phone: String,
    reservation_sid: ReservationSid,
    mark: String,
}

impl store::Record for PhoneInUse {
    fn key(&self) -> &str {
        &self.phone
    }

    fn mark(&self) -> &str {
        &self.mark
    }
}

impl Dispatch {
    /// Claims the phone of a leg; `false`: it is in use for another reservation.
    pub(super) async fn claim_phone(&self, leg: &Leg, by: Deadline) -> Result<bool, TwilioError> {
        let claim = PhoneInUse {
            phone: store::veiled(leg.phone.as_str()),
            reservation_sid: leg.reservation_sid,
            mark: self.mark(),
        };
        let mut outcome = self.0.phones.insert(claim.clone(), by).await;
        for _ in 0..TRIES {
            outcome = match outcome {
                Ok(_) => return Ok(true),
                Err(NotMoved::Unclear(error)) => return Err(error),
                Err(NotMoved::Moved(None)) => self.0.phones.insert(claim.clone(), by).await,
                Err(NotMoved::Moved(Some(held))) => {
                    let holder = held.record.reservation_sid;
                    if holder == leg.reservation_sid {
                        return Ok(true);
                    }
                    let other = self.0.legs.read(holder.as_str(), by).await?;
                    if other.is_some_and(|other| other.record.phase != Phase::Over) {
                        return Ok(false);
                    }
                    self.0.phones.replace(&held, claim.clone(), by).await
                }
            };
        }
        Ok(false)
    }

    /// Gives the phone of a leg back, if it is this leg that has it.
    pub(super) async fn release_phone(&self, leg: &Leg, by: Deadline) -> Result<(), TwilioError> {
        let held = self
            .0
            .phones
            .read(&store::veiled(leg.phone.as_str()), by)
            .await?;
        match held {
            Some(held) if held.record.reservation_sid == leg.reservation_sid => {
                self.0.phones.remove(&held, by).await
            }
            _ => Ok(()),
        }
    }
}
