//! Activities (Twilio: "Activity resource"): what a worker may be doing, and whether that lets tasks come.
//!
//! Whether an activity is available can never be changed once it is made, so what was read once stays true for as
//! long as the activity exists.

use serde::Deserialize;

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, request::Request, sid::ActivitySid,
};

/// An activity.
#[derive(Clone, Debug, Deserialize)]
pub struct Activity {
    /// Its SID.
    pub sid: ActivitySid,
    /// Its name.
    #[serde(default)]
    pub friendly_name: String,
    /// Whether workers who do it are offered tasks.
    #[serde(default)]
    pub available: bool,
}

/// The workspace's activities.
#[derive(Clone, Copy, Debug)]
pub struct Activities<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The workspace's activities.
    #[must_use]
    pub fn activities(&self, by: Deadline) -> Activities<'_> {
        Activities { twilio: self, by }
    }
}

impl Activities<'_> {
    /// All of them.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn all(self) -> Result<Vec<Activity>, Error> {
        let path = format!("/v1/Workspaces/{}/Activities", self.twilio.workspace());
        let request = Request::get(Product::TaskRouter, path);
        let pages = self.twilio.pages(request, "activities", self.by);
        pages.all().await
    }

    /// The activity of this name, spelt exactly so; the first, should several have it.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn named(self, name: &str) -> Result<Option<Activity>, Error> {
        let path = format!("/v1/Workspaces/{}/Activities", self.twilio.workspace());
        let request = Request::get(Product::TaskRouter, path).query("FriendlyName", name);
        let pages = self.twilio.pages(request, "activities", self.by);
        let found: Vec<Activity> = pages.all().await?;
        let mut found = found.into_iter();
        Ok(found.find(|activity| activity.friendly_name == name))
    }
}
