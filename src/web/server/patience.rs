//! How long a connection may make us wait.
//!
//! hyper has one limit for reading headers, and it runs while a kept connection is idle, too. But the two need
//! different limits: a proxy keeps idle connections for a minute and more (cutting one first loses the request that
//! was just sent on it), while a client that sends a byte now and then to hold a place must be cut soon. So the time
//! is kept here, around the socket: [`Phase`] says whether a request is being worked on, bytes that arrive otherwise
//! are headers, and the clock starts with the first of them. The body's time is the request's deadline. A client that
//! does not take its answer is cut as well.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::places::Phase;

/// From the first byte of the headers (or from the start of the connection) to the last.
const HEADERS: Duration = Duration::from_secs(10);

/// Between two requests: longer than the 60 s for which proxies usually keep a connection.
const IDLE: Duration = Duration::from_secs(75);

/// Without a byte of the answer taken.
const STUCK: Duration = Duration::from_secs(10);

/// A socket that gives up on a client that makes it wait.
pub(super) struct Patient<S> {
    socket: S,
    phase: Arc<Phase>,
    begun: u64,
    waiting: Waiting,
    armed: Option<Waiting>,
    alarm: Pin<Box<Sleep>>,
    stuck: Option<Pin<Box<Sleep>>>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// The rest of the headers. A new connection begins here.
    Headers,
    /// The next request, or the end of the work on this one. hyper does not ask for more when that ends, so the
    /// alarm for the next request is set already while it goes on.
    Request,
}

impl<S> Patient<S> {
    pub(super) fn new(socket: S, phase: Arc<Phase>) -> Self {
        Self {
            socket,
            phase,
            begun: 0,
            waiting: Waiting::Headers,
            armed: Some(Waiting::Headers),
            alarm: Box::pin(sleep_until(Instant::now() + HEADERS)),
            stuck: None,
        }
    }

    /// Notes what a read tells about the other side.
    fn note(&mut self, got_bytes: bool) {
        if got_bytes {
            self.phase.has_read();
        }
        let begun = self.phase.begun();
        if begun != self.begun {
            // A request came, and perhaps went, since: whatever was waited for is over.
            self.begun = begun;
            self.waiting = Waiting::Request;
            self.armed = None;
        }
        if got_bytes && !self.phase.is_working() {
            self.waiting = Waiting::Headers;
        }
    }

    /// Waits on the alarm, which is only set when there is nothing to read: most requests come in one piece.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.armed != Some(self.waiting) {
            self.set_alarm();
        }
        while self.alarm.as_mut().poll(context).is_ready() {
            if !self.phase.is_working() {
                return Poll::Ready(());
            }
            self.set_alarm();
        }
        Poll::Pending
    }

    fn set_alarm(&mut self) {
        self.armed = Some(self.waiting);
        let limit = match self.waiting {
            Waiting::Headers => HEADERS,
            Waiting::Request => IDLE,
        };
        self.alarm.as_mut().reset(Instant::now() + limit);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(context, buffer);
        let got_bytes = buffer.filled().len() > before;
        self.note(got_bytes);
        if read.is_ready() {
            return read;
        }
        ready!(self.wait(context));
        Poll::Ready(Err(too_slow("the client made us wait for its request")))
    }
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    /// Gives up when a write has been waiting for too long.
    fn judge<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let stuck = self
            .stuck
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + STUCK)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(too_slow("the client does not take its answer")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.judge(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, bytes);
        self.judge(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(context);
        self.judge(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

fn too_slow(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, why)
}
