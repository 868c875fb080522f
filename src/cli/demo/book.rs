//! The prompt book: what is printed, and the score of what was checked.

use super::{super::say, names::Names, transcript::transcript, world::World};
use crate::{
    emulator::Emulator,
    twilio::sid::{CallSid, MessageSid, WorkerSid},
};

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

    /// A worker has a name, and perhaps a phone.
    pub(super) fn worker(&mut self, worker: WorkerSid, name: &str, phone: &str) {
        self.names.person(&worker, name);
        self.names.number(phone, name);
    }

    /// A number has a name.
    pub(super) fn number(&mut self, number: &str, name: &str) {
        self.names.number(number, name);
    }

    /// A text message says this.
    pub(super) fn text(&mut self, message: MessageSid, body: &str) {
        self.names.text(message, body);
    }

    /// An act begins. What has happened since the last curtain was not part of it.
    pub(super) fn act(&mut self, title: &str, words: &[&str]) {
        self.printed = self.emulator.journal().len();
        heading('═', title);
        for line in words {
            say(&format!("   {line}"));
        }
    }

    /// A scene begins: what happens, and why it matters.
    pub(super) fn scene(&mut self, title: &str, words: &[&str]) {
        self.scene += 1;
        heading('─', &format!("{}. {title}", self.scene));
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
        self.learn_names();
        let journal = self.emulator.journal();
        let lines = transcript(journal.since(self.printed), &self.names);
        if !lines.is_empty() {
            say(&format!("{}\n", lines.join("\n")));
        }
        self.printed = journal.len();
        for checked in &self.checked[self.told..] {
            say(&format!("   {} {}", mark(checked.held), checked.what));
        }
        self.told = self.checked.len();
    }

    /// Legs belong to whom they were made to, and texts say what was received.
    fn learn_names(&mut self) {
        for call in self.emulator.calls() {
            if call.to.starts_with("client:") {
                self.names.person(&call.sid, "Ann's leg");
                self.names.dull(&call.sid);
            } else if call.direction == "outbound-api" {
                let leg = format!("{}'s leg", self.names.owner(&call.to));
                self.names.person(&call.sid, &leg);
            }
        }
        for (number, _) in self.names.numbers().to_vec() {
            for text in self.emulator.inbox(&number) {
                self.names.text(text.sid, &text.body);
            }
        }
    }

    /// The story is over: the table of what was checked. True when all of it held.
    pub(super) fn end(&self) -> bool {
        heading('─', "What was checked");
        for Checked { scene, what, held } in &self.checked {
            say(&format!("   {}  scene {scene:2}  {what}", mark(*held)));
        }
        let held = self.checked.iter().filter(|it| it.held).count();
        say(&format!("\n   {held} of {} held.", self.checked.len()));
        held == self.checked.len()
    }
}

fn mark(held: bool) -> char {
    if held { '✓' } else { '✗' }
}

fn heading(line: char, title: &str) {
    let title = format!("{line}{line} {title} ");
    let rest = WIDTH.saturating_sub(title.chars().count());
    say(&format!("\n{title}{}\n", line.to_string().repeat(rest)));
}
