//! Who gets messages, and how long they are.

use std::time::Duration;

use crate::{
    config::{
        Group,
        Need::{Default, Off},
        Reader, credentials, parse, variable,
    },
    features::callback,
    twilio::sid::{TaskQueueSid, WorkflowSid},
};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Voicemail",
    variables: &[
        variable(
            "VOICEMAIL_WORKFLOW",
            Off,
            "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The workflow that brings messages to their owners, by the task's attributes voicemailWorker and voicemailQueue. Without it there is no voicemail.",
        ),
        variable(
            "VOICEMAIL_GREETING",
            Default(
                "You have reached our voicemail. Please leave a message after the tone. When you are done, hang up or press any key.",
            ),
            "Please leave a message for the pharmacy after the tone.",
            "What a caller is told before they leave a message.",
        ),
        variable(
            "VOICEMAIL_LONGEST",
            Default("180"),
            "110",
            "How many seconds a message may have. Twilio writes down only what is shorter than 120.",
        ),
        variable(
            "VOICEMAIL_SILENCE",
            Default("5"),
            "10",
            "After how many seconds of silence a message ends.",
        ),
        variable(
            "VOICEMAIL_TRANSCRIBE",
            Default("off"),
            "on",
            "Whether Twilio writes messages down (on or off): American English only, for a price.",
        ),
        variable(
            "VOICEMAIL_TASK_SECONDS",
            Default("86400"),
            "604800",
            "How many seconds a message's task waits for its owner; the message stays in its box when it is gone.",
        ),
        variable(
            "VOICEMAIL_DAYS",
            Default("30"),
            "90",
            "How many days a message stands in its box.",
        ),
        variable(
            "VOICEMAIL_SHARED",
            Off,
            "WQxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "Queues whose messages every agent may hear, with commas, such as one without workers. Else a queue's messages are for its own workers, and for supervisors.",
        ),
    ],
};

/// How voicemail behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our public URL, without a slash at its end.
    pub public_url: String,
    /// The workflow that brings a message to its owner; without it there are no boxes.
    pub workflow: Option<WorkflowSid>,
    /// What a caller is told before the beep.
    pub greeting: String,
    /// How long a message may be.
    pub longest: Duration,
    /// After how long a silence it ends.
    pub silence: Duration,
    /// The time zone that the plugin shows times in besides the agent's own.
    pub time_zone: String,
    /// Whether Twilio is to write messages down.
    pub transcribe: bool,
    /// How long a message's task waits for its owner.
    pub task_life: Duration,
    /// How long a message stands in its box.
    pub kept: Duration,
    /// Queues whose messages every agent may hear.
    pub shared: Vec<TaskQueueSid>,
}

impl Settings {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let public_url = reader.public_url();
        let workflow = workflow(reader);
        let greeting = reader.value("VOICEMAIL_GREETING", |text| parse::text(text, 1_000));
        let longest = reader.value("VOICEMAIL_LONGEST", |text| parse::seconds(text, 5, 3_600));
        let silence = reader.value("VOICEMAIL_SILENCE", |text| parse::seconds(text, 2, 60));
        let time_zone = callback::time_zone(reader);
        let transcribe = reader.value("VOICEMAIL_TRANSCRIBE", parse::on_or_off);
        let task_life = reader.value("VOICEMAIL_TASK_SECONDS", |text| {
            parse::seconds(text, 60, 1_209_600)
        });
        let days = reader.value("VOICEMAIL_DAYS", |text| parse::between(text, 1, 365));
        let shared = reader.optional("VOICEMAIL_SHARED", |text| {
            parse::list(text).map(credentials::sid).collect()
        });
        Some(Self {
            public_url: public_url?,
            workflow,
            greeting: greeting?,
            longest: longest?,
            silence: silence?,
            time_zone: time_zone?.iana_name().unwrap_or("UTC").to_owned(),
            transcribe: transcribe?,
            task_life: task_life?,
            kept: Duration::from_hours(u64::from(days?) * 24),
            shared: shared.unwrap_or_default(),
        })
    }
}

fn workflow(reader: &mut Reader<'_>) -> Option<WorkflowSid> {
    reader.optional("VOICEMAIL_WORKFLOW", credentials::sid)
}

/// Whether callers may leave messages at all.
pub(crate) fn is_on(reader: &mut Reader<'_>) -> bool {
    workflow(reader).is_some()
}
