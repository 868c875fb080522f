//! The same story over TCP, in real time: the only test here that opens sockets.

use tokio::net::TcpListener;

use super::*;
use crate::emulator::CallStatus;

#[tokio::test]
async fn a_call_is_placed_moved_and_ended_over_tcp() {
    let clock = Clock::paced(Timestamp::constant(1_800_000_000, 0), 20);
    let emulator = Emulator::new(Settings::new(account(), SecretString::from(TOKEN), clock));
    let app = App::default();
    let (ours, theirs) = (
        serve(emulator.router()).await,
        serve(app.router(clock)).await,
    );
    let client = crate::twilio::transport::client().build().unwrap();
    emulator.connect(Line::network(ORIGIN, &theirs, client.clone()));
    emulator
        .number(&"+15125550100".parse().unwrap())
        .voice(Flow::Url(format!("{ORIGIN}/voice?a=b")))
        .status_callback(format!("{ORIGIN}/status"));
    app.on("/voice", "<Play>/audio/1</Play><Redirect/>");
    app.on("/hold", "<Pause length=\"600\"/><Hangup/>");

    let (to, hold) = ("+15125550100", format!("{ORIGIN}/hold"));
    let placed = ask(
        &client,
        &format!("{ours}/control/calls"),
        &[("from", CALLER), ("to", to)],
    )
    .await;
    let call: CallSid = placed.1["call"].as_str().unwrap().parse().unwrap();
    until(|| emulator.call(call).unwrap().status == CallStatus::InProgress).await;
    let update = format!(
        "{ours}/api/2010-04-01/Accounts/{}/Calls/{call}.json",
        account()
    );
    assert_eq!(ask(&client, &update, &[("Url", &hold)]).await.0, 200);
    until(|| !app.seen("/hold").is_empty()).await;
    let hang_up = format!("{ours}/control/calls/{call}/hang-up");
    assert_eq!(ask(&client, &hang_up, &[]).await.0, 200);
    until(|| !app.seen("/status").is_empty()).await;
    let told = client
        .get(format!("{ours}/control/journal"))
        .send()
        .await
        .unwrap();
    assert!(told.text().await.unwrap().contains("is completed"));
    assert_eq!(
        ask(&client, &format!("{ours}/control/agents/nobody/park"), &[])
            .await
            .0,
        404
    );
    assert_eq!(emulator.finish(), Vec::<String>::new());
}

#[tokio::test]
async fn wrong_credentials_and_unknown_paths_are_refused_over_tcp() {
    let emulator = Emulator::new(Settings::new(
        account(),
        SecretString::from(TOKEN),
        Clock::system(),
    ));
    let ours = serve(emulator.router()).await;
    let client = crate::twilio::transport::client().build().unwrap();
    let calls = format!("{ours}/2010-04-01/Accounts/{}/Calls.json", account());
    let ask = |url: String, token| client.get(url).basic_auth(account(), Some(token)).send();
    assert_eq!(ask(calls.clone(), "wrong").await.unwrap().status(), 401);
    assert_eq!(ask(calls, TOKEN).await.unwrap().status(), 200);
    assert_eq!(
        ask(format!("{ours}/v9/What"), TOKEN)
            .await
            .unwrap()
            .status(),
        404
    );
}

async fn ask(client: &reqwest::Client, url: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let request = client
        .post(url)
        .basic_auth(account(), Some(TOKEN))
        .form(form);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn until(done: impl Fn() -> bool + Send + Sync) {
    let waiting = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), waiting)
        .await
        .unwrap();
}
