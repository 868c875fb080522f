//! Which worker has a direct extension.

use super::Error;
use crate::twilio::{Twilio, deadline::Deadline, sid::WorkerSid};

/// What was found.
#[derive(Clone, Debug)]
pub enum Found {
    /// Exactly one worker.
    One {
        /// Their SID.
        worker: WorkerSid,
        /// What they are doing now.
        activity: String,
    },
    /// Nobody.
    Nobody,
    /// More than one: never guessed between.
    Several,
}

/// Finds the worker with `extension`.
///
/// # Errors
/// [`Error::Invalid`] when it is no extension, [`Error::Upstream`].
pub async fn find_worker(
    _twilio: &Twilio,
    _extension: &str,
    _by: Deadline,
) -> Result<Found, Error> {
    Err(Error::Unknown("not yet"))
}
