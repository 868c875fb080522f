//! Workflows (Twilio: "Workflow resource"): what a doctor wants to know of them.

use serde::Deserialize;

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, page::lenient_u32, request::Request,
    sid::WorkflowSid,
};

/// A workflow.
#[derive(Clone, Debug, Deserialize)]
pub struct Workflow {
    /// Its SID.
    pub sid: WorkflowSid,
    /// Its name.
    #[serde(default)]
    pub friendly_name: String,
    /// How it chooses, as JSON text (Twilio: "Workflow configuration").
    #[serde(default)]
    pub configuration: String,
    /// Who is asked what to do with a reservation; empty when no URL is.
    #[serde(default)]
    pub assignment_callback_url: Option<String>,
    /// Who is asked when that one does not answer.
    #[serde(default)]
    pub fallback_assignment_callback_url: Option<String>,
    /// How long a reservation stands, in seconds.
    #[serde(deserialize_with = "lenient_u32")]
    pub task_reservation_timeout: u32,
}

impl Twilio {
    /// The workspace's workflows.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn workflows(&self, by: Deadline) -> Result<Vec<Workflow>, Error> {
        let path = format!("/v1/Workspaces/{}/Workflows", self.workspace());
        let request = Request::get(Product::TaskRouter, path);
        self.pages(request, "workflows", by).all().await
    }
}
