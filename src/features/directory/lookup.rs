//! Which worker has a direct extension.

use crate::{
    error::{Error, upstream},
    features::directory::{Directory, Found},
    twilio::deadline::Deadline,
};

/// The worker attribute that holds an extension; the sample's plugin and workflow use the same.
pub const ATTRIBUTE: &str = "directExtension";

/// The longest extension anybody could want to dial.
const LONGEST: usize = 16;

/// Whether a text can be keyed in as an extension.
#[must_use]
pub fn is_extension(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// Finds the worker with `extension`.
///
/// # Errors
/// [`Error::Invalid`] when it is no extension, [`Error::Upstream`].
pub async fn find_worker(
    directory: &Directory,
    extension: &str,
    by: Deadline,
) -> Result<Found, Error> {
    // Digits only: what a caller can key in, and nothing that could change the question.
    let extension = extension.trim();
    if !is_extension(extension) {
        return Err(Error::Invalid {
            field: "extension",
            expected: "digits",
        });
    }
    let found = directory.find(ATTRIBUTE, &[extension.to_owned()], by).await;
    found.map_err(upstream("looking the extension up"))
}
