//! `<Record>`, read.
//!
//! With `transcribe` the longest message has 120 seconds unless the document says otherwise, as at Twilio.

use std::time::Duration;

use roxmltree::Node;

use super::{flag, known, method, number};
use crate::emulator::twiml::{Flaw, Record, Verb};

/// The keys that end a recording unless the document says otherwise.
const FINISH: &str = "1234567890*#";

/// What a callback can be told of.
const EVENTS: [&str; 3] = ["in-progress", "completed", "absent"];

/// The longest that Twilio records, in seconds.
const LONGEST: u64 = 14_400;

pub(super) fn record(node: Node<'_, '_>) -> Result<Verb, Flaw> {
    known(
        node,
        "action method timeout finishOnKey maxLength playBeep trim recordingStatusCallback \
         recordingStatusCallbackMethod recordingStatusCallbackEvent transcribe transcribeCallback \
         recordingConfigurationId",
    )?;
    if node.children().any(|child| child.is_element()) {
        return Err(Flaw::new(12200, "<Record> holds nothing"));
    }
    let transcribes = flag(node, "transcribe")?;
    let longest = number(node, "maxLength", if transcribes { 120 } else { 3_600 })?;
    if !(1..=LONGEST).contains(&longest) {
        return Err(Flaw::new(12200, format!("maxLength is 1 to {LONGEST}")));
    }
    let callback = given(node, "recordingStatusCallback");
    let callback_method = method(node, "recordingStatusCallbackMethod")?;
    let transcript = given(node, "transcribeCallback");
    Ok(Verb::Record(Box::new(Record {
        action: node.attribute("action").unwrap_or_default().to_owned(),
        method: method(node, "method")?,
        timeout: Duration::from_secs(number(node, "timeout", 5)?),
        finish: node.attribute("finishOnKey").unwrap_or(FINISH).to_owned(),
        longest: Duration::from_secs(longest),
        beep: node.attribute("playBeep").is_none() || flag(node, "playBeep")?,
        trim: trims(node)?,
        callback: callback.map(|url| (url, callback_method)),
        events: events(node)?,
        transcript: transcript.filter(|_| transcribes),
    })))
}

fn given(node: Node<'_, '_>, name: &str) -> Option<String> {
    let url = node.attribute(name).filter(|url| !url.is_empty());
    url.map(str::to_owned)
}

fn trims(node: Node<'_, '_>) -> Result<bool, Flaw> {
    match node.attribute("trim") {
        None | Some("trim-silence") => Ok(true),
        Some("do-not-trim") => Ok(false),
        Some(_) => Err(Flaw::new(12200, "trim is trim-silence or do-not-trim")),
    }
}

fn events(node: Node<'_, '_>) -> Result<Vec<String>, Flaw> {
    let wanted = node.attribute("recordingStatusCallbackEvent");
    let wanted = wanted.unwrap_or("completed").split_ascii_whitespace();
    let wanted: Vec<_> = wanted.map(str::to_owned).collect();
    match wanted.iter().find(|word| !EVENTS.contains(&word.as_str())) {
        Some(word) => Err(Flaw::new(12200, format!("no recording event {word}"))),
        None => Ok(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn first(inside: &str) -> Result<Record, u32> {
        let read = read(&format!("<Response>{inside}</Response>"));
        match read.map_err(|flaw| flaw.code)?.swap_remove(0) {
            Verb::Record(record) => Ok(*record),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn defaults_are_twilios() {
        let record = first("<Record/>").unwrap();
        assert_eq!(record.timeout, Duration::from_secs(5));
        assert_eq!((record.finish.as_str(), record.beep), (FINISH, true));
        assert_eq!(record.longest, Duration::from_hours(1));
        assert_eq!(
            (record.events, record.trim),
            (vec!["completed".to_owned()], true)
        );
        // Without anybody to tell, nothing is written down.
        let record = first("<Record transcribe=\"true\"/>").unwrap();
        assert_eq!(record.longest, Duration::from_mins(2));
        assert_eq!(record.transcript, None);
    }

    #[test]
    fn what_twilio_does_not_know_is_refused() {
        for wrong in [
            "<Record maxLength=\"0\"/>",
            "<Record maxLength=\"86401\"/>",
            "<Record trim=\"yes\"/>",
            "<Record recordingStatusCallbackEvent=\"completed failed\"/>",
            "<Record playBeep=\"no\"/>",
            "<Record beep=\"true\"/>",
            "<Record><Say>x</Say></Record>",
            "<Gather><Record/></Gather>",
        ] {
            assert_eq!(first(wrong).err(), Some(12200), "{wrong}");
        }
    }
}
