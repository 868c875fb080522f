//! The file of a recording, as WAV or MP3: as long as what was said, and no more like it than that.
//!
//! The WAV file hums, so that who plays it hears that something plays. The MP3 file is made of empty frames (MPEG-2.5,
//! layer III, 8 kbit/s, 8 kHz, one channel: 72 bytes for 72 ms), which decoders play as silence: an encoder would be a
//! library for nothing.

use std::time::Duration;

use bytes::Bytes;

/// Samples a second, and bytes of a sample.
const RATE: u32 = 8_000;

/// An MPEG frame of silence: its header, and nothing.
const FRAME: [u8; 4] = [0xff, 0xe3, 0x18, 0xc0];

/// How many bytes a frame has, and how many milliseconds it plays.
const FRAME_SIZE: usize = 72;

/// What a recording can be fetched as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emulator) enum Sound {
    Wav,
    Mp3,
}

impl Sound {
    /// Its content type.
    pub(in crate::emulator) fn kind(self) -> &'static str {
        match self {
            Self::Wav => "audio/x-wav",
            Self::Mp3 => "audio/mpeg",
        }
    }

    /// A file that plays so long.
    pub(in crate::emulator) fn file(self, long: Duration) -> Bytes {
        let millis = usize::try_from(long.as_millis()).unwrap_or(usize::MAX);
        match self {
            Self::Wav => wav(millis),
            Self::Mp3 => mp3(millis),
        }
    }
}

fn mp3(millis: usize) -> Bytes {
    let mut frame = [0; FRAME_SIZE];
    frame[..FRAME.len()].copy_from_slice(&FRAME);
    let frames = millis.div_ceil(FRAME_SIZE).max(1);
    frame.repeat(frames).into()
}

fn wav(millis: usize) -> Bytes {
    let samples = millis * 8;
    let size = u32::try_from(samples).unwrap_or(u32::MAX - 36);
    let mut file = Vec::with_capacity(samples + 44);
    file.extend(b"RIFF");
    file.extend((size + 36).to_le_bytes());
    // PCM, one channel, one byte a sample.
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(RATE.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    file.extend(b"\x01\0\x08\0data");
    file.extend(size.to_le_bytes());
    // A square wave of some 220 Hz around the middle, 128.
    file.extend((0..samples).map(|at| if (at / 18) % 2 == 0 { 136 } else { 120 }));
    file.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_as_long_as_they_say() {
        let wav = Sound::Wav.file(Duration::from_millis(2_500));
        assert_eq!(wav.len(), 44 + 20_000);
        assert_eq!(&wav[40..44], 20_000_u32.to_le_bytes());
        let mp3 = Sound::Mp3.file(Duration::from_secs(72));
        assert_eq!(mp3.len(), 72_000);
        assert!(mp3.chunks(72).all(|frame| frame[..4] == FRAME));
    }
}
