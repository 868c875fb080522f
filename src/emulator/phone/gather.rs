//! `<Gather>`: waits for keys while something plays.

use std::time::Duration;

use super::{Step, document::Sheet, verbs::Stage};
use crate::{
    emulator::{
        Emulator,
        twiml::{Flaw, Gather},
    },
    twilio::sid::CallSid,
};

impl Emulator {
    /// Collects digits; the action gets them. Without any, the next verb runs, unless the document says otherwise.
    pub(super) async fn gather(
        &self,
        sid: CallSid,
        sheet: &Sheet,
        gather: &Gather,
    ) -> Result<Step, Flaw> {
        let action = sheet.link(&gather.action, gather.method)?;
        let moves = self.bell(sid, |call| &call.moves);
        tokio::select! {
            biased;
            () = async { while self.pressed(sid).is_empty() { moves.notified().await; } } => {}
            () = Box::pin(self.prompt(sid, sheet, gather)) => {}
        }
        loop {
            let keys = self.pressed(sid);
            let done = complete(&keys, gather);
            if done || !self.another_key(sid, gather.timeout, keys.len()).await {
                break;
            }
        }
        let digits = self.take_keys(sid, gather);
        if digits.is_empty() && !gather.on_empty {
            return Ok(Step::Next);
        }
        let extra = vec![("Digits", digits)];
        Ok(Self::act_on(Some(action), extra, Step::Next))
    }

    async fn prompt(&self, sid: CallSid, sheet: &Sheet, gather: &Gather) {
        for verb in &gather.inner {
            let _ = self.perform(sid, Stage::Call, sheet, verb).await;
        }
    }

    /// Waits, at most `limit`, for more keys than `seen`; whether they came.
    async fn another_key(&self, sid: CallSid, limit: Duration, seen: usize) -> bool {
        let moves = self.bell(sid, |call| &call.moves);
        tokio::select! {
            biased;
            () = async { while self.pressed(sid).len() == seen { moves.notified().await; } } => true,
            () = self.0.clock.sleep(limit) => false,
        }
    }

    fn pressed(&self, sid: CallSid) -> String {
        self.of(sid, |call| call.keys.clone()).unwrap_or_default()
    }

    /// Takes what belongs to this `<Gather>` out of the keys pressed; more may wait for the next one.
    fn take_keys(&self, sid: CallSid, gather: &Gather) -> String {
        self.with(|world| {
            let Some(call) = world.calls.get_mut(sid) else {
                return String::new();
            };
            let most = gather.digits.unwrap_or(usize::MAX);
            let mut taken = String::new();
            while let Some(key) = call.keys.chars().next().filter(|_| taken.len() < most) {
                call.keys.remove(0);
                if Some(key) == gather.finish {
                    break;
                }
                taken.push(key);
            }
            taken
        })
    }
}

fn complete(keys: &str, gather: &Gather) -> bool {
    gather.digits.is_some_and(|most| keys.len() >= most)
        || gather.finish.is_some_and(|key| keys.contains(key))
}
