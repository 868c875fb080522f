//! Which workspace and which Sync service an account uses for Flex, for an operator who has not said so.

use serde::Deserialize;

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::Request,
    sid::{SyncServiceSid, WorkspaceSid},
};

/// A Sync service of the account (Twilio: "Service Resource").
#[derive(Clone, Debug, Deserialize)]
pub struct SyncService {
    pub sid: SyncServiceSid,
    /// Set by Twilio only: `default` for the service that comes with the account.
    pub unique_name: Option<String>,
    pub friendly_name: Option<String>,
}

impl SyncService {
    /// Whether it came with the account, and so is the one that Flex and its plugins use.
    #[must_use]
    pub fn is_default(&self) -> bool {
        let is = |name: &Option<String>, what: &str| name.as_deref() == Some(what);
        is(&self.unique_name, "default") || is(&self.friendly_name, "Default Service")
    }
}

impl Twilio {
    /// The workspace of the account's Flex (Twilio: "Flex Configuration REST API", `taskrouter_workspace_sid`); `None`
    /// when the account has no Flex.
    ///
    /// # Errors
    /// When Flex cannot be asked.
    pub async fn flex_workspace(&self, by: Deadline) -> Result<Option<WorkspaceSid>, Error> {
        #[derive(Deserialize)]
        struct Configuration {
            taskrouter_workspace_sid: Option<WorkspaceSid>,
        }
        let request = Request::get(Product::Flex, "/v1/Configuration".to_owned());
        match self.send(&request, by).await {
            Ok(answer) => Ok(answer.read::<Configuration>()?.taskrouter_workspace_sid),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every Sync service of the account.
    ///
    /// # Errors
    /// When Sync cannot be asked.
    pub async fn sync_services(&self, by: Deadline) -> Result<Vec<SyncService>, Error> {
        let request = Request::get(Product::Sync, "/v1/Services".to_owned());
        self.pages(request, "services", by).all().await
    }
}
