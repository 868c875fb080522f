//! A sound inside JSON, as the flex-project-template's plugin wants it: `{"type":…,"recording":…}`, the sound in base64.
//!
//! It is encoded piece by piece as it comes from Twilio, so that no recording is ever held in memory. Base64 takes three
//! bytes at a time; what is left over of one piece goes before the next.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::header;
use serde_json::json;

use crate::features::voicemail::Media;

/// How many bytes base64 writes as one group.
const GROUP: usize = 3;

/// Encodes pieces of any length as one text.
#[derive(Debug, Default)]
struct Encoder {
    rest: Vec<u8>,
}

impl Encoder {
    /// The text of all whole groups so far.
    fn piece(&mut self, bytes: &[u8]) -> String {
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.len() - self.rest.len() % GROUP;
        let after = self.rest.split_off(whole);
        let text = STANDARD.encode(&self.rest);
        self.rest = after;
        text
    }

    /// The text of what is left.
    fn end(&mut self) -> String {
        STANDARD.encode(std::mem::take(&mut self.rest))
    }
}

/// The answer. One whose sound breaks off breaks off, too.
pub(crate) fn encoded(media: Media) -> Response {
    let kind = json!(media.kind.as_deref().unwrap_or("audio/mpeg"));
    let before = Ok(Bytes::from(format!("{{\"type\":{kind},\"recording\":\"")));
    // Nothing: the end has been written.
    let going_on = Some(Box::new((media, Encoder::default())));
    let sound = stream::try_unfold(going_on, |going_on| async move {
        let Some(mut both) = going_on else {
            return Ok(None);
        };
        let piece = both.0.next().await;
        piece.map(|piece| {
            Some(match piece {
                Some(piece) => (Bytes::from(both.1.piece(&piece)), Some(both)),
                None => (Bytes::from(both.1.end() + "\"}"), None),
            })
        })
    });
    let body = Body::from_stream(stream::iter([before]).chain(sound));
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn however_it_is_cut_it_is_one_text(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9)) {
            let mut encoder = Encoder::default();
            let mut text: String = pieces.iter().map(|piece| encoder.piece(piece)).collect();
            text += &encoder.end();
            prop_assert_eq!(STANDARD.decode(text).unwrap(), pieces.concat());
        }
    }
}
