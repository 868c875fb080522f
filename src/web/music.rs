//! The hold music that we serve ourselves. Twilio fetches what `<Play>` names without signing, so anybody may.

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    openapi::VOICE,
    problem::{Kind, Problem},
};
use crate::music::Music;

/// Twilio keeps what it may (Twilio: "TwiML for Programmable Voice", caching), so a track is fetched once a day.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// One piece of hold music
#[utoipa::path(get, path = "/hold-music/{n}", tag = VOICE,
    params(("n" = usize, Path, description = "Which track, from 0")),
    responses((status = 200, description = "The whole track", content_type = "audio/*"),
        (status = 206, description = "The part that was asked for", content_type = "audio/*"),
        (status = 304, description = "It has not changed"), (status = 404, description = "No such track")))]
pub(super) async fn hold_music(
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
    let Some((start, end)) = asked.and_then(|range| read_range(range, bytes.len())) else {
        return Ok(Response::new(Body::from(bytes)));
    };
    if start > end {
        return Err(Problem::new(Kind::Range, "The track is shorter than that"));
    }
    let place = format!("bytes {start}-{end}/{}", bytes.len());
    let mut response = Response::new(Body::from(bytes.slice(start..=end)));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    response
        .headers_mut()
        .insert(header::CONTENT_RANGE, value(&place));
    Ok(response)
}

/// The first and the last byte of a range; the first lies behind the last when there is nothing to give. `None`: not
/// a range, so it is ignored.
fn read_range(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.trim().split_once('-')?;
    let end = length.saturating_sub(1);
    let nothing = (1, 0);
    if first.is_empty() {
        let wanted: usize = last.parse().ok()?;
        return Some(if wanted == 0 || length == 0 {
            nothing
        } else {
            (length.saturating_sub(wanted), end)
        });
    }
    let first: usize = first.parse().ok()?;
    let last = if last.is_empty() {
        end
    } else {
        last.parse().ok()?
    };
    if last < first {
        return None;
    }
    Some(if first >= length {
        nothing
    } else {
        (first, last.min(end))
    })
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_has_them() {
        for (range, read) in [
            ("0-9", Some((0, 9))),
            ("90-", Some((90, 99))),
            ("90-500", Some((90, 99))),
            ("-10", Some((90, 99))),
            ("-500", Some((0, 99))),
            ("100-", Some((1, 0))),
            ("-0", Some((1, 0))),
            ("9-0", None),
            ("x-", None),
            ("", None),
        ] {
            assert_eq!(read_range(range, 100), read, "{range}");
        }
        assert_eq!(read_range("0-", 0), Some((1, 0)));
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
