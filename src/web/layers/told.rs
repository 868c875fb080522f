//! What is told of a request when it is over: one log line, and the metrics.
//!
//! The line names the route's template and never the URL, whose query may say more than a log should keep. What
//! happens all the time and changes nothing (probes, reports of calls that go on, unknown paths) is told at debug
//! level; a person is only called (error level) when one must act.

use http::StatusCode;

use super::{Face, Visit};
use crate::web::{
    app::App,
    problem::{Kind, Problem},
};

/// The route of a path that is none of ours.
const NOWHERE: &str = "(none)";

pub(super) fn tell(
    face: Face,
    visit: &Visit,
    status: StatusCode,
    problem: Option<&Problem>,
    app: &App,
) {
    let route = visit.path.as_ref().map_or(NOWHERE, |path| path.as_str());
    let took = visit.trail.start().elapsed();
    app.parts()
        .context
        .metrics
        .answered(route, status.as_u16(), took);
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
        Some(problem) if is_unsigned(problem) => match app.unsigned().admit() {
            Some(suppressed) => line.unsigned(suppressed, &app.parts().config.public_url),
            None => line.debug(),
        },
        Some(problem) if problem.needs_a_person() => line.error(),
        Some(problem) if problem.kind().status().is_server_error() => line.warn(),
        None | Some(_) => line.info(),
    }
}

/// Whether a request could not show that it is Twilio's.
fn is_unsigned(problem: &Problem) -> bool {
    matches!(problem.kind(), Kind::Unsigned | Kind::Unauthorized)
}

struct Line<'a> {
    visit: &'a Visit,
    route: &'a str,
    status: u16,
    problem: Option<&'a Problem>,
    ms: f64,
}

impl Line<'_> {
    /// What an operator sees first when Twilio's requests are refused: what to look at, and how many there were.
    fn unsigned(&self, suppressed: u64, public_url: &str) {
        tracing::warn!(
            http.method = %self.visit.method,
            http.route = self.route,
            http.status = self.status,
            request.id = self.visit.trail.id_text(),
            call.sid = self.visit.trail.call().map(tracing::field::display),
            problem = self.problem.map(|problem| problem.kind().slug()),
            cause = self.problem.and_then(Problem::cause),
            public_url,
            suppressed,
            "{} {} was refused: its X-Twilio-Signature is missing or wrong. If it came from Twilio, check that PUBLIC_URL \
             is the address Twilio asks, and that AUTH_TOKEN is the account's. Told at most once a minute.",
            self.visit.method,
            self.route,
        );
    }
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
                    call.sid = self.visit.trail.call().map(tracing::field::display),
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
