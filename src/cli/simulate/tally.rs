//! What becomes of callers and agents, counted.
//!
//! A call counts as arrived when it comes, in the slice of the day in which it comes, and so does what becomes of it.
//! It waits from the moment TaskRouter has a task for it until an agent has accepted it: in Flex with a click, on a
//! phone when the worker is joined to the caller.

use std::{collections::BTreeMap, time::Duration};

use super::gauge::{Gauge, grown, slice};

/// What became of the callers of one slice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Callers {
    pub(super) arrived: u32,
    /// Answered within the time that the service level asks for.
    pub(super) in_time: u32,
    pub(super) abandoned: u32,
}

/// What became of the offers to one kind of agent.
#[derive(Clone, Debug, Default)]
pub(super) struct Offers {
    pub(super) made: u32,
    pub(super) accepted: u32,
    /// The caller hung up meanwhile.
    pub(super) canceled: u32,
    /// They were not answered in time.
    pub(super) timed_out: u32,
    /// Rejected, by cause.
    pub(super) rejected: BTreeMap<String, u32>,
}

/// Who an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Flex,
    Phone,
}

/// Everything that is counted of people.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) slices: Vec<Callers>,
    /// How long those waited who were answered.
    pub(super) waits: Vec<Duration>,
    /// How long those waited who hung up.
    pub(super) vain: Vec<Duration>,
    /// Calls that ended in the queue although the caller did not hang up.
    pub(super) lost: u32,
    pub(super) waiting: Gauge,
    pub(super) ringing: Gauge,
    pub(super) talking: Gauge,
    pub(super) wrapping: Gauge,
    /// Agents in an activity in which no tasks come.
    pub(super) away: Gauge,
    pub(super) flex: Offers,
    pub(super) phones: Offers,
}

impl Tally {
    pub(super) fn offers(&mut self, place: Place) -> &mut Offers {
        match place {
            Place::Flex => &mut self.flex,
            Place::Phone => &mut self.phones,
        }
    }

    pub(super) fn arrives(&mut self, at: Duration) {
        grown(&mut self.slices, slice(at)).arrived += 1;
    }

    /// A caller who came at `arrived` is answered after `wait`.
    pub(super) fn answered(&mut self, arrived: Duration, wait: Duration, within: Duration) {
        self.waits.push(wait);
        grown(&mut self.slices, slice(arrived)).in_time += u32::from(wait <= within);
    }

    /// A caller who came at `arrived` hangs up after `wait`.
    pub(super) fn abandoned(&mut self, arrived: Duration, wait: Duration) {
        self.vain.push(wait);
        grown(&mut self.slices, slice(arrived)).abandoned += 1;
    }

    /// The day goes on until `at`.
    pub(super) fn pass(&mut self, at: Duration) {
        let gauges = [
            &mut self.waiting,
            &mut self.ringing,
            &mut self.talking,
            &mut self.wrapping,
            &mut self.away,
        ];
        for gauge in gauges {
            gauge.pass(at);
        }
        self.waits.sort_unstable();
        self.vain.sort_unstable();
    }

    pub(super) fn arrived(&self) -> u32 {
        self.slices.iter().map(|it| it.arrived).sum()
    }

    pub(super) fn in_time(&self) -> u32 {
        self.slices.iter().map(|it| it.in_time).sum()
    }
}

/// The mean of some times.
pub(super) fn mean(times: &[Duration]) -> Duration {
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX).max(1);
    times.iter().sum::<Duration>() / count
}

/// What `percent` of some sorted times do not exceed.
pub(super) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    let at = rank.saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}
