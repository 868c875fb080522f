//! The variables of call-backs and messages.

use super::{
    Need::{Default, Off},
    Variable, variable,
};

/// Every variable of call-backs and messages, in the order of `.env.example`.
pub(super) const CALLBACK: &[Variable] = &[
    variable(
        "CALLBACK_WORKFLOW",
        Off,
        "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "The workflow of call-backs and messages, such as \"Callback\". Without it, callers who wait are offered neither.",
    ),
    variable(
        "CALLBACK_OFFERS",
        Default("callback,message"),
        "callback",
        "What callers who wait are offered when they press star: a callback, to leave a message, or both.",
    ),
    variable(
        "CALLBACK_ATTEMPTS",
        Default("3"),
        "5",
        "How often a caller is called back at most; after that, an agent cannot put the call-back into line again.",
    ),
    variable(
        "CALLBACK_COUNTRIES",
        Default("US,CA"),
        "DE,AT,CH",
        "The countries whose numbers are called back, by their two letters, the home country first. Premium and shared-cost numbers never are, nor what begins with one of INTAKE_REFUSED_PREFIXES.",
    ),
    variable(
        "CALLBACK_MESSAGE_SECONDS",
        Default("300"),
        "120",
        "How long a message may be that somebody leaves instead of waiting.",
    ),
    variable(
        "CALLBACK_TRANSCRIBE",
        Default("off"),
        "on",
        "Whether Twilio writes such messages down (on or off): American English only, what is shorter than 120 seconds, for a price.",
    ),
    variable(
        "CALLBACK_HOURS",
        Off,
        "mon-fri 08:00-20:00, sat 09:00-13:00",
        "When callers are called back, in CALLBACK_TIME_ZONE: days, a blank, from when to when, with commas between; 22:00-06:00 goes over midnight, 00:00-24:00 is a whole day. Outside, call-backs wait for the hours to begin. Without it, there is no night.",
    ),
    variable(
        "CALLBACK_TIME_ZONE",
        Default("UTC"),
        "America/Chicago",
        "The time zone of CALLBACK_HOURS, and in which the plugin shows when a call-back was asked for or a message left, besides the agent's own.",
    ),
];
