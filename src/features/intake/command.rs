//! What a text message means.
//!
//! People text as they please: `online sales`, `ON sales!`, `off`, an emoji. What counts is the first word, then the
//! names of skills; whatever is left over makes the message one that changes nothing, because guessing could put
//! a worker on line who wrote "on my way home".
//!
//! Carriers' own words (`STOP`, `START`, `HELP` and their kin, alone in a message) are answered by Twilio itself
//! before we hear of them (Twilio: "Support for opt-out keywords"). An account may have words of its own beside them,
//! and Twilio then tells us what they are (Twilio: "Advanced Opt-Out", `OptOutType`).
//!
//! - `STOP` takes a worker off line: they have said that they want to be left alone, and a phone that rings is worse
//!   than a message. No answer can reach them (Twilio: error 21610), so none is made.
//! - `START` puts no worker on line. It allows messages again, perhaps weeks after the `STOP`, and says nothing of calls.
//!   Only if an account has made one of our own words, such as `ON`, its opt-in word, it is both.
//! - `HELP` is answered by Twilio, and a second answer would be one too many.

use super::Skill;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Go on line for these skills, by their place; for those they have, if none is named.
    Online(Vec<usize>),
    /// Go on line for a skill that there is not.
    UnknownSkill,
    /// Go off line.
    Offline,
    /// Say how they stand.
    Status,
    /// Say what can be done.
    Help,
    /// What the carrier has done and answered already.
    Carrier(Keyword),
    /// Nothing that is known here.
    NotUnderstood,
}

/// What a carrier does by itself when it is asked by one of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// To send no more messages.
    Stop,
    /// To send messages again.
    Start,
    /// To say what this number is.
    Help,
}

impl Keyword {
    /// Reads what Twilio says of a message (`OptOutType`). What is not known is answered like a call for help: not at
    /// all.
    #[must_use]
    pub fn told(kind: &str) -> Self {
        match kind.trim().to_ascii_uppercase().as_str() {
            "STOP" => Self::Stop,
            "START" => Self::Start,
            _ => Self::Help,
        }
    }

    /// The keyword that a message is, as Twilio reads it by itself.
    fn read(body: &str) -> Option<Self> {
        let is = |words: &[&str]| words.contains(&body);
        let kinds = [
            (Self::Stop, &STOP[..]),
            (Self::Start, &START),
            (Self::Help, &CARRIER_HELP),
        ];
        let mut kinds = kinds.into_iter();
        kinds
            .find(|(_, words)| is(words))
            .map(|(keyword, _)| keyword)
    }
}

/// A message, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) command: Command,
    /// A word of digits that may be the PIN.
    pub(super) pin: Option<String>,
}

/// Alone in a message, answered by Twilio (Twilio: "Support for opt-out keywords", "Advanced Opt-Out").
const STOP: [&str; 8] = [
    "stop",
    "stopall",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
];
const START: [&str; 3] = ["start", "unstop", "yes"];
const CARRIER_HELP: [&str; 2] = ["help", "info"];
const ONLINE: [&str; 6] = ["on", "online", "in", "available", "ready", "start"];
const OFFLINE: [&str; 9] = [
    "off",
    "offline",
    "out",
    "away",
    "pause",
    "stop",
    "end",
    "quit",
    "unavailable",
];
const STATUS: [&str; 2] = ["status", "state"];
const HELP: [&str; 5] = ["help", "info", "menu", "commands", "how"];
const ALL: [&str; 3] = ["all", "everything", "any"];
/// Words that people put between and after the others.
const FILLERS: [&str; 11] = [
    "line", "for", "and", "with", "calls", "call", "please", "pls", "now", "pin", "thanks",
];

/// The shortest word of digits that may be a PIN.
const SHORTEST_PIN: usize = 4;

/// Reads a message, for a line with these skills.
pub(super) fn read(body: &str, skills: &[Skill]) -> Read {
    let body = body.trim().to_lowercase();
    let keyword = Keyword::read(&body);
    let words = words(&body);
    let whole = read_list(&words, skills);
    let command = match words.first().map(String::as_str) {
        _ if let Some(keyword) = keyword => Command::Carrier(keyword),
        None if body.contains('?') => Command::Help,
        // The answer to "which calls?", even if a skill's name begins with one of the words below.
        Some(_) if whole.says_all() => Command::Online(whole.skills),
        Some(first) if OFFLINE.contains(&first) => Command::Offline,
        Some(first) if STATUS.contains(&first) => Command::Status,
        Some(first) if HELP.contains(&first) => Command::Help,
        Some(first) if ONLINE.contains(&first) => {
            let list = read_list(&words[1..], skills);
            match list.is_strange {
                false => Command::Online(list.skills),
                true if skills.is_empty() => Command::NotUnderstood,
                true => Command::UnknownSkill,
            }
        }
        None | Some(_) => Command::NotUnderstood,
    };
    // A sender who is asked for a PIN may send it with any command.
    let pin = words.iter().find(|word| may_be_pin(word)).cloned();
    Read { command, pin }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn may_be_pin(word: &str) -> bool {
    word.len() >= SHORTEST_PIN && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// What stands after the command.
#[derive(Default)]
struct List {
    skills: Vec<usize>,
    /// Whether there is a word in it that says nothing to us.
    is_strange: bool,
}

impl List {
    /// Whether it names skills and nothing else.
    fn says_all(&self) -> bool {
        !self.skills.is_empty() && !self.is_strange
    }
}

fn read_list(words: &[String], skills: &[Skill]) -> List {
    let mut list = List::default();
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if let Some((skill, length)) = longest(std::slice::from_ref(first), after, skills) {
            list.skills.push(skill);
            rest = &after[length - 1..];
        } else if ALL.contains(&first.as_str()) && !skills.is_empty() {
            list.skills.extend(0..skills.len());
        } else if !may_be_pin(first) && !FILLERS.contains(&first.as_str()) {
            list.is_strange = true;
        }
    }
    list.skills.sort_unstable();
    list.skills.dedup();
    list
}

/// The skill whose name, of one or more words, these words begin with, and how many words it has.
fn longest(first: &[String], after: &[String], skills: &[Skill]) -> Option<(usize, usize)> {
    let begins = |name: &str| {
        let name = words(name);
        let here = first.iter().chain(after).take(name.len());
        (!name.is_empty() && name.iter().eq(here)).then_some(name.len())
    };
    let lengths = skills.iter().enumerate().flat_map(|(place, skill)| {
        let names = [&skill.name, &skill.spoken];
        let names = names.into_iter().chain(&skill.words);
        names.filter_map(move |name| Some((place, begins(name)?)))
    });
    lengths.max_by_key(|(_, length)| *length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn skills() -> Vec<Skill> {
        let skill = |name: &str, spoken: &str, words: &[&str]| Skill {
            name: name.to_owned(),
            spoken: spoken.to_owned(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        };
        vec![
            skill("sales", "sales", &["sell"]),
            skill("support", "technical support", &["help desk", "tech"]),
        ]
    }

    fn command(body: &str) -> Command {
        read(body, &skills()).command
    }

    #[test]
    fn what_people_text_is_understood() {
        use Command::{Carrier, Help, NotUnderstood, Offline, Online, Status, UnknownSkill};
        use Keyword::{Start, Stop};
        let rows = [
            ("online sales", Online(vec![0])),
            ("ON sales", Online(vec![0])),
            ("On line: Sales, please!", Online(vec![0])),
            ("online sell and help desk", Online(vec![0, 1])),
            ("on technical support", Online(vec![1])),
            ("on TECH tech", Online(vec![1])),
            ("online all", Online(vec![0, 1])),
            ("sales", Online(vec![0])),
            ("help desk", Online(vec![1])),
            ("online", Online(vec![])),
            ("start sales", Online(vec![0])),
            ("online marketing", UnknownSkill),
            ("on my way", UnknownSkill),
            ("off", Offline),
            ("OFF LINE", Offline),
            ("Off-line now", Offline),
            ("stop calls", Offline),
            ("status", Status),
            ("Status?", Status),
            ("help me", Help),
            ("?", Help),
            ("menu", Help),
            ("help", Carrier(Keyword::Help)),
            (" HELP ", Carrier(Keyword::Help)),
            ("STOP", Carrier(Stop)),
            ("Stopall", Carrier(Stop)),
            ("unsubscribe", Carrier(Stop)),
            ("cancel", Carrier(Stop)),
            ("End", Carrier(Stop)),
            ("quit", Carrier(Stop)),
            ("REVOKE", Carrier(Stop)),
            ("OptOut", Carrier(Stop)),
            ("Start", Carrier(Start)),
            ("yes", Carrier(Start)),
            ("", NotUnderstood),
            ("   ", NotUnderstood),
            ("\u{1f44d}", NotUnderstood),
            ("hello", NotUnderstood),
            ("sales meeting", NotUnderstood),
            ("not available", NotUnderstood),
        ];
        for (body, wanted) in rows {
            assert_eq!(command(body), wanted, "{body:?}");
        }
    }

    #[test]
    fn a_line_without_skills_takes_no_names() {
        let command = |body: &str| read(body, &[]).command;
        assert_eq!(command("on"), Command::Online(vec![]));
        assert_eq!(command("on sales"), Command::NotUnderstood);
        assert_eq!(command("online all"), Command::NotUnderstood);
        assert_eq!(command("in a meeting"), Command::NotUnderstood);
    }

    #[test]
    fn a_pin_is_found_beside_any_command() {
        for body in [
            "online sales 246810",
            "pin 246810",
            "246810",
            "status 246810",
        ] {
            assert_eq!(
                read(body, &skills()).pin.as_deref(),
                Some("246810"),
                "{body}"
            );
        }
        assert_eq!(read("online 12", &skills()).pin, None);
        assert_eq!(command("online sales 246810"), Command::Online(vec![0]));
        assert_eq!(command("246810"), Command::NotUnderstood);
    }

    proptest! {
        #[test]
        fn any_text_means_something(body in "\\PC{0,80}") {
            let Read { command, .. } = read(&body, &skills());
            if let Command::Online(named) = command {
                prop_assert!(named.iter().all(|place| *place < 2));
            }
        }

        #[test]
        fn case_and_punctuation_mean_nothing(word in "(online|off|status) (sales|tech)", mark in "[!., ]{1,3}") {
            let odd = format!("{}{mark}", word.to_uppercase().replace(' ', &mark));
            prop_assert_eq!(command(&odd), command(&word));
        }
    }
}
