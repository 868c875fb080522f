//! How long a caller or client still waits for us.

use std::time::Duration;

use tokio::time::Instant;

/// The moment after which an answer is of no use to the client: Twilio gives a voice webhook 15 s in all.
///
/// Lives on the machine's (tokio) time, because it bounds network waits, not the story.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline that lies `wait` ahead.
    #[must_use]
    pub fn after(wait: Duration) -> Self {
        Self(Instant::now() + wait)
    }

    /// What is left; zero when it has passed.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// This deadline, or one `wait` ahead if that comes first.
    #[must_use]
    pub fn or_after(self, wait: Duration) -> Self {
        Self(self.0.min(Instant::now() + wait))
    }
}
