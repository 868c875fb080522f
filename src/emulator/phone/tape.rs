//! `<Play>`: how long a recording lasts.
//!
//! The file is asked of the application once (Twilio caches it too) and its length read from a WAV header; anything
//! else is taken to last as long as the settings say. A file that cannot be fetched is logged (Twilio: error 12400
//! and its kin), and the call goes on with the next verb.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::time::timeout;

use crate::{
    emulator::{Emulator, Heard},
    twilio::sid::CallSid,
};

/// Twilio's limit for anything it fetches.
const LIMIT: Duration = Duration::from_secs(15);

impl Emulator {
    pub(super) async fn play_tape(&self, sid: CallSid, url: &str, times: u32) {
        let Some(length) = self.length(sid, url).await else {
            return;
        };
        for _ in 0..times {
            self.heard(sid, Heard::Audio(url.to_owned()));
            self.0
                .clock
                .sleep(length.max(Duration::from_millis(20)))
                .await;
        }
    }

    async fn length(&self, sid: CallSid, url: &str) -> Option<Duration> {
        let known = self.lock().tapes.get(url).copied();
        if let Some(length) = known {
            return Some(length);
        }
        let default = self.lock().settings.track;
        let Some(line) = self.line() else {
            return Some(default);
        };
        // What is not the application's lies on the web outside and plays there.
        let Some(target) = line.target(url) else {
            return Some(default);
        };
        let request = Request::get(target).body(Bytes::new()).ok()?;
        tokio::time::sleep(self.0.latency).await;
        let heard = timeout(LIMIT, line.carry(request)).await;
        match heard {
            Ok(Ok(reply)) if reply.status().is_success() => {
                let length = wav_length(reply.body()).unwrap_or(default);
                self.with(|world| world.tapes.insert(url.to_owned(), length));
                Some(length)
            }
            Ok(Ok(reply)) => {
                let text = format!("the audio file answers HTTP {}", reply.status().as_u16());
                self.warn(Some(sid), 12400, text);
                None
            }
            _ => {
                let text = "the audio file cannot be fetched".to_owned();
                self.warn(Some(sid), 12400, text);
                None
            }
        }
    }
}

/// How long a WAV file plays: the size of its data over its bytes a second.
fn wav_length(file: &[u8]) -> Option<Duration> {
    if file.get(..4)? != b"RIFF" || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let word = |at: usize| {
        let bytes = file.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let (mut at, mut rate) = (12, None);
    loop {
        let (name, size) = (file.get(at..at + 4)?, word(at + 4)?);
        match name {
            b"fmt " => rate = word(at + 16).filter(|rate| *rate > 0),
            b"data" => return Some(Duration::from_secs_f64(f64::from(size) / f64::from(rate?))),
            _ => {}
        }
        // Chunks stand on even bytes.
        at += 8 + usize::try_from(size).ok()?.next_multiple_of(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wav_file_says_how_long_it_is() {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x07\0\x01\0".to_vec();
        file.extend(8000_u32.to_le_bytes());
        file.extend(8000_u32.to_le_bytes());
        file.extend([1, 0, 8, 0]);
        file.extend(b"data");
        file.extend(20_000_u32.to_le_bytes());
        assert_eq!(wav_length(&file), Some(Duration::from_millis(2500)));
        assert_eq!(wav_length(b"ID3"), None);
        assert_eq!(wav_length(&file[..30]), None);
    }
}
