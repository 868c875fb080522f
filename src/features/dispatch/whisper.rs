//! What a worker hears before they are joined: "A call for Sales."
//!
//! The words are the configuration's; `{queue}` becomes the queue's name and `{caller}` the caller's number, digit by
//! digit, or that it is withheld. They are made when the task is offered, so that a worker who has answered does not
//! wait for TaskRouter, and kept in the leg's record, because the replica that is asked for the document may be another
//! one. No log shows them.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Dispatch, plan::Assignment, record::Whisper};
use crate::twilio::{deadline::Deadline, party::E164};

/// How long `TaskRouter` may take to tell a queue's name. It is asked before the record is written, within the time in
/// which we must answer (`ANSWER_WITHIN` in `assign.rs`): most of that is for the record, without which no phone rings.
const NAME_WITHIN: Duration = Duration::from_secs(1);

/// What is said for a number that is not one.
const WITHHELD: &str = "a withheld number";

impl Dispatch {
    /// The words for an assignment; none if none are wanted, or the queue's name cannot be found out at once.
    pub(super) async fn whisper(&self, assignment: &Assignment, by: Deadline) -> Option<Whisper> {
        let mut words = self.0.settings.whisper.clone()?;
        if words.contains("{queue}") {
            let (queue, soon) = (assignment.queue?, by.or_after(NAME_WITHIN));
            let name = match self.0.queues.recall(&queue) {
                Some(name) => name,
                None => match self.0.twilio.queues(soon).name(queue).await {
                    Ok(name) => {
                        self.0.queues.keep(queue, name.clone());
                        name
                    }
                    Err(error) => {
                        tracing::warn!(reservation.sid = %assignment.reservation, %error, "a worker is not told which queue a call is for");
                        return None;
                    }
                },
            };
            words = words.replace("{queue}", &name);
        }
        Some(Whisper(
            words.replace("{caller}", &spoken(&assignment.task_attributes)),
        ))
    }
}

/// A caller's number as one reads it out.
fn spoken(task: &Map<String, Value>) -> String {
    let from = task.get("from").and_then(Value::as_str);
    let Some(number) = from.and_then(|from| from.parse::<E164>().ok()) else {
        return WITHHELD.to_owned();
    };
    let digits = number.as_str().chars().filter(char::is_ascii_digit);
    let digits: Vec<_> = digits.map(String::from).collect();
    digits.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_read_digit_by_digit_and_a_withheld_one_is_none() {
        let spoken = |from: Value| spoken(json!({ "from": from }).as_object().unwrap());
        assert_eq!(spoken(json!("+13035550122")), "1 3 0 3 5 5 5 0 1 2 2");
        for withheld in [json!("anonymous"), json!(""), json!(5)] {
            assert_eq!(spoken(withheld), WITHHELD);
        }
    }
}
