//! The story, in three acts: callers on hold in an office, workers on their own phones, agents with their own numbers.
//!
//! The first act has two callers, Ann, and for a moment Bob. Its first two scenes ([`swaps`]) are the test scripts of
//! the published plugin's README; the others are what can go wrong in a contact center on any day: two that want the
//! same call ([`rivals`]), callers who are forgotten or give up ([`endings`]). The second has Wendy and Max at home: a
//! mailbox that no caller is joined to, a person who is joined ([`mod@at_home`]), and no worker at all ([`nobody`]). In the third, Cleo
//! has a number and an extension ([`own_numbers`]). Nothing here sleeps for a fixed time: every step waits for what it needs
//! to see.

mod at_home;
mod endings;
mod looks;
mod nobody;
mod own_numbers;
mod rivals;
mod swaps;

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{
    book::Book,
    desks::{CLEOS_NUMBER, DANS_NUMBER, EXTENSION_LINE, PHARMACY},
    homes::{MAXS_PHONE, SALES_LINE, WENDYS_PHONE},
    world::World,
};
use crate::{
    emulator::Heard,
    twilio::{party::E164, sid::CallSid},
};

/// How many scenes there are, as the demo says at its start.
pub(super) const SCENES: usize = 19;

/// How long a step may take on the machine, beside what it takes in the story.
const PATIENCE: Duration = Duration::from_secs(10);

/// Plays all acts, and prints them. True when everything that was checked held.
pub(super) async fn play(world: &World, book: &mut Book) -> bool {
    go_on(in_the_office(world, book).await, book);
    go_on(at_home(world, book).await, book);
    go_on(at_their_own_desks(world, book).await, book);
    book.end()
}

/// An act that broke off is one more check that did not hold.
fn go_on(outcome: anyhow::Result<()>, book: &mut Book) {
    if let Err(error) = outcome {
        book.check(&format!("The story can go on: {error:#}"), false);
        book.curtain();
    }
}

async fn in_the_office(world: &World, book: &mut Book) -> anyhow::Result<()> {
    book.act(
        "Act one: parked calls",
        &[
            "An office with two phone lines. Ann sits at her desk with Flex open. Bob, her colleague, is on a break.",
        ],
    );
    let (carl, dora) = swaps::a_direct_call_arrives(world, book).await?;
    swaps::back_and_forth(world, book, carl, dora).await?;
    rivals::two_tabs(world, book, carl, dora).await?;
    rivals::a_strangers_hand(world, book, carl).await?;
    endings::hang_up_on_hold(world, book, carl).await?;
    endings::comes_back(world, book, dora).await?;
    endings::everybody_goes_home(world, book, dora).await;
    Ok(())
}

async fn at_home(world: &World, book: &mut Book) -> anyhow::Result<()> {
    let homes = world.open_homes()?;
    book.number(SALES_LINE, "the sales line");
    book.worker(homes.wendy, "Wendy", WENDYS_PHONE);
    book.worker(homes.max, "Max", MAXS_PHONE);
    book.act(
        "Act two: workers at home",
        &[
            "The same server answers a sales line, too. Its calls go to people who work at home and have no Flex,",
            "only a phone. Max is available; Wendy is not yet.",
        ],
    );
    at_home::on_line_by_text(world, book, homes).await?;
    let nora = at_home::a_mailbox(world, book, homes).await?;
    at_home::a_person(world, book, homes, nora).await?;
    at_home::free_again(world, book, homes, nora).await;
    let otto = nobody::off_line(world, book, homes).await?;
    nobody::told(world, book, otto).await;
    nobody::nobody_is_owed(world, book, homes).await;
    Ok(())
}

async fn at_their_own_desks(world: &World, book: &mut Book) -> anyhow::Result<()> {
    let desks = world.open_desks()?;
    book.number(EXTENSION_LINE, "the extension line");
    book.number(PHARMACY, "the pharmacy");
    book.worker(desks.cleo.worker(), "Cleo", CLEOS_NUMBER);
    book.worker(desks.dan.worker(), "Dan", DANS_NUMBER);
    book.act(
        "Act three: numbers of their own",
        &[
            "Cleo and Dan each have a phone number of their own, and Cleo has an extension as well. People who call",
            "her reach her, or a colleague, or hear why they cannot.",
        ],
    );
    own_numbers::a_call_out(world, book, &desks).await?;
    own_numbers::a_call_back(world, book, &desks).await?;
    let rosa = own_numbers::declined(world, book, &desks).await?;
    own_numbers::a_message(world, book, &desks, rosa).await?;
    own_numbers::nothing_is_left(world, book, rosa).await;
    Ok(())
}

impl World {
    /// Waits until something is so. False: it took too long.
    async fn until(&self, so: impl Fn() -> bool) -> bool {
        self.within(Duration::ZERO, so).await
    }

    /// The same for what takes `story` in the story.
    async fn within(&self, story: Duration, so: impl Fn() -> bool) -> bool {
        let end = Instant::now() + self.clock.machine_time(story) + PATIENCE;
        while !so() {
            if Instant::now() > end {
                return false;
            }
            sleep(Duration::from_millis(10)).await;
        }
        true
    }

    /// Looks for what is left undone when nothing is on its way any more.
    async fn tidy(&self, book: &mut Book) {
        self.emulator.settled().await;
        let loose = self.emulator.finish();
        book.check(
            "no caller was left without the next thing to hear, and no request failed",
            loose.is_empty(),
        );
        for loose in loose {
            book.check(&loose, false);
        }
        let warned = self.emulator.journal().warnings().len();
        book.check("Twilio logged no warning", warned == 0);
    }

    /// A caller calls a line, and it rings at Ann's.
    async fn rings(&self, from: &str, line: &str) -> anyhow::Result<CallSid> {
        let line: E164 = line.parse()?;
        let call = self.emulator.place_call(from, &line);
        anyhow::ensure!(
            self.until(|| !self.ann.offers().is_empty()).await,
            "the call does not ring at Ann's"
        );
        Ok(call)
    }

    /// Ann accepts what rings.
    async fn ann_accepts(&self) -> anyhow::Result<()> {
        let offers = self.ann.offers();
        let Some(offer) = offers.first() else {
            anyhow::bail!("nothing rings at Ann's");
        };
        Ok(self.ann.accept(*offer).await?)
    }

    /// Whether a caller and Ann talk.
    async fn talks(&self, call: CallSid) -> bool {
        self.until(|| {
            let conferences = self.emulator.conferences();
            conferences
                .iter()
                .any(|it| !it.ended && it.customer == Some(call) && it.worker.is_some())
        })
        .await
    }

    /// Whether a caller is on hold, and hears our music.
    async fn hears_music(&self, call: CallSid) -> bool {
        let music = format!("{}/hold-music/", self.public_url);
        self.until(|| {
            self.emulator.call(call).is_some_and(|call| {
                let heard = call.heard.last();
                call.conference.is_none()
                    && call.in_queue.is_none()
                    && matches!(heard, Some(Heard::Audio(url)) if url.starts_with(&music))
            })
        })
        .await
    }

    /// What Ann's list shows of a call.
    fn listed(&self, call: CallSid) -> Option<Value> {
        let mut listed = self.ann.parked().into_iter();
        listed
            .find(|(key, _)| key == call.as_str())
            .map(|(_, item)| item)
    }

    /// The attributes of the wrap-up tasks that Twilio was asked to make for a call.
    fn wrap_ups(&self, call: CallSid) -> Vec<Value> {
        let made =
            self.emulator.exchanges().into_iter().filter(|it| {
                it.method == "POST" && it.path.ends_with("/Tasks") && it.status == 201
            });
        let attributes = made.filter_map(|it| {
            let (_, text) = it.form.into_iter().find(|(name, _)| name == "Attributes")?;
            serde_json::from_str::<Value>(&text).ok()
        });
        attributes
            .filter(|it| it["isParkHangup"] == true && it["call_sid"] == call.as_str())
            .collect()
    }
}
