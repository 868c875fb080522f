//! Recordings (Twilio: "Recording resource"): what is known of one, and its file.
//!
//! A file can be long, and a browser may take its time, so it is never held in memory: [`Media`] hands on each piece as it
//! comes from Twilio and asks for the next when that one has been taken. Twilio's address of a file is given to no one: it is
//! asked for here, with our credentials.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Deserializer};

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    request::Request,
    sid::{CallSid, RecordingSid},
    transport::Broken,
};

/// How long Twilio may let us wait for the next piece of a file.
const PATIENCE: Duration = Duration::from_secs(15);

/// A recording.
#[derive(Clone, Debug, Deserialize)]
pub struct Recording {
    /// Its SID.
    pub sid: RecordingSid,
    /// The call it was made of.
    pub call_sid: CallSid,
    /// `in-progress`, `paused`, `stopped`, `processing`, `completed`, `absent` or `deleted`.
    pub status: String,
    /// What made it: `RecordVerb` of a `<Record>`, others of a conversation.
    #[serde(default)]
    source: String,
    /// How long it is in seconds, once that is known.
    #[serde(default, deserialize_with = "seconds")]
    pub duration: Option<u32>,
}

impl Recording {
    /// Whether it will say more of itself: it still runs, or is being made.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        matches!(
            self.status.as_str(),
            "in-progress" | "paused" | "stopped" | "processing"
        )
    }

    /// Whether something was recorded.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.status == "completed"
    }
}

/// The file of a recording, piece by piece.
#[derive(Debug)]
pub struct Media {
    /// Its content type, as Twilio says it.
    pub kind: Option<String>,
    /// How many bytes there will be, if Twilio says so.
    pub length: Option<u64>,
    /// Which part of the file it is (`Content-Range`), if it is not the whole.
    pub part: Option<String>,
    answer: reqwest::Response,
}

impl Media {
    /// The next piece; nothing after the last.
    ///
    /// # Errors
    /// When the connection breaks, or nothing comes for a while.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let piece = tokio::time::timeout(PATIENCE, self.answer.chunk()).await;
        match piece {
            Ok(piece) => piece.map_err(|error| Broken::Lost(error.without_url().into())),
            Err(late) => Err(Broken::Lost(late.into())),
        }
    }
}

/// The account's recordings.
#[derive(Clone, Copy, Debug)]
pub struct Recordings<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The account's recordings.
    #[must_use]
    pub fn recordings(&self, by: Deadline) -> Recordings<'_> {
        Recordings { twilio: self, by }
    }
}

impl Recordings<'_> {
    fn path(self, recording: RecordingSid, kind: &str) -> String {
        let account = self.twilio.account();
        format!("/2010-04-01/Accounts/{account}/Recordings/{recording}.{kind}")
    }

    /// The address of a recording's file, for the holder of the account's credentials.
    #[must_use]
    pub fn url(self, recording: RecordingSid) -> String {
        let account = self.twilio.account();
        format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/{recording}")
    }

    /// Reads what is known of a recording; nothing when it does not exist, or was deleted.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn fetch(self, recording: RecordingSid) -> Result<Option<Recording>, Error> {
        let request = Request::get(Product::Api, self.path(recording, "json"));
        match self.twilio.send(&request, self.by).await {
            Err(error) if error.is_not_found() => Ok(None),
            other => other?.read().map(Some),
        }
    }

    /// What was said into a `<Record>` on this call. An account may have whole calls and conferences recorded, too; those
    /// are not messages, and not for agents to hear.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn of_call(self, call: CallSid) -> Result<Vec<Recording>, Error> {
        let account = self.twilio.account();
        let path = format!("/2010-04-01/Accounts/{account}/Recordings.json");
        let request = Request::get(Product::Api, path).query("CallSid", call);
        let pages = self.twilio.pages(request, "recordings", self.by);
        let mut all: Vec<Recording> = pages.all().await?;
        all.retain(|recording| recording.source == "RecordVerb");
        Ok(all)
    }

    /// Deletes a recording and its file. One that is gone is deleted already.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn delete(self, recording: RecordingSid) -> Result<(), Error> {
        let request = Request::delete(Product::Api, self.path(recording, "json"));
        match self.twilio.send(&request, self.by).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// Opens the file of a recording as MP3; `range` is a `Range` header to hand on. The deadline is for the beginning of
    /// the file, not for its end.
    ///
    /// # Errors
    /// `is_not_found` when there is no such file, or not yet.
    pub async fn media(self, recording: RecordingSid, range: Option<&str>) -> Result<Media, Error> {
        let mut request = Request::get(Product::Api, self.path(recording, "mp3"));
        request.range = range.map(str::to_owned);
        let answer = self.twilio.open(&request, self.by).await?;
        let text = |name: &str| {
            let value = answer.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        Ok(Media {
            kind: text("content-type"),
            length: text("content-length").and_then(|length| length.parse().ok()),
            part: text("content-range"),
            answer,
        })
    }
}

/// The 2010 API writes the length as text, and -1 while it is not known.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_length_may_not_be_known_yet() {
        let read = |duration: serde_json::Value| {
            let recording = json!({
                "sid": RecordingSid::from_bytes([1; 16]), "call_sid": CallSid::from_bytes([2; 16]),
                "status": "completed", "duration": duration,
            });
            serde_json::from_value::<Recording>(recording)
                .unwrap()
                .duration
        };
        assert_eq!(read(json!("12")), Some(12));
        assert_eq!((read(json!("-1")), read(json!(null))), (None, None));
    }
}
