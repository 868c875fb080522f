//! What is known about one request from its first byte to its last: its id, how long there is, how far it came.
//!
//! The outermost layer makes one `Trail` and puts it into the request; extractors leave their marks in it, and the
//! layer reads them back for the one log line and for the choice between a written and a spoken error.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use axum::extract::FromRequestParts;
use http::{HeaderValue, request};
use tokio::time::Instant;

use super::{
    lane::{Arriving, Lane, Place},
    problem::Problem,
};
use crate::{
    clock::Clock,
    rng::Rng,
    twilio::{deadline::Deadline, sid::CallSid},
};

/// The longest request id that is taken over from the caller.
const LONGEST_ID: usize = 64;

/// The marks one request leaves.
#[derive(Debug)]
pub(crate) struct Trail {
    id: HeaderValue,
    start: Instant,
    deadline: Deadline,
    arrived: AtomicBool,
    proved: AtomicBool,
    call: OnceLock<CallSid>,
    lane: Lane,
    place: Mutex<Option<Place>>,
}

impl Trail {
    /// A fresh trail.
    pub(crate) fn new(id: HeaderValue, deadline: Deadline, lane: Lane) -> Self {
        Self {
            id,
            start: Instant::now(),
            deadline,
            arrived: AtomicBool::new(false),
            proved: AtomicBool::new(false),
            call: OnceLock::new(),
            lane,
            place: Mutex::default(),
        }
    }

    /// The trail that the layer put into a request.
    pub(crate) fn of(extensions: &http::Extensions) -> Result<Arc<Self>, Problem> {
        extensions
            .get::<Arc<Self>>()
            .cloned()
            .ok_or_else(|| Problem::internal("this route has no layers"))
    }

    /// The request id, as it goes into the answer's header.
    pub(crate) fn id(&self) -> &HeaderValue {
        &self.id
    }

    /// The request id as text.
    pub(crate) fn id_text(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    /// A span that gives the log lines of the work their request id.
    pub(crate) fn span(&self) -> tracing::Span {
        tracing::info_span!("request", id = self.id_text())
    }

    /// When the request came in.
    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    /// When an answer is of no use any more.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The body is on its way, until what this gives is dropped.
    pub(crate) fn arrive(&self) -> Arriving {
        self.lane.arrive()
    }

    /// The request is proved and wants to be worked on: takes a place in its lane, perhaps after a short wait.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn enter(&self) -> Result<(), Problem> {
        let place = self.lane.place(self.deadline).await?;
        self.keep(Some(place));
        Ok(())
    }

    /// The same without waiting: whether there was a place.
    pub(crate) fn enter_now(&self) -> bool {
        let place = self.lane.place_now();
        let entered = place.is_some();
        self.keep(place);
        entered
    }

    /// The work is over, even if a holder of this is left.
    pub(crate) fn leave(&self) {
        self.keep(None);
    }

    fn keep(&self, place: Option<Place>) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }

    /// The whole body is here: from now on, being late is our fault.
    pub(crate) fn mark_arrived(&self) {
        self.arrived.store(true, Ordering::Relaxed);
    }

    /// Whether the whole body is here.
    pub(crate) fn has_arrived(&self) -> bool {
        self.arrived.load(Ordering::Relaxed)
    }

    /// Twilio's signature was right: from now on, an error may be spoken to the caller.
    pub(crate) fn mark_proved(&self) {
        self.proved.store(true, Ordering::Relaxed);
    }

    /// Whether Twilio's signature was right.
    pub(crate) fn is_proved(&self) -> bool {
        self.proved.load(Ordering::Relaxed)
    }

    /// The request is about this call.
    pub(crate) fn about(&self, call: CallSid) {
        // The first call named is the one the request is about.
        let _ = self.call.set(call);
    }

    /// The call the request is about, once known.
    pub(crate) fn call(&self) -> Option<&CallSid> {
        self.call.get()
    }
}

/// The id a caller sent, if it is a sane token, else a new one.
pub(crate) fn request_id(sent: Option<&HeaderValue>, rng: &Rng, clock: Clock) -> HeaderValue {
    if let Some(sent) = sent.filter(|id| is_sane(id.as_bytes())) {
        return sent.clone();
    }
    let id = rng.uuid(clock.now());
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text = id.hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown"))
}

fn is_sane(id: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=LONGEST_ID).contains(&id.len()) && id.iter().all(fits)
}

impl<S: Sync> FromRequestParts<S> for Deadline {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, _: &S) -> Result<Self, Problem> {
        Trail::of(&parts.extensions).map(|trail| trail.deadline())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[tokio::test(start_paused = true)]
    async fn a_sane_id_is_kept_and_any_other_replaced() {
        let rng = Rng::seeded(1);
        let clock = Clock::starting_at(Timestamp::constant(1_800_000_000, 0));
        let id = |sent: &'static str| {
            let sent = HeaderValue::from_static(sent);
            request_id(Some(&sent), &rng, clock)
        };
        assert_eq!(id("abc-1.2_X"), "abc-1.2_X");
        for bad in ["", "two words", "<script>", &"x".repeat(65).leak()[..]] {
            let made = id(Box::leak(bad.to_owned().into_boxed_str()));
            assert_eq!(made.len(), 36, "{bad:?} gave {made:?}");
        }
    }
}
