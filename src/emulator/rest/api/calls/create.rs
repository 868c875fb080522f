//! Making a call (Twilio: "Call resource", create).
//!
//! Every documented parameter is known. Of those that cannot matter here (recording, SIP credentials, branding) only
//! the form is checked. A call that may not be made is refused at once, with the code an application has to tell
//! apart: a bad number (21211), a number or country that cannot be called (21214, 21215, by script), a caller ID that
//! is neither the account's nor vouched for by a call token (21210, 21212).

use std::{ops::RangeInclusive, time::Duration};

use super::{
    super::super::{Refusal, RestAnswer, RestRequest},
    super::hook,
    document, show,
};
use crate::{
    emulator::{
        calls::{Detection, NewCall, Report, call_token},
        hooks::Hook,
        journal::Event,
        numbers::Answer,
        world::World,
    },
    twilio::party::E164,
};

const CREATABLE: [&str; 38] = [
    "To",
    "From",
    "Url",
    "Twiml",
    "ApplicationSid",
    "Method",
    "FallbackUrl",
    "FallbackMethod",
    "StatusCallback",
    "StatusCallbackEvent",
    "StatusCallbackMethod",
    "SendDigits",
    "Timeout",
    "TimeLimit",
    "Record",
    "RecordingChannels",
    "RecordingConfigurationId",
    "RecordingStatusCallback",
    "RecordingStatusCallbackMethod",
    "RecordingStatusCallbackEvent",
    "RecordingTrack",
    "Trim",
    "SipAuthUsername",
    "SipAuthPassword",
    "MachineDetection",
    "MachineDetectionTimeout",
    "MachineDetectionSpeechThreshold",
    "MachineDetectionSpeechEndThreshold",
    "MachineDetectionSilenceTimeout",
    "AsyncAmd",
    "AsyncAmdStatusCallback",
    "AsyncAmdStatusCallbackMethod",
    "CallerId",
    "CallReason",
    "CallToken",
    "Byoc",
    "Passports",
    "ClientNotificationUrl",
];

/// The longest string of keys to send.
const MOST_DIGITS: usize = 32;

pub(super) fn create(world: &mut World, request: &RestRequest) -> Result<RestAnswer, Refusal> {
    request.allow(&[], &CREATABLE)?;
    let needed = |name: &'static str, code: u32| {
        let given = request.form_value(name).filter(|text| !text.is_empty());
        given.ok_or_else(|| Refusal::new(400, code, format!("No '{name}' is specified")))
    };
    let (to, from) = (needed("To", 21201)?, needed("From", 21213)?);
    may_be_called(world, to)?;
    may_be_shown(world, request, to, from)?;
    if request.form_value("ApplicationSid").is_some() {
        let message = "There is no application of this SID";
        return Err(Refusal::new(400, 21218, message));
    }
    let voice = document(request, true)?
        .ok_or_else(|| Refusal::new(400, 21205, "Url parameter is required."))?;
    let fallback = hook(request, "FallbackUrl", "FallbackMethod")?;
    let callback = hook(request, "StatusCallback", "StatusCallbackMethod")?;
    let ring_limit = request.form_number("Timeout")?.unwrap_or(60).min(600);
    let time_limit = request.form_number("TimeLimit")?.map(Duration::from_secs);
    request.form_flag("Record")?;
    let keys = sent_keys(request)?;
    // Twilio: "When `SendDigits` is present, `MachineDetection` is ignored".
    let detection = detection(request)?.filter(|_| keys.is_none());
    let number = world.numbers.own(from).map(|number| number.sid);
    let dialled = world
        .calls
        .turn(world.now(), world.settings.calls_per_second);
    let sid = world.start_call(NewCall {
        number,
        voice: Some(voice),
        fallback,
        ring_limit,
        time_limit,
        detection,
        dialled: Some(dialled),
        ..NewCall::talking(from, to, "outbound-api")
    });
    let callback = callback.and_then(|hook| told(world, request, hook));
    let call = world.calls.get_mut(sid);
    let call = call.ok_or_else(|| Refusal::not_found(&request.path))?;
    call.callback = callback;
    Ok(RestAnswer::created(show(world.account, call)))
}

/// A number as Twilio can dial it, a client, or a SIP address; and one that no script forbids.
fn may_be_called(world: &World, to: &str) -> Result<(), Refusal> {
    if !is_address(to) && to.parse::<E164>().is_err() {
        let message = "The 'To' number is not a valid phone number";
        return Err(Refusal::new(400, 21211, message));
    }
    let Answer::Refused(code) = world.numbers.answer(to) else {
        return Ok(());
    };
    let message = match code {
        21214 => "'To' phone number cannot be reached",
        21215 => "Geographic permissions do not allow this call",
        _ => "This number cannot be called",
    };
    Err(Refusal::new(400, code, message))
}

/// A phone is shown only a number that is the account's, verified, or that of a live caller whose token is given.
fn may_be_shown(world: &World, request: &RestRequest, to: &str, from: &str) -> Result<(), Refusal> {
    if is_address(to) {
        return Ok(());
    }
    if from.parse::<E164>().is_err() {
        let message = "The 'From' number is not a valid phone number";
        return Err(Refusal::new(400, 21212, message));
    }
    let vouched_for = |token: &str| {
        let mut calls = world.calls.iter().rev();
        calls.any(|call| {
            call.from == from
                && !call.status.is_final()
                && call_token(call).as_deref() == Some(token)
        })
    };
    if world.numbers.may_be_shown(from) || request.form_value("CallToken").is_some_and(vouched_for)
    {
        return Ok(());
    }
    let message = "The source phone number is not yet verified for your account";
    Err(Refusal::new(400, 21210, message))
}

fn is_address(party: &str) -> bool {
    let kinds = ["client:", "sip:", "sips:"];
    kinds.iter().any(|kind| party.starts_with(kind))
}

fn sent_keys(request: &RestRequest) -> Result<Option<&str>, Refusal> {
    let keys = request
        .form_value("SendDigits")
        .filter(|keys| !keys.is_empty());
    let known = |key: char| key.is_ascii_digit() || "ABCD#*wW".contains(key);
    match keys {
        Some(text) if text.len() > MOST_DIGITS || !text.chars().all(known) => {
            Err(Refusal::invalid("SendDigits is not valid"))
        }
        keys => Ok(keys),
    }
}

fn detection(request: &RestRequest) -> Result<Option<Detection>, Refusal> {
    let milliseconds = |name: &str, allowed, default| {
        number_within(request, name, allowed, default).map(Duration::from_millis)
    };
    let timeout = number_within(request, "MachineDetectionTimeout", 3..=59, 30)?;
    let speech = milliseconds("MachineDetectionSpeechThreshold", 1_000..=6_000, 2_400)?;
    let speech_end = milliseconds("MachineDetectionSpeechEndThreshold", 500..=5_000, 1_200)?;
    let silence = milliseconds("MachineDetectionSilenceTimeout", 2_000..=10_000, 5_000)?;
    let callback = hook(
        request,
        "AsyncAmdStatusCallback",
        "AsyncAmdStatusCallbackMethod",
    )?;
    let report = if request.form_flag("AsyncAmd")? == Some(true) {
        Report::InTheBackground(callback)
    } else {
        Report::WithTheDocument
    };
    let to_the_end = match request.form_value("MachineDetection") {
        None => return Ok(None),
        Some("Enable") => false,
        Some("DetectMessageEnd") => true,
        Some(_) => {
            let message = "MachineDetection must be Enable or DetectMessageEnd";
            return Err(Refusal::invalid(message));
        }
    };
    Ok(Some(Detection {
        to_the_end,
        timeout: Duration::from_secs(timeout),
        speech,
        speech_end,
        silence,
        report,
    }))
}

fn number_within(
    request: &RestRequest,
    name: &str,
    allowed: RangeInclusive<u64>,
    default: u64,
) -> Result<u64, Refusal> {
    match request.form_number(name)? {
        None => Ok(default),
        Some(number) if allowed.contains(&number) => Ok(number),
        Some(_) => {
            let (from, to) = allowed.into_inner();
            Err(Refusal::invalid(format!(
                "{name} must be from {from} to {to}"
            )))
        }
    }
}

/// A new call's callback with the events it wants: the end, unless it says otherwise. An event that Twilio does not
/// know is only warned about, and then nothing is told at all (Twilio: error 21626).
fn told(world: &mut World, request: &RestRequest, hook: Hook) -> Option<(Hook, Vec<String>)> {
    let known = ["initiated", "ringing", "answered", "completed"];
    let wanted = request.form_values("StatusCallbackEvent");
    let wanted: Vec<_> = wanted.map(str::to_owned).collect();
    if let Some(stray) = wanted.iter().find(|event| !known.contains(&event.as_str())) {
        let text = format!("there is no status callback event {stray:?}");
        world.note(Event::Warning {
            call: None,
            code: 21626,
            text,
        });
        return None;
    }
    let only_the_end = || vec!["completed".to_owned()];
    Some((
        hook,
        if wanted.is_empty() {
            only_the_end()
        } else {
            wanted
        },
    ))
}
