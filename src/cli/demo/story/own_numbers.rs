//! Agents with numbers and extensions of their own: a call out that shows the right number, a call back that fails over, an
//! extension whose agent declines.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{
    book::Book,
    desks::{CLEOS_EXTENSION, CLEOS_NUMBER, DANS_NUMBER, Desks, EXTENSION_LINE, PHARMACY},
    world::World,
};
use crate::{
    emulator::{Browser, Heard, TaskView},
    twilio::{party::E164, sid::CallSid},
};

/// How long something may take that is said in between.
const WHILE: Duration = Duration::from_secs(30);

/// Cleo calls the pharmacy.
pub(super) async fn a_call_out(
    world: &World,
    book: &mut Book,
    desks: &Desks,
) -> anyhow::Result<()> {
    book.scene(
        "Cleo calls the pharmacy, and shows her own number",
        &[
            "Cleo is an emergency responder. Her number stands in her worker's attributes, where single sign-on may write",
            "anything; so the plugin asks the server, which asks Twilio whether the account may show it. Dan's is written",
            "there without its country code, and is understood all the same.",
        ],
    );
    let shown = desks.cleo.get("/caller-id").await?;
    let wanted = json!({ "callerId": CLEOS_NUMBER, "display": "(512) 555-0170", "source": "own" });
    book.check(
        "she is told her number, as people write it",
        shown.body == wanted,
    );
    let dans = desks.dan.get("/caller-id").await?;
    book.check("and Dan his", dans.body["callerId"] == DANS_NUMBER);
    let (pharmacy, number): (E164, E164) = (PHARMACY.parse()?, CLEOS_NUMBER.parse()?);
    let leg = desks.cleo.dial(desks.out, &pharmacy, &number)?;
    book.name(leg, "the pharmacy");
    book.check("they talk", world.talks(leg).await);
    let from = world.emulator.call(leg).map(|it| it.from);
    let showed = from.as_deref() == Some(CLEOS_NUMBER);
    book.check("the pharmacy has seen Cleo's number", showed);
    world.emulator.hang_up(leg);
    finish(world, &desks.cleo).await;
    book.curtain();
    Ok(())
}

/// The pharmacy calls back while Cleo talks to somebody else.
pub(super) async fn a_call_back(
    world: &World,
    book: &mut Book,
    desks: &Desks,
) -> anyhow::Result<()> {
    book.scene(
        "The pharmacy calls back, and Cleo is on another call",
        &[
            "A call to Cleo's number goes to Cleo first. She takes Pia's; while they talk, the pharmacy calls the same",
            "number, and is with Dan at once: the workflow skips an owner who can take nothing now. The task says that",
            "it was meant for Cleo, and that a colleague took it.",
        ],
    );
    let number: E164 = CLEOS_NUMBER.parse()?;
    let pia = world.emulator.place_call("+13035550155", &number);
    book.name(pia, "Pia");
    let took = takes(world, &desks.cleo).await?;
    book.check("Pia's call rings at Cleo's, and they talk", {
        took && world.talks(pia).await
    });
    let pharmacy = world.emulator.place_call(PHARMACY, &number);
    book.name(pharmacy, "the pharmacy");
    let took = takes(world, &desks.dan).await?;
    book.check("the pharmacy's rings at Dan's, and they talk", {
        took && world.talks(pharmacy).await
    });
    let spared = desks.cleo.offers().is_empty();
    book.check("nothing rings at Cleo's", spared);
    let task = || world.task(pharmacy).map(|it| it.attributes);
    let marked = || task().is_some_and(|it| it["did"]["routing"] == "failover");
    let marked = world.until(marked).await;
    book.check("the task is marked as a failover", marked);
    let task: Value = task().unwrap_or_default();
    let meant = task["did"]["owner"] == desks.cleo.worker().as_str();
    let told = task["name"] == PHARMACY && task["phone_number"] == CLEOS_NUMBER;
    book.check("it says who called, and whose number", meant && told);
    for (call, agent) in [(pia, &desks.cleo), (pharmacy, &desks.dan)] {
        world.emulator.hang_up(call);
        finish(world, agent).await;
    }
    book.curtain();
    Ok(())
}

/// Somebody dials Cleo's extension, and she declines.
pub(super) async fn declined(
    world: &World,
    book: &mut Book,
    desks: &Desks,
) -> anyhow::Result<CallSid> {
    book.scene(
        "Rosa dials Cleo's extension, and Cleo cannot take it",
        &[
            "Rosa mistypes, is asked again, and then keys in Cleo's extension. Cleo declines. TaskRouter would offer the",
            "call to her again at once, because nobody else has that extension; but which call was offered to her last",
            "stands in her attributes, and the workflow asks for it. Rosa is told, and led on.",
        ],
    );
    let line: E164 = EXTENSION_LINE.parse()?;
    let rosa = world.emulator.place_call("+13035550166", &line);
    book.name(rosa, "Rosa");
    let asked = || words(world, rosa, "digits of the extension") == 1;
    book.check(
        "Rosa is asked for the extension",
        world.within(WHILE, asked).await,
    );
    world.emulator.press(rosa, "9999");
    let again = || words(world, rosa, "digits of the extension") == 2;
    let again = world.within(WHILE, again).await;
    let unknown = words(world, rosa, "Nobody has this extension") == 1;
    book.check("9999 is nobody's, and she is asked again", again && unknown);
    world.emulator.press(rosa, CLEOS_EXTENSION);
    let rings = || !desks.cleo.offers().is_empty();
    let rings = world.within(WHILE, rings).await;
    book.check("her call rings at Cleo's", rings);
    let noted = || {
        let cleo = world.emulator.worker(desks.cleo.worker());
        cleo.is_some_and(|it| it.attributes["extensionOffered"] == rosa.as_str())
    };
    book.check("which call that is, is noted", world.until(noted).await);
    let Some(offer) = desks.cleo.offers().first().copied() else {
        anyhow::bail!("nothing rings at Cleo's");
    };
    desks.cleo.reject(offer)?;
    let told = || words(world, rosa, "cannot be taken at the moment") == 1;
    book.check(
        "Cleo declines, and Rosa is told",
        world.within(WHILE, told).await,
    );
    let offers = world.offers(desks.cleo.worker()).into_iter();
    let declined = offers.filter(|it| *it == "rejected").count();
    book.check("it was offered to Cleo once", declined == 1);
    book.curtain();
    Ok(rosa)
}

/// Rosa leaves a message, and Cleo hears it.
pub(super) async fn a_message(
    world: &World,
    book: &mut Book,
    desks: &Desks,
    rosa: CallSid,
) -> anyhow::Result<()> {
    book.scene(
        "Rosa leaves a message, and Cleo hears it",
        &[
            "Rosa speaks after the beep. Whichever of Twilio's reports names the recording first has it written down; one",
            "task is made of it, for Cleo alone, and the message stands in her box. Dan, who is no supervisor, can neither",
            "see nor hear it.",
        ],
    );
    let said = Duration::from_secs(6);
    world
        .emulator
        .speaks(rosa, said, "This is Rosa. Please call me back.");
    let beeped = || world.heard(rosa).contains(&Heard::Beep);
    book.check("Rosa hears the beep", world.within(WHILE, beeped).await);
    let over = || {
        world
            .emulator
            .call(rosa)
            .is_some_and(|it| it.status.is_final())
    };
    book.check(
        "she speaks, and her call ends",
        world.within(2 * WHILE, over).await,
    );
    let tasks = || {
        let tasks = world.emulator.tasks().into_iter();
        let tasks = tasks.filter(|it| it.attributes["taskType"] == "voicemail");
        tasks.collect::<Vec<_>>()
    };
    let made = || !tasks().is_empty();
    let made = world.within(WHILE, made).await;
    let offered = || !desks.cleo.offers().is_empty();
    let offered = world.within(WHILE, offered).await;
    let once = tasks().len() == 1 && desks.dan.offers().is_empty();
    book.check("it is one task, and it is Cleo's", made && offered && once);
    let listed = desks.cleo.get("/voicemails").await?.body;
    let message = listed["voicemails"][0].clone();
    book.check("it stands in her box, as new", message["state"] == "new");
    let dans = desks.dan.get("/voicemails").await?.body;
    let empty = dans["voicemails"].as_array().is_some_and(Vec::is_empty);
    book.check("it does not stand in Dan's", empty);
    if let Some(offer) = desks.cleo.offers().first().copied() {
        desks.cleo.accept(offer).await?;
    }
    finish(world, &desks.cleo).await;
    book.curtain();
    Ok(())
}

/// Nothing may be left over.
pub(super) async fn nothing_is_left(world: &World, book: &mut Book, rosa: CallSid) {
    book.scene(
        "Everybody has hung up",
        &["What could be left: a caller in a queue whose agent has declined, a task that nobody finishes."],
    );
    let over = || {
        let rosa = world.emulator.call(rosa);
        rosa.is_some_and(|it| it.status.is_final())
    };
    book.check("Rosa's call is over", world.within(WHILE, over).await);
    let done = || world.emulator.tasks().iter().all(is_over);
    book.check("no task is open", world.until(done).await);
    world.tidy(book).await;
    book.curtain();
}

/// How often a caller has heard words like these.
fn words(world: &World, call: CallSid, wanted: &str) -> usize {
    let heard = world.heard(call).into_iter();
    let like = |it: &Heard| matches!(it, Heard::Words(words) if words.contains(wanted));
    heard.filter(like).count()
}

/// An agent takes what rings, as soon as it does.
async fn takes(world: &World, agent: &Browser) -> anyhow::Result<bool> {
    let rings = || !agent.offers().is_empty();
    let rings = world.within(WHILE, rings).await;
    if let Some(offer) = agent.offers().first() {
        agent.accept(*offer).await?;
    }
    Ok(rings)
}

/// An agent finishes what they have, once the other side is gone.
async fn finish(world: &World, agent: &Browser) {
    let alone = || agent.live().is_none();
    world.until(alone).await;
    for task in agent.tasks() {
        // Refused when TaskRouter has ended it already.
        let _ = agent.complete(task);
    }
}

fn is_over(task: &TaskView) -> bool {
    matches!(task.status, "completed" | "canceled")
}
