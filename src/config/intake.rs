//! The intake: who may go on and off line by phone or text message, and for what.

use std::fmt;

use secrecy::SecretString;

use super::parse::{self, Reader};

/// The most skills that can be chosen: there are nine keys beside the one for all of them.
const MOST_SKILLS: usize = 9;

/// Who may come in that is not known yet.
#[derive(Clone, Debug)]
pub enum Enrol {
    /// Nobody.
    Known,
    /// Who knows this PIN.
    Pin(SecretString),
    /// Anybody.
    Open,
}

/// Something a worker can take calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// What stands in the worker's `routing.skills`.
    pub name: String,
    /// How it is said on the phone.
    pub spoken: String,
    /// What else it may be called in a text message.
    pub words: Vec<String>,
}

/// How workers come and go.
#[derive(Clone)]
pub struct Intake {
    /// Who may come in that is not known yet.
    pub enrol: Enrol,
    /// What can be chosen.
    pub skills: Vec<Skill>,
    /// The name of the activity of whoever is on line.
    pub on_activity: String,
    /// The name of the activity of whoever is off line.
    pub off_activity: String,
    /// How numbers begin that no call is sent to.
    pub refused_prefixes: Vec<String>,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake")
            .field("enrol", &self.enrol)
            .field("skills", &self.skills)
            .finish_non_exhaustive()
    }
}

/// What `INTAKE_ENROL` says.
enum Wish {
    Known,
    Pin,
    Open,
}

impl Reader<'_> {
    pub(super) fn intake(&mut self) -> Option<Intake> {
        let wish = self.value("INTAKE_ENROL", |text| match text {
            "known" => Ok(Wish::Known),
            "pin" => Ok(Wish::Pin),
            "open" => Ok(Wish::Open),
            _ => Err("expected known, pin or open".to_owned()),
        });
        let pin = match wish {
            Some(Wish::Pin) => self.required("INTAKE_PIN", pin),
            _ => self.optional("INTAKE_PIN", pin),
        };
        let enrol = match (wish, pin) {
            (Some(Wish::Known), _) => Some(Enrol::Known),
            (Some(Wish::Open), _) => Some(Enrol::Open),
            (Some(Wish::Pin), Some(pin)) => Some(Enrol::Pin(pin)),
            (Some(Wish::Pin), None) | (None, _) => None,
        };
        let skills = self.optional("INTAKE_SKILLS", skills);
        let name = |text: &str| parse::text(text, 64);
        let on_activity = self.value("INTAKE_ON_ACTIVITY", name);
        let off_activity = self.value("INTAKE_OFF_ACTIVITY", name);
        let refused_prefixes = self.value("INTAKE_REFUSED_PREFIXES", prefixes);
        Some(Intake {
            enrol: enrol?,
            skills: skills.unwrap_or_default(),
            on_activity: on_activity?,
            off_activity: off_activity?,
            refused_prefixes: refused_prefixes?,
        })
    }
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
