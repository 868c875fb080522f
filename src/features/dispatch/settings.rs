//! Which phones ring, for how long, and what happens to workers who are not reached.

use std::time::Duration;

use super::{
    budget::Budget,
    cause::{Cause, CoolDowns},
    record::{Connect, Screening},
};
use crate::{
    config::{Reader, credentials, parse},
    features::{intake, voicemail::Mailbox},
    twilio::{
        party::E164,
        sid::{ActivitySid, TaskQueueSid},
    },
};

/// For causes that `DISPATCH_COOL_DOWN` does not name, if it does not name `other` either.
const OTHER: Duration = Duration::from_mins(1);

/// Who is called, from where, and where workers go who are not reached.
#[derive(Clone, Debug)]
pub struct Phones {
    /// The number that workers see.
    pub caller_id: E164,
    /// Where a worker goes who was not reached.
    pub cool_down_activity: ActivitySid,
}

/// What is done with a leg that Twilio listened to without being able to tell who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is asked for a key.
    Screen,
    /// It is taken for a person.
    Join,
    /// It is taken for a machine.
    Reject,
}

/// What a caller hears in a queue that has no workers.
#[derive(Clone, Debug)]
pub struct Nobody {
    /// The queue.
    pub queue: TaskQueueSid,
    /// The words, before the call ends.
    pub message: String,
    /// Where they go instead.
    pub next: Option<NobodyNext>,
}

/// Where a caller goes who comes into a queue that has no workers.
#[derive(Clone, Debug)]
pub enum NobodyNext {
    /// To voicemail.
    Mailbox(Mailbox),
    /// To another server's TwiML, by its absolute URL.
    Url(String),
}

/// How dispatch behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our public URL, without a slash at its end.
    pub public_url: String,
    /// Without this, no phone rings.
    pub phones: Option<Phones>,
    /// They see the caller's number instead, where the task has a token for it.
    pub show_caller: bool,
    /// The worker's attribute with their phone.
    pub attribute: String,
    /// How a worker shows that they are no mailbox, unless their own attribute says otherwise.
    pub screening: Screening,
    /// How they meet the caller, unless their own attribute says otherwise.
    pub connect: Connect,
    /// What they hear before, with `{queue}` and `{caller}` to be filled in.
    pub whisper: Option<String>,
    /// Where a caller goes on after a conference; otherwise their call ends.
    pub caller_next: Option<String>,
    /// What is done when Twilio cannot tell.
    pub doubt: Doubt,
    /// What takes how long.
    pub budget: Budget,
    /// For how long a worker who was not reached gets no calls.
    pub cool_downs: CoolDowns,
    /// The name of what workers at home do who take calls: where those come back to whom `TaskRouter` took off line.
    pub on_activity: String,
    /// After how many misses in a row a worker counts as not there; 0: never.
    pub misses: u32,
    /// Where such a worker goes.
    pub missed_activity: Option<ActivitySid>,
    /// What they are texted then.
    pub missed_text: String,
    /// Whom to text besides, and about numbers that cannot be called.
    pub supervisor: Option<E164>,
    /// Where a worker goes after a call, if TaskRouter is to move them.
    pub post_work_activity: Option<ActivitySid>,
    /// What a caller hears when no worker is at work.
    pub nobody: Option<Nobody>,
}

impl Settings {
    /// Whether any phone rings.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.phones.is_some()
    }

    /// The number that workers see, if their phones ring.
    #[must_use]
    pub fn caller_id(&self) -> Option<&E164> {
        self.phones.as_ref().map(|phones| &phones.caller_id)
    }

    /// Where a worker goes who was not reached, if any phone rings.
    #[must_use]
    pub fn cool_down_activity(&self) -> Option<ActivitySid> {
        self.phones.as_ref().map(|phones| phones.cool_down_activity)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let public_url = reader.public_url();
        let (phones, attribute) = (phones(reader), attribute(reader));
        let show_caller = reader.value("DISPATCH_SHOW", |text| match text {
            "line" => Ok(false),
            "caller" => Ok(true),
            _ => Err("expected line or caller".to_owned()),
        });
        let screening = reader.value("DISPATCH_SCREENING", |text| {
            Screening::read(text).ok_or_else(|| "expected amd, press1, both or none".to_owned())
        });
        let connect = reader.value("DISPATCH_CONNECT", |text| {
            Connect::read(text).ok_or_else(|| "expected queue or conference".to_owned())
        });
        let whisper = reader.optional("DISPATCH_WHISPER", whisper);
        let caller_next = reader.optional("DISPATCH_CALLER_NEXT", parse::https);
        let doubt = reader.value("DISPATCH_DOUBT", |text| match text {
            "screen" => Ok(Doubt::Screen),
            "join" => Ok(Doubt::Join),
            "reject" => Ok(Doubt::Reject),
            _ => Err("expected screen, join or reject".to_owned()),
        });
        let budget = budget(reader);
        let cool_downs = reader.value("DISPATCH_COOL_DOWN", cool_downs);
        let on_activity = intake::on_activity(reader);
        let misses = reader.value("DISPATCH_MISSES", |text| parse::between(text, 0, 100));
        let missed_activity = reader.optional("DISPATCH_MISSED_ACTIVITY", credentials::sid);
        let missed_text = reader.value("DISPATCH_MISSED_TEXT", |text| parse::text(text, 1_600));
        let supervisor = reader.optional("DISPATCH_SUPERVISOR", parse::number);
        let post_work_activity = reader.optional("DISPATCH_POST_WORK_ACTIVITY", credentials::sid);
        let nobody = nobody(reader);
        Some(Self {
            public_url: public_url?,
            phones,
            show_caller: show_caller?,
            attribute: attribute?,
            screening: screening?,
            connect: connect?,
            whisper,
            caller_next,
            doubt: doubt?,
            budget: budget?,
            cool_downs: cool_downs?,
            on_activity: on_activity?,
            misses: misses?,
            missed_activity,
            missed_text: missed_text?,
            supervisor,
            post_work_activity,
            nobody: nobody?,
        })
    }
}

/// A worker who is rejected without going anywhere is rung in circles, so the number needs the activity.
fn phones(reader: &mut Reader<'_>) -> Option<Phones> {
    reader.both("DISPATCH_CALLER_ID", "DISPATCH_COOL_DOWN_ACTIVITY");
    let caller_id = reader.optional("DISPATCH_CALLER_ID", parse::number);
    let activity = reader.optional("DISPATCH_COOL_DOWN_ACTIVITY", credentials::sid);
    Some(Phones {
        caller_id: caller_id?,
        cool_down_activity: activity?,
    })
}

fn attribute(reader: &mut Reader<'_>) -> Option<String> {
    reader.value("DISPATCH_ATTRIBUTE", parse::attribute)
}

/// The worker's attribute with a phone of their own, if such phones ring at all.
pub(crate) fn phone_attribute(reader: &mut Reader<'_>) -> Option<String> {
    phones(reader).and(attribute(reader))
}

fn budget(reader: &mut Reader<'_>) -> Option<Budget> {
    let ring = reader.value("DISPATCH_RING", |text| parse::seconds(text, 5, 60));
    let listening = reader.value("DISPATCH_LISTEN", |text| parse::seconds(text, 3, 59));
    let slack = reader.value("DISPATCH_SLACK", |text| parse::seconds(text, 0, 120));
    let reservation = reader.value("DISPATCH_RESERVATION", |text| {
        parse::seconds(text, 15, 86_400)
    });
    let budget = Budget {
        ring: ring?,
        listening: listening?,
        slack: slack?,
        reservation: reservation?,
    };
    if budget.fits(budget.reservation) {
        return Some(budget);
    }
    let [ring, listen, slack, sum, stands] = [
        budget.ring,
        budget.listening,
        budget.slack,
        budget.sum(),
        budget.reservation,
    ]
    .map(|it| it.as_secs());
    reader.problem(
        "DISPATCH_RESERVATION",
        format!(
            "ring {ring} + 5 + listen {listen} + slack {slack} = {sum} s do not fit into {stands} s"
        ),
    );
    None
}

/// What a caller hears in the queue without workers, if there is one.
#[expect(
    clippy::option_option,
    reason = "a setting that is off, or one that is not in order"
)]
fn nobody(reader: &mut Reader<'_>) -> Option<Option<Nobody>> {
    let queue = reader.optional("DISPATCH_NOBODY_QUEUE", credentials::sid);
    let message = reader.value("DISPATCH_NOBODY_MESSAGE", |text| parse::text(text, 1_000));
    let next = reader.optional("DISPATCH_NOBODY_NEXT", |text| nobody_next(text, queue));
    let message = message?;
    Some(queue.map(|queue| Nobody {
        queue,
        message,
        next: next.flatten(),
    }))
}

/// `voicemail` stands for the box of the queue itself.
fn nobody_next(text: &str, own: Option<TaskQueueSid>) -> Result<Option<NobodyNext>, String> {
    if text == "voicemail" {
        return Ok(own.map(|own| NobodyNext::Mailbox(Mailbox::Queue(own))));
    }
    let mailbox = text.parse().map(NobodyNext::Mailbox);
    mailbox.map(Some).or_else(|_| {
        let url = parse::https(text).map(|url| Some(NobodyNext::Url(url)));
        url.map_err(|_| "expected voicemail, WQ…, WK… or an https address".to_owned())
    })
}

/// Words, with nothing in braces but what is filled in.
fn whisper(text: &str) -> Result<String, String> {
    let plain = text.replace("{queue}", "").replace("{caller}", "");
    if plain.contains(['{', '}']) {
        return Err("expected no braces but {queue} and {caller}".to_owned());
    }
    parse::text(text, 500)
}

/// `cause=seconds`, with commas; `other` stands for the rest.
fn cool_downs(text: &str) -> Result<CoolDowns, String> {
    let mut read = CoolDowns {
        by_cause: vec![],
        other: OTHER,
    };
    for part in parse::list(text) {
        let (word, seconds) = part
            .split_once('=')
            .ok_or_else(|| format!("{part}: expected a cause, = and seconds"))?;
        let long = parse::seconds(seconds, 1, 86_400).map_err(|what| format!("{word}: {what}"));
        match configurable(word) {
            Some(cause) => read.by_cause.push((cause, long?)),
            None if word == "other" => read.other = long?,
            None => {
                let causes = Cause::ALL.iter().map(|cause| cause.word());
                let causes: Vec<_> = causes.filter(|it| configurable(it).is_some()).collect();
                let causes = causes.join(", ");
                return Err(format!("{word}: expected one of {causes}, other"));
            }
        }
    }
    Ok(read)
}

/// A cause that a cool-down can be set for. A worker who is cooling down already stays there.
fn configurable(word: &str) -> Option<Cause> {
    Cause::read(word).filter(|cause| *cause != Cause::CoolingDown)
}
