//! The words of the trade, each explained where it first appears.

/// A term, and what a newcomer needs to know about it. A term is matched as a whole word, in the plural too.
const TERMS: [(&str, &str); 17] = [
    (
        "Flex",
        "Twilio's contact center. Agents work with it in a browser.",
    ),
    (
        "plugin",
        "code that a company adds to Flex. The one meant here parks calls, by asking this server.",
    ),
    (
        "conference",
        "the room in which Twilio lets a caller and an agent hear each other.",
    ),
    ("leg", "one party's own connection within a call."),
    (
        "TaskRouter",
        "the part of Twilio that decides which worker gets which call.",
    ),
    (
        "task",
        "one piece of work in TaskRouter: a call to take, a message to hear.",
    ),
    (
        "offer",
        "TaskRouter holds a task for one worker, who accepts or rejects it. Twilio says reservation.",
    ),
    ("queue", "the tasks that wait for one group of workers."),
    (
        "workflow",
        "the rules by which TaskRouter puts a task into a queue.",
    ),
    (
        "webhook",
        "a request from Twilio to this server when something happens. Its signature shows that it is from Twilio.",
    ),
    (
        "Sync",
        "Twilio's store for small records. What must survive a restart of this server is kept there.",
    ),
    ("Voice", "Twilio's API for calls and conferences."),
    (
        "IAM",
        "the part of Twilio that checks a token and tells whose it is.",
    ),
    (
        "If-Match",
        "a header that names the revision that was read. The write fails if the record has changed since.",
    ),
    ("CallSid", "Twilio's name for a call, CA and 32 digits."),
    (
        "reconciler",
        "a loop in this server that looks for what a crash or a lost request has left undone.",
    ),
    (
        "attributes",
        "free-form JSON that Twilio keeps for a worker or a task.",
    ),
];

/// Which terms have been explained.
#[derive(Debug, Default)]
pub(super) struct Terms {
    explained: Vec<&'static str>,
}

impl Terms {
    /// A line for each term in `text` that has not been explained yet, in the order of the table.
    pub(super) fn explain(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for (term, meaning) in TERMS {
            if !self.explained.contains(&term) && mentions(text, term) {
                self.explained.push(term);
                lines.push(format!("   · {term}: {meaning}"));
            }
        }
        lines
    }
}

fn mentions(text: &str, term: &str) -> bool {
    let words = text.split(|mark: char| !mark.is_ascii_alphanumeric() && mark != '-');
    let mut words = words.map(|word| word.strip_suffix('s').unwrap_or(word));
    words.any(|word| word == term.strip_suffix('s').unwrap_or(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_explained_once_where_it_first_appears() {
        let mut terms = Terms::default();
        let first = terms.explain("Ann sits at her desk with Flex open, and answers webhooks.");
        let begins = |line: &String, term: &str| line.starts_with(&format!("   · {term}:"));
        assert!(begins(&first[0], "Flex") && begins(&first[1], "webhook"));
        assert_eq!(first.len(), 2, "{first:?}");
        assert!(terms.explain("Flex sends a webhook.").is_empty());
    }

    #[test]
    fn a_term_is_not_found_inside_another_word() {
        assert!(Terms::default().explain("flexible legs, offered").len() == 1);
        assert!(mentions("the offers", "offer") && !mentions("offered", "offer"));
        assert!(mentions("(If-Match)", "If-Match"));
    }
}
