//! The checker on Twilio's own files: it understands all of them, accepts Twilio's own examples, refuses bent ones.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Exchange, check, official, schema::Checker, spec::Contract};

const CALL: &str = "/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Calls/CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";
const ITEM: &str =
    "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Maps/Global.ParkedCalls.00/Items/CA1";

/// Families of resources whose examples contradict their schemas; this project uses none of them.
const CONTRADICTORY: [&str; 9] = [
    "AvailablePhoneNumber",
    "ConfiguredPlugin",
    "DependentPhoneNumber",
    "IncomingPhoneNumber",
    "Notification",
    "Recording",
    "Token",
    "Transcription",
    "UsageRecord",
];

/// A documented answer and an example of it.
struct Example {
    operation: &'static str,
    case: &'static str,
    document: &'static Value,
    schema: &'static Value,
    value: &'static Value,
}

fn members(value: &'static Value) -> impl Iterator<Item = (&'static String, &'static Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn examples() -> Vec<Example> {
    let mut all = Vec::new();
    for document in official().into_iter().flat_map(Contract::documents) {
        let items = members(&document["paths"]).flat_map(|(_, item)| members(item));
        for (_, described) in items.filter(|(_, described)| described["operationId"].is_string()) {
            let answers = members(&described["responses"]);
            let bodies = answers.filter_map(|(_, a)| a.pointer("/content/application~1json"));
            for body in bodies {
                all.extend(members(&body["examples"]).map(|(case, example)| Example {
                    operation: described["operationId"].as_str().unwrap_or_default(),
                    case,
                    document,
                    schema: &body["schema"],
                    value: &example["value"],
                }));
            }
        }
    }
    all
}

fn example(operation: &str) -> Option<Value> {
    let all = examples();
    let one = all.iter().find(|example| example.operation == operation);
    one.map(|example| example.value.clone())
}

#[test]
fn twilios_examples_pass_but_for_the_families_that_contradict_themselves() {
    let mut contradictory = BTreeSet::new();
    let examples = examples();
    for Example {
        operation,
        case,
        document,
        schema,
        value,
    } in &examples
    {
        let mut checker = Checker::new(document);
        checker.check("answer", schema, value);
        if checker.findings.is_empty() {
            continue;
        }
        let family = CONTRADICTORY
            .iter()
            .find(|family| operation.contains(**family));
        assert!(
            family.is_some(),
            "{operation} {case}: {:#?}",
            checker.findings
        );
        contradictory.extend(family);
        let unread = checker
            .findings
            .iter()
            .find(|finding| finding.contains("does not know"));
        assert_eq!(unread, None, "{operation} {case}");
    }
    if !examples.is_empty() {
        assert!(
            examples.len() > 300,
            "only {} examples were found",
            examples.len()
        );
        assert_eq!(contradictory, BTreeSet::from(CONTRADICTORY.each_ref()));
    }
}

/// Every example of ours loses each property in turn: each loss is found.
#[test]
fn no_property_of_twilios_examples_can_go_missing_unseen() {
    for operation in ["FetchCall", "FetchSyncMapItem", "FetchTask", "FetchWorker"] {
        for Example {
            document,
            schema,
            value,
            ..
        } in examples().iter().filter(|e| e.operation == operation)
        {
            for (name, _) in members(value) {
                let mut poorer = (*value).clone();
                poorer
                    .as_object_mut()
                    .and_then(|members| members.remove(name));
                let mut checker = Checker::new(document);
                checker.check("answer", schema, &poorer);
                assert_eq!(
                    checker.findings,
                    [format!("answer.{name} is documented and missing")]
                );
            }
        }
    }
}

fn pairs(form: &[(&str, &str)]) -> Vec<(String, String)> {
    form.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The exchanges of a park, as the files have them.
#[test]
fn a_park_passes_and_its_misspellings_do_not() {
    let Some(call) = example("FetchCall") else {
        return;
    };
    let update = Exchange {
        product: "api".to_owned(),
        method: "POST".to_owned(),
        path: CALL.to_owned(),
        form: pairs(&[
            ("Url", "https://example.com/hold?round=0"),
            ("Method", "POST"),
        ]),
        status: 200,
        body: Some(call),
        ..Exchange::default()
    };
    assert_eq!(check(&update), [""; 0]);
    let bent: [&[(&str, &str)]; 5] = [
        &[("URL", "https://example.com/hold")],
        &[("Url", "/hold")],
        &[("Method", "Post")],
        &[("Status", "cancelled")],
        &[("Twiml", "<Response>")],
    ];
    for form in bent {
        let bent = Exchange {
            form: pairs(form),
            ..update.clone()
        };
        assert!(!check(&bent).is_empty(), "{form:?}");
    }
    let created = Exchange {
        status: 201,
        ..update
    };
    assert_eq!(check(&created).len(), 1, "{:?}", check(&created));
}

#[test]
fn a_compare_and_set_of_a_map_item_passes_and_a_conditional_fetch_does_not() {
    let Some(item) = example("FetchSyncMapItem") else {
        return;
    };
    let update = Exchange {
        product: "sync".to_owned(),
        method: "POST".to_owned(),
        path: ITEM.to_owned(),
        form: pairs(&[("Data", r#"{"state":"parked"}"#), ("ItemTtl", "120")]),
        if_match: Some("a1".to_owned()),
        status: 200,
        body: Some(item),
        ..Exchange::default()
    };
    assert_eq!(check(&update), [""; 0]);
    for form in [("Data", "{"), ("ItemTtl", "1 h"), ("TTL", "120")] {
        let bent = Exchange {
            form: pairs(&[form]),
            ..update.clone()
        };
        assert!(!check(&bent).is_empty(), "{form:?}");
    }
    let fetch = Exchange {
        method: "GET".to_owned(),
        form: Vec::new(),
        ..update
    };
    assert_eq!(check(&fetch).len(), 1, "{:?}", check(&fetch));
}
