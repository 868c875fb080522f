//! No worker is left: one goes off line while the phone rings, and what the caller hears then.

use std::time::Duration;

use super::super::{
    book::Book,
    homes::{Homes, MAXS_PHONE, NOBODY, SALES_LINE, WAIT, WENDYS_PHONE},
    world::World,
};
use crate::{
    emulator::{Answer, CallStatus, Heard},
    twilio::{party::E164, sid::CallSid},
};

const OFF_LINE: &str = "You are off line. No more calls come to this phone.";

/// Wendy goes off line while her phone rings for Otto.
pub(super) async fn off_line(
    world: &World,
    book: &mut Book,
    homes: Homes,
) -> anyhow::Result<CallSid> {
    book.scene(
        "Wendy stops work while her phone rings",
        &[
            "Max has heard about his mailbox, and stops work. Then Otto calls, and only Wendy is left; but she texts \"off\"",
            "while her phone rings. One request both makes her unavailable and rejects the offer, so that no other call",
            "can reach her in between. Then her phone stops ringing.",
        ],
    );
    let reply = world.texts(book, MAXS_PHONE, "off").await?;
    book.check(
        "the answer to Max says that he gets no more calls",
        reply == OFF_LINE,
    );
    world.emulator.phone(WENDYS_PHONE, Answer::Never);
    let line: E164 = SALES_LINE.parse()?;
    let before = world.legs(WENDYS_PHONE).len();
    let otto = world.emulator.place_call("+13035550144", &line);
    book.name(otto, "Otto");
    let leg = || world.legs(WENDYS_PHONE).into_iter().nth(before);
    let rings = || leg().is_some_and(|it| it.status == CallStatus::Ringing);
    book.check("Wendy's phone rings", world.until(rings).await);
    let reply = world.texts(book, WENDYS_PHONE, "off").await?;
    book.check("the answer to Wendy says the same", reply == OFF_LINE);
    let rejected = || world.offers(homes.wendy).last() == Some(&"rejected");
    book.check("the offer is rejected", world.until(rejected).await);
    let silent = || leg().is_some_and(|it| it.status == CallStatus::Canceled);
    book.check("her phone stops ringing", world.until(silent).await);
    book.curtain();
    Ok(otto)
}

/// Otto is told.
pub(super) async fn told(world: &World, book: &mut Book, otto: CallSid) {
    book.scene(
        "Nobody is there, and Otto is told",
        &[
            "Two minutes later nobody has taken the call, so the workflow moves it to its last queue, which has no",
            "workers. TaskRouter reports that, and the server plays Otto a message instead of music: once, no matter",
            "how often the report arrives.",
        ],
    );
    let message = Heard::Words(NOBODY.to_owned());
    let told = || world.heard(otto).contains(&message);
    let told = world.within(2 * WAIT, told).await;
    book.check("Otto hears the message of DISPATCH_NOBODY_MESSAGE", told);
    let over = || {
        let otto = world.emulator.call(otto);
        otto.is_some_and(|it| it.status == CallStatus::Completed)
    };
    let over = world.within(Duration::from_mins(1), over).await;
    let heard = world.heard(otto);
    let times = heard.iter().filter(|it| **it == message).count();
    book.check(
        "he hears it once, and then the call ends",
        over && times == 1,
    );
    book.curtain();
}

/// Nothing may be left over.
pub(super) async fn nobody_is_owed(world: &World, book: &mut Book, homes: Homes) {
    book.scene(
        "The day is over",
        &[
            "Nothing may be left behind here either: no worker whom the server made unavailable and then forgot, no",
            "leg that is still up, no open record, no phone that counts as in use, no task without a caller.",
        ],
    );
    let stayed = world.activity(homes.wendy) == "Offline" && world.activity(homes.max) == "Offline";
    book.check(
        "Wendy and Max are still unavailable, as they wished",
        stayed,
    );
    let legs = [WENDYS_PHONE, MAXS_PHONE].map(|phone| world.legs(phone));
    let over = legs.iter().flatten().all(|leg| leg.status.is_final());
    book.check("every leg is over", over);
    let settled = || world.records().iter().all(|it| it["phase"] == "over");
    let settled = world.within(Duration::from_mins(1), settled).await;
    book.check("every record of a leg is closed", settled);
    let phones = || world.emulator.map_items("Global.DispatchPhones").is_empty();
    book.check("no phone counts as in use", world.until(phones).await);
    let done = || {
        let tasks = world.emulator.tasks();
        let mut open = tasks.iter().map(|it| it.status);
        open.all(|it| matches!(it, "completed" | "canceled"))
    };
    book.check("no task is open", world.until(done).await);
    world.tidy(book).await;
    book.curtain();
}
