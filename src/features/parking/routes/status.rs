//! Calls report how they are. Only their end matters here: a caller who hangs up on hold must not be forgotten.
//!
//! Every call of the account reports here several times, parked or not, so a report of a call that goes on is answered
//! before anything else is looked at.

use axum::extract::{RawQuery, State};
use http::StatusCode;
use jiff::{Timestamp, fmt::rfc2822};

use crate::{
    features::parking::{CallEnded, Parking, links::PARKED},
    twilio::{resource::calls::is_final, sid::CallSid},
    web::{
        fields::{Decode, Reader},
        form::TwilioForm,
        openapi::{self, CallStatus},
        problem::{Problem, report_again},
        work::Work,
    },
};

/// What a report says.
#[derive(Debug)]
pub(crate) enum Report {
    /// The call goes on.
    GoesOn,
    /// The call is over.
    Over(CallEnded),
}

/// A call reports its status
///
/// 204 once everything that follows from it is durable. On any failure 503, so that Twilio reports again.
#[utoipa::path(post, path = "/call-status-handler", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = CallStatus, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Noted"), openapi::SignedRefusal))]
pub(crate) async fn call_status_handler(
    work: Work,
    State(parking): State<Parking>,
    RawQuery(query): RawQuery,
    TwilioForm(report): TwilioForm<Report>,
) -> Result<StatusCode, Problem> {
    if let Report::Over(mut ended) = report {
        ended.was_parked = query.is_some_and(|query| query == PARKED);
        let by = work.by();
        work.finish(async move { parking.call_ended(ended, by).await })
            .await?
            .map_err(|error| {
                report_again(
                    error,
                    "The end of the call could not be noted; please report it again",
                )
            })?;
    }
    Ok(StatusCode::NO_CONTENT)
}

impl Decode for Report {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let status = reader.need_text("CallStatus", "a call status")?;
        if !is_final(status) {
            return Some(Self::GoesOn);
        }
        let call: CallSid = reader.need("CallSid")?;
        let at = reader.text("Timestamp").and_then(read_time);
        Some(Self::Over(CallEnded {
            call,
            at,
            was_parked: false,
        }))
    }
}

/// A time as Twilio writes it in voice webhooks (RFC 2822). One that cannot be read is no reason to forget a caller.
fn read_time(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::problem::Kind;
    use crate::{twilio::signature::fields, web::fields::decode};

    const CALL: &str = "CallSid=CA00000000000000000000000000000001";

    fn read(body: &str) -> Result<Report, Problem> {
        decode(&fields(body.as_bytes()))
    }

    #[test]
    fn every_final_status_ends_the_call() {
        for status in ["completed", "busy", "failed", "no-answer", "canceled"] {
            let report = read(&format!("{CALL}&CallStatus={status}")).unwrap();
            assert!(matches!(report, Report::Over(CallEnded { at: None, .. })));
        }
        for status in ["queued", "initiated", "ringing", "in-progress", "new-one"] {
            let report = read(&format!("{CALL}&CallStatus={status}")).unwrap();
            assert!(matches!(report, Report::GoesOn));
        }
    }

    #[test]
    fn the_time_of_the_end_is_read_if_it_can_be() {
        let at = |time: &str| match read(&format!("{CALL}&CallStatus=busy&Timestamp={time}")) {
            Ok(Report::Over(ended)) => ended.at,
            other => panic!("{other:?}"),
        };
        let time = at("Fri%2C+20+Aug+2010+01%3A13%3A42+%2B0000");
        assert_eq!(time, Some("2010-08-20T01:13:42Z".parse().unwrap()));
        assert_eq!(at("yesterday"), None);
    }

    #[test]
    fn a_final_report_without_a_call_is_refused() {
        let problem = read("CallStatus=completed&CallSid=MZ1").unwrap_err();
        assert_eq!(problem.kind(), Kind::Invalid);
        assert_eq!(read("").unwrap_err().kind(), Kind::Invalid);
    }
}
