//! The whole picture for people who keep watching it: the last one that could be read stays while Twilio cannot be asked.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use super::{FRESH, Floor, InLine, OnHold, Overview};
use crate::twilio::deadline::Deadline;

/// How long before its own deadline a watcher stops reading, so that the failure is kept for the others.
const MARGIN: Duration = Duration::from_millis(500);

/// Workers, parked calls and queues together.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Every worker.
    pub floor: Arc<Floor>,
    /// Every parked call.
    pub on_hold: Arc<OnHold>,
    /// Every queue that has tasks waiting.
    pub line: Arc<InLine>,
}

impl Seen {
    /// When this was true: the time of its oldest part.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.floor.at.min(self.on_hold.at).min(self.line.at)
    }
}

/// What was read last, and whether it is still being read.
#[derive(Clone, Debug)]
pub struct Latest {
    /// The last picture; `None` until each of its parts has been read once.
    pub seen: Option<Seen>,
    /// Whether a part of it could not be read the last time that was tried.
    pub failing: bool,
}

/// The last attempt, shared by everyone who watches.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Held by the watcher who is reading.
    turn: tokio::sync::Mutex<()>,
    last: Mutex<Attempt>,
}

#[derive(Clone, Debug, Default)]
struct Attempt {
    at: Option<Timestamp>,
    floor: Option<Arc<Floor>>,
    on_hold: Option<Arc<OnHold>>,
    line: Option<Arc<InLine>>,
    failing: bool,
}

impl Shared {
    fn last(&self) -> Attempt {
        let last = self.last.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, attempt: Attempt) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = attempt;
    }
}

impl Attempt {
    fn told(self) -> Latest {
        let parts = self.floor.zip(self.on_hold).zip(self.line);
        Latest {
            seen: parts.map(|((floor, on_hold), line)| Seen {
                floor,
                on_hold,
                line,
            }),
            failing: self.failing,
        }
    }
}

impl Overview {
    /// The whole picture as it was read last, which is at most a few seconds ago while Twilio answers.
    ///
    /// An attempt stands for a few seconds whether it succeeded or not, and watchers who come meanwhile wait for it: a
    /// hundred open boards ask Twilio no more than one does, and no more when Twilio is slow or refuses.
    pub async fn latest(&self, by: Deadline) -> Latest {
        let shared = &self.0.latest;
        if tokio::time::timeout(by.left(), self.attempt(by))
            .await
            .is_err()
        {
            let last = shared.last();
            let late = Attempt {
                failing: true,
                ..last
            };
            return late.told();
        }
        shared.last().told()
    }

    async fn attempt(&self, by: Deadline) {
        let shared = &self.0.latest;
        let _turn = shared.turn.lock().await;
        let last = shared.last();
        if last.at.is_some_and(|at| self.0.clock.since(at) < FRESH) {
            return;
        }
        let by = by.or_after(by.left().saturating_sub(MARGIN));
        let (floor, on_hold, line) = tokio::join!(self.floor(by), self.on_hold(by), self.line(by));
        let failures = [
            floor.as_ref().err(),
            on_hold.as_ref().err(),
            line.as_ref().err(),
        ];
        let failure = failures.into_iter().flatten().next();
        match failure {
            Some(error) if !last.failing => {
                tracing::warn!(%error, "the board shows old figures: Twilio could not be asked");
            }
            None if last.failing => tracing::info!("the board shows current figures again"),
            _ => {}
        }
        shared.keep(Attempt {
            at: Some(self.0.clock.now()),
            failing: failure.is_some(),
            floor: floor.ok().or(last.floor),
            on_hold: on_hold.ok().or(last.on_hold),
            line: line.ok().or(last.line),
        });
    }
}
