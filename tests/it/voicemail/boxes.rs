//! Who may see and hear which messages, as JSON, as a page, and as sound.

use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Request, StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::json;
use switchboard::emulator::Browser;

use super::{Office, setting};

/// The message in a box, as fields of a form.
struct Message {
    mailbox: String,
    recording: String,
}

impl Message {
    fn fields(&self) -> [(&str, &str); 2] {
        [("box", &self.mailbox), ("recordingSid", &self.recording)]
    }
}

/// An office where somebody has left a message for Ann.
async fn with_message() -> (Office, Message) {
    let office = Office::with(setting().variable("VOICEMAIL_TRANSCRIBE", "on"));
    let call = office.leaves(12, "Please <b>call</b> me.").await;
    let message = Message {
        mailbox: office.ann.worker().to_string(),
        recording: office.recording(call).to_string(),
    };
    (office, message)
}

async fn listed(office: &Office, who: &Browser, query: &str) -> Vec<serde_json::Value> {
    let reply = office.reads(who, &format!("/voicemails{query}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["voicemails"].as_array().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a5_96_a_worker_sees_their_own_box_and_a_supervisor_all() {
    let (office, message) = with_message().await;
    let (bob, sue) = (office.stage.agent("bob"), office.stage.supervisor("sue"));
    let seen = listed(&office, &office.ann, "").await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["recordingSid"], json!(message.recording));
    assert_eq!(seen[0]["box"], json!(message.mailbox));
    assert_eq!(
        (&seen[0]["state"], &seen[0]["seconds"]),
        (&json!("new"), &json!(12))
    );
    assert_eq!(seen[0]["transcript"], "Please <b>call</b> me.");
    let text = seen[0].to_string();
    assert!(
        !text.contains("twilio.com"),
        "Twilio's address goes to nobody: {text}"
    );
    assert!(listed(&office, &bob, "").await.is_empty());
    for query in [
        "",
        &format!("?box={}", message.mailbox),
        &format!("?worker={}", message.mailbox),
    ] {
        assert_eq!(listed(&office, &sue, query).await.len(), 1, "{query}");
    }
    let others = office
        .reads(&bob, &format!("/voicemails?worker={}", message.mailbox))
        .await;
    assert_eq!(others.status, StatusCode::FORBIDDEN);
    let nonsense = office.reads(&bob, "/voicemails?box=CA1").await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
    let nobody = Request::get("/voicemails").body(Body::empty()).unwrap();
    assert_eq!(office.sends(nobody).await.status, StatusCode::FORBIDDEN);
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_96_the_workers_of_a_queue_see_its_box() {
    let office = Office::new();
    let emulator = &office.stage.emulator;
    let queue = emulator.add_queue("Sales", "skill == \"sales\"").unwrap();
    let bob = office.stage.worker("bob", &json!({ "skill": "sales" }));
    office.leads_to(&format!("box={queue}"));
    office.leaves(9, "").await;
    assert_eq!(office.task().attributes["voicemailQueue"], json!(queue));
    assert_eq!(listed(&office, &bob, "").await.len(), 1);
    assert_eq!(
        listed(&office, &bob, &format!("?box={queue}")).await.len(),
        1
    );
    assert!(listed(&office, &office.ann, "").await.is_empty());
    let others = office
        .reads(&office.ann, &format!("/voicemails?box={queue}"))
        .await;
    assert_eq!(others.status, StatusCode::FORBIDDEN);
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn f11_nobody_hears_a_message_that_is_not_theirs() {
    let (office, message) = with_message().await;
    let (bob, sue) = (office.stage.agent("bob"), office.stage.supervisor("sue"));
    let own = bob.worker().to_string();
    let heard = |reply: &super::Reply| (reply.status, reply.body.len());
    for who in [&office.ann, &sue] {
        let reply = office
            .posts(who, "/voicemails/media", &message.fields())
            .await;
        assert_eq!(heard(&reply), (StatusCode::OK, 12_024), "{}", reply.text());
        assert_eq!(reply.headers[header::CONTENT_TYPE], "audio/mpeg");
        assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    }
    let theirs = office
        .posts(&bob, "/voicemails/media", &message.fields())
        .await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
    // Nor by saying that it is in a box of theirs.
    let fields = [("box", own.as_str()), ("recordingSid", &message.recording)];
    for path in ["/voicemails/media", "/voicemails/mark"] {
        let claimed = [fields[0], fields[1], ("state", "done")];
        let reply = office.posts(&bob, path, &claimed).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
    let others = [fields[1], ("box", &message.mailbox), ("state", "done")];
    let reply = office.posts(&bob, "/voicemails/mark", &others).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(office.kept(&message.mailbox)[0]["state"], "new");
    office.curtain().await;
}

/// The template's plugin names the recording only: it is the agent's who has its task.
#[tokio::test(start_paused = true)]
async fn f11_the_templates_plugin_fetches_the_message_of_a_task_it_has() {
    let path = "/features/callback-and-voicemail/flex/fetch-voicemail";
    let (office, message) = with_message().await;
    let (bob, sue) = (office.stage.agent("bob"), office.stage.supervisor("sue"));
    let fields = [("recordingSid", message.recording.as_str())];
    let early = office.posts(&office.ann, path, &fields).await;
    assert_eq!(early.status, StatusCode::FORBIDDEN, "it is only offered");
    office.stage.accepts(&office.ann).await;
    let sound = office
        .posts(&office.ann, "/voicemails/media", &message.fields())
        .await;
    for who in [&office.ann, &sue] {
        let reply = office.posts(who, path, &fields).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let answer = reply.json();
        assert_eq!(answer["type"], "audio/mpeg");
        let text = answer["recording"].as_str().expect("base64");
        assert_eq!(STANDARD.decode(text).expect("base64"), sound.body);
    }
    let theirs = office.posts(&bob, path, &fields).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
    let unknown = [("recordingSid", "RE00000000000000000000000000000001")];
    let reply = office.posts(&sue, path, &unknown).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_message_can_be_asked_for() {
    let (office, message) = with_message().await;
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("Token", office.token(&office.ann).expose_secret())
        .extend_pairs(message.fields())
        .finish();
    let request = Request::post("/voicemails/media")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::RANGE, "bytes=12000-")
        .body(Body::from(body));
    let reply = office.sends(request.unwrap()).await;
    assert_eq!(
        (reply.status, reply.body.len()),
        (StatusCode::PARTIAL_CONTENT, 24)
    );
    assert_eq!(
        reply.headers[header::CONTENT_RANGE],
        "bytes 12000-12023/12024"
    );
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_is_marked_and_two_who_mark_at_once_lose_nothing() {
    let (office, message) = with_message().await;
    let of = message.fields();
    for state in ["heard", "done", "new"] {
        let fields = [of[0], of[1], ("state", state)];
        let reply = office.posts(&office.ann, "/voicemails/mark", &fields).await;
        assert_eq!(
            (reply.status, &reply.json()["state"]),
            (StatusCode::OK, &json!(state))
        );
        assert_eq!(listed(&office, &office.ann, "").await[0]["state"], state);
    }
    let wrong = [of[0], of[1], ("state", "lost")];
    let reply = office.posts(&office.ann, "/voicemails/mark", &wrong).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let (heard, done) = (
        [of[0], of[1], ("state", "heard")],
        [of[0], of[1], ("state", "done")],
    );
    let both = tokio::join!(
        office.posts(&office.ann, "/voicemails/mark", &heard),
        office.posts(&office.ann, "/voicemails/mark", &done)
    );
    assert_eq!(
        (both.0.status, both.1.status),
        (StatusCode::OK, StatusCode::OK)
    );
    let kept = office.kept(&message.mailbox);
    assert_eq!(kept[0]["transcript"], "Please <b>call</b> me.");
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_leaves_its_box_after_its_days() {
    let office = Office::with(setting().variable("VOICEMAIL_DAYS", "1"));
    office.leaves(9, "").await;
    office.stage.seconds(43_200).await;
    let kept = office.kept(office.ann.worker());
    let recording = kept[0]["recordingSid"].as_str().unwrap().to_owned();
    let mailbox = office.ann.worker().to_string();
    let fields = [
        ("box", mailbox.as_str()),
        ("recordingSid", &recording),
        ("state", "heard"),
    ];
    let reply = office.posts(&office.ann, "/voicemails/mark", &fields).await;
    assert_eq!(
        reply.status,
        StatusCode::OK,
        "marking it does not keep it longer"
    );
    office.stage.seconds(43_300).await;
    assert!(listed(&office, &office.ann, "").await.is_empty());
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_96_the_page_has_a_door_and_shows_the_list() {
    let (office, message) = with_message().await;
    let door =
        Request::get("/voicemails").header(header::ACCEPT, "text/html,application/xhtml+xml");
    let door = office.sends(door.body(Body::empty()).unwrap()).await;
    assert_eq!(door.status, StatusCode::OK);
    assert_eq!(
        door.headers[header::CONTENT_TYPE],
        "text/html; charset=utf-8"
    );
    let policy = door.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-"),
        "{policy}"
    );
    assert!(
        policy.contains("frame-ancestors 'self' https://flex.twilio.com"),
        "{policy}"
    );
    assert_eq!(door.headers["referrer-policy"], "no-referrer");
    assert!(door.text().contains("type=\"password\"") && !door.text().contains(&message.recording));

    let html = "text/html";
    let page = office
        .posts_for(&office.ann, "/voicemails", &[], html)
        .await;
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    let text = page.text();
    for shown in [
        message.recording.as_str(),
        "class=\"card new\">",
        "12 s",
        "Please &lt;b&gt;call&lt;&#x2f;b&gt; me.",
        "href=\"tel:+1303555",
        "Call back",
        "datetime=\"2027-01-15T08:0",
    ] {
        assert!(text.contains(shown), "{shown} is missing in {text}");
    }
    assert!(!text.contains("api.twilio.com"));
    office.curtain().await;
}

#[tokio::test(start_paused = true)]
async fn a5_96_the_page_works_without_its_script() {
    let (office, message) = with_message().await;
    let html = "text/html";
    // A form is posted, and the page comes again.
    let of = message.fields();
    let fields = [of[0], of[1], ("state", "done")];
    let page = office
        .posts_for(&office.ann, "/voicemails/mark", &fields, html)
        .await;
    let shown = page.text();
    assert!(shown.contains(&format!(
        "<li id=\"{}\" class=\"card done\">",
        message.recording
    )));
    let pressed = "value=\"done\" aria-pressed=\"true\"";
    assert!(shown.contains(pressed) && shown.matches("aria-pressed=\"true\"").count() == 1);

    // Its sound is a file: a browser that shows one asks for it again, and then without the form.
    for (accept, saved) in [(html, true), ("audio/*", false)] {
        let sound = office
            .posts_for(&office.ann, "/voicemails/media", &of, accept)
            .await;
        assert_eq!(sound.headers[header::CONTENT_TYPE], "audio/mpeg");
        let told = sound.headers.get(header::CONTENT_DISPOSITION);
        let told = told.is_some_and(|it| it == "attachment; filename=\"message.mp3\"");
        assert_eq!(told, saved, "{accept}");
    }

    // A token that is none, or is none any more, brings the door back, with a reason.
    for path in ["/voicemails", "/voicemails/mark", "/voicemails/media"] {
        let [mailbox, recording] = [&message.mailbox, &message.recording];
        let form = format!("Token=nonsense&box={mailbox}&recordingSid={recording}&state=new");
        let stranger = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, html)
            .body(Body::from(form));
        let page = office.sends(stranger.unwrap()).await.text();
        assert!(
            page.contains("not valid")
                && page.contains("type=\"password\"")
                && !page.contains("<li"),
            "{path}: {page}"
        );
    }
    office.curtain().await;
}
