//! Credentials: none, wrong ones, old ones, and those of another door.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};
use secrecy::ExposeSecret;
use switchboard::twilio::signature;

use super::door::{FORM, Who, doors, doors_of, send, value};
use crate::stage::{Setting, Stage};

/// What the wrong hand holds: a header and its text.
const WRONG: &[(&str, &str)] = &[
    ("x-twilio-signature", ""),
    ("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("x-twilio-signature", "not base64 at all"),
    (
        "x-twilio-signature",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ),
    ("authorization", ""),
    ("authorization", "Bearer"),
    ("authorization", "Bearer nobody"),
    ("authorization", "Bearer \"); DROP TABLE"),
    ("authorization", "Basic"),
    ("authorization", "Basic c3R1ZGlvOndyb25n"),
    ("authorization", "Basic c3R1ZGlv"),
    ("authorization", "Basic not base64"),
    ("authorization", "Digest username=\"studio\""),
];

#[tokio::test(start_paused = true)]
async fn nobody_enters_without_credentials_or_with_wrong_ones() {
    let stages = [Stage::new(), studio()];
    for (place, stage) in stages.iter().enumerate() {
        let seen_before = stage.asked();
        for door in doors() {
            let none: &[(&str, &str)] = &[("x-nothing", "")];
            for (name, text) in none.iter().chain(WRONG) {
                let mut request = door.knock(&door.uri, FORM, door.good_form());
                request.headers_mut().insert(*name, value(text));
                let seen = send(stage, request).await;
                let expected = match door.who {
                    Who::Anybody => StatusCode::OK,
                    Who::Studio if place == 1 => StatusCode::UNAUTHORIZED,
                    _ => StatusCode::FORBIDDEN,
                };
                assert_eq!(seen.status, expected, "{} {name}: {text}", door.path);
                let challenged = seen.headers.contains_key(header::WWW_AUTHENTICATE);
                assert_eq!(challenged, expected == StatusCode::UNAUTHORIZED);
            }
        }
        let asked = stage.asked_since(seen_before).into_iter();
        let other: Vec<_> = asked
            .filter(|line| !line.contains("/Tokens/validate"))
            .collect();
        assert!(other.is_empty(), "asked for somebody unknown: {other:#?}");
    }
    for stage in stages {
        stage.curtain().await;
    }
}

pub(super) fn studio() -> Stage {
    Setting::default()
        .variable("LOOKUP_USER", "studio")
        .variable("LOOKUP_PASSWORD", "s:cret é")
        .stage()
}

#[tokio::test(start_paused = true)]
async fn a_signature_opens_the_door_it_was_made_for_and_no_other() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let signed: Vec<_> = doors()
        .into_iter()
        .filter(|it| matches!(it.who, Who::Twilio | Who::Studio))
        .collect();
    for made_for in &signed {
        let form = made_for.good_form();
        let good = made_for.enter(&ann, &made_for.uri, FORM, form.clone());
        let signature = good.headers()[signature::HEADER].clone();
        let status = send(&stage, good).await.status;
        // The workflow that a flow names here is not in the workspace.
        let opened = status.is_success()
            || (made_for.path.ends_with("/create-callback") && status == StatusCode::BAD_REQUEST);
        assert!(opened, "{}: {status}", made_for.path);
        for door in &signed {
            let same_path = door.path == made_for.path;
            let bent = format!(
                "{}{}a=b",
                door.uri,
                if door.uri.contains('?') { '&' } else { '?' }
            );
            for (uri, form) in [
                (door.uri.clone(), form.clone()),
                (bent, form.clone()),
                (door.uri.clone(), format!("{form}&Unheard=1")),
                (door.uri.clone(), String::new()),
            ] {
                if same_path && uri == made_for.uri && form == made_for.good_form() {
                    continue;
                }
                let mut request = door.knock(&uri, FORM, form);
                request
                    .headers_mut()
                    .insert(signature::HEADER, signature.clone());
                let seen = send(&stage, request).await;
                assert_eq!(
                    seen.status,
                    StatusCode::FORBIDDEN,
                    "{} at {uri}",
                    made_for.path
                );
            }
        }
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_expired_opens_nothing() {
    let stage = Stage::new();
    let ann = stage.agent("ann");
    let token = stage
        .emulator
        .mint_token(ann.worker(), Duration::from_secs(30))
        .expect("a token");
    for (wait, expired) in [(0, false), (29, false), (2, true), (3_600, true)] {
        stage.seconds(wait).await;
        for door in doors_of(Who::Flex) {
            let mut request = door.knock(&door.uri, FORM, door.good_form());
            let bearer = format!("Bearer {}", token.expose_secret());
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, value(&bearer));
            let seen = send(&stage, request).await;
            let refused = seen.body.contains("token-refused");
            assert_eq!(refused, expired, "{}: {seen:?}", door.path);
            // What is only read is the agent's own, or a supervisor's; the forms, and the query of a box, name another
            // worker.
            let leads = ["/workers", "/parked-calls", "/board", "/board/events"]
                .contains(&door.path.as_str());
            let named = door.query.iter().any(|name| name == "box");
            let reads = door.method == Method::GET && !expired && !leads && !named;
            assert_eq!(seen.status.is_client_error(), !reads, "{}", door.path);
        }
    }
    stage.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn one_doors_credentials_are_worth_nothing_at_another() {
    let stage = studio();
    let ann = stage.agent("ann");
    for door in doors().into_iter().filter(|door| door.who != Who::Anybody) {
        let mut headers = HeaderMap::new();
        for other in doors().into_iter().filter(|other| other.who != door.who) {
            let request = other.enter(&ann, &other.uri, FORM, door.good_form());
            headers.extend(request.headers().clone());
        }
        // A signature that fits this very door would be a right one.
        let mut request = door.knock(&door.uri, FORM, door.good_form());
        request.headers_mut().extend(headers);
        let seen = send(&stage, request).await;
        assert!(
            [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&seen.status),
            "{}: {seen:?}",
            door.path
        );
    }
    stage.curtain().await;
}
