//! Records in Sync that cannot be read, as after a rollback to a version that knows fewer phases.
//!
//! Such a record hides nothing: a reader of the map gets all others. It is left as it is, because the version that
//! wrote it may come back for it, and remembered here, so that it is counted and logged once.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, PoisonError},
};

use super::{Seen, Twilio};

/// How many are remembered at most.
const MOST: usize = 1_000;

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The map's unique name.
    pub map: String,
    /// The item's key, if it holds no number of a person.
    pub key: String,
    revision: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.key, self.map)
    }
}

/// The records that one client could not read.
#[derive(Debug, Default)]
pub(super) struct Unreadable(Mutex<BTreeSet<Place>>);

impl Unreadable {
    /// Whether this is the first time.
    fn note(&self, place: Place) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.len() < MOST && known.insert(place)
    }
}

impl Twilio {
    /// A record that cannot be read is passed over.
    pub(super) fn pass_over(&self, map: &str, key: &str, revision: &str, why: &serde_json::Error) {
        let place = Place {
            map: map.to_owned(),
            key: shown(key),
            revision: revision.to_owned(),
        };
        let text = place.to_string();
        if self.0.unreadable.note(place) {
            tracing::warn!(record = text, problem = %Problem(why), "a record cannot be read and is passed over; an older or newer version may have written it");
            self.tell(Seen::Unreadable);
        }
    }

    /// The records that could not be read so far.
    #[must_use]
    pub fn unreadable(&self) -> Vec<Place> {
        let known = self.0.unreadable.0.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.iter().cloned().collect()
    }
}

/// A key as it may be shown: a SID, a hash or a word, but no phone number.
fn shown(key: &str) -> String {
    let digits = key.chars().filter(char::is_ascii_digit).count();
    let is_number = key.starts_with('+') || digits == key.chars().count();
    if is_number {
        "an item".to_owned()
    } else {
        key.chars().take(80).collect()
    }
}

/// What is wrong with a record, without its text: that may hold a name or a number.
struct Problem<'a>(&'a serde_json::Error);

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0.classify() {
            serde_json::error::Category::Data => "unexpected data",
            serde_json::error::Category::Eof => "cut short",
            _ => "no JSON",
        };
        write!(f, "{kind} at column {}", self.0.column())
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn no_number_of_a_person_is_shown() {
        assert_eq!(shown("+15125550100"), "an item");
        assert_eq!(shown("15125550100"), "an item");
        assert_eq!(
            shown("CA0000000000000000000000000000001f"),
            "CA0000000000000000000000000000001f"
        );
        assert_eq!(shown("3f"), "3f");
    }
}
