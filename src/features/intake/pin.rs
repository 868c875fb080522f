//! The PIN that makes a phone known, and a limit to guessing it.
//!
//! Five wrong guesses from one number within an hour, on whichever replica and by whichever way, and the right one is
//! wrong, too. The count lives in Sync and goes away by itself. Who can show a fresh number for every five guesses is
//! not stopped by this: six digits then take a few hundred thousand calls.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Error, Intake, upstream};
use crate::{
    durable::store,
    twilio::{deadline::Deadline, error::Error as TwilioError, party::E164},
};

/// The Sync map that counts.
const MAP: &str = "Global.IntakeGuesses";

/// How many wrong guesses a number has.
const GUESSES: u32 = 5;

/// How long a wrong guess counts.
const COUNTED: Duration = Duration::from_hours(1);

#[derive(Debug, Serialize, Deserialize)]
struct Guesses {
    wrong: u32,
}

impl Intake {
    /// Reads all counts of wrong guesses; gives how many there are.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn read_records(&self, by: Deadline) -> Result<usize, TwilioError> {
        let map = self.0.twilio.map(MAP, by);
        Ok(map.all::<Guesses>().await?.len())
    }

    /// Whether this is the PIN, unless too many were wrong.
    ///
    /// # Errors
    /// [`Error::Upstream`] when the guesses cannot be counted: no guess is free.
    pub(super) async fn is_pin(
        &self,
        pin: &SecretString,
        phone: &E164,
        guess: &str,
        by: Deadline,
    ) -> Result<bool, Error> {
        self.guess(pin, phone, guess, by)
            .await
            .map_err(upstream("checking the PIN"))
    }

    async fn guess(
        &self,
        pin: &SecretString,
        phone: &E164,
        guess: &str,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        // Keys stand in URLs, and a number does not.
        let key = &store::veiled(&format!("{}\0{phone}", pin.expose_secret()));
        let map = self.0.twilio.map(MAP, by);
        let held = map.read::<Guesses>(key).await?;
        let wrong = held.as_ref().map_or(0, |item| item.data.wrong);
        if wrong >= GUESSES {
            return Ok(false);
        }
        if same(pin, guess) {
            return Ok(true);
        }
        let counted = Guesses { wrong: wrong + 1 };
        let written = match &held {
            None => map.create(key, &counted, COUNTED).await,
            Some(item) => {
                let revision = Some(item.revision.as_str());
                map.update(key, &counted, revision, COUNTED).await
            }
        };
        match written {
            // Another guess at the same instant was counted instead.
            Err(error) if !(error.is_conflict() || error.is_outdated() || error.is_not_found()) => {
                Err(error)
            }
            _ => Ok(false),
        }
    }
}

/// Digests are compared, so that the time it takes tells nothing.
fn same(pin: &SecretString, guess: &str) -> bool {
    let right = Sha256::digest(pin.expose_secret().as_bytes());
    let sent = Sha256::digest(guess.as_bytes());
    right.as_slice().ct_eq(sent.as_slice()).into()
}
