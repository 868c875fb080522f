//! Flex tokens, proved at Twilio's IAM.
//!
//! A Flex token is encrypted and says nothing to us; one request tells whether it is valid and whose it is (npm
//! twilio-flex-token-validator; the endpoint is in no published specification). The answer is JSON whatever the
//! HTTP status, so a refused token is an answer and not an error.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, request::Request, sid::WorkerSid,
};

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

#[derive(Deserialize)]
struct Validation {
    valid: bool,
    #[serde(default)]
    worker_sid: Option<String>,
    #[serde(default)]
    identity: Option<String>,
    // Null, as everything but `valid`, when the token is not.
    #[serde(default)]
    roles: Option<Vec<String>>,
    #[serde(default)]
    expiration: Option<String>,
}

impl Twilio {
    /// What IAM says of a text that is no token, for `switchboard check`: it should say that it is not valid.
    ///
    /// # Errors
    /// When IAM could not be asked, or does not answer as it answers plugins' tokens.
    pub async fn accepts_no_token(&self, by: Deadline) -> Result<bool, Error> {
        let path = format!("/v1/Accounts/{}/Tokens/validate", self.account());
        let body = json!({ "token": "no.token.at-all" });
        let request = Request::post(Product::Iam, path).json(body).repeatable();
        let validation: Validation = self.send(&request, by).await?.read()?;
        Ok(!validation.valid)
    }

    /// Asks IAM whether a Flex token is valid. `None`: it is not.
    ///
    /// # Errors
    /// When IAM could not be asked.
    pub async fn prove_token(
        &self,
        token: &SecretString,
        by: Deadline,
    ) -> Result<Option<Proof>, Error> {
        let path = format!("/v1/Accounts/{}/Tokens/validate", self.account());
        let body = json!({ "token": token.expose_secret() });
        // It is a question, though asked by POST.
        let request = Request::post(Product::Iam, path).json(body).repeatable();
        let validation: Validation = match self.send(&request, by).await {
            Ok(answer) => answer.read()?,
            // A token that IAM cannot even read is refused with a client error. 401 and 403 with Twilio's code
            // 20003 are about our own credentials, not the agent's.
            Err(Error::Api(error))
                if matches!(error.status, 400 | 403 | 404 | 422) && error.code != Some(20_003) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        Ok(validation.valid.then(|| Proof {
            worker: validation.worker_sid.and_then(|sid| sid.parse().ok()),
            identity: validation.identity.unwrap_or_default(),
            roles: validation.roles.unwrap_or_default(),
            expires: validation.expiration.and_then(|text| text.parse().ok()),
        }))
    }
}
