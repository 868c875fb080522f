//! Call legs (Twilio: "Call resource").

mod create;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

pub use self::create::{DETECTION_SECONDS, Detection, LONGEST_RING, Listening, NewCall, Progress};
use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    page::Pages,
    party::{E164, Party},
    request::Request,
    sid::CallSid,
};

/// The error code of a change to a call that is not in progress (Twilio: error 21220).
const NOT_IN_PROGRESS: u32 = 21_220;

/// The longest document that may be sent with a call, in characters (Twilio: "Call resource", `Twiml`).
pub const INLINE_TWIML: usize = 4_000;

/// The statuses after which a call is over (Twilio: "Call resource", call status values). The sample knew only the
/// first, and kept calls in its list for ever that ended in another way.
const FINAL: [&str; 5] = ["completed", "busy", "failed", "no-answer", "canceled"];

/// Whether a call is over.
#[must_use]
pub fn is_final(status: &str) -> bool {
    FINAL.contains(&status)
}

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallStatus {
    /// Waiting to be dialed, ringing or being set up.
    Ringing,
    /// Answered.
    InProgress,
    /// Over, however it ended: completed, busy, failed, not answered or canceled.
    Over,
    /// A status Twilio did not have when this was written.
    Other(String),
}

impl CallStatus {
    /// Reads Twilio's word.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "queued" | "initiated" | "ringing" => Self::Ringing,
            "in-progress" | "answered" => Self::InProgress,
            "completed" | "busy" | "failed" | "no-answer" | "canceled" => Self::Over,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for CallStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(&String::deserialize(deserializer)?))
    }
}

/// A call leg.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// Its SID.
    pub sid: CallSid,
    /// Where it stands. Twilio's view may lag a moment behind.
    pub status: CallStatus,
    /// Who was called.
    #[serde(deserialize_with = "party")]
    pub to: Party,
    /// Who calls, or whose number the called one sees.
    #[serde(default = "nobody", deserialize_with = "party")]
    pub from: Party,
    /// What answered, if machine detection has found it out: `human`, `machine_start`, `fax`, `unknown`, ….
    #[serde(default)]
    pub answered_by: Option<String>,
    /// When Twilio made it.
    #[serde(default, rename = "date_created", deserialize_with = "rfc_2822")]
    pub made: Option<Timestamp>,
    /// When it ended, if it has.
    #[serde(default, deserialize_with = "rfc_2822")]
    pub end_time: Option<Timestamp>,
}

/// What a live call does next.
#[derive(Clone)]
pub enum Next {
    /// A document that Twilio asks us for.
    Url {
        /// Where the document is.
        url: String,
        /// Where to ask when that fails.
        fallback: String,
        /// Starting the document twice does no harm, as with hold music; being enqueued twice is two tasks.
        harmless: bool,
    },
    /// A document sent along, at most [`INLINE_TWIML`] characters.
    Twiml(String),
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Url { .. }) {
            "Url"
        } else {
            "Twiml"
        })
    }
}

/// The account's calls.
#[derive(Clone, Copy, Debug)]
pub struct Calls<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The account's calls.
    #[must_use]
    pub fn calls(&self, by: Deadline) -> Calls<'_> {
        Calls { twilio: self, by }
    }
}

impl<'a> Calls<'a> {
    fn all_path(self) -> String {
        format!("/2010-04-01/Accounts/{}/Calls.json", self.twilio.account())
    }

    fn path(self, call: CallSid) -> String {
        format!(
            "/2010-04-01/Accounts/{}/Calls/{call}.json",
            self.twilio.account()
        )
    }

    /// Reads one call.
    ///
    /// # Errors
    /// `is_not_found` when there is no such call.
    pub async fn fetch(self, call: CallSid) -> Result<Call, Error> {
        self.twilio
            .send(&Request::get(Product::Api, self.path(call)), self.by)
            .await?
            .read()
    }

    /// Whether a call is over, or unknown, which an old one becomes.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn is_over(self, call: CallSid) -> Result<bool, Error> {
        match self.fetch(call).await {
            Ok(call) => Ok(call.status == CallStatus::Over),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Twilio's own word for where a call stands, which for one that is over says why: `busy`, `no-answer`, `failed`,
    /// `completed`, `canceled`.
    ///
    /// # Errors
    /// `is_not_found` when there is no such call.
    pub async fn status_word(self, call: CallSid) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Word {
            status: String,
        }
        let request = Request::get(Product::Api, self.path(call));
        let word: Word = self.twilio.send(&request, self.by).await?.read()?;
        Ok(word.status)
    }

    /// The calls that are in progress.
    #[must_use]
    pub fn in_progress(self) -> Pages<'a, Call> {
        self.in_progress_from(None)
    }

    /// The calls that are in progress and show this number, or any.
    #[must_use]
    pub fn in_progress_from(self, from: Option<&E164>) -> Pages<'a, Call> {
        let request = Request::get(Product::Api, self.all_path())
            .query("Status", "in-progress")
            .query("PageSize", 1_000);
        let request = match from {
            Some(number) => request.query("From", number.as_str()),
            None => request,
        };
        self.twilio.pages(request, "calls", self.by)
    }

    /// Puts a live call on a new document, and asks for a callback at its end if `status_callback` is given.
    ///
    /// Sent again after an unclear failure only if the document says that this is harmless.
    ///
    /// # Errors
    /// [`is_over`] says that the call had ended.
    pub async fn redirect(
        self,
        call: CallSid,
        next: &Next,
        status_callback: Option<&str>,
    ) -> Result<(), Error> {
        let request = Request::post(Product::Api, self.path(call));
        let request = match next {
            Next::Url {
                url,
                fallback,
                harmless,
            } => {
                let request = request
                    .form("Url", url)
                    .form("Method", "POST")
                    .form("FallbackUrl", fallback)
                    .form("FallbackMethod", "POST");
                if *harmless {
                    request.repeatable()
                } else {
                    request
                }
            }
            Next::Twiml(twiml) => request.form("Twiml", twiml),
        };
        let request = match status_callback {
            Some(url) => request
                .form("StatusCallback", url)
                .form("StatusCallbackMethod", "POST"),
            None => request,
        };
        self.twilio.send(&request, self.by).await.map(|_| ())
    }

    /// Hangs a call up, whether it rings or is answered; gives where it stands then. A call that is over already,
    /// or unknown, is [`CallStatus::Over`], so this may be repeated.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn end(self, call: CallSid) -> Result<CallStatus, Error> {
        self.finish(call, "completed").await
    }

    /// Gives up a call that has not been answered; gives where it stands then. An answered call stays as it is
    /// ([`CallStatus::InProgress`]). As harmless to repeat as [`Calls::end`].
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn cancel(self, call: CallSid) -> Result<CallStatus, Error> {
        self.finish(call, "canceled").await
    }

    async fn finish(self, call: CallSid, status: &str) -> Result<CallStatus, Error> {
        let request = Request::post(Product::Api, self.path(call))
            .form("Status", status)
            .repeatable();
        match self.twilio.send(&request, self.by).await {
            Err(error) if is_over(&error) => Ok(CallStatus::Over),
            other => Ok(other?.read::<Call>()?.status),
        }
    }
}

/// Whether a change failed because the call is over: unknown, or no longer in progress.
#[must_use]
pub fn is_over(error: &Error) -> bool {
    error.is_not_found() || error.code() == Some(NOT_IN_PROGRESS)
}

fn party<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Party, D::Error> {
    Ok(Party::read(
        &Option::<String>::deserialize(deserializer)?.unwrap_or_default(),
    ))
}

fn nobody() -> Party {
    Party::Anonymous
}

/// The 2010 API writes dates as in e-mail.
pub(super) fn rfc_2822<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text
        .and_then(|text| jiff::fmt::rfc2822::parse(&text).ok())
        .map(|zoned| zoned.timestamp()))
}
