//! What is in the air: scripted faults that wait for their request, and the chances of all others.

use std::time::Duration;

use super::{Climate, Fault, HookTrouble, RestTrouble, Trouble};
use crate::rng::Rng;

#[derive(Debug)]
pub(super) struct Sky {
    pub(super) scripted: Vec<Fault>,
    pub(super) climate: Climate,
    pub(super) always: Option<HookTrouble>,
    rng: Rng,
}

impl Sky {
    /// A sky without trouble.
    pub(super) fn clear(rng: Rng) -> Self {
        Self {
            scripted: Vec::new(),
            climate: Climate::default(),
            always: None,
            rng,
        }
    }

    pub(super) fn strike(
        &mut self,
        method: &str,
        product: Option<&str>,
        path: &str,
    ) -> Option<Trouble> {
        let mut struck = None;
        for (index, fault) in self.scripted.iter_mut().enumerate() {
            if !fault.fits(method, product, path) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if struck.is_none() {
                fault.times = fault.times.saturating_sub(1);
                struck = Some((index, fault.trouble, fault.times == 0));
            }
        }
        let (index, trouble, spent) = struck?;
        if spent {
            self.scripted.remove(index);
        }
        Some(trouble)
    }

    pub(super) fn rest_by_chance(&self, product: &str) -> Option<RestTrouble> {
        let climate = self.climate;
        let busy = if product == "sync" { 54009 } else { 20429 };
        let broken = if self.rng.below(2) == 0 { 500 } else { 503 };
        self.draw(&[
            (climate.busy, RestTrouble::Answer(429, busy)),
            (
                climate.failing,
                RestTrouble::Answer(broken, 20000 + u32::from(broken)),
            ),
            (climate.hanging, RestTrouble::Hang),
            (climate.reset, RestTrouble::Reset),
            (climate.lost, RestTrouble::Lost),
        ])
    }

    pub(super) fn hook_by_chance(&self, document: bool) -> Option<HookTrouble> {
        let climate = self.climate;
        let latest = if document { 2_000 } else { 10_000 };
        let late = Duration::from_millis(self.rng.below(latest));
        let more = u32::from(self.rng.below(2) == 0) + 1;
        self.draw(&[
            (climate.repeated, HookTrouble::Repeated(more)),
            (climate.delayed, HookTrouble::Delayed(late)),
            (
                if document { 0.0 } else { climate.dropped },
                HookTrouble::Dropped,
            ),
            (climate.refused, HookTrouble::Refused),
            (climate.unheard, HookTrouble::Lost),
        ])
    }

    /// One draw decides among all troubles, so that their chances add up instead of hiding each other.
    fn draw<T: Copy>(&self, troubles: &[(f64, T)]) -> Option<T> {
        let mut left = self.rng.fraction();
        troubles.iter().find_map(|(chance, trouble)| {
            left -= chance;
            (left < 0.0).then_some(*trouble)
        })
    }
}
