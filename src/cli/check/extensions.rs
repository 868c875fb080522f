//! Does every extension lead to one worker?
//!
//! A caller who keys in an extension that two workers have reaches neither, because the server does not guess; and an
//! extension that cannot be keyed in is of no use.

use std::collections::BTreeMap;

use super::Finding;
use crate::{features::directory::lookup, twilio::resource::workers::Worker};

/// `digits` is how many digits callers of ours key in, if they do: then an extension that cannot be reached is a fault.
/// Else a Studio flow may ask for it, by rules of its own.
pub(super) fn judge(workers: &[Worker], digits: Option<u32>) -> Vec<Finding> {
    let wrong = if digits.is_some() {
        Finding::fail::<String, String>
    } else {
        Finding::warn::<String, String>
    };
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    let extensions = workers.iter().filter_map(|worker| {
        let extension = worker.attributes.get(lookup::ATTRIBUTE)?;
        // What is not text is not found, by the workflow's expression either.
        Some(extension.as_str().unwrap_or("(not a text)"))
    });
    for extension in extensions {
        *owners.entry(extension).or_default() += 1;
    }
    let (mut facts, mut good) = (vec![], 0);
    for (extension, owners) in owners {
        let length = u32::try_from(extension.len()).unwrap_or(u32::MAX);
        if !lookup::is_extension(extension) {
            facts.push(wrong(
                format!("{owners} of the workers have an extension that cannot be keyed in"),
                format!(
                    "Make {} a text of digits, up to 16 of them.",
                    lookup::ATTRIBUTE
                ),
            ));
        } else if let Some(digits) = digits.filter(|digits| *digits != length) {
            facts.push(wrong(
                format!("the extension {extension} has {length} digits, and callers can key in {digits}"),
                "No caller can dial it. Give the worker another one, or change EXTENSION_DIGITS: all have the same length."
                    .to_owned(),
            ));
        } else if owners > 1 {
            facts.push(wrong(
                format!("{owners} workers have the extension {extension}"),
                "Who keys it in reaches none of them. Give each worker one of their own."
                    .to_owned(),
            ));
        } else {
            good += 1;
        }
    }
    if good > 0 && facts.is_empty() {
        facts.push(Finding::pass(format!(
            "each of {good} extensions leads to one worker"
        )));
    }
    facts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::Verdict, *};

    fn found(extensions: &[serde_json::Value]) -> Vec<(Verdict, String)> {
        let workers: Vec<Worker> = extensions
            .iter()
            .map(|extension| {
                let attributes =
                    json!({ "contact_uri": "client:ann", "directExtension": extension });
                let worker = json!({
                    "sid": "WK00000000000000000000000000000001",
                    "attributes": attributes.to_string(),
                });
                serde_json::from_value(worker).unwrap()
            })
            .collect();
        let facts = judge(&workers, None).into_iter();
        facts.map(|fact| (fact.verdict, fact.what)).collect()
    }

    #[test]
    fn an_extension_that_two_workers_have_is_named() {
        let facts = found(&[json!("1234"), json!("1235"), json!("1234")]);
        let what = "2 workers have the extension 1234".to_owned();
        assert_eq!(facts, [(Verdict::Warn, what)]);
    }

    #[test]
    fn an_extension_that_nobody_can_key_in_is_told() {
        for extension in [json!(""), json!("12a4"), json!(1234), json!(null)] {
            let facts = found(&[extension, json!("1235")]);
            assert_eq!(facts.len(), 1);
            assert!(facts[0].1.contains("cannot be keyed in"), "{facts:?}");
        }
    }

    #[test]
    fn extensions_of_their_own_are_good() {
        let facts = found(&[json!("1234"), json!("1235")]);
        let what = "each of 2 extensions leads to one worker".to_owned();
        assert_eq!(facts, [(Verdict::Pass, what)]);
        assert_eq!(judge(&[], None).len(), 0);
    }
}
