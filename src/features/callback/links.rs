//! The URLs that Twilio comes back to us by while a caller waits, chooses or leaves a message.
//!
//! Modes and parameters are the published function's (`wait-experience`), with two differences: a number that a caller
//! keyed in is in no URL, because URLs are logged along the way, but in the record of their wish; and each URL counts
//! how often its question was asked in vain.

use std::fmt::Display;

use super::{Settings, mode::Mode, wait::Round};
use crate::durable::callback_url::{PATIENCE, callback_url, maybe};

/// Where the published function is.
const WAIT: &str = "/features/callback-and-voicemail/studio/wait-experience";

/// Where recordings are reported.
const RECORDING: &str = "/callback/recording";

/// Where transcripts are reported.
const TRANSCRIPT: &str = "/callback/transcript";

impl Settings {
    /// The same caller, asked something else.
    pub(super) fn link(&self, round: &Round, mode: Mode, tries: u32) -> String {
        let (name, skips) = (mode.name(), mode == Mode::Loop);
        let parameters = [
            ("enqueuedTaskSid", maybe(round.task.as_ref())),
            ("mode", Some(&name)),
            ("skipGreeting", skips.then_some(&true as &dyn Display)),
            ("tries", Some(&tries)),
        ];
        callback_url(&self.public_url, WAIT, parameters, PATIENCE)
    }

    /// Where Twilio reports what was recorded.
    pub(super) fn recording_url(&self) -> String {
        format!("{}{RECORDING}{PATIENCE}", self.public_url)
    }

    /// Where Twilio reports what was said.
    pub(super) fn transcript_url(&self) -> String {
        format!("{}{TRANSCRIPT}{PATIENCE}", self.public_url)
    }

    /// The track for a round.
    pub(super) fn track(&self, round: u32) -> String {
        let count = self.music.len().max(1);
        let index = usize::try_from(round).unwrap_or_default() % count;
        self.music.get(index).cloned().unwrap_or_default()
    }
}
