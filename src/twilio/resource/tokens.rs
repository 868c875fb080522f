//! Flex tokens, proved at Twilio's IAM.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::twilio::{Twilio, deadline::Deadline, error::Error, sid::WorkerSid};

/// What Twilio says of a valid Flex token.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The worker the token belongs to, if its user is one.
    pub worker: Option<WorkerSid>,
    /// The user's identity, as in `client:…` and in a worker's `contact_uri`.
    pub identity: String,
    /// The user's Flex roles: `agent`, `supervisor`, `admin`, ….
    pub roles: Vec<String>,
    /// When the token ends.
    pub expires: Option<Timestamp>,
}

impl Twilio {
    /// Asks IAM whether a Flex token is valid. `None`: it is not.
    ///
    /// # Errors
    /// When IAM could not be asked.
    pub async fn prove_token(
        &self,
        _token: &SecretString,
        _by: Deadline,
    ) -> Result<Option<Proof>, Error> {
        Err(Error::Late)
    }
}
