//! Counters that exist before anything is counted: the first of anything must be seen as a step from 0, and an alarm on a
//! counter must not find it missing.

use super::{
    Answered, Cause, FollowUp, FollowUpOutcome, HoldOutcome, LegOutcome, Metrics, Outcome, Upstream,
};

impl Metrics {
    /// Has every counter of a closed list exist from the start: the first of anything must be seen as a step from 0.
    pub(super) fn begin(&self) {
        for outcome in HoldOutcome::ALL.map(HoldOutcome::word) {
            drop(self.0.holds.get_or_create_owned(&Outcome { outcome }));
        }
        for outcome in LegOutcome::ALL.map(LegOutcome::word) {
            drop(self.0.legs.get_or_create_owned(&Outcome { outcome }));
        }
        for (kind, outcome) in FollowUpOutcome::of_kinds() {
            let labels = FollowUp {
                kind: kind.word(),
                outcome: outcome.word(),
            };
            drop(self.0.follow_ups.get_or_create_owned(&labels));
        }
    }

    /// The same for what only others know: the routes, the causes of rejects, and the products of Twilio.
    pub fn begin_with(
        &self,
        routes: &[String],
        causes: &[&'static str],
        products: &[&'static str],
    ) {
        for route in routes {
            let answered = Answered {
                route: route.clone(),
                status: 200,
            };
            drop(self.0.requests.get_or_create_owned(&answered));
        }
        for &cause in causes {
            drop(self.0.rejects.get_or_create_owned(&Cause { cause }));
        }
        for &product in products {
            for (method, status) in [("GET", 0), ("GET", 200), ("POST", 0), ("POST", 200)] {
                let attempt = Upstream {
                    product,
                    method,
                    status,
                };
                drop(self.0.upstream.get_or_create_owned(&attempt));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_of_a_closed_list_begins_at_zero() {
        let metrics = Metrics::default();
        metrics.begin_with(&["/live".to_owned()], &["busy"], &["sync"]);
        let shown = metrics.render(true);
        for line in [
            "switchboard_unsigned_total 0",
            "switchboard_requests_total{route=\"/live\",status=\"200\"} 0",
            "switchboard_upstream_attempts_total{product=\"sync\",method=\"GET\",status=\"0\"} 0",
            "switchboard_parked_calls_total{outcome=\"overflowed\"} 0",
            "switchboard_worker_legs_total{outcome=\"withdrawn\"} 0",
            "switchboard_worker_rejects_total{cause=\"busy\"} 0",
            "switchboard_follow_ups_total{kind=\"voicemail\",outcome=\"silent\"} 0",
            "switchboard_parked_now 0",
            "switchboard_parked_oldest_seconds 0.0",
            "switchboard_ready 1",
        ] {
            assert!(
                shown.lines().any(|it| it == line),
                "{line} is missing in {shown}"
            );
        }
    }
}
