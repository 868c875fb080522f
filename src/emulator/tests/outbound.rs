//! Calls made by REST: who answers, what machine detection makes of them, which are refused, which wait.

use super::*;
use crate::emulator::{Answer, CallStatus, Callee, GreetingEnd, Pickup};

const WORKER: &str = "+15125550177";
const OWN: &str = "+15125550100";
const RING: Duration = Duration::from_secs(4);

/// A stage whose application knows a leg's document.
fn stage() -> Stage {
    let stage = Stage::new();
    stage
        .app
        .on("/leg", "<Pause length=\"60\"/><Hangup/>")
        .on("/typed", "<Hangup/>");
    stage
}

impl Stage {
    async fn ring(&self, more: &[(&str, &str)]) -> (u16, Value) {
        let (leg, status) = (format!("{ORIGIN}/leg"), format!("{ORIGIN}/leg-status"));
        let mut form = vec![("Url", &*leg), ("StatusCallback", &*status)];
        for (name, value) in [("To", WORKER), ("From", OWN)] {
            if more.iter().all(|(other, _)| *other != name) {
                form.push((name, value));
            }
        }
        form.extend(more);
        self.rest("POST", "/Calls.json", &form).await
    }

    async fn leg(&self, more: &[(&str, &str)]) -> CallSid {
        let (status, body) = self.ring(more).await;
        assert_eq!((status, body["status"].as_str()), (201, Some("queued")));
        body["sid"].as_str().unwrap().parse().unwrap()
    }

    async fn refused(&self, more: &[(&str, &str)]) -> (u16, u64) {
        let (status, body) = self.ring(more).await;
        (status, body["code"].as_u64().unwrap_or_default())
    }
}

#[tokio::test(start_paused = true)]
async fn the_document_waits_for_the_verdict_and_is_told_it() {
    let mailbox = Pickup::mailbox(RING, Duration::from_secs(8));
    let mistaken = mailbox.clone().taken_for(Callee::Human);
    let (fax, silence) = (Callee::Fax, Callee::Silence);
    for (mode, who, verdict, after) in [
        ("Enable", Pickup::human(RING), "human", 2_000),
        ("Enable", mailbox.clone(), "machine_start", 2_400),
        ("DetectMessageEnd", mailbox, "machine_end_beep", 8_400),
        ("Enable", Pickup::new(RING, fax), "fax", 1_500),
        ("Enable", Pickup::new(RING, silence), "unknown", 5_000),
        ("Enable", mistaken, "human", 2_000),
    ] {
        is_judged(mode, who, verdict, after).await;
    }
}

async fn is_judged(mode: &str, who: Pickup, verdict: &'static str, after: i128) {
    let stage = stage();
    let truth = who.who;
    stage.emulator.phone(WORKER, Answer::By(who));
    let begun = stage.emulator.now();
    let leg = stage.leg(&[("MachineDetection", mode)]).await;
    stage.wait(20).await;
    let asked = &stage.app.seen("/leg")[0];
    assert_eq!(asked.form["AnsweredBy"], verdict);
    let waited = asked.at.duration_since(begun).as_millis() - 4_000;
    assert!(
        (after..after + 1_000).contains(&waited),
        "{verdict} after {waited} ms"
    );
    let seen = stage.emulator.call(leg).unwrap();
    let told = (seen.picked_up_by, seen.answered_by);
    assert_eq!(told, (Some(truth), Some(verdict)));
    let (_, body) = stage.rest("GET", &format!("/Calls/{leg}.json"), &[]).await;
    assert_eq!(body["answered_by"], verdict);
    stage.emulator.hang_up(leg);
    stage.emulator.settled().await;
    let ended = &stage.app.seen("/leg-status")[0];
    assert_eq!(ended.form["AnsweredBy"], verdict);
}

#[tokio::test(start_paused = true)]
async fn detection_in_the_background_tells_its_callback() {
    let stage = stage();
    let who = Pickup::new(
        RING,
        Callee::Machine {
            greeting: Duration::from_secs(6),
            end: GreetingEnd::Silence,
        },
    );
    stage.emulator.phone(WORKER, Answer::By(who));
    let callback = format!("{ORIGIN}/amd");
    let background = [
        ("MachineDetection", "DetectMessageEnd"),
        ("AsyncAmd", "true"),
    ];
    let mut asked = background.to_vec();
    asked.push(("AsyncAmdStatusCallback", &*callback));
    stage.leg(&asked).await;
    stage.wait(6).await;
    assert!(!stage.app.seen("/leg")[0].form.contains_key("AnsweredBy"));
    stage.wait(20).await;
    let told = &stage.app.seen("/amd")[0].form;
    assert_eq!(told["AnsweredBy"], "machine_end_silence");
    assert_eq!(told["MachineDetectionDuration"], "7200");
    assert!(told.contains_key("CallSid") && told.contains_key("AccountSid"));

    let silent = stage.leg(&background).await;
    stage.wait(20).await;
    let seen = stage.emulator.call(silent).unwrap();
    assert_eq!(seen.answered_by, Some("machine_end_silence"));
    assert_eq!(stage.app.seen("/amd").len(), 1);
    assert_eq!(stage.emulator.journal().warnings()[0].0, 21262);
}

#[tokio::test(start_paused = true)]
async fn keys_to_send_switch_detection_off() {
    let stage = stage();
    stage
        .leg(&[("MachineDetection", "Enable"), ("SendDigits", "ww12#")])
        .await;
    stage.wait(20).await;
    assert!(!stage.app.seen("/leg")[0].form.contains_key("AnsweredBy"));
    for wrong in ["12x", "123456789012345678901234567890123"] {
        assert_eq!(stage.refused(&[("SendDigits", wrong)]).await, (400, 20001));
    }
}

#[tokio::test(start_paused = true)]
async fn who_picks_up_presses_keys_and_hangs_up_by_themselves() {
    let stage = stage();
    stage.app.on(
        "/leg",
        "<Gather numDigits=\"1\" timeout=\"30\" action=\"/typed\"/><Hangup/>",
    );
    let who = Pickup::human(RING).presses(Duration::from_secs(5), "2");
    stage.emulator.phone(WORKER, Answer::By(who));
    stage.leg(&[]).await;
    stage.wait(12).await;
    assert_eq!(stage.app.seen("/typed")[0].form["Digits"], "2");

    let who = Pickup::human(RING).hangs_up(Duration::from_secs(1));
    stage.emulator.phone(WORKER, Answer::By(who));
    let leg = stage.leg(&[("MachineDetection", "Enable")]).await;
    stage.wait(20).await;
    assert_eq!(
        stage.emulator.call(leg).unwrap().status,
        CallStatus::Completed
    );
    assert_eq!(
        stage.app.seen("/leg").len(),
        1,
        "gone before the verdict: nothing is asked"
    );
    assert_eq!(
        stage.app.seen("/leg-status")[1].form["SipResponseCode"],
        "200"
    );
}

#[tokio::test(start_paused = true)]
async fn ring_and_call_end_at_their_limits() {
    let stage = stage();
    stage
        .emulator
        .phone(WORKER, Answer::After(Duration::from_secs(30)));
    let leg = stage.leg(&[("Timeout", "15")]).await;
    stage.wait(14).await;
    assert_eq!(
        stage.emulator.call(leg).unwrap().status,
        CallStatus::Ringing
    );
    stage.wait(3).await;
    assert_eq!(
        stage.emulator.call(leg).unwrap().status,
        CallStatus::NoAnswer
    );
    stage.emulator.phone(WORKER, Answer::After(RING));
    let leg = stage.leg(&[("TimeLimit", "20")]).await;
    stage.wait(30).await;
    assert_eq!(
        stage.emulator.call(leg).unwrap().status,
        CallStatus::Completed
    );
    let ends: Vec<_> = stage
        .app
        .seen("/leg-status")
        .iter()
        .map(|it| it.form["CallDuration"].clone())
        .collect();
    assert_eq!(ends, ["0", "20"]);
}

#[tokio::test(start_paused = true)]
async fn what_twilio_would_not_dial_is_refused() {
    let stage = stage();
    for (form, code) in [
        (("To", "555-0177"), 21211),
        (("To", "+0125550177"), 21211),
        (("From", "Acme"), 21212),
        (("From", "+13035550123"), 21210),
        (
            ("ApplicationSid", "AP00000000000000000000000000000000"),
            21218,
        ),
        (("MachineDetection", "Maybe"), 20001),
        (("MachineDetectionTimeout", "60"), 20001),
        (("Ring", "15"), 20001),
    ] {
        assert_eq!(stage.refused(&[form]).await, (400, code), "{form:?}");
    }
    for code in [21214, 21215] {
        stage.emulator.phone(WORKER, Answer::Refused(code));
        assert_eq!(stage.refused(&[]).await, (400, u64::from(code)));
    }
    stage.emulator.phone(WORKER, Answer::default());
    stage
        .emulator
        .verify_caller_id(&"+13035550123".parse().unwrap());
    stage.leg(&[("From", "+13035550123")]).await;
    stage
        .leg(&[("To", "client:ann"), ("From", "client:desk")])
        .await;
    assert_eq!(
        stage.emulator.calls().len(),
        2,
        "nothing refused was called"
    );
}

#[tokio::test(start_paused = true)]
async fn a_live_callers_token_lends_their_number() {
    let stage = stage();
    stage.app.on("/voice", "<Pause length=\"600\"/><Hangup/>");
    let caller = stage.call();
    stage.wait(1).await;
    let token = stage.app.seen("/voice")[0].form["CallToken"].clone();
    let forged = token.replace("parent", "aunt");
    assert_eq!(stage.refused(&[("From", CALLER)]).await, (400, 21210));
    assert_eq!(
        stage
            .refused(&[("From", CALLER), ("CallToken", &forged)])
            .await,
        (400, 21210)
    );
    let leg = stage.leg(&[("From", CALLER), ("CallToken", &token)]).await;
    assert_eq!(stage.emulator.call(leg).unwrap().from, CALLER);
    stage.emulator.hang_up(caller);
    assert_eq!(
        stage
            .refused(&[("From", CALLER), ("CallToken", &token)])
            .await,
        (400, 21210)
    );
    assert!(!stage.app.seen("/status")[0].form.contains_key("CallToken"));
}

#[tokio::test(start_paused = true)]
async fn one_call_a_second_and_the_rest_wait() {
    let stage = stage();
    let mut waits = Vec::new();
    let mut legs = Vec::new();
    for _ in 0..3 {
        let (_, body) = stage.ring(&[("StatusCallbackEvent", "initiated")]).await;
        waits.push(body["queue_time"].as_str().unwrap().parse::<u32>().unwrap());
        legs.push(body["sid"].as_str().unwrap().to_owned());
    }
    assert!(
        waits[0] == 0 && waits[1] > 800 && waits[2] > 1_800 && waits[2] < 2_001,
        "{waits:?}"
    );
    let path = format!("/Calls/{}.json", legs[2]);
    let (_, body) = stage.rest("POST", &path, &[("Status", "canceled")]).await;
    assert_eq!(body["status"], "canceled");
    stage.wait(70).await;
    let told = stage.app.seen("/leg-status");
    assert_eq!(told.len(), 2, "a call canceled in the queue tells nothing");
    let gap = told[1].at.duration_since(told[0].at).as_millis();
    assert!((900..1_100).contains(&gap), "{gap}");
}

#[tokio::test(start_paused = true)]
async fn an_event_twilio_does_not_know_silences_the_callback() {
    let stage = stage();
    stage
        .leg(&[("StatusCallbackEvent", "answered completed")])
        .await;
    stage.wait(80).await;
    assert_eq!(stage.app.seen("/leg-status").len(), 0);
    assert_eq!(stage.emulator.journal().warnings()[0].0, 21626);
}

#[tokio::test(start_paused = true)]
async fn calls_are_found_by_who_was_called() {
    let stage = stage();
    let leg = stage.leg(&[]).await;
    stage.leg(&[("To", "+15125550178")]).await;
    let path = format!(
        "/Calls.json?To={}&StartTime%3E=2027-01-15",
        WORKER.replace('+', "%2B")
    );
    let (_, page) = stage.rest("GET", &path, &[]).await;
    let found = page["calls"].as_array().unwrap();
    assert_eq!(
        (found.len(), found[0]["sid"].as_str()),
        (1, Some(leg.as_str()))
    );
    let (_, page) = stage
        .rest("GET", "/Calls.json?StartTime%3E=2027-01-16", &[])
        .await;
    assert_eq!(page["calls"].as_array().unwrap().len(), 0);
}
