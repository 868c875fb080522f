//! Who is who: SIDs, numbers and the server's address as the names a reader knows them by.

use std::fmt::Display;

use crate::twilio::sid::{CallSid, MessageSid, ReservationSid, TaskSid};

/// What follows a worker's name in the name of a leg to their phone.
const LEG: &str = "'s leg";

/// Who is who.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Legs and workers by their SIDs, whole and shortened.
    people: Vec<(String, String)>,
    /// Legs that a reader need not follow.
    dull: Vec<String>,
    /// Whose a number is.
    numbers: Vec<(String, String)>,
    /// What text messages say.
    texts: Vec<(MessageSid, String)>,
    tasks: Vec<(TaskSid, Task)>,
    /// Reservations by their SIDs, whole and shortened, and to whom they were offered.
    offers: Vec<(String, String)>,
    url: String,
}

/// What is known of a task.
#[derive(Clone, Debug)]
pub(super) struct Task {
    /// What it is about: "Carl's call".
    pub(super) what: String,
    /// Whether it is a caller who waits, and not work that is done alone.
    pub(super) is_call: bool,
    /// The name of the worker who has it, or was offered it last.
    pub(super) worker: Option<String>,
}

impl Names {
    /// The person behind `sid` has a name.
    pub(super) fn person(&mut self, sid: &impl Display, name: &str) {
        let sid = sid.to_string();
        if !self.people.iter().any(|(known, _)| *known == sid) {
            self.people.push((short(&sid), name.to_owned()));
            self.people.push((sid, name.to_owned()));
        }
    }

    /// A leg whose own life is of no interest.
    pub(super) fn dull(&mut self, sid: &impl Display) {
        self.dull.push(sid.to_string());
    }

    /// Whether it is such a leg.
    pub(super) fn is_dull(&self, sid: &str) -> bool {
        self.dull.iter().any(|dull| dull == sid)
    }

    /// A number has an owner.
    pub(super) fn number(&mut self, number: &str, name: &str) {
        self.numbers.push((number.to_owned(), name.to_owned()));
    }

    /// The numbers that have an owner, and who that is.
    pub(super) fn numbers(&self) -> &[(String, String)] {
        &self.numbers
    }

    /// Whose a number is; the number itself if it has no owner.
    pub(super) fn owner<'n>(&'n self, number: &'n str) -> &'n str {
        let mut numbers = self.numbers.iter();
        let owner = numbers.find(|(known, _)| known == number);
        owner.map_or(number, |(_, name)| name)
    }

    /// A text message says this.
    pub(super) fn text(&mut self, message: MessageSid, body: &str) {
        if self.said(message).is_none() {
            self.texts.push((message, body.to_owned()));
        }
    }

    /// What a text message says.
    pub(super) fn said(&self, message: MessageSid) -> Option<&str> {
        let mut texts = self.texts.iter();
        let text = texts.find(|(known, _)| *known == message);
        text.map(|(_, body)| body.as_str())
    }

    /// A task is about this, now.
    pub(super) fn task_is(&mut self, sid: TaskSid, task: Task) {
        self.tasks.retain(|(known, _)| *known != sid);
        self.tasks.push((sid, task));
    }

    /// A reservation was made for a worker.
    pub(super) fn offer(&mut self, reservation: ReservationSid, worker: &str) {
        let sid = reservation.to_string();
        if !self.offers.iter().any(|(known, _)| *known == sid) {
            self.offers.push((short(&sid), worker.to_owned()));
            self.offers.push((sid, worker.to_owned()));
        }
    }

    /// To whom the reservation with this SID, whole or shortened, was offered.
    pub(super) fn offered_to(&self, reservation: &str) -> &str {
        let mut offers = self.offers.iter();
        let offer = offers.find(|(known, _)| known == reservation);
        offer.map_or("a worker", |(_, worker)| worker)
    }

    /// What a task is about.
    pub(super) fn task(&self, sid: TaskSid) -> &str {
        self.known_task(sid).map_or("a task", |it| &it.what)
    }

    /// Whether a task is a caller who waits.
    pub(super) fn is_call(&self, sid: TaskSid) -> bool {
        self.known_task(sid).is_some_and(|it| it.is_call)
    }

    /// Who has a task.
    pub(super) fn worker_of(&self, sid: TaskSid) -> &str {
        let worker = self.known_task(sid).and_then(|it| it.worker.as_deref());
        worker.unwrap_or("an agent")
    }

    fn known_task(&self, sid: TaskSid) -> Option<&Task> {
        let mut tasks = self.tasks.iter();
        tasks.find(|(known, _)| *known == sid).map(|(_, task)| task)
    }

    /// The person on a call.
    pub(super) fn who(&self, call: CallSid) -> &str {
        self.called(call.as_str())
            .map_or("a caller", |name| name.trim_end_matches(LEG))
    }

    /// Whether a call is one to a worker's phone.
    pub(super) fn is_leg(&self, call: CallSid) -> bool {
        let name = self.called(call.as_str());
        name.is_some_and(|name| name.ends_with(LEG))
    }

    /// The name of the person or leg with this SID.
    pub(super) fn called(&self, sid: &str) -> Option<&str> {
        let mut people = self.people.iter();
        let found = people.find(|(known, _)| known == sid);
        found.map(|(_, name)| name.as_str())
    }

    /// The server's own address.
    pub(super) fn url(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    /// `text` with names.
    pub(super) fn put(&self, text: &str) -> String {
        let text = text.replace(&self.url, "");
        let numbers = self.numbers.iter();
        let text = numbers.fold(text, |text, (number, name)| {
            text.replace(&masked(number), name)
        });
        let people = self.people.iter();
        shortened(&people.fold(text, |text, (sid, name)| text.replace(sid, name)))
    }
}

/// `text` with every SID shortened that is still whole, and every key that is as long.
fn shortened(text: &str) -> String {
    let is_sid = |word: &str| {
        (word.len() == 34 || word.len() == 32)
            && word.is_ascii()
            && word[2..].bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    let words = text.split_inclusive(|mark: char| !mark.is_ascii_alphanumeric());
    let shown = words.map(|word| {
        let bare = word.trim_end_matches(|mark: char| !mark.is_ascii_alphanumeric());
        if is_sid(bare) {
            word.replace(bare, &short(bare))
        } else {
            word.to_owned()
        }
    });
    shown.collect()
}

/// A SID as the journal shortens it.
fn short(sid: &str) -> String {
    format!("{}…{}", &sid[..2], &sid[sid.len() - 4..])
}

/// A number as the journal masks it.
fn masked(number: &str) -> String {
    format!("{}…{}", &number[..3], &number[number.len() - 2..])
}
