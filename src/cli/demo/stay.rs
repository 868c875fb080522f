//! After the story: a fresh server and a fresh Twilio in real time, and commands to try them with.
//!
//! A fresh pair, because compressed time is no good to a person who types: an offer would be gone before it is taken.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::{
    super::{
        output::{lost, say},
        signals::Signal,
    },
    homes::{SALES_LINE, WENDYS_PHONE},
    world::{DIRECT_LINE, MAIN_LINE, World},
};
use crate::{
    clock::Clock,
    emulator::{Answer, Flow, Pickup},
    twilio::{party::E164, sid::WorkerSid},
};

/// The line that leads to Cleo's messages.
const MESSAGE_LINE: &str = "+15125550104";

/// What a caller hears there, so short that it costs no waiting.
const GREETING: &str = "Please speak after the tone.";

/// Returns on a signal to stop, or when what is printed can no longer be read.
pub(in crate::cli) async fn told_to_stop(signals: &mut Receiver<Signal>) {
    let stop = async {
        while signals
            .recv()
            .await
            .is_some_and(|signal| signal != Signal::Stop)
        {}
    };
    tokio::select! {
        biased;
        () = stop => {}
        () = lost() => {}
    }
}

/// Runs until told to stop.
///
/// # Errors
/// When a port cannot be had.
pub(super) async fn stay(ports: (u16, u16), signals: &mut Receiver<Signal>) -> anyhow::Result<()> {
    let (world, cleo) = open(ports).await?;
    say(&commands(&world, cleo));
    told_to_stop(signals).await;
    say("\nStopping.");
    world.close().await;
    Ok(())
}

/// A fresh server and a fresh Twilio, and the worker whom messages are for.
///
/// # Errors
/// When a port cannot be had.
async fn open(ports: (u16, u16)) -> anyhow::Result<(World, WorkerSid)> {
    let greeting = [("VOICEMAIL_GREETING", GREETING)];
    let world = World::open(ports, Clock::system(), &greeting).await?;
    let homes = world.open_homes()?;
    let cleo = world.open_desks()?.cleo.worker();
    let (ours, line): (_, E164) = (&world.public_url, MESSAGE_LINE.parse()?);
    let leads = format!("{ours}/voicemail?box={cleo}");
    world.emulator.number(&line).voice(Flow::Url(leads));
    // Only the reader moves people now; Wendy alone presses her key by herself.
    world.emulator.set_activity(homes.max, "Offline")?;
    let wendy = Pickup::human(Duration::from_secs(3)).presses(Duration::from_secs(5), "1");
    world.emulator.phone(WENDYS_PHONE, Answer::By(wendy));
    Ok((world, cleo))
}

/// What to paste, and what comes of it. Each block leaves things as it found them, so that it can be pasted again.
fn commands(world: &World, cleo: WorkerSid) -> String {
    let World {
        public_url: ours,
        twilio_url: twilio,
        ..
    } = world;
    let (parking, at_home) = (parking(twilio), at_home(twilio));
    let (messages, looks) = (messages(ours, twilio, cleo), looks(ours, twilio));
    let doctor = doctor(world);
    format!(
        "
── Your turn ───────────────────────────────────────────────────────────────────────────────────────

A fresh server ({ours}) and a fresh Twilio ({twilio}) are running now, in real time.
{MAIN_LINE} is the main line. Ann is the only agent who takes its calls: Bob is on a break, Cleo and Dan
take only calls to their own numbers. {DIRECT_LINE} is Ann's extension.
{SALES_LINE} is the sales line. It rings at Wendy's phone ({WENDYS_PHONE}) once she has said that she works.
Paste these blocks into another terminal, in any order and as often as you like:

{parking}
{at_home}
{messages}
{looks}
{doctor}
Ctrl-C ends it."
    )
}

/// Ann and one caller of the main line.
fn parking(twilio: &str) -> String {
    format!(
        "  # a caller calls the main line; the answer names the call
  CALL=$(curl -s -X POST '{twilio}/control/calls?to={MAIN_LINE}' | grep -o 'CA[0-9a-f]*'); echo $CALL; sleep 1
  # Ann accepts, then parks the caller
  curl -s -X POST {twilio}/control/agents/ann/accept; sleep 1
  curl -s -X POST {twilio}/control/agents/ann/park; sleep 2
  # what the caller hears: hold music
  curl -s {twilio}/control/state | grep -o \"{{\\\"call\\\":\\\"$CALL\\\"[^}}]*}}\"
  # Ann picks the caller up, and parks them again
  curl -s -X POST \"{twilio}/control/agents/ann/pick-up?call=$CALL\"; sleep 2
  curl -s -X POST {twilio}/control/agents/ann/park; sleep 2
  # the caller hangs up on hold: a wrap-up task for Ann, who completes it
  curl -s -X POST {twilio}/control/calls/$CALL/hang-up; sleep 3
  curl -s -X POST {twilio}/control/agents/ann/complete; echo
"
    )
}

/// Wendy, who works at home.
fn at_home(twilio: &str) -> String {
    format!(
        "  # Wendy texts that she takes calls; what she is answered
  curl -s -X POST '{twilio}/control/texts?from={WENDYS_PHONE}&to={SALES_LINE}&body=online%20sales'; sleep 2
  curl -s '{twilio}/control/texts?number={WENDYS_PHONE}'
  # a caller calls the sales line; her phone rings, she presses 1, and the two talk
  CALL=$(curl -s -X POST '{twilio}/control/calls?to={SALES_LINE}' | grep -o 'CA[0-9a-f]*'); echo $CALL; sleep 12
  curl -s {twilio}/control/state | grep -o \"{{\\\"call\\\":\\\"$CALL\\\"[^}}]*}}\"
  # the caller hangs up, and Wendy is free again
  curl -s -X POST {twilio}/control/calls/$CALL/hang-up; sleep 3
"
    )
}

/// A message for Cleo.
fn messages(ours: &str, twilio: &str, cleo: WorkerSid) -> String {
    format!(
        "  # a caller leaves a message for Cleo
  CALL=$(curl -s -X POST '{twilio}/control/calls?to={MESSAGE_LINE}' | grep -o 'CA[0-9a-f]*'); echo $CALL
  curl -s -X POST \"{twilio}/control/calls/$CALL/speak?seconds=3&words=Please%20call%20me\"; sleep 14
  # Cleo signs in: her messages, and the page of them for a browser
  TOKEN=$(curl -s -X POST '{twilio}/control/tokens?worker={cleo}' | cut -d'\"' -f4)
  curl -s -H \"Authorization: Bearer $TOKEN\" {ours}/voicemails; echo
  echo \"{ours}/voicemails#token=$TOKEN\"
"
    )
}

/// Both sides, to look at.
fn looks(ours: &str, twilio: &str) -> String {
    format!(
        "  # everything Twilio saw, without the reconciler's look-ups; and everything that can be done there
  curl -s {twilio}/control/journal | grep -v PageSize
  curl -s {twilio}/control
  # the server itself
  curl -s {ours}/ready; echo
  curl -s {ours}/metrics
  # a webhook that is not signed is refused with 403
  curl -s -i -X POST {ours}/call-status-handler -d CallStatus=completed; echo
"
    )
}

/// The doctor, with the variables of the server that is running.
fn doctor(world: &World) -> String {
    let program = std::env::current_exe()
        .map_or_else(|_| "switchboard".to_owned(), |it| it.display().to_string());
    let mut variables: Vec<_> = world.variables.iter().collect();
    variables.sort_unstable();
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| format!("{name}='{value}'"))
        .collect();
    let variables = variables.join(" \\\n    ");
    format!(
        "  # the doctor, with this server's variables
  env {variables} \\
    {program} check
"
    )
}

#[cfg(test)]
mod tests {
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::emulator::CallStatus;

    /// Whether it is so within some seconds.
    async fn soon(seconds: u64, so: impl Fn() -> bool + Send + Sync) -> bool {
        let waiting = async {
            while !so() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = timeout(Duration::from_secs(seconds), waiting).await;
        waited.is_ok()
    }

    /// As is said above the blocks: Ann is the only agent who takes calls of the main line.
    #[tokio::test(flavor = "multi_thread")]
    async fn only_ann_is_offered_the_callers_of_the_main_line() {
        let (world, _) = open((0, 0)).await.unwrap();
        let line: E164 = MAIN_LINE.parse().unwrap();
        for caller in ["+13035550111", "+13035550122"] {
            let call = world.emulator.place_call(caller, &line);
            assert!(soon(5, || !world.ann.offers().is_empty()).await);
            let offers = world.emulator.reservations().into_iter();
            let workers: Vec<_> = offers.map(|it| it.worker).collect();
            assert!(
                workers.iter().all(|it| *it == world.ann.worker()),
                "{workers:?}"
            );
            world.emulator.hang_up(call);
            assert!(soon(5, || world.ann.offers().is_empty()).await);
        }
        world.close().await;
    }

    /// The sales line rings no phone until Wendy has said that she is at work.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_sales_line_rings_at_wendys_once_she_works() {
        let (world, _) = open((0, 0)).await.unwrap();
        let line: E164 = SALES_LINE.parse().unwrap();
        let rings = || {
            let mut calls = world.emulator.calls().into_iter();
            calls.any(|it| it.to == WENDYS_PHONE && it.status != CallStatus::Queued)
        };
        world.emulator.place_call("+13035550111", &line);
        assert!(!soon(1, rings).await);
        world.emulator.text(WENDYS_PHONE, &line, "online sales");
        assert!(soon(10, rings).await);
        world.close().await;
    }
}
