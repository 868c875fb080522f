//! Which worker has a direct extension.

use super::Error;
use crate::twilio::{Twilio, deadline::Deadline, sid::WorkerSid};

/// The worker attribute that holds an extension; the sample's plugin and workflow use the same.
const ATTRIBUTE: &str = "directExtension";

/// The longest extension anybody could want to dial.
const LONGEST: usize = 16;

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
pub async fn find_worker(twilio: &Twilio, extension: &str, by: Deadline) -> Result<Found, Error> {
    // Digits only: what a caller can key in, and nothing that could change the question.
    let extension = extension.trim();
    if extension.is_empty()
        || extension.len() > LONGEST
        || !extension.bytes().all(|digit| digit.is_ascii_digit())
    {
        return Err(Error::Invalid {
            field: "extension",
            expected: "digits",
        });
    }
    let found = twilio
        .workers(by)
        .with_attribute(ATTRIBUTE, extension)
        .await;
    let mut found = found
        .map_err(|source| Error::Upstream {
            doing: "looking the extension up",
            source,
        })?
        .into_iter();
    Ok(match (found.next(), found.next()) {
        (None, _) => Found::Nobody,
        (Some(worker), None) => Found::One {
            worker: worker.sid,
            activity: worker.activity_name,
        },
        _ => Found::Several,
    })
}
