//! Which tasks have an attribute with this value: questions that are asked together.
//!
//! TaskRouter answers few queries by expression (`twilio/turns.rs`), and those that come at the same moment come for the
//! same reason: callers who hang up together, reports that are delivered twice. So the questions about one attribute
//! that wait for their turn become one query (`parkTicket IN ["…", "…"]`), whose answer is shared out. A question that
//! comes after a query was sent waits for the next: no answer is older than its question.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use super::tasks::{Task, quoted};
use crate::twilio::{Twilio, deadline::Deadline, error::Error, host::Product, request::Request};

/// How many values one query asks for at most: with tickets of 32 characters the URL stays below 2,000.
const MOST: usize = 40;

/// How long a query waits for its turn and its answer. No caller of it waits for as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The questions of this process that have not been sent yet, by attribute.
#[derive(Debug, Default)]
pub(in crate::twilio) struct Questions(Mutex<BTreeMap<&'static str, Vec<Asker>>>);

/// A question, and who waits for the answer.
#[derive(Debug)]
struct Asker {
    value: String,
    tell: oneshot::Sender<Result<Vec<Task>, Error>>,
}

impl Questions {
    /// Adds a question to those that wait; whether it is the first of them.
    fn join(&self, name: &'static str, asker: Asker) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let askers = waiting.entry(name).or_default();
        askers.push(asker);
        askers.len() == 1
    }

    /// Takes the questions of one query, about at most [`MOST`] values, from those that wait; whether others stay.
    fn take(&self, name: &'static str) -> (Vec<Asker>, bool) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(askers) = waiting.get_mut(name) else {
            return (vec![], false);
        };
        askers.retain(|it| !it.tell.is_closed());
        let mut values = BTreeSet::new();
        let (now, later) = std::mem::take(askers).into_iter().partition(|it: &Asker| {
            values.contains(&it.value) || values.len() < MOST && values.insert(it.value.clone())
        });
        *askers = later;
        (now, !askers.is_empty())
    }
}

impl Twilio {
    /// The tasks whose attribute `name` is the text `value`.
    pub(super) async fn tasks_of(
        &self,
        name: &'static str,
        value: &str,
        by: Deadline,
    ) -> Result<Vec<Task>, Error> {
        let (tell, told) = oneshot::channel();
        let value = value.to_owned();
        if self.questions().join(name, Asker { value, tell }) {
            let twilio = self.clone();
            // The first request may give up before the others do.
            tokio::spawn(async move { twilio.ask_for_all(name).await });
        }
        match timeout(by.left(), told).await {
            Ok(Ok(answer)) => answer,
            // Its turn did not come.
            Ok(Err(_)) | Err(_) => Err(Error::Busy { retry_after: None }),
        }
    }

    /// Asks for all who wait. Who comes after the last of them was taken begins anew.
    async fn ask_for_all(&self, name: &'static str) {
        let turn = Request::get(Product::TaskRouter, self.tasks_path())
            .query("EvaluateTaskAttributes", name);
        let mut more = true;
        while more {
            let by = Deadline::after(PATIENCE);
            let has_turn = self.wait_for_turn(&turn, by).await;
            let askers;
            (askers, more) = self.questions().take(name);
            let values: BTreeSet<_> = askers.iter().map(|it| it.value.as_str()).collect();
            let answer = if values.is_empty() {
                continue;
            } else if has_turn {
                self.ask_once(name, &values, by).await
            } else {
                Err(Error::Busy { retry_after: None })
            };
            for Asker { value, tell } in askers {
                let theirs = |task: &&Task| {
                    let found = task.attributes.get(name).and_then(|it| it.as_str());
                    found == Some(&value)
                };
                let answer = match &answer {
                    Ok(tasks) => Ok(tasks.iter().filter(theirs).cloned().collect()),
                    Err(error) => Err(error.retold()),
                };
                // Those who gave up are not there any more.
                let _ = tell.send(answer);
            }
        }
    }

    async fn ask_once(
        &self,
        name: &'static str,
        values: &BTreeSet<&str>,
        by: Deadline,
    ) -> Result<Vec<Task>, Error> {
        let literals: Vec<_> = values.iter().map(|value| quoted(value)).collect();
        let expression = match literals.as_slice() {
            [one] => format!("{name} == {one}"),
            _ => format!("{name} IN [{}]", literals.join(", ")),
        };
        let request = Request::get(Product::TaskRouter, self.tasks_path())
            .query("EvaluateTaskAttributes", expression)
            .query("PageSize", 1_000)
            .in_turn();
        let mut tasks: Vec<Task> = self.pages(request, "tasks", by).all().await?;
        for task in &mut tasks {
            // A list may leave attributes out, and they tell whose answer this is.
            if task.attributes.is_empty()
                && let Some(whole) = self.tasks(by).fetch(task.sid).await?
            {
                *task = whole;
            }
        }
        Ok(tasks)
    }
}
