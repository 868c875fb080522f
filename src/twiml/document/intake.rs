//! What workers are told who go on or off line: by keys on the phone, or by text message.
//!
//! Five templates and silence. Which sentence is meant is one word, [`Said`], and the template of each place has its
//! words for it, so that a menu, a farewell and a text message can say the same in their own way.

use minijinja::{Value, value::Serde};
use serde::Serialize;

/// Anything the intake can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intake {
    /// The main menu: on line, off line, status, help.
    Menu(Menu),
    /// Which calls to take.
    Skills(Menu),
    /// Who is new here must know the PIN.
    Pin(Menu),
    /// The last words of a call.
    End(Words),
    /// A text message.
    Text(Words),
    /// No text message: the carrier has answered, or there must be none.
    Silence,
}

/// What is meant; a template's word for it is the same in lower case, with underscores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Nothing special: a menu for the first time.
    Greeting,
    /// They are enrolled now.
    Welcome,
    /// They went on line.
    Online,
    /// They went off line.
    Offline,
    /// How they stand.
    Status,
    /// What can be done here.
    Help,
    /// Which calls they take must be said.
    ChooseSkill,
    /// There are no such calls to take.
    UnknownSkill,
    /// It was not understood.
    NotUnderstood,
    /// This phone is not known, and only known ones may enroll.
    Stranger,
    /// This phone is not known yet, and a PIN is asked for.
    PinNeeded,
    /// That's not the right PIN.
    PinWrong,
    /// This number may not take calls: it is the line's own, or dear to call.
    Refused,
    /// The number is withheld.
    NoNumber,
    /// More than one worker has this number.
    Shared,
    /// Nothing was understood three times.
    Goodbye,
    /// We failed.
    Failed,
}

/// What is meant, and how the worker stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// What is meant.
    pub said: Said,
    /// Whether they are on line.
    pub online: bool,
    /// The name of what they are doing; empty when nothing is known of them.
    pub activity: String,
    /// Which calls they take, of those that can be chosen here.
    pub skills: Vec<String>,
    /// Which calls can be chosen.
    pub choices: Vec<String>,
}

impl Words {
    /// A message to an unknown sender.
    #[must_use]
    pub fn alone(said: Said) -> Self {
        Self {
            said,
            online: false,
            activity: String::new(),
            skills: vec![],
            choices: vec![],
        }
    }
}

/// Words, and a question that a key answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Menu {
    /// What is said before the choices.
    #[serde(flatten)]
    pub words: Words,
    /// The absolute URL that is told the key, or that there was none.
    pub next: String,
}

impl Intake {
    /// Its place among the intake's templates.
    pub(super) const fn place(&self) -> usize {
        match self {
            Self::Menu(_) => 0,
            Self::Skills(_) => 1,
            Self::Pin(_) => 2,
            Self::End(_) => 3,
            Self::Text(_) => 4,
            Self::Silence => 5,
        }
    }

    pub(super) fn values(&self) -> Value {
        match self {
            Self::Menu(menu) | Self::Skills(menu) | Self::Pin(menu) => Value::from(Serde(menu)),
            Self::End(words) | Self::Text(words) => Value::from(Serde(words)),
            Self::Silence => Value::from(()),
        }
    }

    /// Every place with every word it may be asked to say.
    pub(super) fn samples() -> Vec<Self> {
        use Said::{
            ChooseSkill, Failed, Goodbye, Greeting, Help, NoNumber, NotUnderstood, Offline, Online,
            PinNeeded, PinWrong, Refused, Shared, Status, Stranger, UnknownSkill, Welcome,
        };
        let menu = |said, online| Menu {
            words: sample(said, online),
            next: "https://example.com/intake/voice/choice?menu=main&tries=1".to_owned(),
        };
        let mut samples = Vec::new();
        for online in [true, false] {
            let said = [Greeting, Welcome, Status, Help, NotUnderstood];
            samples.extend(said.map(|said| Self::Menu(menu(said, online))));
        }
        samples.extend([Greeting, NotUnderstood].map(|said| Self::Skills(menu(said, false))));
        samples.extend([Greeting, PinWrong].map(|said| Self::Pin(menu(said, false))));
        let last = [
            Online, Offline, Stranger, PinWrong, Refused, NoNumber, Shared, Goodbye, Failed,
        ];
        samples.extend(last.map(|said| Self::End(sample(said, said == Online))));
        samples.push(Self::End(Words::alone(Online)));
        let text = [
            Online,
            Offline,
            Status,
            Help,
            ChooseSkill,
            UnknownSkill,
            NotUnderstood,
            Stranger,
            PinNeeded,
            PinWrong,
            Refused,
            Shared,
            Failed,
        ];
        samples.extend(text.map(|said| Self::Text(sample(said, said == Online))));
        samples.extend([Online, Status, Help].map(|said| Self::Text(Words::alone(said))));
        samples.push(Self::Silence);
        samples
    }
}

fn sample(said: Said, online: bool) -> Words {
    let list = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    Words {
        said,
        online,
        activity: "On \"duty\" <1>".to_owned(),
        skills: list(["sales & more", "M\u{fc}ller's"]),
        choices: list(["sales & more", "support"]),
    }
}
