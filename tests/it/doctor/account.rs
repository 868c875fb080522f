//! What is wrong with the account's side: tokens, numbers that may not be shown, Twilio's token service, the clock.

use std::time::Duration;

use jiff::SignedDuration;
use switchboard::{
    cli::check::Verdict,
    clock::Clock,
    emulator::{Fault, RestTrouble},
    twilio::sid::{SyncServiceSid, WorkspaceSid},
};

use super::{failed, found, only};
use crate::stage::{API_KEY, API_SECRET, MAIN_LINE, Setting, Stage, TOKEN, number};

const OTHER_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Everything works for the doctor: the key signs in, and the server believes a signature that was made with the same
/// wrong token. Only Twilio's own webhooks would be refused, all of them.
#[tokio::test(start_paused = true)]
async fn a_wrong_auth_token_beside_a_right_api_key_is_found() {
    let stage = Setting::default()
        .variable("AUTH_TOKEN", OTHER_TOKEN)
        .variable("API_KEY", API_KEY)
        .variable("API_SECRET", API_SECRET)
        .stage();
    let report = stage.examined().await;
    assert_eq!(found(&report, "account")[0].verdict, Verdict::Pass);
    assert_eq!(found(&report, "signatures")[0].verdict, Verdict::Pass);
    let told = only(&report, "auth-tokens", Verdict::Fail);
    assert!(
        told.contains("every webhook of Twilio's will be refused"),
        "{told}"
    );
    assert!(!told.contains(OTHER_TOKEN), "{told}");
    assert_eq!(failed(&report).len(), 1, "{:?}", failed(&report));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn each_of_several_auth_tokens_is_asked_for() {
    let tokens = format!("{TOKEN}, {OTHER_TOKEN}");
    let stage = Setting::default().variable("AUTH_TOKEN", &tokens).stage();
    let report = stage.examined().await;
    let told = only(&report, "auth-tokens", Verdict::Warn);
    assert!(
        told.contains("Twilio does not accept token 2 of AUTH_TOKEN"),
        "{told}"
    );
    stage.curtain().await;
}

fn with_caller_id(caller_id: &str) -> Setting {
    let mut setting = Setting::default();
    setting.phones.on = true;
    setting.variable("DISPATCH_CALLER_ID", caller_id)
}

#[tokio::test(start_paused = true)]
async fn a_caller_id_that_is_not_the_accounts_is_found() {
    let stage = with_caller_id("+15125559999").stage();
    let told = only(&stage.examined().await, "caller-ids", Verdict::Fail);
    assert!(
        told.contains("ends in 9999 is not this account's"),
        "{told}"
    );
    assert!(!told.contains("512555"), "{told}");
    // Somebody else's, who has agreed: phones ring with it, and no text comes from it.
    stage.emulator.verify_caller_id(&number("+15125559999"));
    let told = only(&stage.examined().await, "caller-ids", Verdict::Warn);
    assert!(told.contains("no text message can be sent"), "{told}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_number_of_the_account_may_be_shown() {
    let stage = with_caller_id(MAIN_LINE)
        .variable("DID_DEFAULT_CALLER_ID", "+15125559999")
        .variable("DID_SHARED_NUMBERS", "+15125559998")
        .stage();
    stage.emulator.verify_caller_id(&number("+15125559999"));
    stage.emulator.verify_caller_id(&number("+15125559998"));
    let report = stage.examined().await;
    let found = found(&report, "caller-ids");
    let verdicts: Vec<_> = found.iter().map(|it| it.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::Pass, Verdict::Pass, Verdict::Fail],
        "{found:?}"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_firewall_before_the_token_service_is_found() {
    for (trouble, words) in [
        (RestTrouble::Refused, "Twilio could not be reached: refused"),
        (RestTrouble::Hang, "no answer from Twilio in time"),
        (
            RestTrouble::Answer(403, 0),
            "refuses to say whose token a plugin sends",
        ),
        (RestTrouble::Answer(404, 20_404), "Twilio answered 404"),
    ] {
        let stage = Stage::new();
        let blocked = Fault::rest(trouble).product("iam").times(99);
        stage.emulator.weather().script(blocked);
        let told = only(&stage.examined().await, "flex-tokens", Verdict::Fail);
        assert!(told.contains(words), "{told}");
        assert!(told.contains("https://iam.twilio.com"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_minutes_off_is_found() {
    for (off, verdict, words) in [
        (
            SignedDuration::from_mins(10),
            Verdict::Fail,
            "10 minutes ahead of Twilio's",
        ),
        (
            SignedDuration::from_mins(-10),
            Verdict::Fail,
            "10 minutes behind Twilio's",
        ),
        (
            SignedDuration::from_secs(90),
            Verdict::Fail,
            "90 seconds ahead of",
        ),
        (
            SignedDuration::from_secs(-30),
            Verdict::Warn,
            "30 seconds behind",
        ),
    ] {
        let stage = Stage::new();
        // Some whole second, and a little more.
        tokio::time::sleep(Duration::from_millis(400)).await;
        let clock = Clock::starting_at(stage.emulator.now() + off);
        let told = only(&stage.examined_with(clock).await, "clock", verdict);
        // The date of an answer is a whole second.
        let near = words
            .replace("90 seconds", "89 seconds")
            .replace("30 seconds", "29 seconds");
        let near = near.replace("10 minutes", "9 minutes");
        assert!(told.contains(words) || told.contains(&near), "{told}");
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_workspace_and_a_sync_service_of_another_account_are_found() {
    let stage = Stage::new();
    let report = stage
        .examined_as(|config| {
            let account = &mut config.general.account;
            account.workspace = Some(WorkspaceSid::from_bytes([0xee; 16]));
            account.sync_service = Some(SyncServiceSid::from_bytes([0xee; 16]));
        })
        .await;
    for (check, variable) in [("workspace", "WORKSPACE_SID"), ("sync", "SYNC_SERVICE_SID")] {
        let told = only(&report, check, Verdict::Fail);
        assert!(told.contains("there is no such"), "{told}");
        assert!(told.contains(variable), "{told}");
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_activity_of_the_intake_that_does_not_exist_is_a_warning() {
    let stage = Stage::new();
    let report = stage
        .examined_as(|config| config.features.intake.on_activity = "At the desk".to_owned())
        .await;
    let told = only(&report, "activities", Verdict::Warn);
    assert!(told.contains("\"At the desk\" does not exist"), "{told}");
    assert!(told.contains("INTAKE_ON_ACTIVITY"), "{told}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn an_edited_document_that_does_not_compile_is_found() {
    let folder = std::env::temp_dir().join(format!("switchboard-{}-edited", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("hold.xml"), "<Response><Say>{{ music").expect("a file");
    let stage = Stage::new();
    let edited = folder.clone();
    let report = stage
        .examined_as(|config| config.general.speech.directory = Some(edited))
        .await;
    let told = only(&report, "documents", Verdict::Fail);
    assert!(told.contains("hold.xml"), "{told}");
    std::fs::remove_dir_all(folder).expect("it was there");
    stage.curtain().await;
}
