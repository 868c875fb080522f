//! The variables of voicemail.

use super::{
    Need::{Default, Off},
    Variable, variable,
};

/// Every variable of voicemail, in the order of `.env.example`.
pub(super) const VOICEMAIL: &[Variable] = &[
    variable(
        "VOICEMAIL_WORKFLOW",
        Off,
        "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "The workflow that brings messages to their owners, by the task's attributes voicemailWorker and voicemailQueue. Without it there is no voicemail.",
    ),
    variable(
        "VOICEMAIL_GREETING",
        Default(
            "Nobody can take your call right now. Please leave a message after the tone. When you are done, hang up or press any key.",
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
];
