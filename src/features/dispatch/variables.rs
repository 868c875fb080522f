//! The variables of workers on their own phones.

use crate::config::{
    Group,
    Need::{Default, Off},
    variable,
};

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Workers on their own phones",
    variables: &[
        variable(
            "DISPATCH_CALLER_ID",
            Off,
            "+15125550100",
            "One of the account's numbers, shown to workers whose phones ring. Without it no phone rings; goes with DISPATCH_COOL_DOWN_ACTIVITY.",
        ),
        variable(
            "DISPATCH_COOL_DOWN_ACTIVITY",
            Off,
            "WAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The activity, not an available one and used for nothing else, of a worker who was not reached. They come back from it by themselves.",
        ),
        variable(
            "DISPATCH_COOL_DOWN",
            Default("busy=30,declined=120,failed=3600,other=60"),
            "no-answer=300,other=60",
            "For how many seconds, by cause: machine, fax, silent, declined, busy, no-answer, failed, hung-up, refused, occupied, lost, and other for the rest.",
        ),
        variable(
            "DISPATCH_SHOW",
            Default("line"),
            "caller",
            "What a worker's phone shows: the line's number, or the caller's, where the task's attribute call_token has the token of the call.",
        ),
        variable(
            "DISPATCH_ATTRIBUTE",
            Default("contact_uri"),
            "phone",
            "The worker's attribute with their phone in E.164 form. A worker without one is not ours.",
        ),
        variable(
            "DISPATCH_SCREENING",
            Default("amd"),
            "press1",
            "How a worker shows that they are no mailbox: amd (Twilio listens), press1, both, or none; a worker's attribute screening overrides it.",
        ),
        variable(
            "DISPATCH_CONNECT",
            Default("queue"),
            "conference",
            "How a worker who was let through meets the caller: queue (their leg dials it), or conference, for hold, transfer and third parties; a worker's attribute connect overrides it.",
        ),
        variable(
            "DISPATCH_CALLER_NEXT",
            Off,
            "https://example.com/survey",
            "The TwiML where a caller goes on once a worker has left the conference; without it their call ends. Without a conference, what follows the Enqueue goes on.",
        ),
        variable(
            "DISPATCH_WHISPER",
            Off,
            "A call for {queue}.",
            "What a worker hears before they are joined; {queue} is the queue's name, {caller} the caller's number, digit by digit.",
        ),
        variable(
            "DISPATCH_DOUBT",
            Default("screen"),
            "reject",
            "When Twilio cannot tell who answered: screen asks for a key, join trusts, reject does not.",
        ),
        variable(
            "DISPATCH_RING",
            Default("20"),
            "15",
            "How many seconds a worker's phone rings. Short beats most mailboxes.",
        ),
        variable(
            "DISPATCH_LISTEN",
            Default("10"),
            "5",
            "How many seconds Twilio listens at most to tell a person from a machine.",
        ),
        variable(
            "DISPATCH_SLACK",
            Default("15"),
            "20",
            "How many seconds are left for the prompt and the pressed key.",
        ),
        variable(
            "DISPATCH_RESERVATION",
            Default("120"),
            "60",
            "How many seconds a reservation stands, as in your workflows: at least ring + 5 + listen + slack.",
        ),
        variable(
            "DISPATCH_MISSES",
            Default("3"),
            "2",
            "After how many misses in a row (no answer, a machine, no key) a worker counts as not there; 0 for never.",
        ),
        variable(
            "DISPATCH_MISSED_ACTIVITY",
            Off,
            "WAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The activity they go to then, until they come back by themselves.",
        ),
        variable(
            "DISPATCH_MISSED_TEXT",
            Default(
                "We called you several times and got no answer, so you are off line now. Text ONLINE when you are back.",
            ),
            "You are off line now. Text ONLINE when you are back.",
            "What they are texted then.",
        ),
        variable(
            "DISPATCH_SUPERVISOR",
            Off,
            "+15125550199",
            "Who is texted about them, and about phones that cannot be called.",
        ),
        variable(
            "DISPATCH_POST_WORK_ACTIVITY",
            Off,
            "WAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The activity TaskRouter puts a worker into after each call.",
        ),
        variable(
            "DISPATCH_NOBODY_QUEUE",
            Off,
            "WQxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "The queue without workers, last in a workflow: a caller who comes into it hears DISPATCH_NOBODY_MESSAGE.",
        ),
        variable(
            "DISPATCH_NOBODY_MESSAGE",
            Default(
                "Sorry, no one is available to take your call right now. Please call again later. Goodbye.",
            ),
            "Our office is closed. Please call again tomorrow.",
            "What they hear before the call ends.",
        ),
        variable(
            "DISPATCH_NOBODY_NEXT",
            Off,
            "voicemail",
            "Where they go instead: voicemail, for the box of that queue; the SID of another queue or a worker, for theirs; or the https address of your own TwiML.",
        ),
    ],
};
