//! One agent, two callers: the test scripts of the published plugin's README.

use super::super::{
    book::Book,
    world::{DIRECT_LINE, MAIN_LINE, World},
};
use crate::twilio::sid::CallSid;

/// A direct call arrives while Ann talks to a caller of the main line.
pub(super) async fn a_direct_call_arrives(
    world: &World,
    book: &mut Book,
) -> anyhow::Result<(CallSid, CallSid)> {
    book.scene(
        "A second call arrives while Ann is talking",
        &[
            "Carl calls the main line and talks to Ann. Then Dora calls Ann's own extension. When Ann accepts Dora's",
            "call, the Flex plugin first asks the server to park Carl's. The server writes down in Sync who Carl is,",
            "and only then moves him out of the conference and onto hold music.",
        ],
    );
    let carl = world.rings("+13035550111", MAIN_LINE).await?;
    book.name(carl, "Carl");
    world.ann_accepts().await?;
    book.check("Carl talks to Ann", world.talks(carl).await);
    let task = world.ann.live();
    let dora = world.rings("+13035550122", DIRECT_LINE).await?;
    book.name(dora, "Dora");
    world.ann_accepts().await?;
    book.check("Dora talks to Ann", world.talks(dora).await);
    book.check(
        "Carl is on hold and hears music",
        world.hears_music(carl).await,
    );
    let listed = world.until(|| world.listed(carl).is_some()).await;
    book.check("Carl is in Ann's list of parked calls", listed);
    let completed = world
        .until(|| {
            let task = task.and_then(|task| world.emulator.task(task));
            task.is_some_and(|task| {
                task.status == "completed"
                    && task.attributes["conversations"]["outcome"] == "Parked Call"
            })
        })
        .await;
    book.check("Carl's task is completed as \"Parked Call\"", completed);
    book.curtain();
    Ok((carl, dora))
}

/// Ann parks Dora too, to have the dial pad free, then swaps between the two.
pub(super) async fn back_and_forth(
    world: &World,
    book: &mut Book,
    carl: CallSid,
    dora: CallSid,
) -> anyhow::Result<()> {
    book.scene(
        "Ann swaps between two callers",
        &[
            "Ann parks Dora as well, to have her dial pad free. Then she picks up Carl, then Dora, then Carl again.",
            "Each time the plugin parks the caller she is talking to. A pick-up claims the record of the call first;",
            "the claim decides who may move the call. It goes back through the workflow it came from, ahead of all",
            "others, and to Ann only.",
        ],
    );
    let Some(task) = world.ann.live() else {
        anyhow::bail!("Ann talks to no one");
    };
    let reply = world.ann.park(task).await?;
    book.check("the server says that Dora is parked", reply.is_success());
    book.check(
        "Dora is on hold and hears music",
        world.hears_music(dora).await,
    );
    let free = world
        .until(|| world.ann.live().is_none() && world.ann.tasks().is_empty())
        .await;
    book.check("Ann has no live call: her dial pad is free", free);
    let both = world
        .until(|| world.listed(carl).is_some() && world.listed(dora).is_some())
        .await;
    book.check("both callers are in her list", both);
    for (wanted, other, what) in [
        (carl, None, "Carl is picked up"),
        (
            dora,
            Some(carl),
            "Dora is picked up, and Carl is on hold and listed",
        ),
        (
            carl,
            Some(dora),
            "Carl is picked up, and Dora is on hold and listed",
        ),
    ] {
        let swapped = swap(world, wanted, other).await?;
        book.check(what, swapped);
    }
    let gone = world.until(|| world.listed(carl).is_none()).await;
    book.check("a caller who was picked up has left the list", gone);
    book.curtain();
    Ok(())
}

/// Ann picks one caller up, which parks the other if she was talking to them.
async fn swap(world: &World, wanted: CallSid, other: Option<CallSid>) -> anyhow::Result<bool> {
    let reply = world.ann.pick_up(wanted).await?;
    let talks = reply.is_success() && world.talks(wanted).await;
    Ok(match other {
        Some(other) => {
            talks
                && world.hears_music(other).await
                && world.until(|| world.listed(other).is_some()).await
        }
        None => talks,
    })
}
