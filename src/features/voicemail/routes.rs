//! Voicemail, as Twilio asks for it: a caller comes to a box, and what they have said is reported.

pub mod messages;

use axum::extract::State;
use http::StatusCode;

use crate::{
    features::voicemail::{Caller, Recorded, Transcribed, Voicemail},
    twilio::{party::Party, sid::RecordingSid},
    twiml::Library,
    web::{
        fields::{Decode, Reader},
        form::TwilioForm,
        openapi::{self, Recording, Transcript, VoicemailQuery},
        problem::{Problem, once_more},
        reply::Voice,
        work::Work,
    },
};

crate::web::app::part!(Voicemail);

/// A caller leaves a message
///
/// Where to send a caller whose call no one can take: redirect the call here, with the mailbox in the query.
#[utoipa::path(post, path = "/voicemail", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(VoicemailQuery), responses(openapi::Spoken))]
pub(crate) async fn voicemail(
    work: Work,
    State(voicemail): State<Voicemail>,
    State(library): State<Library>,
    TwilioForm(caller): TwilioForm<Caller>,
) -> Result<Voice, Problem> {
    let (by, asked, who) = (work.by(), voicemail.clone(), caller.clone());
    let document = work.finish(async move { asked.offer(&who, by).await });
    let (document, noted) = document.await?;
    let said = Voice::say(&library, &document)?;
    // While the caller hears the greeting.
    work.leave(async move { voicemail.look_back(&caller, noted, by).await });
    Ok(said)
}

/// A message was recorded
///
/// The caller hears that it was, at once; it is kept meanwhile, and reported once more.
#[utoipa::path(post, path = "/voicemail/recorded", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(VoicemailQuery),
    request_body(content = Recording, content_type = "application/x-www-form-urlencoded"),
    responses(openapi::Spoken))]
pub(crate) async fn voicemail_recorded(
    work: Work,
    State(voicemail): State<Voicemail>,
    State(library): State<Library>,
    TwilioForm(recorded): TwilioForm<Recorded>,
) -> Result<Voice, Problem> {
    let said = Voice::say(&library, &voicemail.thanks())?;
    let by = work.by();
    work.leave(async move { voicemail.keep(&recorded, by).await });
    Ok(said)
}

/// Twilio reports a recording
///
/// 204 once the message will not be forgotten. On any failure 503, so that Twilio reports again.
#[utoipa::path(post, path = "/voicemail/status", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(VoicemailQuery),
    request_body(content = Recording, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Noted"), openapi::SignedRefusal))]
pub(crate) async fn voicemail_status(
    work: Work,
    State(voicemail): State<Voicemail>,
    TwilioForm(recorded): TwilioForm<Recorded>,
) -> Result<StatusCode, Problem> {
    let by = work.by();
    work.finish(async move { voicemail.recorded(&recorded, by).await })
        .await?
        .map_err(once_more)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Twilio has written a message down
#[utoipa::path(post, path = "/voicemail/transcript", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(VoicemailQuery),
    request_body(content = Transcript, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Noted"), openapi::SignedRefusal))]
pub(crate) async fn voicemail_transcript(
    work: Work,
    State(voicemail): State<Voicemail>,
    TwilioForm(told): TwilioForm<Transcribed>,
) -> Result<StatusCode, Problem> {
    let by = work.by();
    work.finish(async move { voicemail.transcribed(&told, by).await })
        .await?
        .map_err(once_more)?;
    Ok(StatusCode::NO_CONTENT)
}

impl Decode for Caller {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (mailbox, call) = (reader.need("box"), reader.need("CallSid"));
        let task = reader.want("task");
        let party = |name: &str| Party::read(reader.text(name).unwrap_or_default());
        let (from, to) = (party("From"), party("To"));
        let silences = reader.text("silences").and_then(|text| text.parse().ok());
        Some(Self {
            mailbox: mailbox?,
            call: call?,
            task: task.ok()?,
            from,
            to,
            silences: silences.unwrap_or(0),
        })
    }
}

impl Decode for Recorded {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (mailbox, call) = (reader.need("box"), reader.need("CallSid"));
        let task = reader.want("task");
        // The action is not said to carry the SID, but the URL ends with it (Twilio: "TwiML: Record").
        let in_url = reader.text("RecordingUrl").and_then(in_url);
        let recording = match in_url {
            Some(recording) if reader.text("RecordingSid").is_none() => Some(recording),
            _ => reader.need("RecordingSid"),
        };
        let seconds = reader.text("RecordingDuration");
        let seconds = seconds.and_then(|text| text.trim().parse().ok());
        let status = reader.text("RecordingStatus");
        let parties = reader.text("From").map(|from| {
            let to = reader.text("To").unwrap_or_default();
            (Party::read(from), Party::read(to))
        });
        Some(Self {
            mailbox: mailbox?,
            call: call?,
            task: task.ok()?,
            recording: recording?,
            seconds,
            absent: status == Some("absent"),
            parties,
        })
    }
}

impl Decode for Transcribed {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let recorded = Recorded::decode(reader);
        let transcription = reader.text("TranscriptionSid");
        let transcription = transcription.and_then(|sid| sid.parse().ok());
        let status = reader.text("TranscriptionStatus").unwrap_or("completed");
        let words = reader.text("TranscriptionText");
        let words = words.filter(|_| status == "completed").map(str::to_owned);
        Some(Self {
            recorded: recorded?,
            transcription,
            words,
        })
    }
}

/// The SID at the end of a recording's URL.
fn in_url(url: &str) -> Option<RecordingSid> {
    let name = url.split(['?', '#']).next()?.rsplit('/').next()?;
    name.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{twilio::signature::fields, web::fields::decode};

    const BOX: &str =
        "box=WK00000000000000000000000000000001&CallSid=CA00000000000000000000000000000001";
    const SID: &str = "RE00000000000000000000000000000001";

    #[test]
    fn a_recording_is_known_by_its_sid_or_its_url() {
        let read = |more: &str| decode::<Recorded>(&fields(format!("{BOX}&{more}").as_bytes()));
        let url =
            format!("RecordingUrl=https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/{SID}");
        for (more, seconds) in [
            (format!("RecordingSid={SID}"), None),
            (format!("{url}&RecordingDuration=12"), Some(12)),
            (format!("{url}.mp3&RecordingDuration="), None),
            (format!("{url}?x=1&RecordingSid={SID}"), None),
        ] {
            let recorded = read(&more).unwrap();
            assert_eq!(recorded.recording.to_string(), SID, "{more}");
            assert_eq!(
                (recorded.seconds, recorded.parties.is_none()),
                (seconds, true)
            );
        }
        assert!(read("RecordingUrl=https://elsewhere.example/x").is_err());
    }

    #[test]
    fn what_could_not_be_made_out_has_no_words() {
        let read = |status: &str| {
            let more = format!(
                "{BOX}&RecordingSid={SID}&TranscriptionText=Hi&TranscriptionStatus={status}"
            );
            decode::<Transcribed>(&fields(more.as_bytes()))
                .unwrap()
                .words
        };
        assert_eq!(read("completed").as_deref(), Some("Hi"));
        assert_eq!(read("failed"), None);
    }
}
