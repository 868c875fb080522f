//! How people are: when they call, how long they talk, when they lose patience, what becomes of a call to their phone.
//!
//! Arrivals are a Poisson process: gaps between callers are exponential, with the rate of the hour. Patience and
//! after-call work are exponential (Palm's patience, which makes Erlang A of the whole); accepting in Flex and picking
//! up a phone are spread evenly between half and one and a half times their mean. Conversations are log-normal, as
//! they have been measured to be (L. Brown et al., "Statistical Analysis of a Telephone Call Center", Journal of the
//! American Statistical Association 100, 2005), with a standard deviation as large as the mean, or exponential, as
//! Erlang took them to be.
//!
//! Each kind of chance has its own sequence, so that a caller is the same caller however many agents there are.

use std::{f64::consts::TAU, time::Duration};

use super::options::{Mishaps, Plan};
use crate::{
    emulator::{Answer, Pickup},
    rng::Rng,
};

/// How the lengths of conversations are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Shape {
    /// As measured in call centers; the standard deviation is the mean.
    LogNormal,
    /// As Erlang took them to be.
    Exponential,
}

/// How long a mailbox speaks before its beep.
const GREETING: Duration = Duration::from_secs(12);

/// What a caller brings along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Caller {
    /// After how long they hang up; never if there is none.
    pub(super) patience: Option<Duration>,
    /// How long they will talk.
    pub(super) talk: Duration,
    /// How much work they leave behind.
    pub(super) wrap: Duration,
}

/// All chance of a day.
#[derive(Debug)]
pub(super) struct Habits {
    plan: Plan,
    arrivals: Rng,
    callers: Rng,
    agents: Rng,
    phones: Rng,
    /// Whether a worker who has picked up is asked for a key.
    keys: bool,
}

impl Habits {
    pub(super) fn new(plan: &Plan, keys: bool) -> Self {
        let rng = |kind: u64| Rng::seeded(plan.seed.wrapping_mul(0x9e37_79b9).wrapping_add(kind));
        Self {
            arrivals: rng(1),
            callers: rng(2),
            agents: rng(3),
            phones: rng(4),
            plan: plan.clone(),
            keys,
        }
    }

    /// When the next caller arrives after `after` of the day; none any more if that is past its end.
    pub(super) fn arrival(&self, after: Duration) -> Option<Duration> {
        let mut from = after.as_secs_f64();
        for (hour, rate) in self.plan.rates.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a day has 24 hours")]
            let end = (hour + 1) as f64 * 3_600.0;
            if end <= from || *rate <= 0.0 {
                from = from.max(end);
                continue;
            }
            // Exponential gaps have no memory: what would fall into the next hour is drawn anew with its rate.
            let at = from + exponential(&self.arrivals, 3_600.0 / rate);
            if at < end {
                return Some(Duration::from_secs_f64(at));
            }
            from = end;
        }
        None
    }

    pub(super) fn caller(&self) -> Caller {
        let mean = self.plan.talk.as_secs_f64();
        let talk = match self.plan.talk_shape {
            Shape::Exponential => exponential(&self.callers, mean),
            Shape::LogNormal => log_normal(&self.callers, mean),
        };
        let about = |mean: Duration| lasting(exponential(&self.callers, mean.as_secs_f64()));
        Caller {
            wrap: about(self.plan.wrap),
            patience: self.plan.patience.map(about),
            talk: lasting(talk),
        }
    }

    /// After how long an agent in Flex accepts; `None`: they do not see it.
    pub(super) fn acceptance(&self) -> Option<Duration> {
        let seen = self.agents.fraction() >= self.plan.unseen;
        let after = even(&self.agents, self.plan.accept);
        seen.then_some(after)
    }

    /// What becomes of the next call to a worker's phone.
    pub(super) fn answer(&self) -> Answer {
        let Mishaps {
            mailbox,
            busy,
            no_answer,
            declined,
        } = self.plan.mishaps;
        let drawn = self.phones.fraction();
        let after = even(&self.phones, self.plan.pickup);
        let thinks = even(&self.phones, Duration::from_secs(5));
        let person = Pickup::human(after);
        if drawn < mailbox {
            Answer::By(Pickup::mailbox(after, GREETING))
        } else if drawn < mailbox + busy {
            Answer::Busy
        } else if drawn < mailbox + busy + no_answer {
            Answer::Never
        } else if drawn < mailbox + busy + no_answer + declined {
            Answer::By(if self.keys {
                person.presses(thinks, "2")
            } else {
                person.hangs_up(Duration::from_secs(1))
            })
        } else {
            Answer::By(if self.keys {
                person.presses(thinks, "1")
            } else {
                person
            })
        }
    }
}

/// By inversion: `-mean × ln(1 - u)`.
fn exponential(rng: &Rng, mean: f64) -> f64 {
    -mean * (1.0 - rng.fraction()).ln()
}

/// `exp(μ + σ z)` with `σ² = ln 2`, `μ = ln mean - σ²/2`: mean and standard deviation are `mean`. The normal `z` is
/// by Box and Muller.
fn log_normal(rng: &Rng, mean: f64) -> f64 {
    let (radius, turn) = (1.0 - rng.fraction(), rng.fraction());
    let z = (-2.0 * radius.ln()).sqrt() * (TAU * turn).cos();
    let variance = std::f64::consts::LN_2;
    (mean.ln() - variance / 2.0 + variance.sqrt() * z).exp()
}

/// Evenly between half and one and a half times the mean.
fn even(rng: &Rng, mean: Duration) -> Duration {
    mean.mul_f64(0.5 + rng.fraction())
}

/// In whole milliseconds, as clocks and timers go; a day at most.
fn lasting(seconds: f64) -> Duration {
    let whole = Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0)).as_millis();
    Duration::from_millis(u64::try_from(whole).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl Fn() -> f64) -> (f64, f64) {
        let drawn: Vec<f64> = (0..100_000).map(|_| draw()).collect();
        let count = 100_000.0;
        let mean = drawn.iter().sum::<f64>() / count;
        let variance = drawn.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / count;
        (mean, variance.sqrt())
    }

    #[test]
    fn both_shapes_have_the_mean_and_the_deviation_they_say() {
        let rng = Rng::seeded(5);
        for draw in [exponential, log_normal] {
            let (mean, deviation) = moments(|| draw(&rng, 180.0));
            assert!((mean - 180.0).abs() < 4.0, "{mean}");
            assert!((deviation - 180.0).abs() < 12.0, "{deviation}");
        }
    }
}
