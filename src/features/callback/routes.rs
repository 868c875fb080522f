//! Callers who would rather not wait: what they hear, and the plugin's and Studio's side of it.
//!
//! The paths are those of the flex-project-template's functions, whose callers need another domain only.

mod encoded;

use axum::{Json, extract::State, response::Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    features::callback::{
        Callback, CreateWish, HearWish, Mode, Recorded, RequeueWish, Round, Stands, Transcribed,
        ask::Owed, routes::encoded::encoded,
    },
    recording::followup::Message,
    twilio::{deadline::Deadline, party::Party, sid::TaskSid},
    twiml::Library,
    web::{
        fields::{Decode, Reader},
        flex::Flex,
        form::TwilioForm,
        openapi::{
            self, CreateCallback, FetchVoicemail, RecordingReport, RequeueCallback, Transcript,
            WaitQuery, WaitingCall,
        },
        problem::{Problem, once_more},
        reply::Voice,
        widget::Widget,
        work::Work,
    },
};

crate::web::app::part!(Callback);

/// The task that was made, or will be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    /// Always `true`; a refusal is a problem.
    success: bool,
    /// The task; `null` as long as it waits for the hours to begin.
    #[schema(value_type = Option<String>)]
    task_sid: Option<TaskSid>,
    /// When the hours begin, in ISO 8601, if the task waits for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<String>,
}

impl Made {
    fn answer(stands: Stands) -> Json<Self> {
        let (task_sid, held_until) = match stands {
            Stands::Task(task) => (Some(task), None),
            Stands::Held(until) => (None, until.map(|at| at.to_string())),
        };
        Json(Self {
            success: true,
            task_sid,
            held_until,
        })
    }
}

/// What a caller hears who waits
///
/// The `waitUrl` of an `<Enqueue>`: greeting, music, and the offer to be called back or to leave a message.
#[utoipa::path(post, path = "/features/callback-and-voicemail/studio/wait-experience", tag = openapi::VOICE,
    security(("twilioSignature" = [])),
    request_body(content = WaitingCall, content_type = "application/x-www-form-urlencoded"),
    params(WaitQuery), responses(openapi::Spoken))]
pub(crate) async fn wait_experience(
    work: Work,
    State(callback): State<Callback>,
    State(library): State<Library>,
    TwilioForm(round): TwilioForm<Round>,
) -> Result<Voice, Problem> {
    answer(&work, callback, &library, round).await
}

/// What a caller hears who waits, by GET
///
/// The same for an `<Enqueue waitUrlMethod="GET">`: the call is in the query.
#[utoipa::path(get, path = "/features/callback-and-voicemail/studio/wait-experience", tag = openapi::VOICE,
    security(("twilioSignature" = [])), params(WaitQuery, WaitingCall), responses(openapi::Spoken))]
pub(crate) async fn wait_experience_by_get(
    work: Work,
    State(callback): State<Callback>,
    State(library): State<Library>,
    TwilioForm(round): TwilioForm<Round>,
) -> Result<Voice, Problem> {
    answer(&work, callback, &library, round).await
}

async fn answer(
    work: &Work,
    callback: Callback,
    library: &Library,
    round: Round,
) -> Result<Voice, Problem> {
    let (by, waiting) = (work.by(), callback.clone());
    let wait = async move { waiting.wait(round, by).await };
    let (document, owed) = work.finish(wait).await?;
    settle(work, callback, owed);
    Voice::say(library, &document)
}

/// Does what is owed behind the answer.
fn settle(work: &Work, callback: Callback, owed: Option<Owed>) {
    if let Some(owed) = owed {
        work.leave(async move { callback.settle(owed).await });
    }
}

/// A message was recorded
///
/// The recorder's status callback. The transcript is not waited for: it does not come for every message.
#[utoipa::path(post, path = "/callback/recording", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = RecordingReport, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "It will be seen to"), openapi::SignedRefusal))]
pub(crate) async fn callback_recording(
    work: Work,
    State(callback): State<Callback>,
    TwilioForm(recorded): TwilioForm<Recorded>,
) -> Result<StatusCode, Problem> {
    let (by, noting) = (work.by(), callback.clone());
    let noted = work.finish(async move { noting.recorded(&recorded, by).await });
    settle(&work, callback, noted.await?.map_err(once_more)?);
    Ok(StatusCode::NO_CONTENT)
}

/// Twilio has transcribed a message that was left while waiting
#[utoipa::path(post, path = "/callback/transcript", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = Transcript, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "Noted"), openapi::SignedRefusal))]
pub(crate) async fn callback_transcript(
    work: Work,
    State(callback): State<Callback>,
    TwilioForm(told): TwilioForm<Transcribed>,
) -> Result<StatusCode, Problem> {
    let (by, adding) = (work.by(), callback.clone());
    let added = work.finish(async move { adding.transcribed(&told, by).await });
    settle(&work, callback, added.await?.map_err(once_more)?);
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a call-back's task, or a message's
///
/// For Studio flows. What one execution asks for twice is made once. Outside `CALLBACK_HOURS` a call-back's task is made
/// when they begin.
#[utoipa::path(post, path = "/features/callback-and-voicemail/studio/create-callback", tag = openapi::STUDIO,
    security(("twilioSignature" = []), ("lookupBasic" = [])),
    request_body(content((CreateCallback = "application/x-www-form-urlencoded"), (CreateCallback = "application/json"))),
    responses((status = 200, body = Made), openapi::LookupRefusal))]
pub(crate) async fn create_callback(
    work: Work,
    State(callback): State<Callback>,
    Widget(wish): Widget<CreateWish>,
) -> Result<Json<Made>, Problem> {
    let by = work.by();
    let made = work.finish(async move { callback.create(wish, by).await });
    Ok(Made::answer(made.await??))
}

/// Puts a call-back into line again
///
/// For the agent who has it, or a supervisor; as often as `CALLBACK_ATTEMPTS` allows. Pressed twice, it is one task,
/// which outside `CALLBACK_HOURS` is made when they begin.
#[utoipa::path(post, path = "/features/callback-and-voicemail/flex/requeue-callback", tag = openapi::PLUGIN,
    security(("flexToken" = [])),
    request_body(content((RequeueCallback = "application/x-www-form-urlencoded"), (RequeueCallback = "application/json"))),
    responses((status = 200, body = Made), openapi::PluginRefusal))]
pub(crate) async fn requeue_callback(
    work: Work,
    State(callback): State<Callback>,
    Flex { agent, wish }: Flex<RequeueWish>,
) -> Result<Json<Made>, Problem> {
    let by = work.by();
    let made = work.finish(async move { callback.requeue(&agent, wish, by).await });
    Ok(Made::answer(made.await??))
}

/// The sound of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sound {
    /// Its kind, such as `audio/mpeg`.
    #[serde(rename = "type")]
    kind: String,
    /// The file in base64.
    recording: String,
}

/// Fetches the sound of a message
///
/// For the agent who has its task, or a supervisor. Encoded piece by piece as it comes.
#[utoipa::path(post, path = "/features/callback-and-voicemail/flex/fetch-voicemail", tag = openapi::PLUGIN,
    security(("flexToken" = [])),
    request_body(content((FetchVoicemail = "application/x-www-form-urlencoded"), (FetchVoicemail = "application/json"))),
    responses((status = 200, body = Sound), openapi::PluginRefusal))]
pub(crate) async fn fetch_voicemail(
    by: Deadline,
    State(callback): State<Callback>,
    Flex { agent, wish }: Flex<HearWish>,
) -> Result<Response, Problem> {
    Ok(encoded(callback.hear(&agent, wish, by).await?))
}

impl Decode for HearWish {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let recording = reader.need("recordingSid")?;
        Some(Self { recording })
    }
}

impl Decode for Round {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let call = reader.need("CallSid")?;
        let mode = match reader.text("mode").map(str::parse) {
            None => Mode::Start,
            Some(Ok(mode)) => mode,
            Some(Err(never)) => match never {},
        };
        let party = |one, other| {
            Party::read(
                reader
                    .text(one)
                    .or_else(|| reader.text(other))
                    .unwrap_or_default(),
            )
        };
        let recorded = recorded(reader).filter(|_| mode == Mode::Recorded);
        Some(Self {
            mode,
            call,
            from: party("From", "Caller"),
            to: party("To", "Called"),
            digits: reader.text("Digits").map(str::to_owned),
            // Links of the published function say `undefined` where it had found none.
            task: reader
                .text("enqueuedTaskSid")
                .and_then(|task| task.parse().ok()),
            greeted: reader.text("skipGreeting") == Some("true"),
            tries: reader
                .text("tries")
                .and_then(|tries| tries.parse().ok())
                .unwrap_or(0),
            number: reader
                .text("to")
                .or_else(|| reader.text("updatedPhoneNumber"))
                .map(str::to_owned),
            queue: reader.text("QueueSid").and_then(|queue| queue.parse().ok()),
            waited: reader
                .text("QueueTime")
                .and_then(|time| time.parse().ok())
                .unwrap_or(0),
            recorded,
        })
    }
}

/// What the recorder's own request says. It names the recording by its URL only.
fn recorded(reader: &Reader<'_>) -> Option<Recorded> {
    let url = reader.text("RecordingUrl")?;
    let name = url.rsplit('/').next()?.split('.').next()?;
    let seconds = reader
        .text("RecordingDuration")
        .and_then(|it| it.parse().ok());
    Some(Recorded {
        call: reader.text("CallSid")?.parse().ok()?,
        recording: name.parse().ok()?,
        url: Some(url.to_owned()),
        seconds: seconds.unwrap_or(1),
        failed: false,
    })
}

impl Decode for Recorded {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (call, recording) = (reader.need("CallSid"), reader.need("RecordingSid"));
        let seconds = reader
            .text("RecordingDuration")
            .and_then(|it| it.parse().ok());
        Some(Self {
            call: call?,
            recording: recording?,
            url: reader.text("RecordingUrl").map(str::to_owned),
            // Of unknown length is not of none.
            seconds: seconds.unwrap_or(1),
            failed: reader.text("RecordingStatus") == Some("failed"),
        })
    }
}

impl Decode for Transcribed {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (call, recording) = (reader.need("CallSid"), reader.need("RecordingSid"));
        let transcription = reader.text("TranscriptionSid");
        let completed = reader
            .text("TranscriptionStatus")
            .is_none_or(|status| status == "completed");
        let words = reader.text("TranscriptionText").filter(|_| completed);
        Some(Self {
            call: call?,
            recording: recording?,
            transcription: transcription.and_then(|sid| sid.parse().ok()),
            words: words.map(str::to_owned),
        })
    }
}

impl Decode for RequeueWish {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let task = reader.need("taskSid");
        Some(Self { task: task? })
    }
}

impl Decode for CreateWish {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let number_to_call = reader.need_text("numberToCall", "whom to call");
        let number_to_call_from = reader.need_text("numberToCallFrom", "the number they dialed");
        let workflow = reader.want("workflowSid");
        let (timeout, priority) = (reader.want("timeout"), reader.want("priority"));
        let (attempts, received) = (reader.want("attempts"), reader.want("utcDateTimeReceived"));
        let owned = |name| reader.text(name).map(str::to_owned);
        let either = |one, other| owned(one).or_else(|| owned(other));
        Some(Self {
            number_to_call: number_to_call?.to_owned(),
            number_to_call_from: number_to_call_from?.to_owned(),
            flow: owned("flexFlowSid"),
            workflow: workflow.ok()?,
            timeout: timeout.ok()?,
            priority: priority.ok()?,
            attempts: attempts.ok()?,
            conversation: owned("conversation_id"),
            note: owned("message"),
            received: received.ok()?,
            message: Message {
                recording_sid: either("recordingSid", "RecordingSid"),
                recording_url: either("recordingUrl", "RecordingUrl"),
                transcript_sid: either("transcriptSid", "TranscriptionSid"),
                transcript_text: either("transcriptText", "TranscriptionText"),
            },
            is_deleted: reader.text("isDeleted") == Some("true"),
            channel: owned("taskChannel"),
        })
    }
}
