//! Does every agent's own number lead to one worker?
//!
//! The published workflow finds the owner by `task.phone_number CONTAINS worker.phone_number`: an empty attribute is
//! contained in every number, and a piece of a number in several. Switchboard's own look-up is not deceived by that, but
//! the workflow is, so it is told here.

use std::collections::BTreeMap;

use super::Finding;
use crate::twilio::resource::workers::Worker;

/// The fewest digits that a whole number has, without its country code.
const FEWEST: usize = 7;

pub(super) fn judge(workers: &[Worker], attribute: &str) -> Vec<Finding> {
    let written = workers.iter().filter_map(|worker| {
        let number = worker.attributes.get(attribute)?;
        Some(number.as_str().unwrap_or("(not a text)").trim())
    });
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    let mut empty = 0;
    for number in written {
        if number.is_empty() {
            empty += 1;
        } else {
            *owners.entry(whole(number)).or_default() += 1;
        }
    }
    let mut facts = vec![];
    if empty > 0 {
        facts.push(Finding::warn(
            format!("{empty} of the workers have an empty {attribute}"),
            "A workflow that asks whether the number dialled CONTAINS it offers them every call. Take the attribute away.",
        ));
    }
    for (number, count) in &owners {
        let others = owners.keys().filter(|other| *other != number);
        let others = others.filter(|other| other.contains(&**number)).count();
        if number.len() < FEWEST || !number.bytes().all(|digit| digit.is_ascii_digit()) {
            facts.push(Finding::warn(
                format!("{count} of the workers have a {attribute} that is no phone number"),
                "Write it in E.164 form, such as +15125550100.",
            ));
        } else if *count > 1 {
            facts.push(Finding::warn(
                format!(
                    "{count} workers have the number that ends in {}",
                    end(number)
                ),
                "Who calls it reaches either of them. Give each worker a number of their own.",
            ));
        } else if others > 0 {
            facts.push(Finding::warn(
                format!("the number that ends in {} is a piece of another worker's", end(number)),
                "A workflow that asks whether the number dialled CONTAINS it takes one for the other. Write it in E.164 form.",
            ));
        }
    }
    if facts.is_empty() && !owners.is_empty() {
        let good = owners.len();
        facts.push(Finding::pass(format!(
            "each of {good} agents' numbers leads to one worker"
        )));
    }
    facts
}

/// The digits of a number, without the plus sign and the country code of North America.
fn whole(written: &str) -> String {
    let digits = written.trim_start_matches('+');
    let national = digits.strip_prefix('1').filter(|rest| rest.len() == 10);
    national.unwrap_or(digits).to_owned()
}

/// Enough to know a number by, and too little to call it.
pub(super) fn end(number: &str) -> &str {
    number
        .get(number.len().saturating_sub(4)..)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::Verdict, *};

    fn found(numbers: &[Value]) -> Vec<(Verdict, String)> {
        let worker = |number: &Value| {
            let worker = json!({
                "sid": "WK00000000000000000000000000000001",
                "attributes": json!({ "phone_number": number }).to_string(),
            });
            serde_json::from_value::<Worker>(worker).unwrap()
        };
        let workers: Vec<_> = numbers.iter().map(worker).collect();
        let facts = judge(&workers, "phone_number").into_iter();
        facts.map(|fact| (fact.verdict, fact.what)).collect()
    }

    fn only_warning(numbers: &[Value]) -> String {
        let mut facts = found(numbers);
        assert_eq!(facts.len(), 1, "{facts:?}");
        let (verdict, what) = facts.remove(0);
        assert_eq!(verdict, Verdict::Warn);
        assert!(!what.contains("512764058"), "{what}");
        what
    }

    #[test]
    fn a1_03_an_empty_number_would_match_everyone() {
        assert!(only_warning(&[json!(""), json!("+15127640580")]).contains("empty"));
    }

    #[test]
    fn a1_03_a_piece_of_another_number_is_told() {
        let what = only_warning(&[json!("512764058"), json!("+15127640580")]);
        assert!(what.contains("a piece of another"), "{what}");
    }

    #[test]
    fn what_is_no_number_and_what_two_have_is_told() {
        for number in [json!("51276"), json!("call me"), json!(5_127_640_580_u64)] {
            assert!(only_warning(&[number]).contains("no phone number"));
        }
        let what = only_warning(&[json!("5127640580"), json!("+15127640580")]);
        assert!(what.contains("2 workers"), "{what}");
    }

    #[test]
    fn numbers_of_their_own_are_good() {
        let facts = found(&[json!("+15127640580"), json!("5127640581")]);
        assert_eq!(facts[0].0, Verdict::Pass);
        assert!(found(&[]).is_empty());
    }
}
