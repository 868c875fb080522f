//! What the lint lets pass, and what it does not.

use proptest::prelude::*;
use switchboard::{
    twilio::sid::WorkflowSid,
    twiml::lint::{MAX_BYTES, Place, lint},
};

#[test]
fn the_lint_knows_good_twiml() {
    let ww = WorkflowSid::from_bytes([1; 16]);
    let good = [
        "<Say>a <break time=\"1s\"/> b</Say><Hangup/>".to_owned(),
        "<Gather input=\"dtmf speech\" finishOnKey=\"\" speechTimeout=\"auto\"><Play>https://a.example/b.mp3</Play></Gather><Redirect>https://a.example/</Redirect>".to_owned(),
        "<Gather actionOnEmptyResult=\"true\" action=\"https://a.example/g\"/>".to_owned(),
        "<Play digits=\"ww1\"/><Hangup/>".to_owned(),
        format!("<Enqueue workflowSid=\"{ww}\" action=\"https://a.example/l\" waitUrl=\"\"><Task priority=\"5\">{{\"a\":1}}</Task></Enqueue>"),
        "<Enqueue>support</Enqueue><Hangup/>".to_owned(),
        "<Dial action=\"http://127.0.0.1:8080/d\"><Number statusCallbackEvent=\"ringing answered\">+15125550100</Number></Dial>".to_owned(),
        "<Dial><Conference beep=\"onEnter\">room</Conference></Dial><Hangup/>".to_owned(),
        "<Reject reason=\"busy\"/>".to_owned(),
        "<Record action=\"https://a.example/r\"/><Say>Nothing was said</Say><Hangup/>".to_owned(),
    ];
    for verbs in good {
        assert_eq!(
            lint(&format!("<Response>{verbs}</Response>"), Place::Call),
            [],
            "{verbs}"
        );
    }
}

const BAD: &[(&str, &str)] = &[
    ("", "falls off the end"),
    ("<Hangup/><Hangup/>", "is never reached"),
    ("<Say>Bye</Say>", "falls off the end"),
    ("<Say/><Hangup/>", "has no words"),
    ("words<Hangup/>", "no text belongs here"),
    (
        "<Play loop=\"-1\">https://a.example/b</Play><Hangup/>",
        "loop must be a whole number from 0",
    ),
    ("<Play>/b.mp3</Play><Hangup/>", "absolute URL"),
    (
        "<Redirect>https://under_score.example/</Redirect>",
        "absolute URL",
    ),
    (
        "<Redirect method=\"PUT\">https://a.example/</Redirect>",
        "method must be one of GET, POST",
    ),
    (
        "<Redirect Method=\"POST\">https://a.example/</Redirect>",
        "no attribute Method",
    ),
    (
        "<Say><Play>https://a.example/b</Play></Say><Hangup/>",
        "does not belong in <Say>",
    ),
    ("<Say>Hello</Say><Reject/>", "first verb"),
    ("<Record/><Hangup/>", "needs an action"),
    (
        "<Record action=\"https://a.example/r\"/>",
        "falls off the end",
    ),
    ("<Dial/><Hangup/>", "dials nobody"),
    (
        "<Enqueue action=\"https://a.example/\"/>",
        "needs a workflowSid",
    ),
    (
        "<Enqueue workflowSid=\"WW1\" action=\"https://a.example/\"/>",
        "32 hexadecimal",
    ),
    (
        "<Enqueue action=\"https://a.example/\">x<Task>{}</Task></Enqueue>",
        "needs a workflowSid",
    ),
    (
        "<Enqueue workflowSid=\"WW00000000000000000000000000000000\" action=\"https://a.example/\"><Task>[1]</Task></Enqueue>",
        "one JSON object",
    ),
    (
        "<Gather><Play digits=\"1\"/></Gather><Hangup/>",
        "no digits inside",
    ),
    (
        "<Gather input=\"voice\"/><Hangup/>",
        "input must be some of dtmf speech",
    ),
    ("<Hangup>", "not well-formed"),
];

#[test]
fn the_lint_knows_bad_twiml() {
    for (verbs, wanted) in BAD {
        let flaws = lint(&format!("<Response>{verbs}</Response>"), Place::Call);
        let said: Vec<_> = flaws.iter().map(ToString::to_string).collect();
        assert!(
            said.iter().any(|flaw| flaw.contains(wanted)),
            "{verbs}: {said:?}"
        );
    }
    let long = format!(
        "<Response><!--{}--><Hangup/></Response>",
        "x".repeat(MAX_BYTES)
    );
    assert!(
        lint(&long, Place::Call)[0]
            .to_string()
            .contains("longer than")
    );
    assert!(
        lint("<Reponse/>", Place::Call)[0]
            .to_string()
            .contains("root")
    );
}

#[test]
fn text_messages_have_a_language_of_their_own() {
    let flaws = |verbs: &str| -> Vec<String> {
        let flaws = lint(&format!("<Response>{verbs}</Response>"), Place::Message);
        flaws.iter().map(ToString::to_string).collect()
    };
    for verbs in [
        "",
        "<Message>Hello</Message><Message>again</Message>",
        "<Message to=\"+15125550100\"><Body>Hello</Body><Media>https://a.example/b.png</Media></Message>",
        "<Redirect method=\"POST\">https://a.example/</Redirect>",
    ] {
        assert_eq!(flaws(verbs), [""; 0], "{verbs}");
    }
    for (verbs, wanted) in [
        ("<Say>Hello</Say>", "no such verb"),
        ("<Message/>", "has no words"),
        ("<Message><Say>Hello</Say></Message>", "no such verb"),
        (
            "<Redirect>https://a.example/</Redirect><Message>x</Message>",
            "is never reached",
        ),
        ("<Message voice=\"a\">x</Message>", "no attribute voice"),
    ] {
        let flaws = flaws(verbs);
        assert!(
            flaws.iter().any(|flaw| flaw.contains(wanted)),
            "{verbs}: {flaws:?}"
        );
    }
    let long = format!("<Message>{}</Message>", "x".repeat(1_601));
    assert!(flaws(&long)[0].contains("longer than Twilio sends"));
}

proptest! {
    #[test]
    fn the_lint_takes_anything(junk in "[<>&\"'/=!?\\[\\] a-z\r\n\u{0}-\u{1f}\u{fffe}]{0,60}") {
        let _ = lint(&junk, Place::Queue);
        let _ = lint(&format!("<Response><Say voice=\"a\">{junk}</Say></Response>"), Place::Call);
    }
}
