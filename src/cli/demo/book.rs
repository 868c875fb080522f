//! The prompt book: what is printed, and the score of what was checked.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::{
    super::output::say,
    names::{Names, Task},
    narration::narration,
    story::SCENES,
    terms::Terms,
    transcript::transcript,
    world::{DIRECT_LINE, MAIN_LINE, World},
};
use crate::{
    emulator::{Emulator, TaskView},
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
    terms: Terms,
    /// Whether every request is shown, or only counted.
    verbose: bool,
    begun: Instant,
    scene: usize,
    /// How much of the journal was printed.
    printed: usize,
    /// How many of the checks were printed.
    told: usize,
    /// How many look-ups in lists were not shown.
    lookups: usize,
    checked: Vec<Checked>,
}

impl Book {
    /// An empty one; says what is about to happen.
    pub(super) fn new(world: &World, pace: u32, verbose: bool) -> Self {
        let mut names = Names::default();
        names.person(&world.ann.worker(), "Ann");
        names.person(&world.bob.worker(), "Bob");
        names.number(MAIN_LINE, "the main line");
        names.number(DIRECT_LINE, "Ann's extension");
        names.url(&world.public_url);
        let shown = if verbose {
            "every request that\ncrossed between the two."
        } else {
            "a line for each\nthing that happened. Requests are only counted; -v shows each of them."
        };
        say(&format!(
            "Switchboard is running now, as it would serve your contact center ({ours}), and\n\
             beside it a small Twilio that lives in this program's memory ({theirs}).\n\
             Nothing leaves this machine, and no account is needed.\n\
             \n\
             They play a story in three acts and {SCENES} scenes. It takes {seconds} seconds or a little more: one\n\
             second on your clock is {pace} in the story. Each scene says what will happen and why, and then shows {shown}\n\
             A ✓ is something that was checked and held. Ctrl-C ends it.",
            ours = world.public_url,
            theirs = world.twilio_url,
            seconds = about(pace),
        ));
        Self {
            emulator: world.emulator.clone(),
            names,
            terms: Terms::default(),
            verbose,
            begun: Instant::now(),
            scene: 0,
            printed: 0,
            told: 0,
            lookups: 0,
            checked: Vec::new(),
        }
    }

    /// A caller has a name.
    pub(super) fn name(&mut self, call: CallSid, name: &str) {
        self.names.person(&call, name);
        if let Some(call) = self
            .emulator
            .call(call)
            .filter(|it| it.direction == "inbound")
        {
            self.names.number(&call.from, name);
        }
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
        self.words(words);
    }

    /// A scene begins: what happens, and why it matters.
    pub(super) fn scene(&mut self, title: &str, words: &[&str]) {
        self.scene += 1;
        heading('─', &format!("{}. {title}", self.scene));
        self.words(words);
        say("");
    }

    fn words(&mut self, words: &[&str]) {
        for line in words {
            say(&format!("   {line}"));
        }
        self.explain(&words.join(" "));
    }

    /// Explains what has not been; true if there was anything.
    fn explain(&mut self, text: &str) -> bool {
        let lines = self.terms.explain(text);
        for line in &lines {
            say(line);
        }
        !lines.is_empty()
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
        let entries = journal.since(self.printed);
        let lines = if self.verbose {
            transcript(entries, &self.names)
        } else {
            let (lines, lookups) = narration(entries, &self.names);
            self.lookups += lookups;
            lines
        };
        if !lines.is_empty() {
            let lines = lines.join("\n");
            if self.explain(&lines) {
                say("");
            }
            say(&format!("{lines}\n"));
        }
        self.printed = journal.len();
        for checked in &self.checked[self.told..] {
            say(&format!("   {} {}", mark(checked.held), checked.what));
        }
        self.told = self.checked.len();
    }

    /// Names the legs by the people they were made to, the tasks by their callers, and the texts by what they say.
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
        for task in self.emulator.tasks() {
            let known = self.known(&task);
            self.names.task_is(task.sid, known);
        }
        for offer in self.emulator.reservations() {
            let worker = self.names.called(offer.worker.as_str());
            let worker = worker.unwrap_or("a worker").to_owned();
            self.names.offer(offer.sid, &worker);
        }
        for (number, _) in self.names.numbers().to_vec() {
            for text in self.emulator.inbox(&number) {
                self.names.text(text.sid, &text.body);
            }
        }
    }

    /// What a task is about.
    fn known(&self, task: &TaskView) -> Task {
        let attributes = &task.attributes;
        let named = |name: &str| {
            attributes[name]
                .as_str()
                .and_then(|sid| self.names.called(sid))
        };
        let caller = match task.call {
            Some(call) => self.names.who(call),
            None => named("call_sid").or(named("callSid")).unwrap_or("a caller"),
        };
        let outbound = attributes["outbound_to"].as_str();
        let what = if let Some(number) = outbound.filter(|_| task.call.is_none()) {
            format!("a call to {}", self.names.owner(number))
        } else if attributes["taskType"] == "voicemail" {
            "a voice message".to_owned()
        } else if attributes["isParkHangup"] == true {
            format!("the wrap-up of {caller}'s call")
        } else {
            format!("{caller}'s call")
        };
        let worker = task.worker.and_then(|it| self.names.called(it.as_str()));
        Task {
            what,
            is_call: task.call.is_some() && attributes["isParkHangup"] != Value::Bool(true),
            worker: worker.map(str::to_owned),
        }
    }

    /// The story is over: the score, what did not hold, and what to do next. True when all of it held.
    pub(super) fn end(&self) -> bool {
        heading('═', "The end");
        let failed: Vec<_> = self.checked.iter().filter(|it| !it.held).collect();
        for Checked { scene, what, .. } in &failed {
            say(&format!("   {} scene {scene}: {what}", mark(false)));
        }
        say(&format!(
            "   {} of {} checks held, in {} s.",
            self.checked.len() - failed.len(),
            self.checked.len(),
            self.begun.elapsed().as_secs(),
        ));
        if self.lookups > 0 {
            say(&format!(
                "   Besides what was counted above, there were {} look-ups in lists, mostly the reconciler's.",
                self.lookups
            ));
        }
        if failed.is_empty() {
            say(
                "\n   Add --stay to keep a server and a Twilio running and try them by hand, or -v to see every request.",
            );
            say("   `switchboard docs run` says how to use your own account.");
        }
        failed.is_empty()
    }
}

/// How many seconds the story takes on the clock at least, by what it was seen to take.
fn about(pace: u32) -> u64 {
    /// What people and machines take beside the time of the story.
    const BESIDE: u64 = 5;
    /// How long the story is.
    const STORY: Duration = Duration::from_mins(10);
    BESIDE + STORY.as_secs() / u64::from(pace.max(1))
}

fn mark(held: bool) -> char {
    if held { '✓' } else { '✗' }
}

fn heading(line: char, title: &str) {
    let title = format!("{line}{line} {title} ");
    let rest = WIDTH.saturating_sub(title.chars().count());
    say(&format!("\n{title}{}\n", line.to_string().repeat(rest)));
}
