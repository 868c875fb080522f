//! The intake line by phone: menus that a key answers.
//!
//! Where a caller is stands in the URL that Twilio asks next (which menu, how many tries were in vain), and Twilio
//! signs it. A try is in vain when no key came, or one that means nothing; a good key begins the count anew. After
//! three, the call ends with a word. A request that is repeated does the same again, which is harmless: every choice
//! sets something, none adds.

use std::{fmt::Display, str::FromStr};

use super::{Enrol, Error, Intake, duty::Tongue, people::Owner};
use crate::{
    durable::callback_url::{PATIENCE, callback_url},
    twilio::{
        deadline::Deadline,
        party::{E164, Party},
        resource::workers::Worker,
    },
    twiml::document::{
        Document,
        intake::{Intake as Answer, Menu, Said},
    },
};

/// How many tries in vain end a call.
const TRIES: u32 = 3;

/// Which menu a key belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuName {
    /// On line, off line, status, help.
    Main,
    /// Which calls to take.
    Skills,
    /// The PIN.
    Pin,
}

/// A text that is no menu's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected main, skills or pin")]
pub struct MenuNameError;

impl FromStr for MenuName {
    type Err = MenuNameError;

    fn from_str(text: &str) -> Result<Self, MenuNameError> {
        match text {
            "main" => Ok(Self::Main),
            "skills" => Ok(Self::Skills),
            "pin" => Ok(Self::Pin),
            _ => Err(MenuNameError),
        }
    }
}

impl MenuName {
    fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Skills => "skills",
            Self::Pin => "pin",
        }
    }
}

/// A key was pressed in a menu, or none.
#[derive(Clone)]
pub struct Visit {
    /// Who calls.
    pub from: Party,
    /// Which menu.
    pub menu: MenuName,
    /// How many tries were in vain before.
    pub tries: u32,
    /// The keys.
    pub digits: Option<String>,
}

impl std::fmt::Debug for Visit {
    /// Leaves out the keys: they may be the PIN.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit")
            .field("from", &self.from)
            .field("menu", &self.menu)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

/// A caller who may use the menus.
struct Caller {
    phone: E164,
    /// Their worker; none for a new one that may enroll.
    worker: Option<Box<Worker>>,
}

/// Whether a caller may use the menus.
enum Door {
    Open(Caller),
    /// They are told this, and no more.
    Shut(Document),
}

/// What is said next, and where that leaves the caller.
struct Next {
    said: Said,
    menu: MenuName,
    tries: u32,
}

impl Next {
    fn fresh(menu: MenuName, said: Said) -> Self {
        Self {
            said,
            menu,
            tries: 0,
        }
    }
}

impl Intake {
    /// A worker calls the intake line.
    ///
    /// # Errors
    /// [`Error::Upstream`].
    pub async fn greet(&self, from: &Party, by: Deadline) -> Result<Document, Error> {
        match self.caller(from, by).await? {
            Door::Open(caller) => {
                Ok(self.ask(&Next::fresh(MenuName::Main, Said::Greeting), &caller))
            }
            Door::Shut(document) => Ok(document),
        }
    }

    /// A key was pressed, or none.
    ///
    /// # Errors
    /// [`Error::Upstream`], [`Error::Misconfigured`].
    pub async fn choose(&self, visit: &Visit, by: Deadline) -> Result<Document, Error> {
        let keys = visit.digits.as_deref().unwrap_or_default();
        if visit.menu == MenuName::Pin
            && let Some(document) = self.try_pin(visit, keys, by).await?
        {
            return Ok(document);
        }
        let caller = match self.caller(&visit.from, by).await? {
            Door::Open(caller) => caller,
            Door::Shut(document) => return Ok(document),
        };
        match (visit.menu, keys) {
            (MenuName::Main, "1") if self.0.settings.skills.len() > 1 => {
                Ok(self.ask(&Next::fresh(MenuName::Skills, Said::Greeting), &caller))
            }
            (MenuName::Main, "1") => {
                let only: Vec<_> = (0..self.0.settings.skills.len()).collect();
                self.online_by_phone(caller, &only, by).await
            }
            (MenuName::Main, "2") => self.offline_by_phone(caller, by).await,
            (MenuName::Main, key @ ("3" | "9" | "0")) => {
                let said = match key {
                    // Of whom nothing is known there is nothing to tell.
                    "3" if caller.worker.is_some() => Said::Status,
                    "0" => Said::Help,
                    _ => Said::Greeting,
                };
                Ok(self.ask(&Next::fresh(MenuName::Main, said), &caller))
            }
            (MenuName::Skills, "*") | (MenuName::Pin, _) => {
                Ok(self.ask(&Next::fresh(MenuName::Main, Said::Greeting), &caller))
            }
            (MenuName::Skills, key) => match self.skills_of(key) {
                Some(skills) => self.online_by_phone(caller, &skills, by).await,
                None => Ok(self.again(visit, &caller)),
            },
            (MenuName::Main, _) => Ok(self.again(visit, &caller)),
        }
    }

    /// Who calls, if they may use the menus; otherwise what they are told.
    async fn caller(&self, from: &Party, by: Deadline) -> Result<Door, Error> {
        let told = |said| Ok(Door::Shut(self.end(said, None)));
        let Party::Phone(phone) = from else {
            return told(Said::NoNumber);
        };
        if self.is_dear(phone) {
            return told(Said::Refused);
        }
        let worker = match self.owner(phone, by).await? {
            Owner::One(worker) => Some(worker),
            Owner::Several(_) => return told(Said::Shared),
            Owner::Nobody => match &self.0.settings.enrol {
                Enrol::Known => return told(Said::Stranger),
                Enrol::Pin(_) => return Ok(Door::Shut(self.pin_menu(Said::Greeting, 0))),
                Enrol::Open => None,
            },
        };
        let phone = phone.clone();
        Ok(Door::Open(Caller { phone, worker }))
    }

    /// A new worker keyed in a PIN. `None` when they are known already, or none is asked for.
    async fn try_pin(
        &self,
        visit: &Visit,
        guess: &str,
        by: Deadline,
    ) -> Result<Option<Document>, Error> {
        let (Party::Phone(phone), Enrol::Pin(pin)) = (&visit.from, &self.0.settings.enrol) else {
            return Ok(None);
        };
        if self.is_dear(phone) || !matches!(self.owner(phone, by).await?, Owner::Nobody) {
            return Ok(None);
        }
        if !guess.is_empty() && self.is_pin(pin, phone, guess, by).await? {
            if !self.may_be_called(phone, by).await? {
                return Ok(Some(self.end(Said::Refused, None)));
            }
            let caller = Caller {
                phone: phone.clone(),
                worker: Some(self.enrol(phone, by).await?),
            };
            let next = Next::fresh(MenuName::Main, Said::Welcome);
            return Ok(Some(self.ask(&next, &caller)));
        }
        let tries = visit.tries.saturating_add(1);
        Ok(Some(match (tries >= TRIES, guess.is_empty()) {
            (false, false) => self.pin_menu(Said::PinWrong, tries),
            (false, true) => self.pin_menu(Said::Greeting, tries),
            (true, false) => self.end(Said::PinWrong, None),
            (true, true) => self.end(Said::Goodbye, None),
        }))
    }

    async fn online_by_phone(
        &self,
        caller: Caller,
        skills: &[usize],
        by: Deadline,
    ) -> Result<Document, Error> {
        if !self.may_be_called(&caller.phone, by).await? {
            return Ok(self.end(Said::Refused, None));
        }
        let worker = match caller.worker {
            Some(worker) => worker,
            None => self.enrol(&caller.phone, by).await?,
        };
        let worker = self.go_online(worker, skills, by).await?;
        Ok(self.end(Said::Online, Some(&worker)))
    }

    async fn offline_by_phone(&self, caller: Caller, by: Deadline) -> Result<Document, Error> {
        let worker = match &caller.worker {
            Some(worker) => Some(self.go_offline(worker.sid, by).await?),
            // A worker who does not exist is off line already.
            None => None,
        };
        Ok(self.end(Said::Offline, worker.as_deref()))
    }

    /// The skills that a key stands for.
    fn skills_of(&self, key: &str) -> Option<Vec<usize>> {
        let count = self.0.settings.skills.len();
        match key.parse::<usize>().ok()? {
            0 => Some((0..count).collect()),
            place if place <= count => Some(vec![place - 1]),
            _ => None,
        }
    }

    /// The same menu once more, or the end of the call.
    fn again(&self, visit: &Visit, caller: &Caller) -> Document {
        let tries = visit.tries.saturating_add(1);
        if tries >= TRIES {
            return self.end(Said::Goodbye, None);
        }
        let said = match visit.digits {
            Some(_) => Said::NotUnderstood,
            None => Said::Greeting,
        };
        let menu = visit.menu;
        self.ask(&Next { said, menu, tries }, caller)
    }

    fn ask(&self, next: &Next, caller: &Caller) -> Document {
        let words = self.words(next.said, caller.worker.as_deref(), Tongue::Spoken);
        let menu = Menu {
            words,
            next: self.link(next.menu, next.tries),
        };
        Document::Intake(match next.menu {
            MenuName::Skills => Answer::Skills(menu),
            MenuName::Main | MenuName::Pin => Answer::Menu(menu),
        })
    }

    fn pin_menu(&self, said: Said, tries: u32) -> Document {
        Document::Intake(Answer::Pin(Menu {
            words: self.words(said, None, Tongue::Spoken),
            next: self.link(MenuName::Pin, tries),
        }))
    }

    fn end(&self, said: Said, worker: Option<&Worker>) -> Document {
        Document::Intake(Answer::End(self.words(said, worker, Tongue::Spoken)))
    }

    fn link(&self, menu: MenuName, tries: u32) -> String {
        let (base, menu) = (&self.0.settings.public_url, menu.name());
        let parameters = [
            ("menu", Some(&menu as &dyn Display)),
            ("tries", Some(&tries)),
        ];
        callback_url(base, "/intake/voice/choice", parameters, PATIENCE)
    }
}
