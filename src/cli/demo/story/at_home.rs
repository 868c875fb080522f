//! Workers at home: on line by text message, a mailbox that nobody is joined to, a person who is.

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
        "Wendy goes on line by text message",
        &[
            "Wendy works at home, and all she has is a phone. She texts the sales line. The server knows her by her",
            "number, gives her the skill she names and makes her available: with the revision of her that it has read",
            "(If-Match), so that whatever else somebody wrote about her at that moment would not be lost.",
        ],
    );
    let reply = world.texts(book, WENDYS_PHONE, "online sales").await?;
    let wanted = "You are on line for sales. Calls come to this phone until you text OFF.";
    book.check(
        "she is answered that she is on line for sales",
        reply == wanted,
    );
    let wendy = world.emulator.worker(homes.wendy);
    let Some(wendy) = wendy else {
        anyhow::bail!("Wendy is gone");
    };
    book.check("Wendy is available", wendy.available);
    let skills = &wendy.attributes["routing"]["skills"];
    book.check("she has the skill \"sales\"", *skills == json!(["sales"]));
    let kept = wendy.attributes["languages"] == json!(["en", "nl"])
        && wendy.attributes["contact_uri"] == WENDYS_PHONE;
    book.check("what else was known of her is still there", kept);
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
        "Nora calls, and a mailbox answers",
        &[
            "TaskRouter offers Nora's call to Max, who has been idle for longest, and asks the server what to do. It",
            "writes a record, answers at once, and calls Max's phone. A mailbox picks up. Twilio listens before anybody",
            "is joined, so Nora hears nothing of it; the offer is rejected, and Max is left alone for a minute.",
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
        "Twilio takes what answers for a machine",
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
    book.check("Max cools down", cools);
    let spared = world.heard(nora).iter().all(is_music);
    book.check("Nora has heard nothing but waiting music", spared);
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
        "A person answers",
        &[
            "The call goes to Wendy. Her attribute \"screening\" says \"both\": Twilio listens, and she is asked for a key",
            "meanwhile, which is certain where listening is not. Only then is she joined to Nora, by the reservation",
            "itself: TaskRouter takes it only while it is pending, so nobody is ever joined to somebody else's caller.",
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
        "Nora has heard music and Wendy, and nobody else",
        others == [Heard::Somebody],
    );
    book.curtain();
    Ok(())
}

/// Nora hangs up.
pub(super) async fn free_again(world: &World, book: &mut Book, homes: Homes, nora: CallSid) {
    book.scene(
        "Nora hangs up, and both are free again",
        &[
            "Wendy's leg ends with the caller's, the task is completed, and she gets the next call. Max comes back from",
            "his cool-down. No timer does that: the reconciler sees that his minute is over, and moves him only if he",
            "still is where he was put, so that somebody who went off line meanwhile stays there.",
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
