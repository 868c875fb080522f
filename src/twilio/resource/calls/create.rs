//! Making a call, and finding out whether it was made (Twilio: "Call resource", create; "Answering machine
//! detection").
//!
//! Twilio has no key that makes two requests one call, so creating is never repeated once Twilio may have acted.
//! A caller of this that is left in doubt asks [`Calls::to_since`] before anything else: a second leg would ring a phone
//! twice.

use std::{fmt, time::Duration};

use jiff::Timestamp;

use super::{Call, Calls};
use crate::twilio::{error::Error, host::Product, party::Party, request::Request};

/// The longest a phone may ring (Twilio: "Call resource", `Timeout`). Some routes add up to five seconds to it.
pub const LONGEST_RING: Duration = Duration::from_mins(10);

/// How long [`Detection::timeout`] may be, in seconds (Twilio: "Answering machine detection").
pub const DETECTION_SECONDS: std::ops::RangeInclusive<u64> = 3..=59;

/// How many calls one page holds when we look for one of them.
const PAGE: u32 = 50;

/// What of a call's progress its status callback is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Twilio has begun to dial.
    Initiated,
    /// It rings.
    Ringing,
    /// The call was answered, by a person or a machine.
    Answered,
    /// It is over, however it ended.
    Completed,
}

impl Progress {
    /// All of it.
    pub const ALL: [Self; 4] = [
        Self::Initiated,
        Self::Ringing,
        Self::Answered,
        Self::Completed,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Completed => "completed",
        }
    }
}

/// What machine detection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// The first moment at which it knows (Twilio: `Enable`).
    ForAVerdict,
    /// The end of a machine's greeting, to leave a message (Twilio: `DetectMessageEnd`).
    ForTheEnd,
}

/// Machine detection on a call.
#[derive(Clone, Copy)]
pub struct Detection<'a> {
    /// What it waits for.
    pub listening: Listening,
    /// When it gives up and says `unknown`; within [`DETECTION_SECONDS`], whole seconds.
    pub timeout: Duration,
    /// Where the verdict is posted while the document plays. Without it the callee hears nothing until the verdict,
    /// which then comes as `AnsweredBy` with the request for the document.
    pub callback: Option<&'a str>,
}

/// A call to make.
#[derive(Clone, Copy)]
pub struct NewCall<'a> {
    /// Who is called.
    pub to: &'a Party,
    /// Whose number they see: one of the account's, or the caller's own with `call_token`.
    pub from: &'a Party,
    /// Where the document is asked for, by POST, once they have answered.
    pub url: &'a str,
    /// Where it is asked for when that fails, by POST.
    pub fallback: Option<&'a str>,
    /// Where progress is told, by POST, and what of it.
    pub status_callback: Option<(&'a str, &'a [Progress])>,
    /// How long it may ring, in whole seconds, at most [`LONGEST_RING`].
    pub ring: Duration,
    /// Whether to find out if a person or a machine answered.
    pub detection: Option<Detection<'a>>,
    /// The token of an inbound call that is still going on: it lets `from` be that caller's number.
    pub call_token: Option<&'a str>,
}

impl fmt::Debug for Detection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} for {:?}", self.listening, self.timeout)
    }
}

impl fmt::Debug for NewCall<'_> {
    /// Neither URLs nor the token: both would let a stranger speak for us.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCall")
            .field("to", self.to)
            .field("from", self.from)
            .field("ring", &self.ring)
            .field("detection", &self.detection)
            .finish_non_exhaustive()
    }
}

impl Calls<'_> {
    /// Makes a call. Never repeated after an unclear failure: see the module.
    ///
    /// # Errors
    /// `nothing_happened` on the error says whether a call may exist all the same. Codes that no second attempt
    /// changes: 21211, 21214 and 21217 (a number that cannot be called), 21215 (a country the account may not
    /// call), 21210 and 21212 (a caller ID that is not ours).
    pub async fn create(self, new: &NewCall<'_>) -> Result<Call, Error> {
        let request = Request::post(Product::Api, self.all_path())
            .form("To", new.to)
            .form("From", new.from)
            .form("Url", new.url)
            .form("Method", "POST")
            .form("Timeout", new.ring.as_secs())
            .form_if("FallbackUrl", new.fallback)
            .form_if("FallbackMethod", new.fallback.map(|_| "POST"))
            .form_if("CallToken", new.call_token);
        let request = told(request, new.status_callback);
        let request = detecting(request, new.detection);
        self.twilio.send(&request, self.by).await?.read()
    }

    /// The calls to a phone that were made since a moment, newest first, whatever became of them.
    ///
    /// Twilio writes whole seconds by a clock of its own: a `since` some seconds earlier than the moment that is
    /// meant misses nothing.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn to_since(self, to: &Party, since: Timestamp) -> Result<Vec<Call>, Error> {
        // Not by `StartTime`: a call that waits to be dialed has none yet.
        let request = Request::get(Product::Api, self.all_path())
            .query("To", to)
            .query("PageSize", PAGE);
        let mut pages = self.twilio.pages::<Call>(request, "calls", self.by);
        let mut found = vec![];
        while let Some(page) = pages.next().await? {
            let earlier = |call: &Call| {
                call.made
                    .is_some_and(|made| made.as_second() < since.as_second())
            };
            // Newest first: past the first call that is too old there are only older ones.
            let last = page.iter().any(earlier);
            found.extend(page.into_iter().filter(|call| !earlier(call)));
            if last {
                break;
            }
        }
        Ok(found)
    }
}

fn told(request: Request, callback: Option<(&str, &[Progress])>) -> Request {
    let Some((url, events)) = callback else {
        return request;
    };
    let request = request
        .form("StatusCallback", url)
        .form("StatusCallbackMethod", "POST");
    let events = events.iter();
    events.fold(request, |request, event| {
        request.form("StatusCallbackEvent", event.word())
    })
}

fn detecting(request: Request, detection: Option<Detection<'_>>) -> Request {
    let Some(detection) = detection else {
        return request;
    };
    let mode = match detection.listening {
        Listening::ForAVerdict => "Enable",
        Listening::ForTheEnd => "DetectMessageEnd",
    };
    let request = request
        .form("MachineDetection", mode)
        .form("MachineDetectionTimeout", detection.timeout.as_secs());
    match detection.callback {
        Some(url) => request
            .form("AsyncAmd", true)
            .form("AsyncAmdStatusCallback", url)
            .form("AsyncAmdStatusCallbackMethod", "POST"),
        None => request,
    }
}
