//! The intake line by text message.

use futures_util::future::try_join_all;

use super::{
    Enrol, Error, Intake,
    command::{self, Command, Keyword},
    duty::Tongue,
    people::Owner,
};
use crate::{
    twilio::{
        deadline::Deadline,
        party::{E164, Party},
        resource::workers::Worker,
    },
    twiml::document::{
        Document,
        intake::{Intake as Answer, Said},
    },
};

/// A text message that came in.
#[derive(Clone)]
pub struct TextIn {
    /// Who sent it.
    pub from: Party,
    /// What it says; empty for a picture.
    pub body: String,
    /// What Twilio took it for and has answered, if it says so.
    pub told: Option<Keyword>,
}

impl std::fmt::Debug for TextIn {
    /// Leaves out what it says: it may hold the PIN.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextIn")
            .field("from", &self.from)
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}

/// Who sent a message.
enum Sender {
    Worker(Box<Worker>),
    /// They are not known yet, and may enroll.
    Welcome,
    /// They are not known, and nothing more is said than this.
    Barred(Said),
}

impl Intake {
    /// Does what a message asks for, and answers it.
    ///
    /// # Errors
    /// [`Error::Upstream`], [`Error::Misconfigured`].
    pub async fn text(&self, message: &TextIn, by: Deadline) -> Result<Document, Error> {
        let read = command::read(&message.body, &self.0.settings.skills);
        let silence = Document::Intake(Answer::Silence);
        match (message.told, &read.command) {
            (Some(Keyword::Stop), _) | (None, Command::Carrier(Keyword::Stop)) => {
                self.stop(&message.from, by).await?;
                return Ok(silence);
            }
            (Some(Keyword::Start), Command::Online(_)) => {}
            (Some(_), _) | (None, Command::Carrier(_)) => return Ok(silence),
            (None, _) => {}
        }
        // A short code or a name is a machine: answering it could go on for ever.
        let Party::Phone(phone) = &message.from else {
            return Ok(silence);
        };
        if self.is_dear(phone) {
            return Ok(self.reply(Said::Refused, None));
        }
        let sender = self.sender(phone, read.pin.as_deref(), by).await?;
        let worker = match sender {
            Sender::Barred(said) => return Ok(self.reply(said, None)),
            Sender::Worker(worker) => Some(worker),
            Sender::Welcome => None,
        };
        self.obey(phone, worker, read.command, by).await
    }

    /// Takes everybody off line whose phone this is. They are told by the carrier only.
    async fn stop(&self, from: &Party, by: Deadline) -> Result<(), Error> {
        let Party::Phone(phone) = from else {
            return Ok(());
        };
        match self.owner(phone, by).await? {
            Owner::Nobody => return Ok(()),
            Owner::One(worker) => {
                self.go_offline(worker.sid, by).await?;
            }
            // It does not matter which of them it was: their phone is to be left alone.
            Owner::Several(workers) => {
                let all = workers
                    .into_iter()
                    .map(|worker| self.go_offline(worker, by));
                try_join_all(all).await?;
            }
        }
        tracing::info!(phone = phone.masked(), "a worker who opted out is off line");
        Ok(())
    }

    async fn sender(&self, phone: &E164, pin: Option<&str>, by: Deadline) -> Result<Sender, Error> {
        Ok(match self.owner(phone, by).await? {
            Owner::One(worker) => Sender::Worker(worker),
            Owner::Several(_) => Sender::Barred(Said::Shared),
            Owner::Nobody => match &self.0.settings.enrol {
                Enrol::Known => Sender::Barred(Said::Stranger),
                Enrol::Open => Sender::Welcome,
                Enrol::Pin(right) => match pin {
                    None => Sender::Barred(Said::PinNeeded),
                    Some(guess) if self.is_pin(right, phone, guess, by).await? => Sender::Welcome,
                    Some(_) => Sender::Barred(Said::PinWrong),
                },
            },
        })
    }

    /// Does it. A new worker is enrolled by knowing the PIN, or by going on line: not by asking what this is.
    async fn obey(
        &self,
        phone: &E164,
        worker: Option<Box<Worker>>,
        command: Command,
        by: Deadline,
    ) -> Result<Document, Error> {
        let knows_pin = matches!(self.0.settings.enrol, Enrol::Pin(_)) && worker.is_none();
        let comes_in = matches!(command, Command::Online(_)) || knows_pin;
        if comes_in && !self.may_be_called(phone, by).await? {
            return Ok(self.reply(Said::Refused, None));
        }
        let worker = match worker {
            None if comes_in => Some(self.enrol(phone, by).await?),
            known => known,
        };
        let said = match command {
            Command::Online(named) => return self.online_by_text(worker, named, by).await,
            Command::Offline => {
                let worker = match &worker {
                    Some(worker) => Some(self.go_offline(worker.sid, by).await?),
                    None => None,
                };
                return Ok(self.reply(Said::Offline, worker.as_deref()));
            }
            Command::UnknownSkill => Said::UnknownSkill,
            Command::Status => Said::Status,
            Command::Help | Command::Carrier(_) => Said::Help,
            // The PIN alone is no command, but it was understood.
            Command::NotUnderstood if knows_pin => Said::Help,
            Command::NotUnderstood => Said::NotUnderstood,
        };
        Ok(self.reply(said, worker.as_deref()))
    }

    async fn online_by_text(
        &self,
        worker: Option<Box<Worker>>,
        named: Vec<usize>,
        by: Deadline,
    ) -> Result<Document, Error> {
        let Some(worker) = worker else {
            return Ok(self.reply(Said::Stranger, None));
        };
        let skills = match (named.is_empty(), self.0.settings.skills.len()) {
            (false, _) => named,
            (true, 0) => vec![],
            (true, 1) => vec![0],
            (true, _) => self.taken(&worker),
        };
        if skills.is_empty() && !self.0.settings.skills.is_empty() {
            return Ok(self.reply(Said::ChooseSkill, Some(&worker)));
        }
        let worker = self.go_online(worker, &skills, by).await?;
        Ok(self.reply(Said::Online, Some(&worker)))
    }

    fn reply(&self, said: Said, worker: Option<&Worker>) -> Document {
        let words = self.words(said, worker, Tongue::Written);
        Document::Intake(Answer::Text(words))
    }
}
