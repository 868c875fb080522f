//! Requests: unknown places, misspelt and ill-typed fields, conditions where Twilio has none.

use serde_json::{Value, json};

use super::{super::Exchange, a_box, contract, fetched, finding, made};

#[test]
fn good_exchanges_pass() {
    let all = [
        ("Name", "box"),
        ("Event", "a"),
        ("Event", "b"),
        ("Colour", "blue"),
        ("Open", "true"),
    ];
    let rest = [
        ("Weight", "9"),
        ("Url", "https://example.com/x?y=z"),
        ("Data", r#"{"a":[1]}"#),
    ];
    let form: Vec<_> = all.into_iter().chain(rest).collect();
    let null = Exchange {
        body: Some({
            let mut body = a_box();
            body["made"] = Value::Null;
            body["lids"] = json!([]);
            body
        }),
        ..fetched()
    };
    let latest = Exchange {
        path: "/Boxes/Latest.json".to_owned(),
        ..fetched()
    };
    let encoded = Exchange {
        path: fetched().path.replace("BX", "%42X"),
        ..fetched()
    };
    for exchange in [fetched(), made(&form), null, latest, encoded] {
        assert_eq!(contract().check(&exchange), [""; 0]);
    }
}

#[test]
fn unknown_places_are_found() {
    let product = Exchange {
        product: "video".to_owned(),
        ..fetched()
    };
    assert_eq!(
        finding(&product),
        "no OpenAPI file is known for this product"
    );
    for path in ["/Boxes", "/Boxes.json/", "/boxes.json", "/Boxes/.json"] {
        let exchange = Exchange {
            path: path.to_owned(),
            ..fetched()
        };
        assert_eq!(finding(&exchange), "the path is not documented", "{path}");
    }
    let method = Exchange {
        method: "DELETE".to_owned(),
        ..made(&[])
    };
    assert_eq!(
        finding(&method),
        "the method is not documented for this path"
    );
    let sid = Exchange {
        path: "/Boxes/CA1.json".to_owned(),
        ..fetched()
    };
    assert!(contract().check(&sid)[0].contains("path.Sid `CA1`"));
}

/// Forms for a new box, and what is wrong with each.
const WRONG_FORMS: [(&[(&str, &str)], &str); 10] = [
    (
        &[("Name", "a"), ("Colur", "red")],
        "form.Colur is not documented",
    ),
    (&[], "form.Name is required and missing"),
    (
        &[("Name", "a"), ("Name", "b")],
        "form.Name is sent twice and not a list",
    ),
    (
        &[("Name", "ninechars")],
        "form.Name `ninechars` breaks maxLength 8",
    ),
    (
        &[("Name", "a"), ("Colour", "green")],
        r#"form.Colour `green` breaks enum ["red","blue"]"#,
    ),
    (
        &[("Name", "a"), ("Open", "yes")],
        r#"form.Open `yes` is not of type "boolean""#,
    ),
    (
        &[("Name", "a"), ("Weight", "two")],
        r#"form.Weight `two` is not of type "integer""#,
    ),
    (
        &[("Name", "a"), ("Weight", "10")],
        "form.Weight `10` breaks maximum 9",
    ),
    (
        &[("Name", "a"), ("Url", "/hold")],
        "form.Url must be an absolute URL",
    ),
    (
        &[("Name", "a"), ("Data", "{")],
        "form.Data `{` is not of type null",
    ),
];

#[test]
fn wrong_fields_are_found() {
    for (form, wanted) in WRONG_FORMS {
        assert_eq!(finding(&made(form)), wanted);
    }
}

#[test]
fn misplaced_fields_are_found() {
    let query = |name: &str, value: &str| Exchange {
        query: vec![(name.to_owned(), value.to_owned())],
        ..fetched()
    };
    assert_eq!(
        finding(&query("Pagesize", "5")),
        "query.Pagesize is not documented"
    );
    assert_eq!(
        finding(&query("PageSize", "x")),
        r#"query.PageSize `x` is not of type "integer""#
    );
    let form = Exchange {
        form: vec![("Name".to_owned(), "a".to_owned())],
        ..fetched()
    };
    assert_eq!(finding(&form), "form.Name is not documented");
}

#[test]
fn a_compare_and_set_where_twilio_has_none_is_found() {
    let if_match = Some("7".to_owned());
    let fetch = Exchange {
        if_match: if_match.clone(),
        ..fetched()
    };
    assert_eq!(finding(&fetch), "header.If-Match is not documented");
    let delete = Exchange {
        method: "DELETE".to_owned(),
        status: 204,
        body: None,
        if_match,
        ..fetched()
    };
    assert_eq!(contract().check(&delete), [""; 0]);
    let body = Exchange {
        body: Some(json!({})),
        ..delete
    };
    assert_eq!(finding(&body), "answer has a body where none is documented");
}
