//! Nobody is left: off line while the phone rings, and what the caller hears then.

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
        "Off line, while the phone rings",
        &[
            "Max has heard of his mailbox, and goes off line. Now Otto calls, and only Wendy is left; but she is on her",
            "way out, and texts \"off\" while her phone rings. Her activity changes and the offer is rejected in one",
            "request, so that no call can slip in between; then her phone stops ringing.",
        ],
    );
    let reply = world.texts(book, MAXS_PHONE, "off").await?;
    book.check("Max is answered that he is off line", reply == OFF_LINE);
    world.emulator.phone(WENDYS_PHONE, Answer::Never);
    let line: E164 = SALES_LINE.parse()?;
    let before = world.legs(WENDYS_PHONE).len();
    let otto = world.emulator.place_call("+13035550144", &line);
    book.name(otto, "Otto");
    let leg = || world.legs(WENDYS_PHONE).into_iter().nth(before);
    let rings = || leg().is_some_and(|it| it.status == CallStatus::Ringing);
    book.check("Wendy's phone rings", world.until(rings).await);
    let reply = world.texts(book, WENDYS_PHONE, "off").await?;
    book.check("Wendy is answered that she is off line", reply == OFF_LINE);
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
        "Nobody is there, and Otto is told so",
        &[
            "Nobody takes the call for two minutes, so the workflow sends it to its last queue, for which there are no",
            "workers. TaskRouter reports that, and the server takes Otto out of the music and tells him: once, however",
            "often the report comes.",
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
        "he hears it once, and then the call is over",
        over && times == 1,
    );
    book.curtain();
}

/// Nothing may be left over.
pub(super) async fn nobody_is_owed(world: &World, book: &mut Book, homes: Homes) {
    book.scene(
        "The day is over",
        &[
            "What could be left now: a worker whom the server has put aside and forgotten, a leg that nobody ends, a",
            "record of it, a phone that counts as in use, a task without a caller.",
        ],
    );
    let stayed = world.activity(homes.wendy) == "Offline" && world.activity(homes.max) == "Offline";
    book.check("Wendy and Max are off line, as they said", stayed);
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
