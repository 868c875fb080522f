//! Recordings: what was said into a `<Record>`, the callbacks that tell of it, its file and its transcript.
//!
//! A recording is there as soon as it begins (`in-progress`); when it stops, its file takes a moment to be made
//! (`processing`), then it is `completed`, which is when the status callback says so. One with nothing but silence is
//! `absent`. A transcript is made of what is longer than 2 seconds and shorter than 120, and of nothing else: of the
//! rest there is a warning (13617) and no callback (Twilio: "TwiML: Record").

mod sound;

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

pub(super) use self::sound::Sound;
use super::{
    Emulator,
    calls::rfc2822,
    hooks::{Fields, Hook},
    journal::Event,
    world::{Errand, World},
};
use crate::twilio::sid::{CallSid, RecordingSid, TranscriptionSid};

/// How long it takes until the file of a recording is there.
const DEVELOPING: Duration = Duration::from_secs(2);

/// How long it takes to write down what was said.
const WRITING: Duration = Duration::from_secs(8);

/// What is transcribed is longer than the first and shorter than the second.
const WRITABLE: [Duration; 2] = [Duration::from_secs(2), Duration::from_mins(2)];

/// Something that a person will say, or stay silent for.
#[derive(Clone, Debug)]
pub(super) struct Saying {
    pub(super) long: Duration,
    /// `None`: nothing.
    pub(super) words: Option<String>,
}

/// Something that was said, or is being said.
#[derive(Clone, Debug)]
pub(super) struct Spoken {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    words: String,
}

/// Whom the document wants to be told.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) action: Hook,
    pub(super) callback: Option<Hook>,
    pub(super) events: Vec<String>,
    pub(super) transcript: Option<Hook>,
    pub(super) trim: bool,
}

/// A recording that runs.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    recording: RecordingSid,
    pub(super) started: Timestamp,
    pub(super) spoken: Vec<Spoken>,
    pub(super) asked: Asked,
}

impl Tape {
    /// How long what was said is, once the tape stops; nothing if no one spoke.
    fn length(&self, stopped: Timestamp) -> Option<Duration> {
        let first = self.spoken.first()?.from;
        let last = self.spoken.last()?.until.min(stopped);
        let (from, until) = if self.asked.trim {
            (first, last)
        } else {
            (self.started, stopped)
        };
        let long = Duration::try_from(until.duration_since(from)).ok()?;
        (last > first).then_some(long)
    }
}

/// A recording.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    pub(super) sid: RecordingSid,
    pub(super) call: CallSid,
    pub(super) started: Timestamp,
    pub(super) updated: Timestamp,
    /// `in-progress`, `processing`, `completed`, `absent` or `deleted`.
    pub(super) status: &'static str,
    /// How long it is, once it has stopped.
    pub(super) long: Duration,
    /// What made it.
    pub(super) source: &'static str,
    words: String,
    /// Whom its `<Record>` wants to be told.
    asked: Option<Asked>,
}

impl Recording {
    /// How long it is in whole seconds, as Twilio says it.
    pub(super) fn seconds(&self) -> u64 {
        self.long.as_secs()
    }

    /// Whether there is a file.
    pub(super) fn is_there(&self) -> bool {
        self.status == "completed"
    }
}

/// All recordings, in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    all: Vec<Recording>,
    places: BTreeMap<RecordingSid, usize>,
}

impl Recordings {
    pub(super) fn get(&self, sid: RecordingSid) -> Option<&Recording> {
        self.all.get(*self.places.get(&sid)?)
    }

    pub(super) fn get_mut(&mut self, sid: RecordingSid) -> Option<&mut Recording> {
        self.all.get_mut(*self.places.get(&sid)?)
    }

    pub(super) fn numbered(&self) -> impl DoubleEndedIterator<Item = (usize, &Recording)> {
        self.all.iter().enumerate()
    }

    fn add(&mut self, recording: Recording) {
        self.places.insert(recording.sid, self.all.len());
        self.all.push(recording);
    }
}

impl World {
    /// A recording begins.
    fn add_recording(
        &mut self,
        call: CallSid,
        source: &'static str,
        asked: Option<Asked>,
    ) -> RecordingSid {
        let sid = RecordingSid::from_bytes(self.rng.bytes());
        let now = self.now();
        self.recordings.add(Recording {
            sid,
            call,
            started: now,
            updated: now,
            status: "in-progress",
            long: Duration::ZERO,
            source,
            words: String::new(),
            asked,
        });
        sid
    }

    /// The beep is over.
    pub(super) fn start_recording(&mut self, call: CallSid, asked: Asked) {
        let sid = self.add_recording(call, "RecordVerb", Some(asked.clone()));
        let now = self.now();
        if let Some(leg) = self.calls.get_mut(call) {
            // What was pressed while the greeting played is forgotten.
            leg.keys.clear();
            leg.tape = Some(Tape {
                recording: sid,
                started: now,
                spoken: Vec::new(),
                asked,
            });
        }
        self.tell_of_recording(sid);
    }

    /// Begins what the person is to say next: until when, and whether it can be heard.
    pub(super) fn say_next(&mut self, call: CallSid, now: Timestamp) -> Option<(Timestamp, bool)> {
        let leg = self.calls.get_mut(call)?;
        let saying = leg.sayings.pop_front()?;
        let until = now.saturating_add(saying.long).unwrap_or(Timestamp::MAX);
        let aloud = saying.words.is_some();
        if let (Some(words), Some(tape)) = (saying.words, &mut leg.tape) {
            tape.spoken.push(Spoken {
                from: now,
                until,
                words,
            });
        }
        Some((until, aloud))
    }

    /// The recording of a leg stops; what its action is told, if there is anything.
    pub(super) fn stop_recording(&mut self, call: CallSid) -> Option<Fields> {
        let tape = self.calls.get_mut(call)?.tape.take()?;
        let (sid, now) = (tape.recording, self.now());
        let long = tape.length(now);
        let words: Vec<_> = tape.spoken.iter().map(|it| it.words.trim()).collect();
        let recording = self.recordings.get_mut(sid)?;
        recording.updated = now;
        words.join(" ").trim().clone_into(&mut recording.words);
        recording.long = long.unwrap_or_default();
        recording.status = if long.is_some() {
            "processing"
        } else {
            "absent"
        };
        let text = match long {
            Some(long) => format!("{call:?}  was recorded for {:.1} s", long.as_secs_f64()),
            None => format!("{call:?}  was recorded, and said nothing"),
        };
        self.note(Event::Routing { task: None, text });
        if long.is_none() {
            self.tell_of_recording(sid);
            return None;
        }
        self.errands.push(Errand::Develop(sid));
        let mut fields = vec![("RecordingUrl", self.recording_url(sid))];
        let seconds = self.recordings.get(sid)?.seconds().to_string();
        fields.push(("RecordingDuration", seconds));
        Some(fields)
    }

    /// A leg that is being recorded ends, or is given something else to play. Only of the first is the action told.
    pub(super) fn leave_recording(&mut self, call: CallSid, over: bool) {
        let tape = self.calls.get(call).and_then(|leg| leg.tape.as_ref());
        let Some(action) = tape.map(|tape| tape.asked.action.clone()) else {
            return;
        };
        let Some(kept) = self.stop_recording(call) else {
            return;
        };
        if over {
            let mut fields = self.call_fields(call);
            fields.extend(kept);
            fields.push(("Digits", "hangup".to_owned()));
            self.send(call, "record action", action, fields);
        }
    }

    /// The URL of a recording's file.
    pub(super) fn recording_url(&self, sid: RecordingSid) -> String {
        let account = self.account;
        format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/{sid}")
    }

    /// Tells the status callback how a recording stands, if it wants to know. It says nothing of who calls.
    fn tell_of_recording(&mut self, sid: RecordingSid) {
        let found = self.recordings.get(sid);
        let Some((recording, asked)) = found.and_then(|it| Some((it, it.asked.as_ref()?))) else {
            return;
        };
        let mut events = asked.events.iter();
        let wanted = events.any(|event| event == recording.status);
        let Some(hook) = asked.callback.clone().filter(|_| wanted) else {
            return;
        };
        let call = recording.call;
        let mut fields = vec![
            ("AccountSid", self.account.to_string()),
            ("CallSid", call.to_string()),
            ("RecordingSid", sid.to_string()),
            ("RecordingUrl", self.recording_url(sid)),
            ("RecordingStatus", recording.status.to_owned()),
            ("RecordingChannels", "1".to_owned()),
            ("RecordingSource", "RecordVerb".to_owned()),
            ("RecordingStartTime", rfc2822(recording.started)),
            ("ErrorCode", "0".to_owned()),
        ];
        if recording.status != "in-progress" {
            fields.push(("RecordingDuration", recording.seconds().to_string()));
        }
        self.send(call, "recording callback", hook, fields);
    }

    /// What is told of a transcript, if one is made: what has no words cannot be transcribed.
    fn transcript(&mut self, sid: RecordingSid) -> Option<(Hook, Fields)> {
        let recording = self.recordings.get(sid)?.clone();
        let hook = recording.asked?.transcript?;
        let transcription = TranscriptionSid::from_bytes(self.rng.bytes());
        let url = self.recording_url(sid);
        let status = if recording.words.is_empty() {
            "failed"
        } else {
            "completed"
        };
        let mut fields = self.call_fields(recording.call);
        let more = [
            ("TranscriptionSid", transcription.to_string()),
            ("TranscriptionText", recording.words),
            ("TranscriptionStatus", status.to_owned()),
            (
                "TranscriptionUrl",
                format!("{url}/Transcriptions/{transcription}"),
            ),
            ("RecordingSid", sid.to_string()),
            ("RecordingUrl", url),
        ];
        fields.extend(more);
        Some((hook, fields))
    }
}

impl Emulator {
    /// Makes the file of a recording, tells of it, and has it written down if that was asked for.
    pub(super) async fn develop(&self, sid: RecordingSid) {
        self.0.clock.sleep(DEVELOPING).await;
        let writes = self.with(|world| {
            let now = world.now();
            let recording = world.recordings.get_mut(sid)?;
            if recording.status == "processing" {
                recording.status = "completed";
                recording.updated = now;
            }
            let asked = recording.asked.as_ref();
            let writes = asked.is_some_and(|asked| asked.transcript.is_some());
            let (call, long) = (recording.call, recording.long);
            world.tell_of_recording(sid);
            writes.then_some((call, long))
        });
        let Some((call, long)) = writes else {
            return;
        };
        if long <= WRITABLE[0] || long >= WRITABLE[1] {
            let text = "a recording of this length is not transcribed".to_owned();
            return self.warn(Some(call), 13617, text);
        }
        self.0.clock.sleep(WRITING).await;
        self.with(|world| {
            if let Some((hook, fields)) = world.transcript(sid) {
                world.send(call, "transcript", hook, fields);
            }
        });
    }

    /// The whole of a call was recorded, as an account may have it done (Twilio: "Recording resource", `source`); no
    /// callback was asked for.
    pub fn was_recorded(&self, call: CallSid, long: Duration) {
        self.with(|world| {
            let sid = world.add_recording(call, "StartCallRecordingAPI", None);
            if let Some(recording) = world.recordings.get_mut(sid) {
                recording.status = "completed";
                recording.long = long;
            }
        });
    }

    /// The recordings of a leg that have a file, in the order they were made.
    #[must_use]
    pub fn recordings(&self, call: CallSid) -> Vec<RecordingSid> {
        let recorded = self.recorded(call).into_iter();
        recorded.map(|(sid, _)| sid).collect()
    }

    /// The same, and how many whole seconds each has.
    #[must_use]
    pub fn recorded(&self, call: CallSid) -> Vec<(RecordingSid, u64)> {
        let world = self.lock();
        let all = world.recordings.numbered().map(|(_, recording)| recording);
        let of_call = all.filter(|it| it.call == call && it.is_there());
        of_call.map(|it| (it.sid, it.seconds())).collect()
    }
}
