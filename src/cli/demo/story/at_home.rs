//! Workers at home: on line by text message, a mailbox that no caller is joined to, a person who is joined.

use std::time::Duration;

use serde_json::json;

use super::super::{
    book::Book,
    homes::{Homes, MAXS_PHONE, SALES_LINE, WENDYS_PHONE},
    world::World,
};
use crate::{
    emulator::{CallView, Heard},
    twilio::{party::E164, sid::CallSid},
};

/// How long a phone may ring and a machine may be listened to.
const MINUTE: Duration = Duration::from_mins(1);

/// Wendy texts the line.
pub(super) async fn on_line_by_text(
    world: &World,
    book: &mut Book,
    homes: Homes,
) -> anyhow::Result<()> {
    book.scene(
        "Wendy starts work by text message",
        &[
            "Wendy has only a phone, so she texts the sales line. The server recognizes her number, gives her the skill",
            "she names, and makes her available. It names the revision it has read (If-Match), so that a change to her",
            "attributes by another program at the same moment is not lost.",
        ],
    );
    let reply = world.texts(book, WENDYS_PHONE, "online sales").await?;
    let wanted = "You are on line for sales. Calls come to this phone until you text OFF.";
    book.check("the answer says that she gets sales calls", reply == wanted);
    let wendy = world.emulator.worker(homes.wendy);
    let Some(wendy) = wendy else {
        anyhow::bail!("Wendy is gone");
    };
    book.check("Wendy is available", wendy.available);
    let skills = &wendy.attributes["routing"]["skills"];
    book.check("she has the skill \"sales\"", *skills == json!(["sales"]));
    let kept = wendy.attributes["languages"] == json!(["en", "nl"])
        && wendy.attributes["contact_uri"] == WENDYS_PHONE;
    book.check("her other attributes are unchanged", kept);
    book.curtain();
    Ok(())
}

/// Nora calls; Max's mailbox answers.
pub(super) async fn a_mailbox(
    world: &World,
    book: &mut Book,
    homes: Homes,
) -> anyhow::Result<CallSid> {
    book.scene(
        "Nora calls, and Max's mailbox answers",
        &[
            "TaskRouter offers Nora's call to Max, who has been free for longest, and asks the server what to do. The",
            "server writes a record, answers at once, and calls Max's phone. His mailbox answers. Twilio listens before",
            "Nora is connected, so she hears nothing of it. The offer is rejected, and Max gets no calls for a minute.",
        ],
    );
    let line: E164 = SALES_LINE.parse()?;
    let nora = world.emulator.place_call("+13035550133", &line);
    book.name(nora, "Nora");
    let rejected = || world.offers(homes.max) == ["rejected"];
    let rejected = world.within(MINUTE, rejected).await;
    let task = world.task(nora).map(|it| it.sid);
    let mut offers = world.emulator.reservations().into_iter();
    let first = offers.find(|it| Some(it.task) == task);
    let to_max = first.is_some_and(|it| it.worker == homes.max);
    book.check("the call is offered to Max first", to_max);
    let leg = world.legs(MAXS_PHONE).pop();
    let machine = leg.and_then(|leg| leg.answered_by);
    book.check(
        "Twilio hears that a machine has answered",
        machine.is_some_and(|it| it.starts_with("machine")),
    );
    book.check("the offer is rejected", rejected);
    let causes = || world.causes(homes.max) == ["machine"];
    let cause = world.until(causes).await;
    book.check("the record says why: a machine", cause);
    let over = || world.legs(MAXS_PHONE).iter().all(is_over);
    let over = world.until(over).await;
    book.check("Max was called once, and that call is over", {
        over && world.legs(MAXS_PHONE).len() == 1
    });
    let cools = world.activity(homes.max) == "Cooling down";
    book.check("Max gets no calls for now", cools);
    let spared = world.heard(nora).iter().all(is_music);
    book.check("Nora has heard only waiting music", spared);
    book.curtain();
    Ok(nora)
}

/// Wendy answers, says by a key that she is no mailbox, and is joined.
pub(super) async fn a_person(
    world: &World,
    book: &mut Book,
    homes: Homes,
    nora: CallSid,
) -> anyhow::Result<()> {
    book.scene(
        "Wendy answers",
        &[
            "Now the call is offered to Wendy. Her attributes ask for both checks: Twilio listens, and she has to press",
            "a key, which is the surer sign of a person. Only then is she connected to Nora, through the offer itself.",
            "It can be taken only as long as it stands, so she can never be connected to another agent's caller.",
        ],
    );
    let asked = || world.legs(WENDYS_PHONE).iter().any(is_asked);
    let asked = world.within(MINUTE, asked).await;
    let alone = world.waits(nora) && world.heard(nora).iter().all(is_music);
    book.check("Wendy is asked to press 1", asked);
    book.check("Nora hears waiting music until then", alone);
    let Some(leg) = world.legs(WENDYS_PHONE).pop() else {
        anyhow::bail!("Wendy's phone does not ring");
    };
    world.emulator.press(leg.sid, "1");
    let joined = || {
        world.heard(nora).last() == Some(&Heard::Somebody)
            && world.heard(leg.sid).last() == Some(&Heard::Somebody)
    };
    let joined = world.until(joined).await;
    book.check("she presses 1, and Nora and Wendy talk", joined);
    book.check("Wendy has taken the offer", {
        world.offers(homes.wendy) == ["accepted"]
    });
    let once = world.legs(WENDYS_PHONE).len() == 1;
    book.check("her phone rang once", once);
    let others = world.heard(nora).into_iter().filter(|it| !is_music(it));
    let others: Vec<_> = others.collect();
    book.check(
        "Nora has heard music and Wendy, and nothing else",
        others == [Heard::Somebody],
    );
    book.curtain();
    Ok(())
}

/// Nora hangs up.
pub(super) async fn free_again(world: &World, book: &mut Book, homes: Homes, nora: CallSid) {
    book.scene(
        "Nora hangs up, and both workers are free again",
        &[
            "Wendy's leg ends with Nora's call, the task is completed, and Wendy can take the next call. Max comes back",
            "when his minute is over. There is no timer for that either: the reconciler sees that it is time. It moves",
            "Max only if he is still where the server put him; had he stopped work meanwhile, he would stay there.",
        ],
    );
    world.emulator.hang_up(nora);
    let completed = || world.task(nora).is_some_and(|it| it.status == "completed");
    book.check(
        "Nora's task is completed",
        world.within(MINUTE, completed).await,
    );
    let over = || world.legs(WENDYS_PHONE).iter().all(is_over);
    book.check("Wendy's leg is over", world.until(over).await);
    let free = || world.offers(homes.wendy) != ["accepted"];
    let free = world.until(free).await && world.activity(homes.wendy) == "Available";
    book.check("Wendy is available, and has no task", free);
    let back = || world.activity(homes.max) == "Available";
    let back = world.within(2 * MINUTE, back).await;
    book.check("Max is available again, by himself", back);
    book.curtain();
}

/// Whether a leg was asked for a key.
fn is_asked(leg: &CallView) -> bool {
    let mut heard = leg.heard.iter();
    heard.any(|it| matches!(it, Heard::Words(words) if words.contains("Press 1")))
}

fn is_over(leg: &CallView) -> bool {
    leg.status.is_final()
}

fn is_music(heard: &Heard) -> bool {
    *heard == Heard::QueueMusic
}
