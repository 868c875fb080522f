//! A number that goes up and down during a day, and what it was on average: in all, and in every slice of the day.

use std::time::Duration;

/// How long a slice is.
pub(super) const SLICE: Duration = Duration::from_mins(10);

/// A number that goes up and down.
#[derive(Clone, Debug, Default)]
pub(super) struct Gauge {
    value: u32,
    /// The highest it was.
    pub(super) most: u32,
    since: Duration,
    /// Its integral over each slice, in seconds.
    areas: Vec<f64>,
    /// The highest it was in each slice.
    peaks: Vec<u32>,
}

impl Gauge {
    /// One more, at this time of the day.
    pub(super) fn up(&mut self, at: Duration) {
        self.pass(at);
        self.value += 1;
        self.most = self.most.max(self.value);
        self.top(at);
    }

    /// One less.
    pub(super) fn down(&mut self, at: Duration) {
        self.pass(at);
        self.value = self.value.saturating_sub(1);
    }

    /// Lets time pass until `at`.
    pub(super) fn pass(&mut self, at: Duration) {
        while self.since < at {
            let slice = slice(self.since);
            let end = SLICE * (u32::try_from(slice).unwrap_or(u32::MAX).saturating_add(1));
            let until = end.min(at);
            let passed = until.saturating_sub(self.since).as_secs_f64();
            *grown(&mut self.areas, slice) += passed * f64::from(self.value);
            self.top(self.since);
            self.since = until;
        }
    }

    fn top(&mut self, at: Duration) {
        let top = grown(&mut self.peaks, slice(at));
        *top = (*top).max(self.value);
    }

    /// Its integral over the first part of the day, in seconds; `until` is a whole number of slices.
    pub(super) fn area(&self, until: Duration) -> f64 {
        self.areas.iter().take(slice(until)).sum()
    }

    /// What it was on average in each slice.
    pub(super) fn averages(&self) -> impl Iterator<Item = f64> {
        let length = SLICE.as_secs_f64();
        self.areas.iter().map(move |area| area / length)
    }

    /// The highest it was in each slice.
    pub(super) fn peaks(&self) -> &[u32] {
        &self.peaks
    }
}

/// The slice of a time of the day.
pub(super) fn slice(at: Duration) -> usize {
    usize::try_from(at.as_millis() / SLICE.as_millis()).unwrap_or(usize::MAX)
}

/// The element at a place, which is made if it is not there.
pub(super) fn grown<T: Clone + Default>(all: &mut Vec<T>, place: usize) -> &mut T {
    if all.len() <= place {
        all.resize(place + 1, T::default());
    }
    &mut all[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spans_slices_is_shared_between_them() {
        let mut gauge = Gauge::default();
        let minutes = Duration::from_mins;
        gauge.up(minutes(5));
        gauge.up(minutes(15));
        gauge.down(minutes(25));
        gauge.pass(minutes(30));
        let averages: Vec<_> = gauge.averages().collect();
        assert_eq!(averages, [0.5, 1.5, 1.5]);
        assert_eq!(gauge.peaks(), [1, 2, 2]);
        assert!((gauge.area(minutes(20)) - 1_200.0).abs() < 1e-9);
    }
}
