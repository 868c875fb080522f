//! The intake line: workers who go on and off line by phone or by text message.
//!
//! The worker on the phone here wants one thing and is not a customer, so a fault is told and ends the call, instead
//! of being tried for ever; a text message is answered with an apology.

use axum::extract::State;

use crate::{
    features::intake::{Intake, Keyword, MenuName, TextIn, Visit},
    twilio::{deadline::Deadline, party::Party},
    twiml::Library,
    web::{
        fields::{Decode, Reader},
        form::TwilioForm,
        openapi::{self, ChoiceQuery, IntakeCall, IntakeText},
        problem::Problem,
        reply::Voice,
        work::Work,
    },
};

crate::web::app::part!(Intake);

/// A worker calls the intake line.
#[derive(Debug)]
pub(crate) struct Caller(Party);

/// A worker calls to go on or off line
#[utoipa::path(post, path = "/intake/voice", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = IntakeCall, content_type = "application/x-www-form-urlencoded"),
    responses(openapi::Spoken))]
pub(crate) async fn intake_voice(
    by: Deadline,
    State(intake): State<Intake>,
    State(library): State<Library>,
    TwilioForm(Caller(from)): TwilioForm<Caller>,
) -> Result<Voice, Problem> {
    Voice::say(&library, &intake.greet(&from, by).await?)
}

/// A worker presses a key in a menu
#[utoipa::path(post, path = "/intake/voice/choice", tag = openapi::VOICE, security(("twilioSignature" = [])),
    params(ChoiceQuery), responses(openapi::Spoken))]
pub(crate) async fn intake_voice_choice(
    work: Work,
    State(intake): State<Intake>,
    State(library): State<Library>,
    TwilioForm(visit): TwilioForm<Visit>,
) -> Result<Voice, Problem> {
    let by = work.by();
    let said = work
        .finish(async move { intake.choose(&visit, by).await })
        .await??;
    Voice::say(&library, &said)
}

/// A worker texts to go on or off line
#[utoipa::path(post, path = "/intake/sms", tag = openapi::VOICE, security(("twilioSignature" = [])),
    request_body(content = IntakeText, content_type = "application/x-www-form-urlencoded"),
    responses(openapi::Spoken))]
pub(crate) async fn intake_sms(
    work: Work,
    State(intake): State<Intake>,
    State(library): State<Library>,
    TwilioForm(message): TwilioForm<TextIn>,
) -> Result<Voice, Problem> {
    let by = work.by();
    let said = work
        .finish(async move { intake.text(&message, by).await })
        .await??;
    Voice::say(&library, &said)
}

/// A withheld number is no error: the caller is told.
fn sender(reader: &mut Reader<'_>) -> Option<Party> {
    reader
        .need_text("From", "who calls or writes")
        .map(Party::read)
}

impl Decode for Caller {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        sender(reader).map(Self)
    }
}

impl Decode for Visit {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let from = sender(reader);
        let (menu, tries) = (reader.need::<MenuName>("menu"), reader.need_number("tries"));
        let digits = reader.text("Digits").map(str::to_owned);
        Some(Self {
            from: from?,
            menu: menu?,
            tries: tries?,
            digits,
        })
    }
}

impl Decode for TextIn {
    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let from = sender(reader);
        let body = reader.text("Body").unwrap_or_default().to_owned();
        Some(Self {
            from: from?,
            body,
            // Only sent by a messaging service with advanced opt-out, and then Twilio has answered.
            told: reader.text("OptOutType").map(Keyword::told),
        })
    }
}
