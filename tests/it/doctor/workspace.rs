//! What is wrong with the workspace and the numbers: things that do not exist, events that do not come, webhooks that
//! lead elsewhere, extensions that cannot be keyed in.

use serde_json::json;
use switchboard::{cli::check::Verdict, emulator::Flow};

use super::{failed, found, only};
use crate::stage::{DIRECT_LINE, Extra, MAIN_LINE, PUBLIC_URL, Setting, Stage, number};

fn with_phones() -> Setting {
    Setting::default()
        .extra(Extra::Centre)
        .variable("DISPATCH_CALLER_ID", MAIN_LINE)
}

/// The workflow asks us, and the events come.
fn connected(stage: &Stage) {
    let ours = format!("{PUBLIC_URL}/assignment-callback");
    let emulator = &stage.emulator;
    emulator.workflow_callback(stage.acd, Some(&ours), Some(&ours));
    emulator.set_reservation_timeout(stage.acd, std::time::Duration::from_mins(2));
    emulator.events_to(Some(&format!("{PUBLIC_URL}/taskrouter-events")), None);
}

#[tokio::test(start_paused = true)]
async fn nothing_fails_in_a_centre_with_workers_at_home_that_is_connected() {
    let stage = with_phones().stage();
    connected(&stage);
    let report = stage.examined().await;
    assert_eq!(failed(&report), []);
    for check in ["objects", "events", "webhooks", "assignment", "caller-ids"] {
        let found = found(&report, check);
        assert!(
            found.iter().all(|it| it.verdict == Verdict::Pass),
            "{found:?}"
        );
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_activity_that_does_not_exist_is_found_by_its_variable() {
    let gone = "WA000000000000000000000000000000ff";
    let stage = with_phones().stage();
    connected(&stage);
    let report = stage
        .examined_as(|config| {
            let phones = config.features.dispatch.phones.as_mut().expect("phones");
            phones.cool_down_activity = gone.parse().expect("a SID");
        })
        .await;
    let told = only(&report, "objects", Verdict::Fail);
    assert!(
        told.contains("DISPATCH_COOL_DOWN_ACTIVITY names no activity of this workspace"),
        "{told}"
    );
    // An activity in which workers go on being offered calls is no rest.
    let available = stage.emulator.add_activity("At lunch", true);
    let report = stage
        .examined_as(|config| {
            let phones = config.features.dispatch.phones.as_mut().expect("phones");
            phones.cool_down_activity = available;
        })
        .await;
    let told = only(&report, "objects", Verdict::Fail);
    assert!(
        told.contains("DISPATCH_COOL_DOWN_ACTIVITY names an activity that is available"),
        "{told}"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn queues_and_workflows_that_do_not_exist_are_found_by_their_variables() {
    let queue = "WQ000000000000000000000000000000ff";
    let workflow = "WW000000000000000000000000000000ff";
    for (variable, sid, kind) in [
        ("DISPATCH_NOBODY_NEXT", queue, "queue"),
        (
            "DISPATCH_NOBODY_NEXT",
            "WK000000000000000000000000000000ff",
            "worker",
        ),
        (
            "DISPATCH_POST_WORK_ACTIVITY",
            "WA000000000000000000000000000000ff",
            "activity",
        ),
        ("VOICEMAIL_SHARED", queue, "queue"),
        ("DID_WORKFLOW", workflow, "workflow"),
        ("DID_NOBODY_WORKFLOW", workflow, "workflow"),
        ("EXTENSION_WORKFLOW", workflow, "workflow"),
        ("EXTENSION_OPERATOR_WORKFLOW", workflow, "workflow"),
    ] {
        // Where callers go from the queue without workers: without such a queue, nothing reads it.
        let setting = match variable {
            "DISPATCH_NOBODY_NEXT" => with_phones().extra(Extra::Nobody),
            _ => Setting::default(),
        };
        let stage = setting.variable(variable, sid).stage();
        let told = only(&stage.examined().await, "objects", Verdict::Fail);
        let words = format!("{variable} names no {kind} of this workspace");
        assert!(told.contains(&words), "{told}");
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn events_that_nobody_is_told_of_are_found() {
    let stage = with_phones().stage();
    connected(&stage);
    let ours = format!("{PUBLIC_URL}/taskrouter-events");
    stage.emulator.events_to(None, None);
    let told = only(&stage.examined().await, "events", Verdict::Fail);
    assert!(
        told.contains("to no address") && told.contains("workers' phones"),
        "{told}"
    );
    stage
        .emulator
        .events_to(Some("https://old.example/x"), None);
    let told = only(&stage.examined().await, "events", Verdict::Fail);
    assert!(told.contains("to another server"), "{told}");
    let some =
        "reservation.canceled,reservation.timeout,reservation.rescinded,reservation.rejected";
    stage.emulator.events_to(Some(&ours), Some(some));
    let told = only(&stage.examined().await, "events", Verdict::Fail);
    assert!(told.contains("task-queue.entered, task.canceled"), "{told}");
    let all = format!("{some},task.canceled,task-queue.entered,task.created");
    stage.emulator.events_to(Some(&ours), Some(&all));
    let report = stage.examined().await;
    assert_eq!(found(&report, "events")[0].verdict, Verdict::Pass);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn webhooks_that_lead_to_another_address_are_found() {
    let stage = Stage::new();
    let emulator = &stage.emulator;
    let main = || emulator.number(&number(MAIN_LINE));
    let healthy = stage.examined().await;
    assert_eq!(found(&healthy, "webhooks")[0].verdict, Verdict::Pass);

    main().status_callback("https://park-4711.twil.io/call-status-handler");
    let told = only(&stage.examined().await, "webhooks", Verdict::Fail);
    assert!(
        told.contains("StatusCallback of the number that ends in 0100"),
        "{told}"
    );
    assert!(
        told.contains("still leads to Twilio Functions (park-4711.twil.io)"),
        "{told}"
    );

    main().status_callback(format!("{PUBLIC_URL}/call-status"));
    let told = only(&stage.examined().await, "webhooks", Verdict::Fail);
    assert!(
        told.contains("leads to /call-status of this server, where nothing is"),
        "{told}"
    );
    main().status_callback(format!("{PUBLIC_URL}/call-status-handler"));

    main().messaging("https://tunnel.example/intake/sms");
    let told = only(&stage.examined().await, "webhooks", Verdict::Fail);
    assert!(
        told.contains("SmsUrl") && told.contains("(tunnel.example)"),
        "{told}"
    );
    main().messaging(format!("{PUBLIC_URL}/intake/sms"));

    let old = "http://switchboard.example.com/assignment-callback";
    emulator.workflow_callback(stage.acd, Some(old), None);
    let told = only(&stage.examined().await, "webhooks", Verdict::Fail);
    assert!(told.contains("AssignmentCallbackUrl of workflow"), "{told}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_number_whose_application_or_trunk_overrides_its_urls_is_found() {
    let stage = Stage::new();
    let line = || stage.emulator.number(&number(DIRECT_LINE));
    line().voice(Flow::Url(format!("{PUBLIC_URL}/extension")));
    let report = stage.examined().await;
    assert_eq!(found(&report, "webhooks")[0].verdict, Verdict::Pass);
    line().application("AP00000000000000000000000000000001");
    let told = only(&stage.examined().await, "webhooks", Verdict::Fail);
    assert!(
        told.contains(
            "0101 belongs to an application (VoiceApplicationSid), so its VoiceUrl is ignored"
        ),
        "{told}"
    );
    // And so it is: the caller hears nothing of ours.
    let call = stage.calls(DIRECT_LINE).await;
    assert_eq!(stage.call(call).status.to_string(), "completed");
    stage.curtain().await;

    let stage = Stage::new();
    let line = stage.emulator.number(&number(DIRECT_LINE));
    line.voice(Flow::Url(format!("{PUBLIC_URL}/extension")))
        .trunk("TK00000000000000000000000000000001");
    let told = only(&stage.examined().await, "webhooks", Verdict::Fail);
    assert!(told.contains("belongs to a SIP trunk"), "{told}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_extension_of_the_wrong_length_is_found() {
    let stage = Stage::new();
    for (name, extension) in [("bob", "1235"), ("cyd", "123")] {
        let more = json!({ "directExtension": extension });
        let email = format!("{name}@example.com");
        stage.emulator.add_agent(&email, &more).expect("an agent");
    }
    let workflow = stage.acd;
    let report = stage
        .examined_as(|config| config.features.extension.workflow = Some(workflow))
        .await;
    let told = only(&report, "workers", Verdict::Fail);
    assert!(
        told.contains("the extension 123 has 3 digits, and callers can key in 4"),
        "{told}"
    );
    // Where a Studio flow asks for extensions, they may be of any length.
    let report = stage.examined().await;
    assert_eq!(found(&report, "workers")[0].verdict, Verdict::Pass);
    stage.curtain().await;
}
