//! Long answers are sent in pieces, and a piece waits until every request for a short answer has had a turn.
//!
//! A document of 150 KiB costs the network stack far more work than a round of music on hold. Thousands of strangers who
//! ask for one all become ready to send in the same moment, and a real request then waits behind them: the runtime
//! polls tasks in the order in which they became ready. So a connection asks for a turn before each piece of a long
//! answer and sleeps until it is given one. Turns are given in the order of asking, [`AT_A_TIME`] in each round through
//! the runtime's queue of tasks: one task gives them and then goes to the end of the queue. On a server with nothing
//! else to do a round takes microseconds; on a busy one the long answers take what the others leave.
//!
//! A client that does not read holds no turn: a turn is over when the piece is in hyper's hands, and hyper asks for no
//! further piece until there is room for it.

use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::{sync::Semaphore, task, time::sleep};
use tokio_util::sync::PollSemaphore;

/// The longest piece. Answers that are no longer wait for nothing; no TwiML document is.
const PIECE: usize = 16 * 1024;

/// How many pieces are sent in one round through the runtime's queue.
const AT_A_TIME: usize = 2;

/// How long the next turns wait when those given before were not taken up at once.
const LATER: Duration = Duration::from_millis(1);

/// The turns of one server. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    given: Arc<Semaphore>,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    /// How many have asked for a turn and did not have it yet.
    waiting: usize,
    /// Whether a task is giving turns.
    served: bool,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            given: Arc::new(Semaphore::new(0)),
            queue: Arc::default(),
        }
    }
}

impl Turns {
    /// The same answer, in pieces if it is long.
    pub(super) fn pace(&self, answer: Response) -> Response {
        let length = hyper::body::Body::size_hint(answer.body()).upper();
        if length.is_some_and(|length| length <= PIECE as u64) {
            return answer;
        }
        let turn = Turn {
            given: PollSemaphore::new(Arc::clone(&self.given)),
            turns: self.clone(),
            asked: false,
        };
        answer.map(|whole| {
            Body::new(InPieces {
                whole,
                rest: Bytes::new(),
                turn,
            })
        })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives turns until no connection waits for one.
    async fn give(self) {
        while let Some(missing) = self.missing() {
            if missing == 0 {
                sleep(LATER).await;
            } else {
                self.given.add_permits(missing);
                task::yield_now().await;
            }
        }
    }

    /// How many turns can be given now; nothing when no connection waits.
    fn missing(&self) -> Option<usize> {
        let mut queue = self.queue();
        let left = self.given.available_permits();
        if queue.waiting == 0 {
            queue.served = false;
            // Of connections that were cut before they took their turn.
            self.given.forget_permits(left);
            return None;
        }
        Some(queue.waiting.min(AT_A_TIME).saturating_sub(left))
    }
}

/// One connection's next turn.
struct Turn {
    given: PollSemaphore,
    turns: Turns,
    asked: bool,
}

impl Turn {
    /// Ready when a piece may be sent.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !mem::replace(&mut self.asked, true) {
            let mut queue = self.turns.queue();
            queue.waiting += 1;
            if !mem::replace(&mut queue.served, true) {
                tokio::spawn(self.turns.clone().give());
            }
        }
        if let Some(turn) = ready!(self.given.poll_acquire(context)) {
            turn.forget();
        }
        self.is_over();
        Poll::Ready(())
    }

    fn is_over(&mut self) {
        if mem::take(&mut self.asked) {
            self.turns.queue().waiting -= 1;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.is_over();
    }
}

/// The body of a long answer.
struct InPieces {
    whole: Body,
    /// What was taken from `whole` and is not sent yet.
    rest: Bytes,
    turn: Turn,
}

impl hyper::body::Body for InPieces {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        while self.rest.is_empty() {
            let frame = ready!(Pin::new(&mut self.whole).poll_frame(context));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(trailers))) => return Poll::Ready(Some(Ok(trailers))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        ready!(self.turn.poll(context));
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.whole.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (whole, rest) = (self.whole.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(whole.lower() + rest);
        if let Some(upper) = whole.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
