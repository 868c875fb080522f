//! Work that goes on even if its client hangs up.
//!
//! A browser tab that closes, or a webhook that Twilio gave up on, drops its request. A move that was begun is better
//! finished at once than mended later, so moves run as tasks of their own, and a server that stops waits for them.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::request;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span};

use super::{problem::Problem, trail::Trail};
use crate::twilio::deadline::Deadline;

/// The right to do something that will be finished.
#[derive(Debug)]
pub(crate) struct Work {
    tasks: TaskTracker,
    trail: Arc<Trail>,
}

impl Work {
    /// When an answer is of no use any more.
    pub(crate) fn by(&self) -> Deadline {
        self.trail.deadline()
    }

    /// Runs `task` to its end in the background: the client gets its answer before it is done. A server that
    /// stops waits for it, so it must end by itself.
    pub(crate) fn leave<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = Box::pin(task).instrument(self.trail.span());
        self.tasks.spawn(task);
    }

    /// Runs `task` to its end, whether or not anybody still waits for this future.
    ///
    /// # Errors
    /// When the task panicked.
    pub(crate) fn finish<F, T>(
        &self,
        task: F,
    ) -> impl Future<Output = Result<T, Problem>> + use<F, T>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let mut span = Span::current();
        if span.is_none() {
            span = self.trail.span();
        }
        // Boxed at once: thousands of bytes would be copied from each of the wrappings into the next.
        let task = self.tasks.spawn(Box::pin(task).instrument(span));
        async move { task.await.map_err(Problem::internal) }
    }
}

impl<S> FromRequestParts<S> for Work
where
    S: Sync,
    TaskTracker: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self {
            tasks: TaskTracker::from_ref(state),
            trail: Trail::of(&parts.extensions)?,
        })
    }
}
