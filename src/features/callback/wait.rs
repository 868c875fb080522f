//! What a caller hears who waits: music, the offer, and the menus behind it.
//!
//! Where a caller is stands in the URL that Twilio asks next, and Twilio signs it. A menu that gets no key, or one that
//! means nothing, ends in the line again, with words that say so: nothing here ends a call but a wish that was granted.
//! Every document works in a `waitUrl` (no `<Record>`, no `<Dial>`), but for the recorder's, to which the call is moved.

use std::fmt;

use super::{
    Callback,
    ask::{Asked, Owed},
    message::Recorded,
    mode::Mode,
    number::Refusal,
    wish::{Kind, Phase},
};
use crate::{
    durable::store::NotMoved,
    twilio::{
        deadline::Deadline,
        error::Error as TwilioError,
        party::{E164, Party},
        sid::{CallSid, QueueSid, TaskSid},
    },
    twiml::document::{
        Document,
        callback::{Callback as Said, Confirm, Menu, Number, Offer, Wait, Word},
    },
};

/// How often a question is asked in vain.
const TRIES: u32 = 3;

/// After how many seconds it is looked whether a caller still has a task: it is made with the wait, and lists may be
/// some seconds old.
const LONG: u64 = 30;

/// One request of a waiting caller.
#[derive(Clone)]
pub struct Round {
    /// What is asked for.
    pub mode: Mode,
    /// Their call.
    pub call: CallSid,
    /// Who they are.
    pub from: Party,
    /// What they dialed.
    pub to: Party,
    /// The keys they pressed.
    pub digits: Option<String>,
    /// The task they wait with, if an earlier request found it.
    pub task: Option<TaskSid>,
    /// They have been greeted.
    pub greeted: bool,
    /// How often the question was asked in vain, or how many rounds have played.
    pub tries: u32,
    /// The number in a link of the published function.
    pub number: Option<String>,
    /// The queue they wait in.
    pub queue: Option<QueueSid>,
    /// For how many seconds they have waited in it.
    pub waited: u64,
    /// What was recorded.
    pub recorded: Option<Recorded>,
}

impl fmt::Debug for Round {
    /// Leaves out the keys: they may be a number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Round")
            .field("mode", &self.mode)
            .field("call", &self.call)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

/// What is said, and what is still to be done while the caller hears it.
pub(super) type Answer = (Said, Option<Owed>);

impl Callback {
    /// What a caller hears next. Never fails: in doubt they wait on.
    pub async fn wait(&self, round: Round, by: Deadline) -> (Document, Option<Owed>) {
        if round.mode == Mode::Loop && self.waits_in_vain(&round, by).await {
            return (Document::Leave, None);
        }
        let (said, owed) = match round.mode {
            Mode::Start | Mode::Loop => {
                let word = if round.greeted || round.mode == Mode::Loop {
                    Word::None
                } else {
                    Word::Greeting
                };
                (self.music(&round, word), None)
            }
            Mode::Star => (self.offer(round, by).await, None),
            Mode::Kind => self.kind_chosen(&round, by).await,
            Mode::Whose => self.number_chosen(&round, by).await,
            Mode::Enter => (self.enter(&round, Word::None), None),
            Mode::Keyed => (self.keyed(&round, by).await, None),
            Mode::Confirm => (self.confirm(&round, by).await, None),
            Mode::Confirmed => self.confirmed(&round, by).await,
            Mode::Submit => self.submit(&round, by).await,
            Mode::Leave => (self.on_the_way(&round, by).await, None),
            Mode::Record => self.record(&round, by).await,
            Mode::Recorded => self.recorder_left(&round, by).await,
        };
        (Document::Callback(said), owed)
    }

    /// Whether a caller's task is over, so that no agent will ever take them. They leave the queue then, and the feature that sent
    /// them into it says how they go on. Not those whose wish is granted: they are on their way elsewhere.
    async fn waits_in_vain(&self, round: &Round, by: Deadline) -> bool {
        let Some(queue) = round.queue.filter(|_| round.waited >= LONG) else {
            return false;
        };
        let vain = match self.0.left_behind.in_vain(queue, round.call, by).await {
            Ok(true) => {
                let wish = self.0.wishes.read(round.call.as_str(), by).await;
                wish.map(|wish| wish.is_none_or(|wish| !wish.is_granted()))
            }
            other => other,
        };
        match vain {
            Ok(true) => {
                tracing::warn!(call.sid = %round.call, "a caller whose task is over leaves the queue");
                true
            }
            Ok(false) => false,
            Err(error) => {
                tracing::warn!(call.sid = %round.call, %error, "whether a waiting caller still has a task could not be looked at");
                false
            }
        }
    }

    /// One round of music, after a word.
    pub(super) fn music(&self, round: &Round, word: Word) -> Said {
        let settings = &self.0.settings;
        let played = match round.mode {
            Mode::Loop => round.tries,
            _ => 0,
        };
        Said::Wait(Wait {
            said: word,
            offer: settings.offers().then(|| Offer {
                callback: settings.callbacks,
                message: settings.messages,
                action: settings.link(round, Mode::Star, 0),
            }),
            music: settings.track(played),
            next: settings.link(round, Mode::Loop, played.wrapping_add(1)),
        })
    }

    /// Star was pressed: the choice is offered to a caller who can be taken out of the line.
    async fn offer(&self, mut round: Round, by: Deadline) -> Said {
        if !self.0.settings.offers() || round.digits.as_deref() != Some("*") {
            return self.music(&round, Word::None);
        }
        match self.task_of(&round, by).await {
            Ok(Some(task)) if task.was_taken() => self.music(&round, Word::Taken),
            Ok(Some(task)) => {
                round.task = Some(task.sid);
                self.kinds(&round)
            }
            Ok(None) => {
                tracing::warn!(call.sid = %round.call, "the task of a waiting call was not found");
                self.music(&round, Word::Unavailable)
            }
            Err(error) => {
                tracing::warn!(call.sid = %round.call, %error, "the task of a waiting call could not be looked for");
                self.music(&round, Word::Unavailable)
            }
        }
    }

    /// To be called back, or to leave a message?
    fn kinds(&self, round: &Round) -> Said {
        let settings = &self.0.settings;
        Said::Kinds(Menu {
            first: settings.callbacks,
            second: settings.messages,
            action: settings.link(round, Mode::Kind, 0),
            next: settings.link(round, Mode::Loop, 0),
        })
    }

    async fn kind_chosen(&self, round: &Round, by: Deadline) -> Answer {
        let settings = &self.0.settings;
        match round.digits.as_deref() {
            Some("1") if settings.offers() && settings.callbacks => (self.numbers(round), None),
            Some("2") if settings.offers() && settings.messages => {
                let number = round.from.to_string();
                self.wished(round, Kind::Message, number, by).await
            }
            _ => (self.music(round, Word::Kept), None),
        }
    }

    /// At the number they call from, or another? Whose number is withheld, or not one we call, is asked for another.
    fn numbers(&self, round: &Round) -> Said {
        let settings = &self.0.settings;
        if self.own_number(round).is_none() {
            return self.enter(round, Word::None);
        }
        Said::Numbers(Menu {
            first: true,
            second: true,
            action: settings.link(round, Mode::Whose, 0),
            next: settings.link(round, Mode::Loop, 0),
        })
    }

    /// The number they call from, if we call it.
    fn own_number(&self, round: &Round) -> Option<E164> {
        match &round.from {
            Party::Phone(number) if self.0.settings.numbers.allow(number).is_ok() => {
                Some(number.clone())
            }
            _ => None,
        }
    }

    async fn number_chosen(&self, round: &Round, by: Deadline) -> Answer {
        match (round.digits.as_deref(), self.own_number(round)) {
            (Some("1"), Some(number)) => {
                self.wished(round, Kind::Callback, number.to_string(), by)
                    .await
            }
            (Some("1" | "2"), _) => (self.enter(round, Word::None), None),
            _ => (self.music(round, Word::Kept), None),
        }
    }

    /// A number is keyed in. Nothing three times is no wish.
    fn enter(&self, round: &Round, word: Word) -> Said {
        let asks_again = matches!(round.mode, Mode::Enter | Mode::Keyed);
        let tries = if asks_again { round.tries } else { 0 };
        if tries >= TRIES {
            return self.music(round, Word::Kept);
        }
        let settings = &self.0.settings;
        Said::Number(Number {
            said: word,
            action: settings.link(round, Mode::Keyed, tries + 1),
            next: settings.link(round, Mode::Enter, tries + 1),
        })
    }

    async fn keyed(&self, round: &Round, by: Deadline) -> Said {
        let keys = round.digits.as_deref().unwrap_or_default();
        let number = match self.0.settings.numbers.keyed(keys) {
            Ok(number) => number,
            Err(Refusal::NoNumber) => return self.enter(round, Word::Invalid),
            Err(Refusal::NotCalled) => return self.enter(round, Word::Refused),
        };
        match self.note_typed(round, &number, by).await {
            Ok(true) => self.read_back(round, &number, 0),
            Ok(false) => self.music(round, Word::None),
            Err(error) => {
                tracing::warn!(call.sid = %round.call, %error, "a number that was keyed in could not be noted");
                self.music(round, Word::Failed)
            }
        }
    }

    /// Keeps the number that was keyed in until it is confirmed. `false`: a wish of theirs is being granted.
    async fn note_typed(
        &self,
        round: &Round,
        number: &E164,
        by: Deadline,
    ) -> Result<bool, TwilioError> {
        let known = self.0.wishes.read(round.call.as_str(), by).await?;
        let Some(route) = self.route(None) else {
            return Ok(false);
        };
        let mut typed = self.new_wish(round, Kind::Callback, number.to_string(), route);
        typed.phase = Phase::Typed;
        let written = match known {
            Some(known) if known.is_granted() && known.is_of(round.task) => return Ok(false),
            Some(known) => self.0.wishes.replace(&known, typed, by).await,
            None => self.0.wishes.insert(typed, by).await,
        };
        match written {
            Ok(_) => Ok(true),
            // The same key, delivered twice.
            Err(NotMoved::Moved(Some(now))) if now.phase == Phase::Typed => {
                Ok(now.follow_up.number_to_call == number.as_str())
            }
            Err(NotMoved::Moved(_)) => Ok(false),
            Err(NotMoved::Unclear(error)) => Err(error),
        }
    }

    fn read_back(&self, round: &Round, number: &E164, tries: u32) -> Said {
        let settings = &self.0.settings;
        let digits = number.as_str().trim_start_matches('+').chars();
        let spoken: Vec<_> = digits.map(String::from).collect();
        Said::Confirm(Confirm {
            number: spoken.join(" "),
            action: settings.link(round, Mode::Confirmed, tries + 1),
            next: settings.link(round, Mode::Confirm, tries + 1),
        })
    }

    /// The number is read again to a caller who pressed nothing, or something else.
    async fn confirm(&self, round: &Round, by: Deadline) -> Said {
        if round.tries >= TRIES {
            return self.music(round, Word::Kept);
        }
        match self.typed(round, by).await {
            Ok(Some(number)) => self.read_back(round, &number, round.tries),
            Ok(None) => self.music(round, Word::Kept),
            Err(error) => {
                tracing::warn!(call.sid = %round.call, %error, "a number that was keyed in could not be read");
                self.music(round, Word::Failed)
            }
        }
    }

    async fn typed(&self, round: &Round, by: Deadline) -> Result<Option<E164>, TwilioError> {
        let known = self.0.wishes.read(round.call.as_str(), by).await?;
        let number = known.map(|wish| wish.record.follow_up.number_to_call);
        Ok(number.and_then(|number| number.parse().ok()))
    }

    async fn confirmed(&self, round: &Round, by: Deadline) -> Answer {
        match round.digits.as_deref() {
            Some("1") => self.submit(round, by).await,
            Some("2") => (self.enter(round, Word::None), None),
            _ => (self.confirm(round, by).await, None),
        }
    }

    /// The number that was confirmed; in a link of the published function, the one it names; else the caller's own.
    async fn submit(&self, round: &Round, by: Deadline) -> Answer {
        let numbers = &self.0.settings.numbers;
        let linked = round.number.as_deref().map(|number| numbers.keyed(number));
        let number = match linked {
            Some(Ok(number)) => Some(number),
            Some(Err(_)) => return (self.enter(round, Word::Refused), None),
            None => match self.typed(round, by).await {
                Ok(Some(number)) => Some(number),
                Ok(None) => self.own_number(round),
                Err(error) => {
                    tracing::warn!(call.sid = %round.call, %error, "a number that was keyed in could not be read");
                    return (self.music(round, Word::Failed), None);
                }
            },
        };
        match number {
            Some(number) if numbers.allow(&number).is_ok() => {
                self.wished(round, Kind::Callback, number.to_string(), by)
                    .await
            }
            _ => (self.enter(round, Word::None), None),
        }
    }

    /// A wish: granted, or not, the caller hears which.
    async fn wished(&self, round: &Round, kind: Kind, number: String, by: Deadline) -> Answer {
        match self.ask(round, kind, number, by).await {
            Asked::Granted(wish) => {
                self.move_on(&wish, by).await;
                (self.granted(round, wish.kind), Owed::of(*wish))
            }
            Asked::Already(kind) => (self.granted(round, kind), None),
            Asked::Taken => (self.music(round, Word::Taken), None),
            Asked::NoTask => (self.music(round, Word::Unavailable), None),
            Asked::NotNow => (self.music(round, Word::Failed), None),
        }
    }

    /// What a caller hears whose request is granted, if their call could not be moved on.
    fn granted(&self, round: &Round, kind: Kind) -> Said {
        match kind {
            Kind::Callback => self.goodbye(),
            Kind::Message => self.moving(round),
        }
    }
}
