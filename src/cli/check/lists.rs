//! What the account has, each asked for once, for every check that looks at it.

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    resource::{
        activities::Activity, numbers::OwnNumber, queues::Queue, workers::Worker,
        workflows::Workflow,
    },
};

/// The workspace's and the account's lists, or why one could not be read.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) workers: Result<Vec<Worker>, Error>,
    pub(super) queues: Result<Vec<Queue>, Error>,
    pub(super) workflows: Result<Vec<Workflow>, Error>,
    pub(super) activities: Result<Vec<Activity>, Error>,
    pub(super) numbers: Result<Vec<OwnNumber>, Error>,
}

impl Lists {
    pub(super) async fn of(twilio: &Twilio, by: Deadline) -> Self {
        let (workers, queues, workflows, activities, numbers) = tokio::join!(
            twilio.workers(by).all(),
            twilio.queues(by).all(),
            twilio.workflows(by),
            twilio.activities(by).all(),
            twilio.numbers(by).all(),
        );
        Self {
            workers,
            queues,
            workflows,
            activities,
            numbers,
        }
    }
}
