//! Callers who give up, callers who are forgotten, and the end of the day.

use std::time::Duration;

use super::super::{PARK_TIMEOUT, book::Book, world::World};
use crate::{
    features::parking::ledger::{SHARDS, shard_name},
    twilio::sid::CallSid,
};

/// One round of hold music, and a little.
const ROUND: Duration = Duration::from_secs(35);

/// Carl hangs up while he is parked.
pub(super) async fn hang_up_on_hold(
    world: &World,
    book: &mut Book,
    carl: CallSid,
) -> anyhow::Result<()> {
    book.scene(
        "Carl hangs up while he is parked",
        &[
            "No agent talks to a caller on hold, so no one would notice. Twilio reports the end of the call twice.",
            "The server makes exactly one wrap-up task of it, so that Ann can call Carl back, and marks him in her list",
            "of parked calls. The mark goes away after two minutes.",
        ],
    );
    world.emulator.hang_up(carl);
    let made = world.until(|| !world.wrap_ups(carl).is_empty()).await;
    book.check("a wrap-up task is made", made);
    let marked = world
        .until(|| {
            world
                .listed(carl)
                .is_some_and(|it| it["callerHangup"] == true)
        })
        .await;
    book.check("Carl's entry in Ann's list says that he hung up", marked);
    world.emulator.settled().await;
    let wrap_ups = world.wrap_ups(carl);
    book.check("there is exactly one such task", wrap_ups.len() == 1);
    let for_ann = wrap_ups.iter().all(|it| {
        it["targetWorker"] == world.ann.worker().as_str()
            && it["conversations"]["outcome"] == "Hangup While Parked"
    });
    book.check(
        "it is for Ann, and says \"Hangup While Parked\"",
        made && for_ann,
    );
    book.curtain();
    Ok(())
}

/// Dora is parked and forgotten.
pub(super) async fn comes_back(
    world: &World,
    book: &mut Book,
    dora: CallSid,
) -> anyhow::Result<()> {
    book.scene(
        "Ann forgets Dora, and the call comes back",
        &[
            "Ann parks Dora and forgets her. After every piece of music Twilio asks the server what Dora hears next, so",
            "the server knows that she is still there, and for how long. After two minutes (PARK_TIMEOUT) the answer is",
            "not more music but a call to Ann. No timer runs in the server, so a restart would lose nothing.",
        ],
    );
    let live = world.ann.live();
    let Some(task) = live else {
        anyhow::bail!("Ann talks to no one");
    };
    let reply = world.ann.park(task).await?;
    book.check(
        "Dora is on hold and hears music",
        reply.is_success() && world.hears_music(dora).await,
    );
    let wait = Duration::from_secs(PARK_TIMEOUT) + ROUND;
    let rings = world.within(wait, || !world.ann.offers().is_empty()).await;
    book.check("after two minutes her call is offered to Ann", rings);
    world.ann_accepts().await?;
    book.check("Dora talks to Ann", world.talks(dora).await);
    let gone = world.within(ROUND, || world.listed(dora).is_none()).await;
    book.check("Dora has left the list of parked calls", gone);
    book.curtain();
    Ok(())
}

/// Nothing may be left over.
pub(super) async fn everybody_goes_home(world: &World, book: &mut Book, dora: CallSid) {
    book.scene(
        "Everybody goes home",
        &[
            "Dora hangs up, and Ann finishes her tasks. Now nothing may be left behind: no record of a call that has",
            "ended, no task without an agent, no caller without the next thing to hear, no webhook that was refused.",
        ],
    );
    world.emulator.hang_up(dora);
    let over = world.until(|| world.ann.live().is_none()).await;
    for task in world.ann.tasks() {
        // One that completes by itself may be quicker.
        let _ = world.ann.complete(task);
    }
    book.check(
        "Ann is free",
        over && world.until(|| world.ann.tasks().is_empty()).await,
    );
    let empty = || (0..SHARDS).all(|shard| world.emulator.map_items(&shard_name(shard)).is_empty());
    book.check(
        "the index of parked calls is empty",
        world.within(ROUND, empty).await,
    );
    world.tidy(book).await;
    book.curtain();
}
