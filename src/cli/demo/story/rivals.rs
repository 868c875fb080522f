//! Two agents who want the same call, and one that may not have it.

use futures_util::future::join;

use super::super::{book::Book, world::World};
use crate::{emulator::Browser, twilio::sid::CallSid};

/// Ann presses pick-up in two tabs at once.
pub(super) async fn two_tabs(
    world: &World,
    book: &mut Book,
    carl: CallSid,
    dora: CallSid,
) -> anyhow::Result<()> {
    book.scene(
        "Two tabs pick up the same caller at the same moment",
        &[
            "Ann has Flex open in two tabs and picks up Dora in both. A caller can only be in one place, so exactly",
            "one request may win. Both try to change the same record, and name the revision they have read (If-Match).",
            "Sync accepts one of the two. The other tab gets 409 and the reason, and nothing has happened.",
        ],
    );
    let before = tasks_of(world, dora);
    let (one, two) = join(world.ann.pick_up(dora), world.ann.pick_up(dora)).await;
    let mut statuses = [one?.status, two?.status];
    statuses.sort_unstable();
    book.check("one tab gets 200, the other 409", statuses == [200, 409]);
    book.check("Dora talks to Ann", world.talks(dora).await);
    book.check(
        "Dora was queued once, not twice",
        tasks_of(world, dora) == before + 1,
    );
    book.check(
        "Carl is on hold and hears music",
        world.hears_music(carl).await,
    );
    book.curtain();
    Ok(())
}

fn tasks_of(world: &World, call: CallSid) -> usize {
    let tasks = world.emulator.tasks();
    tasks.iter().filter(|task| task.call == Some(call)).count()
}

/// Bob tries to take Carl.
pub(super) async fn a_strangers_hand(
    world: &World,
    book: &mut Book,
    carl: CallSid,
) -> anyhow::Result<()> {
    book.scene(
        "An agent tries to take a colleague's caller",
        &[
            "Bob is an agent too. His token is good, and he knows Carl's CallSid. He asks for the call in Ann's name,",
            "and then in his own. IAM tells the server whose token it is, and the record tells whose call it is. Both",
            "requests are refused with 403 before anything is changed.",
        ],
    );
    let (ann, bob) = (
        world.ann.worker().to_string(),
        world.bob.worker().to_string(),
    );
    let in_her_name = pick_up(&world.bob, carl, &ann).await?;
    book.check("in Ann's name he gets 403", in_her_name == 403);
    let in_his_own = pick_up(&world.bob, carl, &bob).await?;
    book.check("in his own name he gets 403", in_his_own == 403);
    book.check(
        "Carl is still on hold and hears music",
        world.hears_music(carl).await,
    );
    let listed = world.until(|| world.listed(carl).is_some()).await;
    book.check("Carl is still in Ann's list", listed);
    book.curtain();
    Ok(())
}

/// Asks for a call as the plugin would; the status.
async fn pick_up(browser: &Browser, call: CallSid, worker: &str) -> anyhow::Result<u16> {
    let fields = [("callSid", call.as_str()), ("workerSid", worker)];
    Ok(browser.post("/pickup-parked-call", &fields).await?.status)
}
