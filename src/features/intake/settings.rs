//! Who may go on and off line by phone or text message, and for what.

use std::fmt;

use secrecy::SecretString;

use crate::config::{
    Group,
    Need::{Default, Off},
    Reader, parse, secret, variable,
};

/// The most skills that can be chosen: there are nine keys beside the one for all of them.
const MOST_SKILLS: usize = 9;

/// The variables.
pub(crate) const GROUP: Group = Group {
    title: "Workers who go on and off line by phone",
    variables: &[
        variable(
            "INTAKE_ENROL",
            Default("known"),
            "pin",
            "Who may go on line by phone or text message: known workers only, new ones too who know the pin, or (open) anybody.",
        ),
        secret(
            "INTAKE_PIN",
            Off,
            "135792",
            "The PIN of INTAKE_ENROL=pin: 6 to 12 digits.",
        ),
        variable(
            "INTAKE_SKILLS",
            Off,
            "sales,support:technical support:tech|help desk",
            "What workers can choose to take calls for, with commas: the name in routing.skills, then (with colons) how it is said and other words for it in a text message. Without it, nothing is chosen.",
        ),
        variable(
            "INTAKE_ON_ACTIVITY",
            Default("Available"),
            "On the phone",
            "The name of the activity of workers who went on line; an available one.",
        ),
        variable(
            "INTAKE_OFF_ACTIVITY",
            Default("Offline"),
            "Gone home",
            "The name of the activity of workers who went off line; one that is not available.",
        ),
        variable(
            "INTAKE_REFUSED_PREFIXES",
            Default("+1900,+1976,+449"),
            "+1900,+49900",
            "Prefixes of phone numbers that no worker may use, because calls to them are expensive. The account's own numbers are always refused.",
        ),
    ],
};

/// Who may come in that is not known yet.
#[derive(Clone, Debug)]
pub enum Enrol {
    /// Only known workers: supervisors make them.
    Known,
    /// Who knows the PIN.
    Pin(SecretString),
    /// Anybody.
    Open,
}

/// Something a worker can take calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// What stands in `routing.skills`, for the queues to look for.
    pub name: String,
    /// How it is said on the phone.
    pub spoken: String,
    /// What else it may be called in a text message.
    pub words: Vec<String>,
}

/// How intake behaves.
#[derive(Clone)]
pub struct Settings {
    /// Our public URL, without a slash at its end.
    pub public_url: String,
    /// Who may come in that is not known yet.
    pub enrol: Enrol,
    /// What can be chosen; up to nine, for there are nine keys.
    pub skills: Vec<Skill>,
    /// The name of the activity of workers on line; must be an available one.
    pub on_activity: String,
    /// The name of the activity of workers off line; must not be an available one.
    pub off_activity: String,
    /// How numbers begin that no call is sent to.
    pub refused_prefixes: Vec<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("enrol", &self.enrol)
            .field("skills", &self.skills)
            .finish_non_exhaustive()
    }
}

/// What `INTAKE_ENROL` says.
enum Policy {
    Known,
    Pin,
    Open,
}

impl Settings {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let public_url = reader.public_url();
        let policy = reader.value("INTAKE_ENROL", |text| match text {
            "known" => Ok(Policy::Known),
            "pin" => Ok(Policy::Pin),
            "open" => Ok(Policy::Open),
            _ => Err("expected known, pin or open".to_owned()),
        });
        let pin = match policy {
            Some(Policy::Pin) => reader.required("INTAKE_PIN", pin),
            _ => reader.optional("INTAKE_PIN", pin),
        };
        let enrol = match (policy, pin) {
            (Some(Policy::Known), _) => Some(Enrol::Known),
            (Some(Policy::Open), _) => Some(Enrol::Open),
            (Some(Policy::Pin), Some(pin)) => Some(Enrol::Pin(pin)),
            (Some(Policy::Pin), None) | (None, _) => None,
        };
        let skills = reader.optional("INTAKE_SKILLS", skills);
        let on_activity = on_activity(reader);
        let off_activity = reader.value("INTAKE_OFF_ACTIVITY", name);
        let refused_prefixes = refused_prefixes(reader);
        Some(Self {
            public_url: public_url?,
            enrol: enrol?,
            skills: skills.unwrap_or_default(),
            on_activity: on_activity?,
            off_activity: off_activity?,
            refused_prefixes: refused_prefixes?,
        })
    }
}

/// The name of the activity of workers who take calls.
pub(crate) fn on_activity(reader: &mut Reader<'_>) -> Option<String> {
    reader.value("INTAKE_ON_ACTIVITY", name)
}

/// How numbers begin that are never called.
pub(crate) fn refused_prefixes(reader: &mut Reader<'_>) -> Option<Vec<String>> {
    reader.value("INTAKE_REFUSED_PREFIXES", prefixes)
}

fn name(text: &str) -> Result<String, String> {
    parse::text(text, 64)
}

/// Digits, because they are keyed in; six at least, because they are guessed at.
fn pin(text: &str) -> Result<SecretString, String> {
    let fits = (6..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits {
        Ok(SecretString::from(text.to_owned()))
    } else {
        Err("expected 6 to 12 digits".to_owned())
    }
}

/// `name`, `name:how it is said`, `name:how it is said:word|word`; with commas.
fn skills(text: &str) -> Result<Vec<Skill>, String> {
    let skills: Vec<_> = parse::list(text).map(skill).collect::<Result<_, _>>()?;
    if skills.is_empty() || skills.len() > MOST_SKILLS {
        return Err(format!("expected one to {MOST_SKILLS} skills"));
    }
    for (at, skill) in skills.iter().enumerate() {
        if skills[..at].iter().any(|other| other.name == skill.name) {
            return Err(format!("{} stands there twice", skill.name));
        }
    }
    Ok(skills)
}

fn skill(text: &str) -> Result<Skill, String> {
    let mut parts = text.splitn(3, ':').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let spoken = parts
        .next()
        .filter(|spoken| !spoken.is_empty())
        .unwrap_or(name);
    let words = parts.next().unwrap_or_default().split('|').map(str::trim);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let is_said = |word: &str| word.contains(char::is_alphanumeric) && word.chars().count() <= 40;
    if !is_said(name) || !is_said(spoken) || !words.iter().all(|word| is_said(word)) {
        return Err(format!(
            "{text}: expected a name, or name:how it is said, or name:how it is said:word|word"
        ));
    }
    Ok(Skill {
        name: name.to_owned(),
        spoken: spoken.to_owned(),
        words: words.into_iter().map(str::to_owned).collect(),
    })
}

fn prefixes(text: &str) -> Result<Vec<String>, String> {
    let prefixes: Vec<_> = parse::list(text).map(str::to_owned).collect();
    let fits = |prefix: &String| {
        let digits = prefix.strip_prefix('+');
        digits.is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    if prefixes.iter().all(fits) {
        Ok(prefixes)
    } else {
        Err("expected beginnings of numbers with a plus, such as +1900".to_owned())
    }
}
