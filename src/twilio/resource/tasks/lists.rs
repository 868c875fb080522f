//! Lists of tasks: by an attribute, a workflow, a queue, or their age. Lists may leave attributes out.

use jiff::Timestamp;

use super::{Task, Tasks};
use crate::twilio::{
    error::Error,
    host::Product,
    request::Request,
    sid::{TaskQueueSid, WorkflowSid},
};

impl Tasks<'_> {
    /// The tasks whose attribute `name` is the text `value`. Twilio allows three such queries a second, so it may have
    /// to wait for its turn; questions about the same attribute that wait at the same time are asked as one.
    ///
    /// # Errors
    /// [`Error::Busy`] when its turn did not come in time; when TaskRouter cannot be asked.
    pub async fn with_attribute(self, name: &'static str, value: &str) -> Result<Vec<Task>, Error> {
        Box::pin(self.twilio.tasks_of(name, value, self.by)).await
    }

    /// The tasks of a workflow that wait and are not offered.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn waiting_for(self, workflow: WorkflowSid) -> Result<Vec<Task>, Error> {
        let request = Request::get(Product::TaskRouter, self.path())
            .query("WorkflowSid", workflow)
            .query("AssignmentStatus", "pending");
        self.twilio.pages(request, "tasks", self.by).all().await
    }

    /// The tasks of a workflow that wait, are offered or given to a worker. Lists may leave attributes out.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn open_of(self, workflow: WorkflowSid) -> Result<Vec<Task>, Error> {
        let statuses = ["pending", "reserved", "assigned", "wrapping"];
        self.in_states(workflow, &statuses).await
    }

    /// The tasks of a workflow that were canceled within the last five minutes. Lists may leave attributes out.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn canceled_of(self, workflow: WorkflowSid) -> Result<Vec<Task>, Error> {
        self.in_states(workflow, &["canceled"]).await
    }

    async fn in_states(self, workflow: WorkflowSid, states: &[&str]) -> Result<Vec<Task>, Error> {
        let all = Request::get(Product::TaskRouter, self.path())
            .query("WorkflowSid", workflow)
            .query("PageSize", 1_000);
        let request = states.iter().fold(all, |request, state| {
            request.query("AssignmentStatus", state)
        });
        self.twilio.pages(request, "tasks", self.by).all().await
    }

    /// The tasks that a worker has, or wraps up, and that were made before a moment; the oldest first. Lists may leave
    /// attributes out.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn held_since(self, before: Timestamp) -> Result<Vec<Task>, Error> {
        let request = Request::get(Product::TaskRouter, self.path())
            .query("AssignmentStatus", "assigned")
            .query("AssignmentStatus", "wrapping")
            .query("Ordering", "DateCreated:asc")
            .query("PageSize", 50);
        let mut pages = self.twilio.pages::<Task>(request, "tasks", self.by);
        let mut found = vec![];
        while let Some(page) = pages.next().await? {
            let young = |task: &Task| task.made().is_some_and(|made| made > before);
            // Past the first that is too young there are only younger ones.
            let last = page.iter().any(young);
            found.extend(page.into_iter().filter(|task| !young(task)));
            if last {
                break;
            }
        }
        Ok(found)
    }

    /// The tasks of a queue that were canceled within the last five minutes. Lists may leave attributes out.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn canceled_in(self, queue: TaskQueueSid) -> Result<Vec<Task>, Error> {
        let request = Request::get(Product::TaskRouter, self.path())
            .query("TaskQueueSid", queue)
            .query("AssignmentStatus", "canceled")
            .query("PageSize", 1_000);
        self.twilio.pages(request, "tasks", self.by).all().await
    }

    /// All tasks that wait, or are offered to a worker; the newest first. Lists may leave attributes out.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn waiting(self) -> Result<Vec<Task>, Error> {
        let request = Request::get(Product::TaskRouter, self.path())
            .query("AssignmentStatus", "pending")
            .query("AssignmentStatus", "reserved")
            .query("Ordering", "DateCreated:desc")
            .query("PageSize", 1_000);
        self.twilio.pages(request, "tasks", self.by).all().await
    }

    /// The tasks that wait in a queue and are not offered.
    ///
    /// # Errors
    /// When TaskRouter cannot be asked.
    pub async fn waiting_in(self, queue: TaskQueueSid) -> Result<Vec<Task>, Error> {
        let request = Request::get(Product::TaskRouter, self.path())
            .query("TaskQueueSid", queue)
            .query("AssignmentStatus", "pending");
        self.twilio.pages(request, "tasks", self.by).all().await
    }
}
