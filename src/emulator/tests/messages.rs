//! Text messages: in, answered, out; and who does not want any.

use super::*;

const PHONE: &str = "+15125550177";
const OWN: &str = "+15125550100";

fn stage() -> Stage {
    let stage = Stage::new();
    let number = stage.emulator.number(&stage.number);
    number.messaging(format!("{ORIGIN}/sms"));
    stage
}

impl Stage {
    /// A person texts the number; what lies in their inbox then.
    async fn text(&self, body: &str) -> Vec<String> {
        self.emulator.text(PHONE, &self.number, body);
        self.inbox().await
    }

    async fn inbox(&self) -> Vec<String> {
        self.emulator.settled().await;
        let inbox = self.emulator.inbox(PHONE).into_iter();
        inbox.map(|text| text.body).collect()
    }

    async fn send(&self, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = Vec::new();
        for (name, value) in [("To", PHONE), ("From", OWN), ("Body", "Good morning")] {
            if more.iter().all(|(other, _)| *other != name) {
                form.push((name, value));
            }
        }
        form.extend(more.iter().filter(|(_, value)| *value != "-"));
        self.rest("POST", "/Messages.json", &form).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_asked_about_and_answered() {
    let stage = stage();
    stage.app.on(
        "/sms",
        "<Message>You are on line.</Message><Redirect>/more?x=1</Redirect>",
    );
    stage
        .app
        .on("/more", "<Message><Body>Reply off to end.</Body></Message>");
    let inbox = stage.text("ON sales 👍").await;
    assert_eq!(inbox, ["You are on line.", "Reply off to end."]);
    let asked = &stage.app.seen("/sms")[0].form;
    assert_eq!(asked["MessageSid"], asked["SmsSid"]);
    assert!(asked["MessageSid"].starts_with("SM"));
    let told = ["From", "To", "Body", "NumMedia", "NumSegments"].map(|name| &*asked[name]);
    assert_eq!(told, [PHONE, OWN, "ON sales 👍", "0", "1"]);
    assert_eq!(stage.app.seen("/more")[0].form["Body"], "ON sales 👍");
    assert_eq!(stage.emulator.inbox(PHONE)[0].from, OWN);
    assert_eq!(stage.emulator.finish(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn silence_is_an_answer_and_a_failure_asks_the_fallback() {
    let stage = stage();
    for silence in ["<Response/>", ""] {
        stage.app.answer("/sms", 200, silence);
        assert_eq!(stage.text("hello").await, [""; 0]);
    }
    stage.app.answer("/sms", 500, "");
    assert_eq!(stage.text("hello").await, [""; 0]);
    let number = stage.emulator.number(&stage.number);
    number.messaging_fallback(format!("{ORIGIN}/sorry"));
    stage.app.on("/sorry", "<Message>Sorry</Message>");
    assert_eq!(stage.text("hello").await, ["Sorry"]);
    let asked = &stage.app.seen("/sorry")[0].form;
    assert_eq!(
        (&*asked["ErrorCode"], &*asked["ErrorUrl"]),
        ("11200", "https://app.example/sms")
    );
    stage
        .app
        .answer("/sms", 200, "<Response><Say>aloud</Say></Response>");
    assert_eq!(stage.text("hello").await, ["Sorry", "Sorry"]);
    stage.app.on("/sms", "<Redirect/>");
    stage.text("hello").await;
    let codes: Vec<_> = stage
        .emulator
        .journal()
        .warnings()
        .iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(codes, [11200, 11200, 12200, 11215]);
}

#[tokio::test(start_paused = true)]
async fn who_has_sent_stop_is_left_alone_until_start() {
    let stage = stage();
    stage.app.on("/sms", "<Message>Noted</Message>");
    let inbox = stage.text("Stop").await;
    assert!(
        inbox.len() == 1 && inbox[0].contains("START"),
        "the carrier's answer alone: {inbox:?}"
    );
    assert_eq!(
        stage.app.seen("/sms")[0].form["Body"],
        "Stop",
        "the application may take note"
    );
    assert_eq!(stage.emulator.journal().warnings()[0].0, 21610);
    let (status, body) = stage.send(&[]).await;
    assert_eq!((status, body["code"].as_u64()), (400, Some(21610)));
    assert_eq!(
        stage.text("help").await.len(),
        1,
        "no help for who has left"
    );
    assert_eq!(stage.text("stop").await.len(), 1, "and no second farewell");
    let (status, _) = stage.send(&[("To", "+15125550178")]).await;
    assert_eq!(status, 201, "others are written to");

    let inbox = stage.text("start").await;
    assert_eq!((inbox.len(), inbox[2].as_str()), (3, "Noted"));
    assert_eq!(stage.send(&[]).await.0, 201);
    assert_eq!(stage.inbox().await[3], "Good morning");
}

#[tokio::test(start_paused = true)]
async fn an_opt_out_counts_for_the_whole_service() {
    let stage = stage();
    let other: E164 = "+15125550109".parse().unwrap();
    stage.emulator.number(&other);
    let service = stage
        .emulator
        .messaging_service(&[other, stage.number.clone()]);
    let by_service = [("From", "-"), ("MessagingServiceSid", service.as_str())];
    let (_, body) = stage.send(&by_service).await;
    assert_eq!(
        (body["status"].as_str(), body["from"].as_str()),
        (Some("accepted"), Some("+15125550109"))
    );
    stage.text("hello").await;
    let (_, body) = stage.send(&by_service).await;
    assert_eq!(body["from"], OWN, "the number they know");
    assert_eq!(
        stage.app.seen("/sms")[0].form["MessagingServiceSid"],
        service.as_str()
    );
    stage.text("STOP").await;
    for sender in [&by_service[..], &[("From", "+15125550109")]] {
        assert_eq!(stage.send(sender).await.1["code"], 21610);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_by_rest_tells_what_becomes_of_it() {
    let stage = stage();
    let callback = format!("{ORIGIN}/sms-status");
    let (status, body) = stage.send(&[("StatusCallback", &callback)]).await;
    assert_eq!((status, body["status"].as_str()), (201, Some("queued")));
    assert_eq!(stage.inbox().await, ["Good morning"]);
    stage
        .emulator
        .phone("+15125550178", crate::emulator::Answer::Unreachable);
    stage
        .send(&[("To", "+15125550178"), ("StatusCallback", &callback)])
        .await;
    stage.emulator.settled().await;
    let told: Vec<_> = stage
        .app
        .seen("/sms-status")
        .iter()
        .map(|it| it.form["MessageStatus"].clone())
        .collect();
    assert_eq!(told, ["sent", "delivered", "sent", "undelivered"]);
    assert_eq!(stage.app.seen("/sms-status")[3].form["ErrorCode"], "30005");

    let path = format!("/Messages/{}.json", body["sid"].as_str().unwrap());
    let (_, seen) = stage.rest("GET", &path, &[]).await;
    assert_eq!(
        (seen["status"].as_str(), seen["direction"].as_str()),
        (Some("delivered"), Some("outbound-api"))
    );
    let (_, page) = stage
        .rest("GET", "/Messages.json?To=%2B15125550177", &[])
        .await;
    assert_eq!(page["messages"].as_array().unwrap().len(), 1);
    let (_, seen) = stage.rest("POST", &path, &[("Body", "")]).await;
    assert_eq!(seen["body"], "");
    assert_eq!(stage.rest("DELETE", &path, &[]).await.0, 204);
    assert_eq!(stage.rest("GET", &path, &[]).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn what_twilio_would_not_send_is_refused() {
    let stage = stage();
    let long = "x".repeat(1_601);
    for (form, code) in [
        (("To", "-"), 21604),
        (("To", "5550177"), 21211),
        (("To", OWN), 21266),
        (("From", "-"), 21603),
        (("From", "Acme"), 21212),
        (("From", "+13035550123"), 21606),
        (
            ("MessagingServiceSid", "MG00000000000000000000000000000000"),
            21701,
        ),
        (("Body", "-"), 21602),
        (("Body", &*long), 21617),
        (("MediaUrl", "https://x/y.png"), 20001),
    ] {
        let (status, body) = stage.send(&[form]).await;
        assert_eq!(
            (status, body["code"].as_u64()),
            (400, Some(code)),
            "{:?}",
            form.0
        );
    }
    assert_eq!(stage.inbox().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn neither_journal_nor_debug_shows_a_number_or_what_was_said() {
    let stage = stage();
    stage.app.on("/sms", "<Message>Call +13035550123</Message>");
    stage.text("my secret").await;
    let shown = format!(
        "{}{:?}",
        stage.emulator.journal(),
        stage.emulator.inbox(PHONE)
    );
    for hidden in ["5125550177", "5125550100", "3035550123", "my secret"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(shown.contains("inbound message from +15…77"), "{shown}");
}
