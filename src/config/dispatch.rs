//! The configuration of workers on their own phones.

use std::time::Duration;

use super::{
    credentials,
    parse::{self, Reader},
};
use crate::twilio::{
    party::E164,
    sid::{ActivitySid, TaskQueueSid, WorkerSid},
};

/// The words of causes that a cool-down may be set for.
pub const CAUSES: [&str; 11] = [
    "machine",
    "fax",
    "silent",
    "declined",
    "busy",
    "no-answer",
    "failed",
    "hung-up",
    "refused",
    "occupied",
    "lost",
];

/// The words of screenings.
pub const SCREENINGS: [&str; 4] = ["amd", "press1", "both", "none"];

/// The words of how they meet.
pub const CONNECTS: [&str; 2] = ["queue", "conference"];

/// What is done in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Asks for a key.
    Screen,
    /// Joins.
    Join,
    /// Rejects.
    Reject,
}

/// Who is called, from where, and where those go who are not reached.
#[derive(Clone, Debug)]
pub struct Phones {
    /// The number that workers see.
    pub caller_id: E164,
    /// Where a worker goes who was not reached.
    pub cool_down_activity: ActivitySid,
}

/// How long what takes, in whole seconds.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// How long a phone rings.
    pub ring: Duration,
    /// How long Twilio listens.
    pub listen: Duration,
    /// What is left.
    pub slack: Duration,
    /// How long a reservation stands.
    pub reservation: Duration,
}

/// What happens to a worker who is not there.
#[derive(Clone, Debug)]
pub struct Missed {
    /// After how many misses in a row; 0: never.
    pub misses: u32,
    /// Where they go.
    pub activity: Option<ActivitySid>,
    /// What they are texted.
    pub text: String,
    /// Who else is texted.
    pub supervisor: Option<E164>,
}

/// Workers on their own phones.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Without this, no phone rings.
    pub phones: Option<Phones>,
    /// They see the caller's number.
    pub show_caller: bool,
    /// The worker's attribute with their phone.
    pub attribute: String,
    /// One of [`SCREENINGS`].
    pub screening: String,
    /// One of [`CONNECTS`].
    pub connect: String,
    /// What a worker hears before they are joined.
    pub whisper: Option<String>,
    /// Where a caller goes on after a conference.
    pub caller_next: Option<String>,
    /// When Twilio cannot tell.
    pub doubt: Doubt,
    /// What takes how long.
    pub times: Times,
    /// For how long a worker is left in peace: one of [`CAUSES`], or `other`.
    pub cool_down: Vec<(String, Duration)>,
    /// What happens to a worker who is not there.
    pub missed: Missed,
    /// Where a worker goes after a call.
    pub post_work_activity: Option<ActivitySid>,
    /// The queue without workers.
    pub nobody_queue: Option<TaskQueueSid>,
    /// What a caller hears there.
    pub nobody_message: String,
    /// Where they go instead.
    pub nobody_next: Option<NobodyNext>,
}

/// Where a caller goes who comes when nobody works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NobodyNext {
    /// To the box of the queue they waited in.
    OwnBox,
    /// To the box of this queue.
    Queue(TaskQueueSid),
    /// To the box of this worker.
    Worker(WorkerSid),
    /// To somebody else's TwiML.
    Url(String),
}

impl Reader<'_> {
    pub(super) fn dispatch(&mut self) -> Option<Dispatch> {
        let phones = self.phones();
        let show_caller = self.value("DISPATCH_SHOW", |text| match text {
            "line" => Ok(false),
            "caller" => Ok(true),
            _ => Err("expected line or caller".to_owned()),
        });
        let attribute = self.value("DISPATCH_ATTRIBUTE", attribute);
        let screening = self.value("DISPATCH_SCREENING", |text| one_of(text, &SCREENINGS));
        let connect = self.value("DISPATCH_CONNECT", |text| one_of(text, &CONNECTS));
        let whisper = self.optional("DISPATCH_WHISPER", whisper);
        let caller_next = self.optional("DISPATCH_CALLER_NEXT", parse::https);
        let doubt = self.value("DISPATCH_DOUBT", |text| match text {
            "screen" => Ok(Doubt::Screen),
            "join" => Ok(Doubt::Join),
            "reject" => Ok(Doubt::Reject),
            _ => Err("expected screen, join or reject".to_owned()),
        });
        let times = self.times();
        let cool_down = self.value("DISPATCH_COOL_DOWN", cool_down);
        let missed = self.missed();
        let post_work_activity = self.optional("DISPATCH_POST_WORK_ACTIVITY", credentials::sid);
        let nobody_queue = self.optional("DISPATCH_NOBODY_QUEUE", credentials::sid);
        let nobody_message = self.value("DISPATCH_NOBODY_MESSAGE", |text| parse::text(text, 1_000));
        let nobody_next = self.optional("DISPATCH_NOBODY_NEXT", nobody_next);
        Some(Dispatch {
            phones,
            show_caller: show_caller?,
            attribute: attribute?,
            screening: screening?,
            connect: connect?,
            whisper,
            caller_next,
            doubt: doubt?,
            times: times?,
            cool_down: cool_down?,
            missed: missed?,
            post_work_activity,
            nobody_queue,
            nobody_message: nobody_message?,
            nobody_next,
        })
    }

    /// A worker who is rejected without going anywhere is rung in circles, so the number needs the activity.
    fn phones(&mut self) -> Option<Phones> {
        self.both("DISPATCH_CALLER_ID", "DISPATCH_COOL_DOWN_ACTIVITY");
        let caller_id = self.optional("DISPATCH_CALLER_ID", parse::number);
        let activity = self.optional("DISPATCH_COOL_DOWN_ACTIVITY", credentials::sid);
        Some(Phones {
            caller_id: caller_id?,
            cool_down_activity: activity?,
        })
    }

    fn times(&mut self) -> Option<Times> {
        let ring = self.value("DISPATCH_RING", |text| parse::seconds(text, 5, 60));
        let listen = self.value("DISPATCH_LISTEN", |text| parse::seconds(text, 3, 59));
        let slack = self.value("DISPATCH_SLACK", |text| parse::seconds(text, 0, 120));
        let reservation = self.value("DISPATCH_RESERVATION", |text| {
            parse::seconds(text, 15, 86_400)
        });
        let times = Times {
            ring: ring?,
            listen: listen?,
            slack: slack?,
            reservation: reservation?,
        };
        let Times {
            ring,
            listen,
            slack,
            reservation,
        } = times;
        let sum = ring + Duration::from_secs(5) + listen + slack;
        if sum > reservation {
            let [ring, listen, slack, sum, stands] =
                [ring, listen, slack, sum, reservation].map(|it| it.as_secs());
            self.problem(
                "DISPATCH_RESERVATION",
                format!(
                    "ring {ring} + 5 + listen {listen} + slack {slack} = {sum} s do not fit into {stands} s"
                ),
            );
            return None;
        }
        Some(times)
    }

    fn missed(&mut self) -> Option<Missed> {
        let misses = self.value("DISPATCH_MISSES", |text| parse::between(text, 0, 100));
        let activity = self.optional("DISPATCH_MISSED_ACTIVITY", credentials::sid);
        let text = self.value("DISPATCH_MISSED_TEXT", |text| parse::text(text, 1_600));
        let supervisor = self.optional("DISPATCH_SUPERVISOR", parse::number);
        Some(Missed {
            misses: misses?,
            activity,
            text: text?,
            supervisor,
        })
    }
}

fn nobody_next(text: &str) -> Result<NobodyNext, String> {
    if text == "voicemail" {
        return Ok(NobodyNext::OwnBox);
    }
    let queue = text.parse().map(NobodyNext::Queue);
    let known = queue.or_else(|_| text.parse().map(NobodyNext::Worker));
    known.or_else(|_| {
        let url = parse::https(text).map(NobodyNext::Url);
        url.map_err(|_| "expected voicemail, WQ…, WK… or an https address".to_owned())
    })
}

fn one_of(text: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!("expected one of {}", words.join(", ")))
    }
}

/// Words, with nothing in braces but what is filled in.
fn whisper(text: &str) -> Result<String, String> {
    let plain = text.replace("{queue}", "").replace("{caller}", "");
    if plain.contains(['{', '}']) {
        return Err("expected no braces but {queue} and {caller}".to_owned());
    }
    parse::text(text, 500)
}

/// A name that TaskRouter's expressions can say, too.
pub(super) fn attribute(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.len() <= 64 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("expected a name of letters, digits and underscores".to_owned())
    }
}

fn cool_down(text: &str) -> Result<Vec<(String, Duration)>, String> {
    let parts = text.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (cause, seconds) = part
                .split_once('=')
                .ok_or_else(|| format!("{part}: expected a cause, = and seconds"))?;
            if cause != "other" && !CAUSES.contains(&cause) {
                let causes = CAUSES.join(", ");
                return Err(format!("{cause}: expected one of {causes}, other"));
            }
            let long = parse::seconds(seconds, 1, 86_400);
            let long = long.map_err(|what| format!("{cause}: {what}"))?;
            Ok((cause.to_owned(), long))
        })
        .collect()
}
