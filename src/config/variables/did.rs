//! The variables of agents' own numbers.

use super::{
    Need::{Default, Off},
    Variable, variable,
};

/// Every variable of direct inward dialling, in the order of `.env.example`.
pub(super) const DID: &[Variable] = &[
    variable(
        "DID_WORKFLOW",
        Off,
        "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "The workflow of calls to agents' own numbers, such as \"Direct Inward Dial\". Without it, every such number is nobody's.",
    ),
    variable(
        "DID_ATTRIBUTE",
        Default("phone_number"),
        "did",
        "The worker's attribute with their own number, in E.164 form or without its country code.",
    ),
    variable(
        "DID_COUNTRY",
        Default("US"),
        "DE",
        "The country whose numbers may stand in that attribute without their country code, as two letters.",
    ),
    variable(
        "DID_SHARED_NUMBERS",
        Off,
        "+15125550120,+15125550121",
        "The account's numbers that agents share when they call out. Whoever calls one back reaches the agent who called them last.",
    ),
    variable(
        "DID_CALL_BACK_HOURS",
        Default("72"),
        "24",
        "For how long that is remembered, in hours up to 720; 0: never.",
    ),
    variable(
        "DID_DEFAULT_CALLER_ID",
        Off,
        "+15125550120",
        "What /caller-id answers for agents without a number of their own. Without it, Flex shows what it shows by default.",
    ),
    variable(
        "DID_NOBODY_WORKFLOW",
        Off,
        "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "The workflow of calls to a number that nobody has. Without it, such a call ends after DID_NOBODY_MESSAGE.",
    ),
    variable(
        "DID_NOBODY_MESSAGE",
        Default("Nobody can be reached at this number any more."),
        "This number is no longer in use.",
        "What somebody hears who calls a number that nobody has.",
    ),
    variable(
        "DID_UNANSWERED_MESSAGE",
        Default("Nobody can take your call at the moment. Please call again."),
        "Please call again.",
        "What somebody hears whose call nobody takes to whom the workflow offers it.",
    ),
    variable(
        "EXTENSION_WORKFLOW",
        Off,
        "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "The workflow of calls to agents' extensions, such as \"Direct Extension\". Without it, nobody has an extension.",
    ),
    variable(
        "EXTENSION_OPERATOR_WORKFLOW",
        Off,
        "WWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "The workflow of callers who key in 0, or no extension three times. Without it, their call ends with a word.",
    ),
    variable(
        "EXTENSION_DIGITS",
        Default("4"),
        "3",
        "How many digits an extension has, from 2 to 16.",
    ),
    variable(
        "EXTENSION_MESSAGE",
        Default("Your call cannot be taken at the moment. Please try again later."),
        "Please try again later.",
        "What a caller hears whose call is not taken: the agent is away, declines it, or lets it ring.",
    ),
    variable(
        "EXTENSION_PATIENCE",
        Default("75"),
        "45",
        "After how many seconds a call to an extension that nobody takes counts as not taken, from 15 to 3600. Longer than the workflow's reservation time-out.",
    ),
];
