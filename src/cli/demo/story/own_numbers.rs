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
        "Cleo calls the pharmacy and shows her own number",
        &[
            "Cleo's number is in her attributes, where single sign-on may have written anything. So the plugin asks",
            "the server which number to show, and the server asks Twilio whether the number belongs to the account.",
            "Dan's is written without its country code, and is understood all the same.",
        ],
    );
    let shown = desks.cleo.get("/caller-id").await?;
    let wanted = json!({ "callerId": CLEOS_NUMBER, "display": "(512) 555-0170", "source": "own" });
    book.check(
        "Cleo is told her number, in its usual spelling",
        shown.body == wanted,
    );
    let dans = desks.dan.get("/caller-id").await?;
    book.check("Dan is told his", dans.body["callerId"] == DANS_NUMBER);
    let (pharmacy, number): (E164, E164) = (PHARMACY.parse()?, CLEOS_NUMBER.parse()?);
    let leg = desks.cleo.dial(desks.out, &pharmacy, &number)?;
    book.name(leg, "the pharmacy");
    book.check("Cleo and the pharmacy talk", world.talks(leg).await);
    let from = world.emulator.call(leg).map(|it| it.from);
    let showed = from.as_deref() == Some(CLEOS_NUMBER);
    book.check("the pharmacy has seen Cleo's number", showed);
    world.emulator.hang_up(leg);
    finish(world, &desks.cleo).await;
    book.curtain();
    Ok(())
}

/// The pharmacy calls back while Cleo talks to another caller.
pub(super) async fn a_call_back(
    world: &World,
    book: &mut Book,
    desks: &Desks,
) -> anyhow::Result<()> {
    book.scene(
        "The pharmacy calls back while Cleo is busy",
        &[
            "A call to Cleo's number goes to Cleo first. She is talking to Pia when the pharmacy calls the same number,",
            "so the workflow skips her and the call goes to Dan at once. The task says that the call was meant for",
            "Cleo, and that a colleague took it.",
        ],
    );
    let number: E164 = CLEOS_NUMBER.parse()?;
    let pia = world.emulator.place_call("+13035550155", &number);
    book.name(pia, "Pia");
    let took = takes(world, &desks.cleo).await?;
    book.check("Pia's call is offered to Cleo, and they talk", {
        took && world.talks(pia).await
    });
    let pharmacy = world.emulator.place_call(PHARMACY, &number);
    book.name(pharmacy, "the pharmacy");
    let took = takes(world, &desks.dan).await?;
    book.check("the pharmacy's call is offered to Dan, and they talk", {
        took && world.talks(pharmacy).await
    });
    let spared = desks.cleo.offers().is_empty();
    book.check("Cleo is offered nothing meanwhile", spared);
    let task = || world.task(pharmacy).map(|it| it.attributes);
    let marked = || task().is_some_and(|it| it["did"]["routing"] == "failover");
    let marked = world.until(marked).await;
    book.check("the task is marked as a failover", marked);
    let task: Value = task().unwrap_or_default();
    let meant = task["did"]["owner"] == desks.cleo.worker().as_str();
    let told = task["name"] == PHARMACY && task["phone_number"] == CLEOS_NUMBER;
    book.check("it says who called, and which number", meant && told);
    for (call, agent) in [(pia, &desks.cleo), (pharmacy, &desks.dan)] {
        world.emulator.hang_up(call);
        finish(world, agent).await;
    }
    book.curtain();
    Ok(())
}

/// A caller dials Cleo's extension, and she declines.
pub(super) async fn declined(
    world: &World,
    book: &mut Book,
    desks: &Desks,
) -> anyhow::Result<CallSid> {
    book.scene(
        "Rosa dials Cleo's extension, and Cleo declines",
        &[
            "Rosa mistypes, is asked again, and then enters Cleo's extension. Cleo declines. TaskRouter would offer her",
            "the same call again at once, because no other agent has that extension. So the server notes in her attributes",
            "which call was offered to her last, and the workflow looks there. Rosa hears that Cleo cannot take the call.",
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
    let unknown = words(world, rosa, "valid extension") == 1;
    book.check("no agent has 9999: she is asked again", again && unknown);
    world.emulator.press(rosa, CLEOS_EXTENSION);
    let rings = || !desks.cleo.offers().is_empty();
    let rings = world.within(WHILE, rings).await;
    book.check("her call is offered to Cleo", rings);
    let noted = || {
        let cleo = world.emulator.worker(desks.cleo.worker());
        cleo.is_some_and(|it| it.attributes["extensionOffered"] == rosa.as_str())
    };
    book.check("the server notes it", world.until(noted).await);
    let Some(offer) = desks.cleo.offers().first().copied() else {
        anyhow::bail!("nothing rings at Cleo's");
    };
    desks.cleo.reject(offer)?;
    let told = || words(world, rosa, "no one can take your call right now") == 1;
    book.check(
        "Cleo declines, and Rosa hears it",
        world.within(WHILE, told).await,
    );
    let offers = world.offers(desks.cleo.worker()).into_iter();
    let declined = offers.filter(|it| *it == "rejected").count();
    book.check("the call was offered to Cleo once", declined == 1);
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
        "Rosa leaves a message for Cleo",
        &[
            "Rosa speaks after the tone. Twilio reports the recording more than once, and the first report that names",
            "it has it written down. One task is made, for Cleo only, and the message appears in her list. Dan, who is",
            "not a supervisor, can neither see nor hear it.",
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
    book.check("the message is new in her list", message["state"] == "new");
    let dans = desks.dan.get("/voicemails").await?.body;
    let empty = dans["voicemails"].as_array().is_some_and(Vec::is_empty);
    book.check("it is not in Dan's", empty);
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
        &[
            "Nothing may be left behind: no caller in the queue of an agent who declined, no task that no agent finishes.",
        ],
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
