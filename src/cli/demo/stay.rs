//! After the story: a fresh server and a fresh Twilio in real time, and commands to try them with.
//!
//! A fresh pair, because compressed time is no good to somebody who types: an offer would be gone before it is taken.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::{
    super::{say, signals::Signal},
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

/// What a caller hears there, so short that nobody waits for it.
const GREETING: &str = "Please speak after the tone.";

/// Comes back when told to stop.
pub(in crate::cli) async fn told_to_stop(signals: &mut Receiver<Signal>) {
    while signals
        .recv()
        .await
        .is_some_and(|signal| signal != Signal::Stop)
    {}
}

/// Runs until told to stop.
///
/// # Errors
/// When a port cannot be had.
pub(super) async fn stay(ports: (u16, u16), signals: &mut Receiver<Signal>) -> anyhow::Result<()> {
    let greeting = [("VOICEMAIL_GREETING", GREETING)];
    let world = World::open(ports, Clock::system(), &greeting).await?;
    let homes = world.open_homes()?;
    let cleo = world.open_desks()?.cleo.worker();
    let (ours, line): (_, E164) = (&world.public_url, MESSAGE_LINE.parse()?);
    let leads = format!("{ours}/voicemail?box={cleo}");
    world.emulator.number(&line).voice(Flow::Url(leads));
    // Whoever tries this is the only one who moves people; Wendy's thumb moves by itself.
    world.emulator.set_activity(homes.max, "Offline")?;
    let wendy = Pickup::human(Duration::from_secs(3)).presses(Duration::from_secs(5), "1");
    world.emulator.phone(WENDYS_PHONE, Answer::By(wendy));
    say(&commands(&world, cleo));
    told_to_stop(signals).await;
    say("\nStopping.");
    world.close().await;
    Ok(())
}

/// What to paste, and what comes of it.
fn commands(world: &World, cleo: WorkerSid) -> String {
    let World {
        public_url: ours,
        twilio_url: twilio,
        ..
    } = world;
    let program = std::env::current_exe()
        .map_or_else(|_| "switchboard".to_owned(), |it| it.display().to_string());
    let mut variables: Vec<_> = world.variables.iter().collect();
    variables.sort_unstable();
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| format!("{name}='{value}'"))
        .collect();
    let variables = variables.join(" \\\n    ");
    let (at_home, messages) = (at_home(twilio), messages(ours, twilio, cleo));
    format!(
        "
── Your turn ──────────────────────────────────────────────────────────────────────────

A fresh server ({ours}) and a fresh Twilio ({twilio}) are running now, in real time.
{MAIN_LINE} is the main line, {DIRECT_LINE} Ann's extension. Ann sits at her desk; nobody else is free.
{SALES_LINE} is the sales line; Wendy has the phone {WENDYS_PHONE}, and is off line.
Paste into another terminal:

  # somebody calls the main line; the answer names the call
  CALL=$(curl -s -X POST '{twilio}/control/calls?to={MAIN_LINE}' | grep -o 'CA[0-9a-f]*'); echo $CALL

  # Ann accepts, then parks the caller
  curl -X POST {twilio}/control/agents/ann/accept
  curl -X POST {twilio}/control/agents/ann/park; sleep 2

  # what the caller hears, and Ann's list
  curl -s {twilio}/control/state

  # Ann picks the caller up again; asked again, it is no longer in her list
  curl -X POST \"{twilio}/control/agents/ann/pick-up?call=$CALL\"; sleep 2

  # parked again, the caller hangs up: a wrap-up task for Ann
  curl -X POST {twilio}/control/agents/ann/park; sleep 2
  curl -X POST {twilio}/control/calls/$CALL/hang-up; sleep 2
  curl -X POST {twilio}/control/agents/ann/complete

{at_home}
{messages}
  # everything Twilio saw, and everything that can be done
  curl -s {twilio}/control/journal | grep -v PageSize     # without the reconciler's rounds
  curl -s {twilio}/control

  # the server itself
  curl -s {ours}/ready
  curl -s {ours}/metrics
  curl -i -X POST {ours}/call-status-handler -d CallStatus=completed     # not signed: 403

  # the doctor, with this server's variables
  env {variables} \\
    {program} check

Ctrl-C ends it."
    )
}

/// The part of it that is about workers at home.
fn at_home(twilio: &str) -> String {
    format!(
        "\
  # Wendy texts that she takes calls; what she is answered
  curl -X POST '{twilio}/control/texts?from={WENDYS_PHONE}&to={SALES_LINE}&body=online%20sales'; sleep 2
  curl -s '{twilio}/control/texts?number={WENDYS_PHONE}'

  # somebody calls the sales line; her phone rings, she presses 1, and both hear each other
  curl -X POST '{twilio}/control/calls?to={SALES_LINE}'; sleep 12
  curl -s {twilio}/control/state | grep -o '\"hears\":\"the other side\"'
"
    )
}

/// The part of it that is about messages.
fn messages(ours: &str, twilio: &str, cleo: WorkerSid) -> String {
    format!(
        "\
  # somebody leaves a message for Cleo
  CALL=$(curl -s -X POST '{twilio}/control/calls?to={MESSAGE_LINE}' | grep -o 'CA[0-9a-f]*'); echo $CALL
  curl -X POST \"{twilio}/control/calls/$CALL/speak?seconds=3&words=Please%20call%20me\"; sleep 14

  # Cleo signs in: her messages, and the page of them for a browser
  TOKEN=$(curl -s -X POST '{twilio}/control/tokens?worker={cleo}' | cut -d'\"' -f4)
  curl -s -H \"Authorization: Bearer $TOKEN\" {ours}/voicemails; echo
  echo \"{ours}/voicemails#token=$TOKEN\"
"
    )
}
