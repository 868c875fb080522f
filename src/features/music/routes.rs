//! The hold music that we serve ourselves. Twilio fetches what `<Play>` names without signing, so anybody may.

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    features::music::Music,
    web::{
        openapi::VOICE,
        problem::{Kind, Problem},
    },
};

crate::web::app::part!(Music);

/// Twilio keeps what it may (Twilio: "TwiML for Programmable Voice", caching), so a track is fetched once a day.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// One piece of hold music
#[utoipa::path(get, path = "/hold-music/{n}", tag = VOICE,
    params(("n" = usize, Path, description = "Which track, from 0")),
    responses((status = 200, description = "The whole track", content_type = "audio/*"),
        (status = 206, description = "The part that was asked for", content_type = "audio/*"),
        (status = 304, description = "It has not changed"), (status = 404, description = "No such track")))]
pub(crate) async fn hold_music(
    State(music): State<Music>,
    number: Result<Path<usize>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let track = number.ok().and_then(|Path(number)| music.track(number));
    let track = track.ok_or_else(|| Problem::new(Kind::NotFound, "There is no such track"))?;
    let mut response = if is_known(&headers, track.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        part_of(&headers, track.bytes, track.etag)?
    };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, CACHE);
    answer.insert(header::ETAG, value(track.etag));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::CONTENT_TYPE, value(track.media_type));
    Ok(response)
}

/// Whether the asker has this very track already.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known == "*"
            || known
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == etag)
    })
}

/// The whole track, or the part that was asked for.
fn part_of(headers: &HeaderMap, bytes: Bytes, etag: &str) -> Result<Response, Problem> {
    // A part of another version would be a part of another track.
    let changed = headers
        .get(header::IF_RANGE)
        .is_some_and(|known| known != etag);
    let asked = headers
        .get(header::RANGE)
        .filter(|_| !changed)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes="))
        // Several parts at once may be answered with the whole (RFC 9110, 14.2).
        .filter(|range| !range.contains(','));
    let part = asked.map_or(Part::Whole, |range| Part::read(range, bytes.len()));
    let (start, end) = match part {
        Part::Whole => return Ok(Response::new(Body::from(bytes))),
        Part::Nothing => return Err(Problem::new(Kind::Range, "The track is shorter than that")),
        Part::Bytes(start, end) => (start, end),
    };
    let place = format!("bytes {start}-{end}/{}", bytes.len());
    let mut response = Response::new(Body::from(bytes.slice(start..=end)));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    response
        .headers_mut()
        .insert(header::CONTENT_RANGE, value(&place));
    Ok(response)
}

/// How much of a track is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// The first and the last byte.
    Bytes(usize, usize),
    /// A part that the track does not have.
    Nothing,
}

impl Part {
    /// Reads `first-last`, `first-` or `-length`. What is no range is ignored (RFC 9110, 14.2).
    fn read(range: &str, length: usize) -> Self {
        let Some((first, last)) = range.trim().split_once('-') else {
            return Self::Whole;
        };
        let end = length.saturating_sub(1);
        match (first.parse::<usize>().ok(), last.parse::<usize>().ok()) {
            (None, Some(wanted)) if first.is_empty() && (wanted == 0 || length == 0) => {
                Self::Nothing
            }
            (None, Some(wanted)) if first.is_empty() => {
                Self::Bytes(length.saturating_sub(wanted), end)
            }
            (Some(first), Some(last)) if first > last => Self::Whole,
            (Some(first), _) if first >= length => Self::Nothing,
            (Some(first), Some(last)) => Self::Bytes(first, last.min(end)),
            (Some(first), None) if last.is_empty() => Self::Bytes(first, end),
            _ => Self::Whole,
        }
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_has_them() {
        for (range, part) in [
            ("0-9", Part::Bytes(0, 9)),
            ("90-", Part::Bytes(90, 99)),
            ("90-500", Part::Bytes(90, 99)),
            ("-10", Part::Bytes(90, 99)),
            ("-500", Part::Bytes(0, 99)),
            ("100-", Part::Nothing),
            ("100-200", Part::Nothing),
            ("-0", Part::Nothing),
            ("9-0", Part::Whole),
            ("5-x", Part::Whole),
            ("x-", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(Part::read(range, 100), part, "{range}");
        }
        assert_eq!(Part::read("0-", 0), Part::Nothing);
    }

    #[test]
    fn an_etag_is_known_in_any_spelling() {
        let asks = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(value));
            is_known(&headers, "\"a\"")
        };
        assert!(asks("\"a\"") && asks("\"x\", W/\"a\"") && asks("*"));
        assert!(!asks("\"b\"") && !is_known(&HeaderMap::new(), "\"a\""));
    }
}
