//! The account itself and the services we are configured to use: whether they exist, for `switchboard check`.

use serde::Deserialize;

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, request::Request, sid::ActivitySid,
};

#[derive(Deserialize)]
struct Named {
    friendly_name: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    status: String,
}

#[derive(Deserialize)]
struct Workspace {
    #[serde(default)]
    timeout_activity_sid: Option<ActivitySid>,
}

impl Twilio {
    /// The account's status: `active`, `suspended` or `closed` (Twilio: "Account resource"). Proves the credentials.
    ///
    /// # Errors
    /// `is_auth` when the credentials are refused.
    pub async fn account_status(&self, by: Deadline) -> Result<String, Error> {
        let path = format!("/2010-04-01/Accounts/{}.json", self.account());
        let answer: Status = self
            .send(&Request::get(Product::Api, path), by)
            .await?
            .read()?;
        Ok(answer.status)
    }

    /// The workspace's name.
    ///
    /// # Errors
    /// `is_not_found` when there is no such workspace in this account.
    pub async fn workspace_name(&self, by: Deadline) -> Result<String, Error> {
        let path = format!("/v1/Workspaces/{}", self.workspace());
        let answer: Named = self
            .send(&Request::get(Product::TaskRouter, path), by)
            .await?
            .read()?;
        Ok(answer.friendly_name.unwrap_or_default())
    }

    /// The activity that `TaskRouter` puts a worker into who let a reservation time out (Twilio: "Workspace resource",
    /// `timeout_activity_sid`).
    ///
    /// # Errors
    /// `is_not_found` when there is no such workspace in this account.
    pub async fn timeout_activity(&self, by: Deadline) -> Result<Option<ActivitySid>, Error> {
        let path = format!("/v1/Workspaces/{}", self.workspace());
        let answer: Workspace = self
            .send(&Request::get(Product::TaskRouter, path), by)
            .await?
            .read()?;
        Ok(answer.timeout_activity_sid)
    }

    /// The Sync service's name; empty when it has none, as the default service.
    ///
    /// # Errors
    /// `is_not_found` when there is no such service in this account.
    pub async fn sync_service_name(&self, by: Deadline) -> Result<String, Error> {
        let path = format!("/v1/Services/{}", self.sync_service());
        let answer: Named = self
            .send(&Request::get(Product::Sync, path), by)
            .await?
            .read()?;
        Ok(answer.friendly_name.unwrap_or_default())
    }
}
