//! A request's body: what kind it may be, no more of it than 64 KiB, and all of it within seconds.

use std::{pin::pin, time::Duration};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::future::poll_immediate;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::{
    fields,
    problem::{Kind, Problem},
    trail::Trail,
};
use crate::twilio::signature::{self, Field};

/// The longest body that is read. Twilio's longest webhook is a tenth of it.
pub(crate) const LIMIT: usize = 64 * 1024;

/// How much of a body that is too long is read and thrown away, so that its sender gets to read the answer instead of
/// a reset connection.
const PATIENCE: usize = 1024 * 1024;

/// How long a body may take, from the end of the headers: Twilio's come in one piece, and so do most of the plugin's.
const IN_TIME: Duration = Duration::from_secs(3);

/// What a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `application/x-www-form-urlencoded`.
    UrlEncoded,
    /// `application/json`.
    Json,
}

impl Form {
    /// Reads `Content-Type`.
    ///
    /// # Errors
    /// When it is neither a form nor JSON.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let named = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim();
        if named.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Ok(Self::UrlEncoded)
        } else if named.eq_ignore_ascii_case("application/json") {
            Ok(Self::Json)
        } else {
            Err(Problem::new(
                Kind::MediaType,
                "Content-Type must be application/x-www-form-urlencoded or application/json",
            ))
        }
    }

    /// The fields of a body in this form.
    ///
    /// # Errors
    /// When a JSON body is no object. A form can always be read.
    pub(crate) fn fields(self, body: &[u8]) -> Result<Vec<Field<'_>>, Problem> {
        match self {
            Self::UrlEncoded => Ok(signature::fields(body)),
            Self::Json => fields::of_json(body),
        }
    }
}

/// Reads a whole body.
///
/// # Errors
/// When the body is too long, breaks off, does not come in time, or has to make room for others while it dawdles.
pub(crate) async fn read(body: Body, headers: &HeaderMap, trail: &Trail) -> Result<Bytes, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|length| length > PATIENCE) {
        return Err(too_large());
    }
    let mut whole = pin!(collect(body));
    // Nearly every body is here already.
    let body = if let Some(body) = poll_immediate(&mut whole).await {
        body?
    } else {
        let arriving = trail.arrive();
        tokio::select! {
            biased;
            body = timeout(IN_TIME, whole) => body.map_err(|_| too_slow())??,
            () = arriving.turned_away() => return Err(too_slow()),
        }
    };
    trail.mark_arrived();
    Ok(body)
}

fn too_slow() -> Problem {
    Problem::new(
        Kind::SlowRequest,
        "The whole request did not arrive in time",
    )
}

async fn collect(mut body: Body) -> Result<Bytes, Problem> {
    let mut whole = Bytes::new();
    let mut rest = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Problem::new(Kind::Malformed, "The body broke off before its end").because(error)
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > PATIENCE {
            return Err(too_large());
        }
        if length > LIMIT {
            continue;
        }
        // Nearly every body comes in one piece, which is then kept as it is.
        if whole.is_empty() && rest.is_empty() {
            whole = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&whole);
            }
            rest.extend_from_slice(&data);
        }
    }
    if length > LIMIT {
        Err(too_large())
    } else if rest.is_empty() {
        Ok(whole)
    } else {
        Ok(rest.freeze())
    }
}

fn too_large() -> Problem {
    Problem::new(Kind::TooLarge, "The body may have 64 KiB at most")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn pieces(sizes: &[usize]) -> Body {
        let pieces: Vec<_> = sizes
            .iter()
            .map(|size| Ok::<_, std::io::Error>(vec![b'x'; *size]))
            .collect();
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn pieces_are_joined_up_to_the_limit_and_not_a_byte_beyond() {
        for (sizes, length) in [
            (&[][..], 0),
            (&[5], 5),
            (&[1, 2, 3], 6),
            (&[LIMIT], LIMIT),
            (&[1, LIMIT - 1], LIMIT),
        ] {
            assert_eq!(collect(pieces(sizes)).await.unwrap().len(), length);
        }
        for sizes in [
            &[LIMIT + 1][..],
            &[LIMIT, 1],
            &[PATIENCE, 1, 1],
            &vec![1; 70_000],
        ] {
            let problem = collect(pieces(sizes)).await.unwrap_err();
            assert_eq!(problem.kind(), Kind::TooLarge);
        }
    }

    #[test]
    fn only_forms_and_json_are_read() {
        let form = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            Form::of(&headers)
        };
        assert_eq!(
            form("application/x-www-form-urlencoded; charset=UTF-8").unwrap(),
            Form::UrlEncoded
        );
        assert_eq!(form("Application/JSON").unwrap(), Form::Json);
        for other in ["text/plain", "multipart/form-data; boundary=x", ""] {
            assert_eq!(form(other).unwrap_err().kind(), Kind::MediaType);
        }
    }
}
