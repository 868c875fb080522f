//! What plays on hold, as `HOLD_MUSIC` names it.

use std::path::PathBuf;

use crate::config::{Group, Need::Off, Reader, parse, variable};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Hold music",
    variables: &[variable(
        "HOLD_MUSIC",
        Off,
        "https://example.com/one.mp3,/srv/music/two.wav",
        "Hold music: https URLs or audio files that we serve, with commas. Without it, a short track of our own.",
    )],
};

/// One piece of hold music.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The track that comes with the program.
    BuiltIn,
    /// A file that we serve.
    File(PathBuf),
    /// A URL that another server serves.
    Url(String),
}

/// What plays on hold.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The tracks, in their order; at least one.
    pub tracks: Vec<Source>,
}

impl Settings {
    #[expect(clippy::unnecessary_wraps, reason = "settings are all read in one way")]
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let tracks = reader.optional("HOLD_MUSIC", tracks).unwrap_or_default();
        Some(Self {
            // Silence is the one thing that must not play.
            tracks: if tracks.is_empty() {
                vec![Source::BuiltIn]
            } else {
                tracks
            },
        })
    }

    /// Where Twilio finds each track: `{public_url}/hold-music/{number}`, or the URL it was given by.
    #[must_use]
    pub fn urls(&self, public_url: &str) -> Vec<String> {
        let url = |(number, track): (usize, &Source)| match track {
            Source::Url(url) => url.clone(),
            Source::BuiltIn | Source::File(_) => format!("{public_url}/hold-music/{number}"),
        };
        self.tracks.iter().enumerate().map(url).collect()
    }
}

fn tracks(text: &str) -> Result<Vec<Source>, String> {
    parse::list(text).map(track).collect()
}

fn track(entry: &str) -> Result<Source, String> {
    if entry.contains("://") {
        return parse::https(entry).map(Source::Url);
    }
    let path = PathBuf::from(entry);
    let ending = path.extension().and_then(|ending| ending.to_str());
    if ending.and_then(media_type).is_none() {
        return Err(format!(
            "{entry}: expected a .mp3, .wav, .aiff, .gsm or .ulaw file"
        ));
    }
    if path.is_file() {
        Ok(Source::File(path))
    } else {
        Err(format!("{entry}: there is no such file"))
    }
}

/// The media type of an audio file that Twilio can play, by its ending (Twilio: "TwiML Voice: Play").
pub(super) fn media_type(ending: &str) -> Option<&'static str> {
    Some(match ending.to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "aif" | "aiff" => "audio/aiff",
        "gsm" => "audio/x-gsm",
        "ulaw" | "ul" => "audio/ulaw",
        _ => return None,
    })
}
