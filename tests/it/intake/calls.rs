//! By phone: every branch ends in something said.

use serde_json::json;
use switchboard::emulator::{Fault, HookTrouble, RestTrouble};

use super::{PHONE, calls, enrolled, open, seen, setting, stage, told, worker};
use crate::stage::MAIN_LINE;

const MENU: &str = "To go on line, press 1. To go off line, press 2. To hear your status, press 3. To hear this again, press 9. For help, press 0.";

#[tokio::test(start_paused = true)]
async fn keys_lead_on_line_with_a_skill_and_off_line_again() {
    let stage = stage("known");
    let worker = worker(&stage);
    let call = calls(&stage, PHONE, "12").await;
    let told_on = told(&stage, call).await;
    insta::assert_snapshot!(told_on.replace(". ", ".\n"), @r"
    You are off line.
    To go on line, press 1.
    To go off line, press 2.
    To hear your status, press 3.
    To hear this again, press 9.
    For help, press 0.
    For sales, press 1.
    For technical support, press 2.
    You are on line for technical support.
    Calls come to this phone until you go off line.
    Goodbye.
    ");
    let on = seen(&stage, worker).await;
    assert_eq!(on.activity_name, "Available");
    assert_eq!(
        on.attributes["routing"]["skills"],
        json!(["german", "support"])
    );
    let call = calls(&stage, PHONE, "2").await;
    assert!(
        told(&stage, call)
            .await
            .contains("You are off line. No more calls")
    );
    assert_eq!(seen(&stage, worker).await.activity_name, "Offline");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn all_skills_or_the_way_back() {
    let stage = stage("known");
    let worker = worker(&stage);
    let call = calls(&stage, PHONE, "1*10").await;
    let words = told(&stage, call).await;
    assert!(words.contains("You are on line for sales, technical support."));
    assert_eq!(words.matches(MENU).count(), 2, "{words}");
    let on = seen(&stage, worker).await;
    assert_eq!(
        on.attributes["routing"]["skills"],
        json!(["german", "sales", "support"])
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn with_one_skill_or_none_nothing_is_asked() {
    for skills in ["sales", ""] {
        let stage = open(setting("known").variable("INTAKE_SKILLS", skills).stage());
        let worker = worker(&stage);
        let call = calls(&stage, PHONE, "1").await;
        let words = told(&stage, call).await;
        let wanted = if skills.is_empty() {
            "You are on line. Calls"
        } else {
            "You are on line for sales. Calls"
        };
        assert!(words.contains(wanted), "{words}");
        assert!(seen(&stage, worker).await.available);
        stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn three_silent_tries_end_politely() {
    let stage = stage("known");
    let worker = worker(&stage);
    for keys in ["", "1"] {
        let call = calls(&stage, PHONE, keys).await;
        let words = told(&stage, call).await;
        assert!(words.ends_with("Nothing was changed. Goodbye."), "{words}");
        let question = if keys.is_empty() { MENU } else { "To go back" };
        assert_eq!(words.matches(question).count(), 3, "{words}");
    }
    assert!(!seen(&stage, worker).await.available);
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn three_wrong_keys_end_politely_and_a_good_one_counts_anew() {
    let stage = stage("known");
    worker(&stage);
    let call = calls(&stage, PHONE, "77950888").await;
    let words = told(&stage, call).await;
    assert!(words.ends_with("Nothing was changed. Goodbye."), "{words}");
    assert_eq!(
        words.matches("That's not a valid option.").count(),
        5,
        "{words}"
    );
    assert!(words.contains("While you are on line, calls come to this phone."));
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn status_tells_the_activity() {
    let stage = stage("known");
    let worker = worker(&stage);
    stage
        .emulator
        .set_activity(worker, "Break")
        .expect("a break");
    let call = calls(&stage, PHONE, "3").await;
    let words = told(&stage, call).await;
    assert!(
        words.contains("Your activity is Break. You are off line."),
        "{words}"
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_take_calls_is_told_why() {
    let stage = stage("open");
    for (from, wanted) in [
        ("anonymous", "Your number is withheld"),
        ("+266696687", "Your number is withheld"),
        ("+17378742833", "Your number is withheld"),
        ("+18656696", "Your number is withheld"),
        ("Restricted", "Your number is withheld"),
        ("client:ann", "Your number is withheld"),
        (
            "+19005550100",
            "We can't send calls to the number you are calling from.",
        ),
    ] {
        let call = calls(&stage, from, "").await;
        let words = told(&stage, call).await;
        assert!(words.starts_with(wanted), "{from}: {words}");
    }
    let call = calls(&stage, MAIN_LINE, "11").await;
    let words = told(&stage, call).await;
    assert!(words.contains("We can't send calls"), "{words}");
    assert!(enrolled(&stage, MAIN_LINE).await.is_none());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_stranger_is_turned_away_or_asked_for_the_pin() {
    let known = stage("known");
    let call = calls(&known, PHONE, "1").await;
    assert!(
        told(&known, call)
            .await
            .starts_with("This phone is not registered.")
    );
    known.curtain().await;

    let stage = stage("pin");
    let call = stage
        .emulator
        .place_call(PHONE, &crate::stage::number(super::INTAKE_LINE));
    stage.moment().await;
    for keys in ["111111#", "246810#", "1", "1"] {
        stage.emulator.press(call, keys);
        stage.moment().await;
    }
    let words = told(&stage, call).await;
    assert!(
        words.contains("This phone is not registered yet."),
        "{words}"
    );
    assert!(words.contains("That's not the right PIN."), "{words}");
    assert!(
        words.contains("Welcome. This phone is now registered."),
        "{words}"
    );
    assert!(words.contains("You are on line for sales."), "{words}");
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn three_tries_at_the_pin_end_the_call() {
    let stage = stage("pin");
    let silent = calls(&stage, PHONE, "").await;
    let words = told(&stage, silent).await;
    assert_eq!(words.matches("Please enter the PIN").count(), 3, "{words}");
    assert!(words.ends_with("Nothing was changed. Goodbye."));
    assert!(enrolled(&stage, PHONE).await.is_none());
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_ours_is_told_and_ends_the_call() {
    let stage = stage("known");
    worker(&stage);
    let down = Fault::rest(RestTrouble::Answer(503, 20_503)).path("/Workers");
    stage.emulator.weather().script(down.times(5));
    let call = calls(&stage, PHONE, "").await;
    let words = told(&stage, call).await;
    assert_eq!(
        words,
        "Sorry, something went wrong on our end. Please call again."
    );
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_delivered_three_times_counts_once() {
    let stage = stage("open");
    let thrice = Fault::webhook(HookTrouble::Repeated(2)).path("/intake/voice/choice");
    stage.emulator.weather().script(thrice.times(2));
    let call = calls(&stage, PHONE, "11").await;
    assert!(
        told(&stage, call)
            .await
            .contains("You are on line for sales.")
    );
    let worker = enrolled(&stage, PHONE).await.expect("one worker");
    assert_eq!(worker.attributes["routing"]["skills"], json!(["sales"]));
    stage.curtain().await;
}
