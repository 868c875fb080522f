//! What is told of a request when it is over: one log line, and the metrics.
//!
//! The line names the route's template and never the URL, whose query may say more than a log should keep. What
//! happens all the time and changes nothing (probes, reports of calls that go on, unknown paths) is told at debug
//! level; a person is only called (error level) when one must act.

use http::StatusCode;

use super::{Face, Visit};
use crate::{telemetry::Metrics, web::problem::Problem};

/// The route of a path that is none of ours.
const NOWHERE: &str = "(none)";

pub(super) fn tell(
    face: Face,
    visit: &Visit,
    status: StatusCode,
    problem: Option<&Problem>,
    metrics: &Metrics,
) {
    let route = visit.path.as_ref().map_or(NOWHERE, |path| path.as_str());
    let took = visit.trail.start().elapsed();
    metrics.answered(route, status.as_u16(), took);
    let line = Line {
        visit,
        route,
        status: status.as_u16(),
        problem,
        ms: took.as_secs_f64() * 1e3,
    };
    match problem {
        None if matches!(face, Face::Status | Face::Open) => line.debug(),
        Some(_) if visit.path.is_none() => line.debug(),
        Some(problem) if problem.needs_a_person() => line.error(),
        Some(problem) if problem.kind().status().is_server_error() => line.warn(),
        None | Some(_) => line.info(),
    }
}

struct Line<'a> {
    visit: &'a Visit,
    route: &'a str,
    status: u16,
    problem: Option<&'a Problem>,
    ms: f64,
}

/// One function for each level, because a log line's level is fixed where it is written.
macro_rules! levels {
    ($($level:ident),+) => {
        impl Line<'_> {$(
            fn $level(&self) {
                tracing::$level!(
                    http.method = %self.visit.method,
                    http.route = self.route,
                    http.status = self.status,
                    duration_ms = self.ms,
                    request.id = self.visit.trail.id_text(),
                    call.sid = self.visit.trail.call().map(tracing::field::debug),
                    problem = self.problem.map(|problem| problem.kind().slug()),
                    twilio.code = self.problem.and_then(Problem::twilio_code),
                    cause = self.problem.and_then(Problem::cause),
                    "{} {} answered {}",
                    self.visit.method,
                    self.route,
                    self.status,
                );
            }
        )+}
    };
}

levels!(debug, info, warn, error);
