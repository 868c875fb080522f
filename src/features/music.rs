//! What plays on hold: the operator's tracks, or one of our own.
//!
//! Twilio asks for what a `<Play>` names, without signing, and keeps it as our headers allow. So the files of
//! `HOLD_MUSIC` are read once, at start: a missing or empty one is found then and not by a caller, and serving it
//! costs no more than handing out a pointer. A URL in `HOLD_MUSIC` is served by another server; it only has its turn.

pub mod routes;
pub mod settings;
mod tune;
mod wave;

use std::{fs, io, path::Path, sync::Arc};

use bytes::Bytes;
use sha2::{Digest, Sha256};

pub use self::{
    settings::{Settings, Source},
    tune::SECONDS,
    wave::{HEADER_BYTES, RATE},
};

/// The largest file we hold in memory: an hour of MP3 at 64 kbit/s, far beyond what a call should be given.
const MAX_BYTES: u64 = 32 << 20;

/// A file that cannot be hold music.
#[derive(Debug, thiserror::Error)]
#[error("hold music {file}: {what}")]
pub struct Unplayable {
    file: String,
    what: &'static str,
    #[source]
    source: Option<io::Error>,
}

/// One track that we serve.
#[derive(Clone, Debug)]
pub struct Track<'a> {
    /// The whole file.
    pub bytes: Bytes,
    /// Its entity tag, quotes included; another file has another.
    pub etag: &'a str,
    /// Its media type.
    pub media_type: &'a str,
}

/// Everything that plays on hold, in the order of `HOLD_MUSIC`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Music(Arc<[Piece]>);

#[derive(Debug)]
enum Piece {
    Ours,
    File {
        bytes: Bytes,
        etag: String,
        media_type: &'static str,
    },
    Elsewhere,
}

impl Default for Music {
    /// Our own track.
    fn default() -> Self {
        Self(Arc::new([Piece::Ours]))
    }
}

impl Music {
    /// Reads the files among the tracks.
    ///
    /// # Errors
    /// [`Unplayable`] when one cannot be read, is empty, or is too large to be kept in memory.
    pub fn open(settings: &Settings) -> Result<Self, Unplayable> {
        let pieces: Result<_, _> = settings.tracks.iter().map(open).collect();
        pieces.map(Self)
    }

    /// The track with this number, if it is ours to serve.
    #[must_use]
    pub fn track(&self, number: usize) -> Option<Track<'_>> {
        match self.0.get(number)? {
            Piece::Ours => Some(Track {
                bytes: tune::track(),
                etag: tune::ETAG,
                media_type: "audio/wav",
            }),
            Piece::File {
                bytes,
                etag,
                media_type,
            } => Some(Track {
                bytes: bytes.clone(),
                etag,
                media_type,
            }),
            Piece::Elsewhere => None,
        }
    }
}

fn open(track: &Source) -> Result<Piece, Unplayable> {
    match track {
        Source::BuiltIn => {
            // The first caller on hold does not wait for it to be computed.
            let _ = tune::track();
            Ok(Piece::Ours)
        }
        Source::Url(_) => Ok(Piece::Elsewhere),
        Source::File(path) => read(path),
    }
}

fn read(path: &Path) -> Result<Piece, Unplayable> {
    let unplayable = |what, source| Unplayable {
        file: path.display().to_string(),
        what,
        source,
    };
    let failed = |error| unplayable("cannot be read", Some(error));
    let length = fs::metadata(path).map_err(failed)?.len();
    if length == 0 {
        return Err(unplayable("is empty", None));
    }
    if length > MAX_BYTES {
        return Err(unplayable(
            "is larger than 32 MB; give its URL instead",
            None,
        ));
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    let media_type = ending
        .and_then(settings::media_type)
        .ok_or_else(|| unplayable("is of no type that Twilio plays", None))?;
    let bytes = Bytes::from(fs::read(path).map_err(failed)?);
    let etag = etag(&bytes);
    Ok(Piece::File {
        bytes,
        etag,
        media_type,
    })
}

fn etag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let short = digest.iter().take(8);
    short.fold(String::from("\""), |tag, byte| format!("{tag}{byte:02x}")) + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_computes_the_same_tune_and_its_tag_tells() {
        assert_eq!(etag(&tune::track()), tune::ETAG);
    }
}
