//! What a message becomes: heard out, kept, one task of the known shape, with its transcript; or nothing, if it is silence.

use std::time::Duration;

use serde_json::json;
use switchboard::{
    emulator::{CallStatus, Fault, Heard, HookTrouble},
    features::voicemail::{Mailbox, visit_url},
    twilio::resource::calls::Next,
};

use super::{Office, THANKS, by, field, setting, words};
use crate::stage::{MAIN_LINE, PUBLIC_URL};

#[tokio::test(start_paused = true)]
async fn a5_94_a_message_for_a_worker_is_one_task_for_them() {
    let office = Office::new();
    office.ann.go_to("Offline").expect("off line");
    let call = office.leaves(12, "").await;
    let heard = office.call(call);
    assert_eq!(words(&heard).last(), Some(&THANKS));
    assert!(heard.heard.contains(&Heard::Beep));
    let (task, recording) = (office.task(), office.recording(call));
    let (from, worker) = (&heard.from, office.ann.worker());
    let attributes = &task.attributes;
    for (name, value) in [
        ("taskType", json!("voicemail")),
        ("from", json!(from)),
        ("name", json!(from)),
        ("direction", json!("inbound")),
        ("voicemailWorker", json!(worker)),
        ("voicemailQueue", json!(null)),
        ("followUpTicket", json!(recording)),
    ] {
        assert_eq!(attributes[name], value, "{name}");
    }
    let data = &attributes["callBackData"];
    assert_eq!(data["numberToCall"], json!(from));
    assert_eq!(data["numberToCallFrom"], json!(heard.to));
    assert_eq!(data["recordingSid"], json!(recording));
    assert_eq!(
        (&data["attempts"], &data["isDeleted"]),
        (&json!(0), &json!(false))
    );
    assert!(attributes.get("call_sid").is_none());
    let made = &office.made()[0];
    assert_eq!(field(made, "TaskChannel"), "voice");
    assert_eq!(
        (field(made, "Priority"), field(made, "Timeout")),
        ("0", "86400")
    );
    // It waits for her, and nobody else.
    assert_eq!((task.status, task.worker), ("pending", None));
    let bob = office.stage.agent("bob");
    office.stage.seconds(5).await;
    assert!(bob.offers().is_empty());
    office.ann.go_to("Available").expect("on line");
    office.stage.seconds(5).await;
    assert_eq!(office.ann.offers().len(), 1);
    let kept = office.kept(worker);
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (&kept[0]["state"], &kept[0]["seconds"]),
        (&json!("new"), &json!(12))
    );
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_95_whoever_waited_in_vain_keeps_their_place_in_line() {
    let office = Office::new();
    office.ann.go_to("Offline").expect("off line");
    let call = office.stage.calls(MAIN_LINE).await;
    let waited = office.stage.emulator.tasks().remove(0);
    let since = office.stage.emulator.now();
    office.stage.seconds(300).await;
    // The extension's code sends them to her box.
    let mailbox = Mailbox::Worker(office.ann.worker());
    let url = visit_url(PUBLIC_URL, mailbox, Some(waited.sid));
    let next = Next::Url {
        fallback: url.clone(),
        url,
        harmless: true,
    };
    let twilio = office.stage.twilio();
    let redirected = twilio.calls(by()).redirect(call, &next, None).await;
    redirected.expect("redirected");
    let long = Duration::from_secs(20);
    office.stage.emulator.speaks(call, long, "");
    let kept = || office.made().len() == 1;
    office.stage.until(60, "the message is a task", kept).await;
    office.stage.seconds(5).await;
    let began: jiff::Timestamp = field(&office.made()[0], "VirtualStartTime")
        .parse()
        .unwrap();
    let apart = since.duration_since(began).as_secs();
    assert!(
        (0..5).contains(&apart),
        "{began} is not when they began to wait: {since}"
    );
    let conversation = &office.task().attributes["conversations"]["conversation_id"];
    assert_eq!(conversation, &json!(waited.sid));
    let ended = office
        .stage
        .emulator
        .task(waited.sid)
        .expect("the first task");
    assert_eq!(ended.status, "canceled");
    assert_eq!(ended.attributes["conversations"]["abandoned"], "Follow-Up");
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_nobody_named_is_found_by_its_call() {
    let office = Office::new();
    office.ann.go_to("Offline").expect("off line");
    let call = office.stage.calls(MAIN_LINE).await;
    let waited = office.stage.emulator.tasks().remove(0).sid;
    // Nobody says which task it was.
    let url = visit_url(PUBLIC_URL, Mailbox::Worker(office.ann.worker()), None);
    let next = Next::Url {
        fallback: url.clone(),
        url,
        harmless: true,
    };
    let twilio = office.stage.twilio();
    let redirected = twilio.calls(by()).redirect(call, &next, None).await;
    redirected.expect("redirected");
    office
        .stage
        .emulator
        .speaks(call, Duration::from_secs(9), "");
    let kept = || office.made().len() == 1;
    office.stage.until(60, "the message is a task", kept).await;
    office.stage.seconds(5).await;
    let ended = office.stage.emulator.task(waited).expect("the first task");
    assert_eq!(ended.attributes["conversations"]["abandoned"], "Follow-Up");
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn silence_is_asked_for_once_more_and_then_let_go() {
    let office = Office::new();
    let call = office.leaves(0, "").await;
    let heard = office.call(call);
    assert_eq!(
        heard.heard.iter().filter(|it| **it == Heard::Beep).count(),
        2
    );
    let said = words(&heard);
    assert_eq!(
        said[1],
        "We didn't hear anything. Please speak after the tone."
    );
    assert_eq!(said[2], "We didn't hear anything. Goodbye.");
    assert_eq!(heard.status, CallStatus::Completed);
    office.stage.seconds(180).await;
    assert!(office.made().is_empty() && office.kept(office.ann.worker()).is_empty());
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_shorter_than_a_second_is_dropped_and_what_is_not_is_kept() {
    for (millis, kept) in [(200, 0), (900, 0), (1_000, 1), (1_800, 1)] {
        let office = Office::new();
        let call = office.rings();
        let long = Duration::from_millis(millis);
        office.stage.emulator.speaks(call, long, "Oops");
        office.stage.seconds(200).await;
        assert_eq!(office.made().len(), kept, "{millis} ms");
        assert_eq!(office.kept(office.ann.worker()).len(), kept, "{millis} ms");
        office.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_hang_up_at_any_moment() {
    // Deciseconds after the call began; the greeting takes some nine seconds.
    for tenths in (0..300).step_by(4) {
        let office = Office::new();
        let call = office.rings();
        office
            .stage
            .emulator
            .speaks(call, Duration::from_secs(12), "Hello");
        office.stage.emulator.settled().await;
        let after = Duration::from_millis(100 * tenths);
        tokio::time::sleep(after).await;
        office.stage.emulator.hang_up(call);
        office.stage.seconds(150).await;
        let recorded = office.stage.emulator.recordings(call);
        let kept = office.kept(office.ann.worker());
        let long = kept.first().filter(|_| !recorded.is_empty());
        let long = long.map(|it| it["seconds"].clone());
        let wanted = usize::from(long.is_some());
        assert_eq!(office.made().len(), wanted, "{tenths}: {long:?}");
        assert_eq!(office.kept(office.ann.worker()).len(), wanted, "{tenths}");
        assert!(
            tenths < 124 || wanted == 1,
            "{tenths}: what was said is kept"
        );
        office.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn f2_a_message_depends_on_no_transcript() {
    // Twilio writes down what is longer than 2 s and shorter than 120; the last nobody can make out.
    for (seconds, said, written) in [
        (2, "Hi", None),
        (20, "Please call me back.", Some("Please call me back.")),
        (150, "A long story.", None),
        (20, "", None),
    ] {
        let setting = setting().variable("VOICEMAIL_TRANSCRIBE", "on");
        let office = Office::with(setting);
        office.leaves(seconds, said).await;
        let data = office.task().attributes["callBackData"].clone();
        assert_eq!(data["transcriptText"].as_str(), written, "{seconds} s");
        let kept = office.kept(office.ann.worker());
        assert_eq!(kept[0]["transcript"].as_str(), written, "{seconds} s");
        assert_eq!(kept[0]["seconds"], seconds);
        office.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_transcript_is_cut_to_fit_and_nothing_else_is_lost() {
    let setting = setting().variable("VOICEMAIL_TRANSCRIBE", "on");
    let office = Office::with(setting);
    let said = "\"Well, é\" ".repeat(600);
    office.leaves(100, &said).await;
    let task = office.task();
    let text = task.attributes["callBackData"]["transcriptText"]
        .as_str()
        .unwrap();
    assert!(text.ends_with('…') && said.starts_with(text.trim_end_matches('…')));
    assert!(task.attributes.to_string().chars().count() <= 4_096);
    assert!(text.chars().count() > 2_000, "{}", text.len());
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_transcript_that_comes_first_waits_for_nobody() {
    let setting = setting().variable("VOICEMAIL_TRANSCRIBE", "on");
    let office = Office::with(setting);
    let late = || Fault::webhook(HookTrouble::Delayed(Duration::from_secs(40)));
    let weather = office.stage.emulator.weather();
    weather.script(late().path("/voicemail/status"));
    weather.script(late().path("/voicemail/recorded"));
    let call = office.rings();
    office
        .stage
        .emulator
        .speaks(call, Duration::from_secs(10), "Hello");
    office.beep(call).await;
    office.stage.seconds(11).await;
    office.stage.emulator.hang_up(call);
    office.stage.seconds(15).await;
    assert_eq!(
        office.task().attributes["callBackData"]["transcriptText"],
        "Hello"
    );
    office.stage.seconds(120).await;
    assert_eq!(office.made().len(), 1);
    let kept = office.kept(office.ann.worker());
    assert_eq!(
        (&kept[0]["transcript"], &kept[0]["seconds"]),
        (&json!("Hello"), &json!(10))
    );
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_second_message_of_the_same_caller_is_a_second_task() {
    let office = Office::new();
    let (one, two) = (office.leaves(5, "").await, office.leaves(6, "").await);
    assert_ne!(office.recording(one), office.recording(two));
    assert_eq!(office.made().len(), 2);
    assert_eq!(office.kept(office.ann.worker()).len(), 2);
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn without_boxes_a_caller_is_told_that_nobody_is_there() {
    let office = Office::with(crate::stage::Setting::default());
    let call = office.rings();
    office.stage.seconds(30).await;
    let heard = office.call(call);
    assert!(words(&heard)[0].contains("no one can take your call"));
    assert_eq!(heard.status, CallStatus::Completed);
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn no_url_of_voicemail_holds_a_number() {
    let setting = setting().variable("VOICEMAIL_TRANSCRIBE", "on");
    let office = Office::with(setting);
    let call = office.leaves(12, "Hello").await;
    let document = office.stage.emulator.journal().to_string();
    let from = office.call(call).from;
    assert!(!document.contains(&from[1..]) && !document.contains(&from.replace('+', "%2B")));
    for name in ["voice", "record action", "recording callback", "transcript"] {
        for path in office.stage.emulator.journal().webhooks(name) {
            assert!(!path.contains(&from[1..]), "{path}");
        }
    }
    office.curtain().await;
}
