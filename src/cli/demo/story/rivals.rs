//! Two that want the same call, and one who may not have it.

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
        "Two tabs press pick-up at the same moment",
        &[
            "Flex is open twice on Ann's desk, and Dora is picked up in both. A caller can only be in one place, so",
            "exactly one may win. Both requests try to move the same record with the revision they have read",
            "(If-Match); Sync lets one of them. The other gets 409 and a reason, and nothing has happened.",
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
        "Another agent's token",
        &[
            "Bob is an agent too, with a good token, and he knows Carl's CallSid. He asks for the call in Ann's name,",
            "then in his own. Twilio's IAM says whose token it is, and the record says whose call it is: both",
            "requests are refused with 403 before anything is touched.",
        ],
    );
    let (ann, bob) = (
        world.ann.worker().to_string(),
        world.bob.worker().to_string(),
    );
    let in_her_name = pick_up(&world.bob, carl, &ann).await?;
    book.check("in Ann's name: 403", in_her_name == 403);
    let in_his_own = pick_up(&world.bob, carl, &bob).await?;
    book.check("in his own: 403", in_his_own == 403);
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
