//! The words of a message in its task: as many as its attributes have room for.

use serde_json::{Map, Value, json};

use crate::twilio::{resource::tasks::ATTRIBUTES, sid::TranscriptionSid};

/// The attribute with what the plugin shows.
pub(super) const DATA: &str = "callBackData";

/// What of that is the words, and their SID.
const WORDS: &str = "transcriptText";
pub(super) const WORDS_SID: &str = "transcriptSid";

/// The attributes of a task of a message with the words added that came later, cut short if they do not fit; nothing if
/// it has words, is no such task, or has no room for any.
#[must_use]
pub fn with_transcript(
    attributes: &Map<String, Value>,
    sid: Option<TranscriptionSid>,
    words: &str,
) -> Option<Map<String, Value>> {
    let mut told = attributes.clone();
    let data = told.get_mut(DATA)?.as_object_mut()?;
    if data.get(WORDS).is_some_and(Value::is_string) {
        return None;
    }
    if let Some(sid) = sid {
        data.insert(WORDS_SID.to_owned(), json!(sid));
    }
    let words: String = plain(words).collect();
    with_words(&told, &words).map(|(told, _)| told)
}

/// The attributes with as many of these words as fit, and how many characters that are; nothing if there is no room even
/// without.
pub(super) fn with_words(
    attributes: &Map<String, Value>,
    words: &str,
) -> Option<(Map<String, Value>, usize)> {
    let said = |keep: usize, end: &str| {
        let kept = words.chars().take(keep).collect::<String>() + end;
        let mut said = attributes.clone();
        if let (false, Some(data)) = (kept.is_empty(), said.get_mut(DATA)) {
            data[WORDS] = json!(kept);
        }
        (!over(&text(&said))).then_some((said, keep))
    };
    let all = words.chars().count();
    if let Some(whole) = said(all, "") {
        return Some(whole);
    }
    // How much room a character takes depends on which one it is.
    let (mut least, mut most) = (0, all);
    while least < most {
        let middle = least + (most - least).div_ceil(2);
        if said(middle, "…").is_some() {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
    said(least, "…").or_else(|| said(0, ""))
}

/// Whether a text is too long for attributes.
pub(super) fn over(text: &str) -> bool {
    text.chars().count() > ATTRIBUTES
}

/// A text without line breaks and other invisible characters.
pub(super) fn plain(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if c.is_control() { ' ' } else { c })
}

pub(super) fn text(map: &Map<String, Value>) -> String {
    serde_json::to_string(map).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_that_come_later_fit_too(words in "[\"\\\\a-z ]{1,4500}", note in 0_usize..3_000) {
            let sent = json!({ "note": "é".repeat(note), "callBackData": { "recordingSid": "RE1" } });
            let later = with_transcript(sent.as_object().unwrap(), None, &words).unwrap();
            prop_assert!(!over(&text(&later)));
            let kept = later[DATA][WORDS].as_str().unwrap();
            prop_assert!(words == kept || words.starts_with(kept.strip_suffix('…').unwrap()));
            prop_assert!(with_transcript(&later, None, "others").is_none());
        }
    }
}
