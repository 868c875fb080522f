//! The prompt book: what is printed, and the score of what was checked.

use super::{
    super::say,
    transcript::{Names, transcript},
    world::World,
};
use crate::{emulator::Emulator, twilio::sid::CallSid};

/// How wide a heading is.
const WIDTH: usize = 100;

/// One thing that was checked.
struct Checked {
    scene: usize,
    what: String,
    held: bool,
}

/// Prints scene by scene.
pub(super) struct Book {
    emulator: Emulator,
    names: Names,
    scene: usize,
    /// How much of the journal was printed.
    printed: usize,
    /// How many of the checks were printed.
    told: usize,
    checked: Vec<Checked>,
}

impl Book {
    /// An empty one.
    pub(super) fn new(world: &World, pace: u32) -> Self {
        let mut names = Names::default();
        names.person(&world.ann.worker(), "Ann");
        names.person(&world.bob.worker(), "Bob");
        names.url(&world.public_url);
        say(&format!(
            "The server listens on {}, the embedded Twilio on {}.\n\
             A second on your clock is {} in the story. Every webhook is signed, every request crosses a socket.",
            world.public_url, world.twilio_url, pace
        ));
        Self {
            emulator: world.emulator.clone(),
            names,
            scene: 0,
            printed: 0,
            told: 0,
            checked: Vec::new(),
        }
    }

    /// A caller has a name.
    pub(super) fn name(&mut self, call: CallSid, name: &str) {
        self.names.person(&call, name);
    }

    /// A scene begins: what happens, and why it matters.
    pub(super) fn scene(&mut self, title: &str, words: &[&str]) {
        self.scene += 1;
        let title = format!("── {}. {title} ", self.scene);
        say(&format!(
            "\n{title}{}\n",
            "─".repeat(WIDTH.saturating_sub(title.chars().count()))
        ));
        for line in words {
            say(&format!("   {line}"));
        }
        say("");
    }

    /// Something was checked.
    pub(super) fn check(&mut self, what: &str, held: bool) -> bool {
        self.checked.push(Checked {
            scene: self.scene,
            what: what.to_owned(),
            held,
        });
        held
    }

    /// A scene is over: what happened at Twilio, and what was checked.
    pub(super) fn curtain(&mut self) {
        for call in self.emulator.calls() {
            if call.to.starts_with("client:") {
                self.names.person(&call.sid, "Ann's leg");
                self.names.dull(&call.sid);
            }
        }
        let journal = self.emulator.journal();
        for line in transcript(journal.since(self.printed), &self.names) {
            say(&line);
        }
        self.printed = journal.len();
        say("");
        for checked in &self.checked[self.told..] {
            say(&format!("   {} {}", mark(checked.held), checked.what));
        }
        self.told = self.checked.len();
    }

    /// The story is over: the table of what was checked. True when all of it held.
    pub(super) fn end(&self) -> bool {
        let title = "── What was checked ";
        say(&format!(
            "\n{title}{}\n",
            "─".repeat(WIDTH.saturating_sub(title.chars().count()))
        ));
        for Checked { scene, what, held } in &self.checked {
            say(&format!("   {}  scene {scene}  {what}", mark(*held)));
        }
        let held = self.checked.iter().filter(|it| it.held).count();
        say(&format!("\n   {held} of {} held.", self.checked.len()));
        held == self.checked.len()
    }
}

fn mark(held: bool) -> char {
    if held { '✓' } else { '✗' }
}
