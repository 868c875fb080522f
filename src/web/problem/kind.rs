//! The closed list of what can be wrong, with the status, the title and the slug of each.

use http::StatusCode;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $status:ident, $slug:literal, $title:literal;)+) => {
        /// What was wrong with a request, or with us.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {$(
            $(#[doc = $doc])+
            $kind,
        )+}

        impl Kind {
            /// Every kind, in order of its status; the docs page lists them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)+ }
            }

            /// The last part of the problem's type: `/docs#{slug}`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug,)+ }
            }

            /// A few words for a person, the same every time.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)+ }
            }
        }
    };
}

kinds! {
    /// The request could not be read at all.
    Malformed = BAD_REQUEST, "malformed", "The request could not be read";
    /// Fields are missing or wrong; `errors` names each.
    Invalid = BAD_REQUEST, "invalid-fields", "Fields are missing or wrong";
    /// Credentials are asked for.
    Unauthorized = UNAUTHORIZED, "unauthorized", "Credentials are needed";
    /// Twilio's signature is missing or wrong.
    Unsigned = FORBIDDEN, "not-signed", "Not signed by Twilio";
    /// The Flex token is missing or not valid.
    TokenRefused = FORBIDDEN, "token-refused", "The Flex token is not valid";
    /// The token is valid, but this belongs to another agent.
    NotYours = FORBIDDEN, "not-yours", "Not allowed for this agent";
    /// There is no such thing.
    NotFound = NOT_FOUND, "not-found", "Not found";
    /// The route exists, for another method; `Allow` names it.
    WrongMethod = METHOD_NOT_ALLOWED, "wrong-method", "Method not allowed";
    /// The request's body did not arrive in time.
    SlowRequest = REQUEST_TIMEOUT, "slow-request", "The request did not arrive in time";
    /// The state of things does not allow it.
    Conflict = CONFLICT, "conflict", "Not possible in this state";
    /// The body is too long.
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The body is too large";
    /// The URL is too long.
    LongUrl = URI_TOO_LONG, "url-too-long", "The URL is too long";
    /// The body is neither a form nor JSON.
    MediaType = UNSUPPORTED_MEDIA_TYPE, "media-type", "The body must be a form or JSON";
    /// The wanted part of a file does not exist.
    Range = RANGE_NOT_SATISFIABLE, "range", "No such part";
    /// The body was read, but cannot be used.
    Unusable = UNPROCESSABLE_ENTITY, "unusable", "The body cannot be used";
    /// The caller asks too often.
    TooMany = TOO_MANY_REQUESTS, "too-many", "Too many requests";
    /// The headers are too long.
    LongHeaders = REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", "The headers are too large";
    /// Our fault.
    Internal = INTERNAL_SERVER_ERROR, "internal", "Something went wrong here";
    /// Twilio refused what we asked of it, or answered with something unreadable.
    Upstream = BAD_GATEWAY, "upstream", "Twilio did not carry it out";
    /// Twilio is busy or cannot be reached.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Twilio cannot be reached";
    /// We have too much to do.
    Overloaded = SERVICE_UNAVAILABLE, "overloaded", "Too much to do";
    /// This process is stopping, or a part of it is stuck.
    NotReady = SERVICE_UNAVAILABLE, "not-ready", "Not ready";
    /// Twilio did not answer in time.
    TimedOut = GATEWAY_TIMEOUT, "timed-out", "No answer in time";
}

impl Kind {
    /// The kind that fits an error status which the framework answered by itself.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::WrongMethod,
            StatusCode::REQUEST_TIMEOUT => Self::SlowRequest,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::URI_TOO_LONG => Self::LongUrl,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaType,
            StatusCode::RANGE_NOT_SATISFIABLE => Self::Range,
            StatusCode::UNPROCESSABLE_ENTITY => Self::Unusable,
            StatusCode::TOO_MANY_REQUESTS => Self::TooMany,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::LongHeaders,
            StatusCode::BAD_GATEWAY => Self::Upstream,
            StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            StatusCode::GATEWAY_TIMEOUT => Self::TimedOut,
            other if other.is_client_error() => Self::Malformed,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_share_a_slug() {
        let mut slugs: Vec<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Kind::ALL.len());
    }

    #[test]
    fn every_status_keeps_its_class() {
        for code in 400..600 {
            let status = StatusCode::from_u16(code).unwrap();
            let kind = Kind::of_status(status);
            assert_eq!(
                kind.status().as_u16() / 100,
                code / 100,
                "{code} became {kind:?}"
            );
        }
    }
}
