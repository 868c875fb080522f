//! What TaskRouter has, each asked for once, for every part of the doctor that looks at it.

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    resource::{queues::Queue, workers::Worker, workflows::Workflow},
};

/// The workspace's lists, or why one could not be read.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) workers: Result<Vec<Worker>, Error>,
    pub(super) queues: Result<Vec<Queue>, Error>,
    pub(super) workflows: Result<Vec<Workflow>, Error>,
}

impl Lists {
    pub(super) async fn of(twilio: &Twilio, by: Deadline) -> Self {
        let (workers, queues, workflows) = tokio::join!(
            twilio.workers(by).all(),
            twilio.queues(by).all(),
            twilio.workflows(by)
        );
        Self {
            workers,
            queues,
            workflows,
        }
    }
}
