//! Coming back: a call that has been parked for `PARK_TIMEOUT` returns by itself.
//!
//! First to the worker who parked it, a few times, each for a limited ring; then to its original workflow, before
//! every other call. The hold document drives it: its answer is the `<Enqueue>`, so no timer is needed and a restart
//! loses nothing. A call that leaves its queue without having been answered is back on hold and listed.

use super::{
    CallEnded, Entry, HoldRound, Parking, QueueLeft, Waiting,
    pickup::PRIORITY,
    record::{ParkedCall, Phase},
};
use crate::{
    telemetry::HoldOutcome,
    twilio::deadline::Deadline,
    twiml::document::{Document, PickUp, Wait},
};

impl Parking {
    /// The document that takes a parked call off hold, if its time has come.
    pub(super) async fn perhaps_come_back(
        &self,
        entry: &Entry,
        round: &HoldRound,
        by: Deadline,
    ) -> Option<Document> {
        let settings = &self.0.settings;
        let timeout = settings.timeout?;
        let now = self.0.clock.now();
        if self.0.clock.since(entry.record.held_since()) < timeout {
            return None;
        }
        let overflow = entry.record.tries >= settings.return_tries;
        let phase = if overflow {
            Phase::Overflow
        } else {
            Phase::Return
        };
        let mut to = entry.record.moved_to(phase, now, self.mark());
        to.tries = to.tries.saturating_add(1);
        let claimed = self.0.ledger.replace(entry, to, by).await.ok()?.record;
        tracing::info!(call.sid = %claimed.call_sid, phase = phase.word(), tries = claimed.tries, "a parked call comes back");
        if overflow {
            self.0.metrics.held(HoldOutcome::Overflowed);
            self.left_hold(&claimed, by).await;
        } else {
            self.0.metrics.held(HoldOutcome::CameBack);
        }
        Some(self.return_call(&claimed, round))
    }

    fn return_call(&self, claimed: &ParkedCall, round: &HoldRound) -> Document {
        let (settings, now) = (&self.0.settings, self.0.clock.now());
        let overflow = claimed.phase == Phase::Overflow;
        Document::PickUp(PickUp {
            workflow: claimed.workflow_sid,
            action: settings.left_url(round),
            // Only a worker's own call gives up and goes back on hold; in its workflow it waits its turn.
            wait: (!overflow).then(|| settings.queue_url(round)),
            priority: PRIORITY,
            task: if overflow {
                claimed.for_overflow(now)
            } else {
                claimed.for_return(now)
            },
        })
    }

    /// What a caller hears who waits for the worker who parked them.
    #[must_use]
    pub fn waiting(&self, wait: Waiting) -> Document {
        let settings = &self.0.settings;
        if wait.queue_seconds >= settings.return_ring.as_secs() {
            return Document::Leave;
        }
        let next = HoldRound {
            round: wait.hold.round.saturating_add(1),
            ..wait.hold
        };
        Document::Wait(Wait {
            music: settings.track(next.round, &self.0.rng),
            next: settings.queue_url(&next),
        })
    }

    /// What a caller hears who left the queue without an agent, or after one.
    pub async fn queue_left(&self, left: QueueLeft, by: Deadline) -> Document {
        match left.result.as_str() {
            "bridged" => {
                self.answered(&left.hold, by).await;
                Document::End
            }
            // Twilio asks here even when another document took over, and then ignores the answer; should it ever
            // not, hold is where a caller is safe.
            "redirected" | "redirected-from-bridged" | "bridging-in-process" => {
                self.answered(&left.hold, by).await;
                self.hold_document(&left.hold)
            }
            "hangup" => {
                let ended = CallEnded {
                    call: left.hold.call,
                    at: None,
                    was_parked: true,
                };
                if let Err(error) = self.call_ended(ended, by).await {
                    tracing::warn!(call.sid = %left.hold.call, %error, "the end of a call is left to the reconciler");
                }
                Document::End
            }
            result => self.not_answered(&left.hold, result, by).await,
        }
    }

    /// A call that came back was answered: it leaves the worker's list. A picked-up one has left it already.
    async fn answered(&self, hold: &HoldRound, by: Deadline) {
        let remembered = self
            .0
            .ledger
            .remembered(hold.call)
            .map(|entry| entry.record.phase);
        if remembered.is_some_and(|phase| !matches!(phase, Phase::Return | Phase::Overflow)) {
            return;
        }
        match self.0.ledger.read(hold.call, by).await {
            Ok(Some(entry)) if entry.record.is_claimed() => self.left_hold(&entry.record, by).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(call.sid = %hold.call, %error, "an answered call may still be listed");
            }
        }
    }

    async fn left_hold(&self, record: &ParkedCall, by: Deadline) {
        let unlisted = self.unlist(record.worker_sid, record.call_sid, by);
        if let Err(error) = unlisted.await {
            tracing::warn!(call.sid = %record.call_sid, %error, "a call that left hold is still listed; the reconciler will clear it");
        }
    }

    /// No agent took the call, or it could not be enqueued: back on hold, and listed.
    async fn not_answered(&self, hold: &HoldRound, result: &str, by: Deadline) -> Document {
        tracing::info!(call.sid = %hold.call, result, "a call left its queue unanswered and is on hold again");
        match self.0.ledger.read(hold.call, by).await {
            Ok(Some(entry)) if entry.record.is_claimed() => {
                if let Err(error) = self.back_on_hold(&entry, by).await {
                    tracing::warn!(call.sid = %hold.call, %error, "its record is left to the next round of hold");
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(call.sid = %hold.call, %error, "its record is left to the next round of hold");
            }
        }
        let next = HoldRound {
            round: hold.round.saturating_add(1),
            ..*hold
        };
        self.hold_document(&next)
    }
}
