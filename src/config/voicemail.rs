//! Voicemail: who gets messages, and how long they are.

use std::time::Duration;

use super::{
    credentials,
    parse::{self, Reader},
};
use crate::twilio::sid::{TaskQueueSid, WorkflowSid};

/// Voicemail.
#[derive(Clone, Debug)]
pub struct Voicemail {
    /// The workflow that brings a message to its owner; without it there is none.
    pub workflow: Option<WorkflowSid>,
    /// What a caller is told before the beep.
    pub greeting: String,
    /// How long a message may be.
    pub longest: Duration,
    /// After how long a silence it ends.
    pub silence: Duration,
    /// Whether Twilio writes messages down.
    pub transcribe: bool,
    /// How long a message's task waits.
    pub task_life: Duration,
    /// How long a message stands in its box.
    pub kept: Duration,
    /// Queues whose messages every agent may hear.
    pub shared: Vec<TaskQueueSid>,
}

impl Reader<'_> {
    pub(super) fn voicemail(&mut self) -> Option<Voicemail> {
        let workflow = self.optional("VOICEMAIL_WORKFLOW", credentials::sid);
        let greeting = self.value("VOICEMAIL_GREETING", |text| parse::text(text, 1_000));
        let longest = self.value("VOICEMAIL_LONGEST", |text| parse::seconds(text, 5, 3_600));
        let silence = self.value("VOICEMAIL_SILENCE", |text| parse::seconds(text, 2, 60));
        let transcribe = self.value("VOICEMAIL_TRANSCRIBE", parse::on_or_off);
        let task_life = self.value("VOICEMAIL_TASK_SECONDS", |text| {
            parse::seconds(text, 60, 1_209_600)
        });
        let days = self.value("VOICEMAIL_DAYS", |text| parse::between(text, 1, 365));
        let shared = self.optional("VOICEMAIL_SHARED", |text| {
            parse::list(text).map(credentials::sid).collect()
        });
        Some(Voicemail {
            workflow,
            greeting: greeting?,
            longest: longest?,
            silence: silence?,
            transcribe: transcribe?,
            task_life: task_life?,
            kept: Duration::from_hours(u64::from(days?) * 24),
            shared: shared.unwrap_or_default(),
        })
    }
}
