//! The account itself and the services we are configured to use: whether they exist, for `switchboard check`.

use serde::Deserialize;

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::{Request, segment},
    sid::ActivitySid,
};

#[derive(Deserialize)]
struct Named {
    friendly_name: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    status: String,
}

/// The workspace, as far as we look at it (Twilio: "Workspace resource").
#[derive(Clone, Debug, Deserialize)]
pub struct Workspace {
    /// Its name, if it has one.
    #[serde(rename = "friendly_name")]
    pub name: Option<String>,
    /// The activity that `TaskRouter` puts a worker into who let a reservation time out.
    #[serde(rename = "timeout_activity_sid")]
    pub timeout_activity: Option<ActivitySid>,
    /// Whom `TaskRouter` tells what happens.
    #[serde(default, rename = "event_callback_url")]
    pub event_callback: Option<String>,
    /// What of it: event types with commas, or everything.
    #[serde(default)]
    pub events_filter: Option<String>,
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

    /// The workspace: what it is called and how it is set.
    ///
    /// # Errors
    /// `is_not_found` when there is no such workspace in this account.
    pub async fn workspace_settings(&self, by: Deadline) -> Result<Workspace, Error> {
        let path = format!("/v1/Workspaces/{}", self.workspace());
        self.send(&Request::get(Product::TaskRouter, path), by)
            .await?
            .read()
    }

    /// Whether the workspace has a task channel of this unique name (Twilio: "Task Channel resource").
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn has_channel(&self, name: &str, by: Deadline) -> Result<bool, Error> {
        let channel = segment(name);
        let path = format!("/v1/Workspaces/{}/TaskChannels/{channel}", self.workspace());
        let request = Request::get(Product::TaskRouter, path);
        match self.send(&request, by).await {
            Err(error) if error.is_not_found() => Ok(false),
            other => other.map(|_| true),
        }
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
