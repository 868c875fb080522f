//! The URLs of voicemail: each names the box, and the task that waited for the caller; never a number.
//!
//! Twilio signs the whole of a URL, so no request can put a message into another mailbox than we said. The number of the caller
//! is in the report itself, or is looked up by the call.

use std::fmt::Display;

use super::{Mailbox, Settings};
use crate::{
    durable::callback_url::{PATIENCE, callback_url, maybe},
    twilio::sid::TaskSid,
};

/// For a report: no one on the phone waits for it, and what it tells must not be lost.
const FOR_A_REPORT: &str = "#ct=2000&rt=11000&rc=3&rp=ct,rt,5xx";

/// The URL that asks a caller for a message, below this public URL; for who has no [`Voicemail`](super::Voicemail) at hand.
#[must_use]
pub fn visit_url(public_url: &str, mailbox: Mailbox, task: Option<TaskSid>) -> String {
    link(public_url, "/voicemail", mailbox, task, PATIENCE)
}

fn link(
    public_url: &str,
    path: &str,
    mailbox: Mailbox,
    task: Option<TaskSid>,
    patience: &str,
) -> String {
    let parameters = [
        ("box", Some(&mailbox as &dyn Display)),
        ("task", maybe(task.as_ref())),
    ];
    callback_url(public_url, path, parameters, patience)
}

impl Settings {
    /// Where a caller goes who has said nothing.
    pub(super) fn silent_url(
        &self,
        mailbox: Mailbox,
        task: Option<TaskSid>,
        silences: u32,
    ) -> String {
        let parameters = [
            ("box", Some(&mailbox as &dyn Display)),
            ("silences", Some(&silences)),
            ("task", maybe(task.as_ref())),
        ];
        callback_url(&self.public_url, "/voicemail", parameters, PATIENCE)
    }

    /// Where Twilio asks on once something was recorded.
    pub(super) fn recorded_url(&self, mailbox: Mailbox, task: Option<TaskSid>) -> String {
        link(
            &self.public_url,
            "/voicemail/recorded",
            mailbox,
            task,
            PATIENCE,
        )
    }

    /// Where Twilio reports what became of the recording.
    pub(super) fn report_url(&self, mailbox: Mailbox, task: Option<TaskSid>) -> String {
        link(
            &self.public_url,
            "/voicemail/status",
            mailbox,
            task,
            FOR_A_REPORT,
        )
    }

    /// Where Twilio reports the transcript.
    pub(super) fn transcript_url(&self, mailbox: Mailbox, task: Option<TaskSid>) -> String {
        link(
            &self.public_url,
            "/voicemail/transcript",
            mailbox,
            task,
            FOR_A_REPORT,
        )
    }
}
