//! What we tell the operator: log lines and metrics.
//!
//! Redaction: no secret, token, signature, body or query value, no whole phone number and no caller's name is logged
//! or counted. SIDs are no secrets: they are logged whole, so that one search for a call finds its life across
//! replicas. Twilio's error codes are logged, Twilio's error texts are not, because they may quote what we sent. A field
//! is a plain text or a number, never the `Debug` of a type. Every line reads alone; what a person should act upon is an error, what
//! anybody on the internet can cause is not.
//!
//! Metrics have bounded labels: routes as declared, methods, statuses, products, and words of closed lists. What becomes
//! of calls is counted where a record has moved, which of all that want to move it exactly one does: an outcome counts
//! once, in one replica, however often it is reported.

mod begin;
mod gauges;
mod logging;
mod outcomes;
mod passes;

use std::{any::Any, sync::Arc, time::Duration};

use jiff::Timestamp;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use self::{gauges::Gauges, passes::Passes};
pub use self::{
    logging::start,
    outcomes::{FollowUpKind, FollowUpOutcome, HoldOutcome, LegOutcome},
    passes::{Late, Reconciler},
};

/// A metric's name and meaning.
type Named = (&'static str, &'static str);

const REQUESTS: Named = (
    "switchboard_requests",
    "Requests answered, by route and status",
);
const SECONDS: Named = (
    "switchboard_request_seconds",
    "How long they took, by route",
);
const UNSIGNED: Named = (
    "switchboard_unsigned",
    "Requests refused because their signature was missing or wrong",
);
const UPSTREAM: Named = (
    "switchboard_upstream_attempts",
    "Attempts to ask Twilio, by product, method and status (0: no answer)",
);
const REFUSED: Named = (
    "switchboard_credentials_refused",
    "Whether a product of Twilio refused our credentials when it was last asked (1) or not (0)",
);
const MENDED: Named = (
    "switchboard_mended",
    "What the reconcilers found, by reconciler and kind; failed: what could not be looked at; panics: passes that broke off",
);
const LAST_PASS: Named = (
    "switchboard_reconciler_last_pass_timestamp_seconds",
    "When each reconciler last completed a pass; before its first one, when it started",
);
const HOLDS: Named = (
    "switchboard_parked_calls",
    "What became of calls on hold, by outcome: parked, picked-up, hung-up, came-back, overflowed",
);
const LEGS: Named = (
    "switchboard_worker_legs",
    "Legs to workers' phones, by outcome: placed, joined (once the talk is over), withdrawn",
);
const REJECTS: Named = (
    "switchboard_worker_rejects",
    "Offers given back because a worker was not reached, by cause",
);

const FOLLOW_UPS: Named = (
    "switchboard_follow_ups",
    "Callers who are called back or left a message, by kind (callback; message, left while waiting; voicemail, left in a mailbox) and \
     outcome: asked, kept (a message that was recorded), made (a task), held (until the hours begin), recalled (out of \
     line, because they ended), or dropped: taken (an agent was quicker), silent, unreachable (no number to call)",
);

const UNREADABLE: Named = (
    "switchboard_unreadable_records",
    "Records in Sync that this version cannot read and passes over, each counted once",
);

const CLOCK: Named = (
    "switchboard_clock_ahead_seconds",
    "How far this machine's clock is ahead of Twilio's; what is up to two seconds counts as none",
);

/// Every metric. Counters are shown with `_total` behind their names.
pub const METRICS: [Named; 19] = [
    REQUESTS,
    SECONDS,
    UNSIGNED,
    UPSTREAM,
    REFUSED,
    MENDED,
    LAST_PASS,
    HOLDS,
    LEGS,
    REJECTS,
    FOLLOW_UPS,
    gauges::PARKED,
    gauges::OLDEST,
    gauges::RINGING,
    gauges::TOLD,
    gauges::READY,
    gauges::BUILD,
    UNREADABLE,
    CLOCK,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Upstream {
    product: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Product {
    product: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Found {
    reconciler: &'static str,
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Runs {
    reconciler: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FollowUp {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Cause {
    cause: &'static str,
}

/// Everything that is counted. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    unsigned: Counter,
    upstream: Family<Upstream, Counter>,
    refused: Family<Product, Gauge>,
    mended: Family<Found, Counter>,
    last_pass: Family<Runs, Gauge>,
    passes: Passes,
    holds: Family<Outcome, Counter>,
    legs: Family<Outcome, Counter>,
    rejects: Family<Cause, Counter>,
    follow_ups: Family<FollowUp, Counter>,
    gauges: Gauges,
    unreadable: Counter,
    clock: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let buckets: fn() -> Histogram =
            || Histogram::new([0.000_1, 0.001, 0.01, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0]);
        let requests = Family::default();
        let seconds = Family::new_with_constructor(buckets);
        let unsigned = Counter::default();
        let upstream = Family::default();
        let (refused, mended, last_pass) =
            (Family::default(), Family::default(), Family::default());
        let (holds, legs, rejects) = (Family::default(), Family::default(), Family::default());
        let follow_ups = Family::default();
        registry.register(REQUESTS.0, REQUESTS.1, requests.clone());
        registry.register(SECONDS.0, SECONDS.1, seconds.clone());
        registry.register(UNSIGNED.0, UNSIGNED.1, unsigned.clone());
        registry.register(UPSTREAM.0, UPSTREAM.1, upstream.clone());
        registry.register(REFUSED.0, REFUSED.1, refused.clone());
        registry.register(MENDED.0, MENDED.1, mended.clone());
        registry.register(LAST_PASS.0, LAST_PASS.1, last_pass.clone());
        registry.register(HOLDS.0, HOLDS.1, holds.clone());
        registry.register(LEGS.0, LEGS.1, legs.clone());
        registry.register(REJECTS.0, REJECTS.1, rejects.clone());
        registry.register(FOLLOW_UPS.0, FOLLOW_UPS.1, follow_ups.clone());
        let (unreadable, clock) = (Counter::default(), Gauge::default());
        let gauges = Gauges::register(&mut registry);
        registry.register(UNREADABLE.0, UNREADABLE.1, unreadable.clone());
        registry.register(CLOCK.0, CLOCK.1, clock.clone());
        let metrics = Self(Arc::new(Counters {
            registry,
            requests,
            seconds,
            unsigned,
            upstream,
            refused,
            mended,
            last_pass,
            passes: Passes::default(),
            holds,
            legs,
            rejects,
            follow_ups,
            gauges,
            unreadable,
            clock,
        }));
        metrics.begin();
        metrics
    }
}

impl Metrics {
    /// What the reconciler saw of calls on hold: how many, and how long the oldest has been there.
    pub fn parked_now(&self, calls: usize, oldest: Option<Duration>) {
        self.0.gauges.parked(calls, oldest);
    }

    /// How many legs the reconciler saw whose worker has not been connected yet.
    pub fn legs_ringing(&self, legs: usize) {
        self.0.gauges.ringing(legs);
    }

    /// A caller was asked to stay on the line because something failed. `call` is their call's SID.
    pub fn told_to_wait(&self, call: &str) {
        self.0.gauges.told(call);
    }

    /// A request was answered.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        self.0
            .requests
            .get_or_create_owned(&Answered {
                route: route.to_owned(),
                status,
            })
            .inc();
        self.0
            .seconds
            .get_or_create_owned(&Route {
                route: route.to_owned(),
            })
            .observe(took.as_secs_f64());
    }

    /// A request was refused for its signature.
    pub fn unsigned(&self) {
        self.0.unsigned.inc();
    }

    /// Twilio was asked; status 0 means that no answer came.
    pub fn upstream(&self, product: &'static str, method: &'static str, status: Option<u16>) {
        self.0
            .upstream
            .get_or_create_owned(&Upstream {
                product,
                method,
                status: status.unwrap_or(0),
            })
            .inc();
        if let Some(status) = status {
            let refused = i64::from(status == 401);
            self.0
                .refused
                .get_or_create_owned(&Product { product })
                .set(refused);
        }
    }

    /// A reconciler mended something, or nothing: then it is counted that it can.
    pub fn mended(&self, reconciler: &'static str, kind: &'static str, count: u32) {
        self.0
            .mended
            .get_or_create_owned(&Found { reconciler, kind })
            .inc_by(u64::from(count));
    }

    /// A reconciler starts to run `every` so often (in machine time).
    #[must_use]
    pub fn reconciler(&self, name: &'static str, every: Duration, now: Timestamp) -> Reconciler {
        let label = Runs { reconciler: name };
        let last_pass = self.0.last_pass.get_or_create_owned(&label);
        last_pass.set(now.as_second());
        self.0.passes.start(name, every, last_pass)
    }

    /// The reconcilers that have not completed a pass for three of their intervals.
    #[must_use]
    pub fn late_reconcilers(&self) -> Vec<Late> {
        self.0.passes.late()
    }

    /// Something became of a call on hold.
    pub fn held(&self, outcome: HoldOutcome) {
        let outcome = outcome.word();
        self.0.holds.get_or_create_owned(&Outcome { outcome }).inc();
    }

    /// Something became of a leg to a worker's phone.
    pub fn leg(&self, outcome: LegOutcome) {
        let outcome = outcome.word();
        self.0.legs.get_or_create_owned(&Outcome { outcome }).inc();
    }

    /// An offer was given back. `cause` is a word of a closed list.
    pub fn rejected(&self, cause: &'static str) {
        self.0.rejects.get_or_create_owned(&Cause { cause }).inc();
    }

    /// Something became of a caller who is to be seen to later.
    pub fn followed_up(&self, kind: FollowUpKind, outcome: FollowUpOutcome) {
        let (kind, outcome) = (kind.word(), outcome.word());
        let labels = FollowUp { kind, outcome };
        self.0.follow_ups.get_or_create_owned(&labels).inc();
    }

    /// A record in Sync could not be read.
    pub fn unreadable(&self) {
        self.0.unreadable.inc();
    }

    /// The machine's clock was compared with Twilio's.
    pub fn clock_ahead(&self, seconds: i64) {
        self.0.clock.set(seconds);
    }

    /// All metrics in the `OpenMetrics` text format; `ready` is what `/ready` says.
    #[must_use]
    pub fn render(&self, ready: bool) -> String {
        self.0.gauges.refresh(ready);
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.0.registry);
        text
    }
}

/// The text of a panic, for the log.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("without a message"))
}
