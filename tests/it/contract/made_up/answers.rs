//! Answers: each property missing, unknown or ill-typed; failures; the one undocumented endpoint.

use serde_json::{Value, json};

use super::{
    super::{Exchange, schema::Checker},
    a_box, contract, fetched, finding,
};

fn answered(change: impl FnOnce(&mut Value)) -> String {
    let mut body = a_box();
    change(&mut body);
    finding(&Exchange {
        body: Some(body),
        ..fetched()
    })
}

#[test]
fn wrong_answers_are_found() {
    assert_eq!(
        answered(|b| b["size"] = 1.into()),
        "answer.size is not documented"
    );
    assert_eq!(
        answered(|b| drop(b.as_object_mut().and_then(|b| b.remove("colour")))),
        "answer.colour is documented and missing"
    );
    assert_eq!(
        answered(|b| b["sid"] = Value::Null),
        "answer.sid is null, which Twilio does not document"
    );
}

#[test]
fn ill_typed_answers_are_found() {
    let cases: [(&str, Value, &str); 8] = [
        ("sid", json!("BX1"), "minLength 34"),
        ("colour", json!("green"), r#"enum ["red","blue"]"#),
        (
            "made",
            json!("2026-11-21T10:00:00Z"),
            "is no date-time-rfc-2822",
        ),
        (
            "made",
            json!("Sat, 21 Nov 2026 10:00:00 GMT"),
            "is no date-time-rfc-2822",
        ),
        (
            "changed",
            json!("2026-11-21T10:00:00+00:00"),
            "is no date-time",
        ),
        ("lids", json!({}), r#"is not of type "array""#),
        (
            "lids",
            json!([{"weight": 1}, {"weight": "2"}]),
            r#"answer.lids[1].weight `2` is not of type "integer""#,
        ),
        ("links", json!({"lids": "Lids"}), "is no uri-map"),
    ];
    for (name, value, wanted) in cases {
        let mut body = a_box();
        body[name] = value;
        let found = contract().check(&Exchange {
            body: Some(body),
            ..fetched()
        });
        assert!(found[0].contains(wanted), "{found:?} lacks {wanted}");
    }
    assert_eq!(
        finding(&Exchange {
            body: None,
            ..fetched()
        }),
        "answer the documented body is missing"
    );
    assert_eq!(
        finding(&Exchange {
            body: Some(json!([])),
            ..fetched()
        }),
        r#"answer `[]` is not of type "object""#
    );
}

#[test]
fn failures_have_twilios_form() {
    let failed = |status: u16, body: Value| Exchange {
        status,
        body: Some(body),
        ..fetched()
    };
    let more_info = "https://www.twilio.com/docs/errors/20404";
    let classic = json!({"code": 20404, "message": "gone", "more_info": more_info, "status": 404});
    let newer = json!({"type": more_info, "title": "Not found", "status": 404, "code": 20404});
    for body in [&classic, &newer] {
        assert_eq!(contract().check(&failed(404, body.clone())), [""; 0]);
        assert_eq!(
            finding(&failed(410, body.clone())),
            "answer the error body names another status"
        );
    }
    assert_eq!(
        contract().check(&Exchange {
            status: 502,
            body: None,
            ..fetched()
        }),
        [""; 0]
    );
    let silent = Exchange {
        status: 404,
        body: None,
        ..fetched()
    };
    assert_eq!(
        finding(&silent),
        "answer a refusal without Twilio's error body"
    );
    let text = json!({"code": "20404", "message": "gone", "more_info": more_info, "status": 404});
    assert_eq!(
        finding(&failed(404, text)),
        "answer an error's code is a whole number"
    );
    let wordy =
        json!({"code": 1, "message": "", "more_info": more_info, "status": 404, "hint": ""});
    assert_eq!(
        finding(&failed(404, wordy)),
        "answer `hint` in an error body"
    );
    assert_eq!(contract().check(&failed(404, json!({}))).len(), 4);
    assert_eq!(finding(&failed(202, a_box())), "status is not documented");
}

#[test]
fn what_the_checker_does_not_know_is_a_finding() {
    for schema in [
        json!({"oneOf": []}),
        json!({"format": "colour"}),
        json!({"pattern": "^[a-z]+$"}),
    ] {
        let document = json!({});
        let mut checker = Checker::new(&document);
        checker.check("answer", &schema, &"x".into());
        assert!(
            checker.findings[0].contains("does not know"),
            "{:?}",
            checker.findings
        );
    }
}

#[test]
fn the_undocumented_token_proof_is_held_to_its_package() {
    let proof = json!({
        "valid": true, "code": 0, "message": null, "expiration": "2026-11-21T11:00:00.000Z",
        "realm_user_id": "ann@example.com", "identity": "ann_40example_2Ecom", "roles": ["agent"],
        "worker_sid": "WK0123456789abcdef0123456789abcdef",
    });
    let proved = |body: Value| Exchange {
        product: "iam".to_owned(),
        method: "POST".to_owned(),
        path: "/v1/Accounts/AC0123456789abcdef0123456789abcdef/Tokens/validate".to_owned(),
        status: 200,
        body: Some(body),
        ..Exchange::default()
    };
    assert_eq!(contract().check(&proved(proof.clone())), [""; 0]);
    assert_eq!(
        contract().check(&proved(json!({"valid": false, "message": "expired"}))),
        [""; 0]
    );
    assert_eq!(
        finding(&proved(json!({"valid": false}))),
        "answer.message is documented and missing"
    );
    let mut other = proof.clone();
    other["workerSid"] = other["worker_sid"].take();
    assert_eq!(
        finding(&proved(other)),
        "answer.workerSid is not documented"
    );
    let elsewhere = Exchange {
        path: "/v1/Tokens".to_owned(),
        ..proved(proof.clone())
    };
    assert_eq!(
        finding(&elsewhere),
        "path is neither documented nor a listed exception"
    );
    let form = Exchange {
        form: vec![("token".to_owned(), "x".to_owned())],
        ..proved(proof)
    };
    assert_eq!(finding(&form), "request takes a JSON body only");
}
