//! What the server does not ask of TaskRouter, but other people's programs will: the furniture made, changed and
//! deleted, and reservations given instructions. Every exchange is held against Twilio's description, as in the
//! stories.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::check;
use crate::stage::{MAIN_LINE, Stage, TOKEN};
use switchboard::twilio::sid::AccountSid;

/// Somebody at a console.
struct Console {
    stage: Stage,
    account: String,
}

impl Console {
    fn new() -> Self {
        let stage = Stage::new();
        let account = AccountSid::from_bytes([0xac; 16]).to_string();
        Self { stage, account }
    }

    fn ask(&self, method: &str, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let workspace = self.stage.emulator.workspace();
        let url = format!("https://taskrouter.twilio.com/v1/Workspaces/{workspace}{path}");
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let proof = STANDARD.encode(format!("{}:{TOKEN}", self.account));
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Basic {proof}"))
            .body(Bytes::from(body))
            .expect("a request");
        let answer = self.stage.emulator.rest(&request);
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// Makes something, and gives its path.
    fn make(&self, kind: &str, form: &[(&str, &str)]) -> String {
        let (status, body) = self.ask("POST", kind, form);
        assert_eq!(status, 201, "{body}");
        format!("{kind}/{}", body["sid"].as_str().expect("a SID"))
    }

    /// Ends it: everything that passed was as Twilio describes it.
    async fn end(self) {
        for exchange in self.stage.emulator.exchanges() {
            assert_eq!(check(&(&exchange).into()), [""; 0], "{exchange:#?}");
        }
        self.stage.curtain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_furniture_is_as_twilio_describes_it() {
    let console = Console::new();
    let change = [
        ("EventCallbackUrl", "https://a.example/events"),
        ("EventsFilter", "task.created"),
    ];
    assert_eq!(console.ask("POST", "", &change).0, 200);
    let activity = console.make("/Activities", &[("FriendlyName", "Cool-down")]);
    let channel = [("FriendlyName", "Chat"), ("UniqueName", "chat")];
    let channel = console.make("/TaskChannels", &channel);
    let queue = [
        ("FriendlyName", "Sales"),
        ("TargetWorkers", "team == 'sales'"),
    ];
    let queue = console.make("/TaskQueues", &queue);
    let sid = queue.trim_start_matches("/TaskQueues/");
    let leads = json!({ "task_routing": { "default_filter": { "queue": sid } } }).to_string();
    let workflow = [
        ("FriendlyName", "Sales"),
        ("Configuration", &*leads),
        ("AssignmentCallbackUrl", "https://a.example/assign"),
        ("FallbackAssignmentCallbackUrl", "https://b.example/assign"),
        ("TaskReservationTimeout", "60"),
    ];
    let workflow = console.make("/Workflows", &workflow);
    for path in [&activity, &channel, &queue, &workflow] {
        let rename = [("FriendlyName", "Renamed")];
        let (status, body) = console.ask("POST", path, &rename);
        assert_eq!(
            (status, body["friendly_name"].as_str()),
            (200, Some("Renamed"))
        );
        assert_eq!(console.ask("GET", path, &[]).0, 200);
    }
    for kind in ["/Activities", "/TaskChannels", "/TaskQueues", "/Workflows"] {
        assert_eq!(console.ask("GET", kind, &[]).0, 200);
    }
    assert_eq!(console.ask("DELETE", &queue, &[]).0, 400, "in use");
    for path in [&workflow, &queue, &channel, &activity] {
        assert_eq!(console.ask("DELETE", path, &[]).0, 204);
        assert_eq!(console.ask("GET", path, &[]).0, 404);
    }
    console.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_instruction_is_as_twilio_describes_it() {
    let console = Console::new();
    let ann = console.stage.agent("ann");
    let caller = console.stage.calls(MAIN_LINE).await;
    let offer = *ann.offers().first().expect("an offer");
    let task = console.stage.open_tasks(caller)[0].sid;
    let by_task = format!("/Tasks/{task}/Reservations/{offer}");
    let by_worker = format!("/Workers/{}/Reservations/{offer}", ann.worker());
    let wrong = [("Instruction", "call"), ("CallFrom", MAIN_LINE)];
    let (status, body) = console.ask("POST", &by_worker, &wrong);
    assert_eq!((status, body["code"].as_u64()), (400, Some(40112)));
    let dequeue = [
        ("Instruction", "dequeue"),
        ("DequeueTo", "+13035550177"),
        ("DequeueFrom", MAIN_LINE),
        ("DequeueTimeout", "20"),
        ("DequeueStatusCallbackEvent", "answered"),
        ("DequeueStatusCallbackEvent", "completed"),
    ];
    assert_eq!(console.ask("POST", &by_task, &dequeue).0, 200);
    console.stage.seconds(10).await;
    let (_, body) = console.ask("GET", &by_task, &[]);
    assert_eq!(body["reservation_status"], "accepted");
    console.stage.emulator.hang_up(caller);
    console.stage.moment().await;
    let (_, body) = console.ask("GET", &by_worker, &[]);
    assert_eq!(body["reservation_status"], "wrapping");
    console.end().await;
}
