//! What is put right after nobody of ours could be reached, or nobody could reach Twilio.

use std::time::Duration;

use serde_json::json;
use switchboard::emulator::{Answer, CallStatus, Fault, Heard, HookTrouble, Pickup, RestTrouble};

use super::remote::{CLOSED, HOME, Remote};
use crate::stage::{Extra, Setting};

fn nobody_works() -> Remote {
    Remote::with(Setting::default().extra(Extra::Centre))
}

/// The same, but everybody works.
fn centre() -> Remote {
    let remote = nobody_works();
    let emulator = &remote.stage.emulator;
    let everybody = emulator.add_queue("Everybody", "1 == 1").expect("a queue");
    let routing = json!({ "task_routing": { "default_filter": { "queue": everybody } } });
    let set = emulator.set_routing(remote.workflow, &routing, false);
    set.expect("routing");
    remote
}

/// Waits until a caller has been told that nobody works, and was let go.
async fn is_told(remote: &Remote, customer: switchboard::twilio::sid::CallSid, seconds: u64) {
    let over = || remote.call(customer).status == CallStatus::Completed;
    remote.until(seconds, "the call ends", over).await;
    let heard = remote.call(customer).heard;
    assert!(
        heard.contains(&Heard::Words(CLOSED.to_owned())),
        "{heard:?}"
    );
}

/// The event was refused because Sync failed, and TaskRouter sends it once. The caller once listened to music until
/// the call was dropped.
#[tokio::test(start_paused = true)]
async fn a_caller_is_told_that_nobody_works_although_taskrouters_report_was_lost() {
    let remote = nobody_works();
    let lost = Fault::webhook(HookTrouble::Dropped).path("/taskrouter-events");
    remote.stage.emulator.weather().script(lost.times(10_000));
    let customer = remote.customer();
    is_told(&remote, customer, 30).await;
    remote.stage.emulator.weather().clear();
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_was_told_in_vain_is_told_again() {
    let remote = nobody_works();
    // Whether the call was redirected cannot be known: it was not.
    let reset = Fault::rest(RestTrouble::Reset)
        .method("POST")
        .path("/Calls/");
    remote.stage.emulator.weather().script(reset.times(2));
    let customer = remote.customer();
    is_told(&remote, customer, 120).await;
    remote.stage.emulator.weather().clear();
    remote.curtain().await;
}

/// No replica could be reached while a reservation stood. TaskRouter took the worker off line, and nothing brought
/// them back.
#[tokio::test(start_paused = true)]
async fn a_worker_whom_an_outage_took_off_line_comes_back() {
    let remote = centre();
    let wendy = remote.worker("wendy", HOME, Answer::default());
    remote.stage.kill(0);
    let customer = remote.customer();
    remote.first_offer_is(150, wendy, "timeout").await;
    assert_eq!(remote.activity(wendy), "Cooling down");
    remote.stage.emulator.hang_up(customer);
    remote.stage.start(0);
    let back = || remote.activity(wendy) == "Available";
    remote.until(120, "Wendy is back", back).await;
    let customer = remote.customer();
    remote.they_talk(30, customer).await;
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_who_went_off_line_after_an_outage_stays_there() {
    let remote = centre();
    let wendy = remote.worker("wendy", HOME, Answer::default());
    // An agent in Flex comes back by hand.
    let agent = remote.stage.agent("bob");
    remote.stage.kill(0);
    let customers = [remote.customer(), remote.customer()];
    remote.first_offer_is(150, wendy, "timeout").await;
    let emulator = &remote.stage.emulator;
    emulator.set_activity(wendy, "Offline").expect("off line");
    for customer in customers {
        emulator.hang_up(customer);
    }
    remote.seconds(2).await;
    assert_eq!(remote.activity(agent.worker()), "Cooling down");
    remote.stage.start(0);
    remote.seconds(600).await;
    assert_eq!(remote.activity(wendy), "Offline");
    assert_eq!(remote.activity(agent.worker()), "Cooling down");
    agent.go_to("Available").expect("back by hand");
    remote.curtain().await;
}

/// Whether the first text was sent is not known. Better twice than never: nobody shall wait for calls that do not come.
#[tokio::test(start_paused = true)]
async fn a_worker_reads_that_they_take_no_more_calls_although_the_first_text_was_lost() {
    let setting = Setting::default()
        .extra(Extra::Missed)
        .variable("DISPATCH_MISSES", "1")
        .variable("DISPATCH_MISSED_TEXT", "Are you there?");
    let remote = Remote::with(setting);
    let wendy = remote.worker("wendy", HOME, Answer::Never);
    let lost = Fault::rest(RestTrouble::Reset).method("POST");
    let lost = lost.path("/Messages.json").times(1);
    remote.stage.emulator.weather().script(lost);
    let customer = remote.customer();
    let away = || remote.activity(wendy) == "On a break";
    remote.until(100, "Wendy is on a break", away).await;
    let told = || !remote.stage.emulator.inbox(HOME).is_empty();
    remote.until(10, "and is told", told).await;
    remote.stage.emulator.hang_up(customer);
    remote.curtain().await;
}

/// Its end was not reported, but Twilio knows why it ended, and the cool-down is as long as the cause deserves.
///
/// The end of a leg was once looked up before it was reported, and rejected as lost whatever the reason was.
#[tokio::test(start_paused = true)]
async fn a_leg_whose_end_is_not_reported_is_rejected_by_its_cause() {
    let picks_up = Pickup::human(Duration::from_secs(3)).hangs_up(Duration::from_secs(4));
    for (answer, cause) in [
        (Answer::Busy, "busy"),
        (Answer::Never, "no-answer"),
        (Answer::Unreachable, "failed"),
        (Answer::By(picks_up), "hung-up"),
    ] {
        let remote = Remote::with(Setting::default().variable("DISPATCH_SCREENING", "press1"));
        let unheard = Fault::webhook(HookTrouble::Dropped).path("/dispatch/status");
        remote.stage.emulator.weather().script(unheard.times(10));
        let wendy = remote.worker("wendy", HOME, answer);
        let customer = remote.customer();
        remote.first_offer_is(100, wendy, "rejected").await;
        let first = remote.reservations(wendy).remove(0);
        assert_eq!(remote.cause(&first), cause);
        remote.stage.emulator.weather().clear();
        remote.stage.emulator.hang_up(customer);
        remote.curtain().await;
    }
}
