//! The end of a server while callers are on hold: none of them is refused.

use std::{
    borrow::Cow,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use secrecy::SecretString;
use switchboard::{
    emulator::{Fault, RestTrouble},
    twilio::signature,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{Twilio, client, process::Server, until};
use crate::stage::{PUBLIC_URL, TOKEN};

/// A later round of a call on hold, signed as Twilio signs it, asked of the server at this address.
pub(super) async fn hold_round(url: &str, call: u32) -> Result<(u16, String), reqwest::Error> {
    let target = "/hold?worker=WK00000000000000000000000000000001\
                  &workflow=WW00000000000000000000000000000001&since=1800000000000&round=7";
    let call = format!("CA{call:032x}");
    let fields = [("CallSid", call.as_str())];
    let signed = fields.map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)));
    let proof = signature::sign(
        &SecretString::from(TOKEN),
        &format!("{PUBLIC_URL}{target}"),
        &signed,
    );
    let request = client()
        .post(format!("{url}{target}"))
        .header(signature::HEADER, proof)
        .form(&fields);
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

async fn is_ready(url: &str) -> bool {
    let answer = client().get(format!("{url}/ready")).send().await;
    answer.is_ok_and(|answer| answer.status() == 200)
}

/// The door used to be closed half a second after the signal, while the process went on for as long as its last request
/// took: a caller whose round of music ended in that time heard an error.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_round_that_comes_late_in_a_drain_hears_music() {
    let twilio = Twilio::open(1).await;
    let mut variables = twilio.variables();
    variables.retain(|(name, _)| *name != "DRAIN_LINGER");
    variables.push(("DRAIN_LINGER", "2".to_owned()));
    let server = Server::start(&variables).await;
    // A round that is in work for nearly four seconds: much longer than the linger.
    let slow = RestTrouble::Slow(Duration::from_millis(3_700));
    let sync = Fault::rest(slow).product("sync").times(1);
    twilio.emulator.weather().script(sync);
    let url = server.url.clone();
    let slow = tokio::spawn(async move { hold_round(&url, 1).await });
    sleep(Duration::from_millis(300)).await;
    let told = Instant::now();
    server.signal("TERM").await;
    until("it knows", || server.says("stopping")).await;
    assert!(!is_ready(&server.url).await, "the balancer is told");
    // Within the linger, and after it while a request is in work.
    for at in [800, 1_600, 2_200] {
        sleep(Duration::from_millis(at).saturating_sub(told.elapsed())).await;
        let (status, heard) = hold_round(&server.url, 2).await.expect("no refusal");
        assert_eq!(status, 200, "{at} ms after the signal");
        assert!(heard.contains("<Play"), "{heard}");
    }
    let (status, heard) = slow.await.unwrap().expect("what was begun is finished");
    assert_eq!(status, 200);
    assert!(heard.contains("<Play"), "{heard}");
    assert_eq!(server.end().await, Some(0));
    assert!(
        told.elapsed() < Duration::from_secs(9),
        "{:?}",
        told.elapsed()
    );
}

/// A load balancer: sends requests to the servers that were ready when it last looked, in turn.
struct Balancer {
    places: Mutex<Vec<String>>,
    ready: Mutex<Vec<bool>>,
    turn: AtomicUsize,
    looked: AtomicUsize,
}

impl Balancer {
    fn place(&self, at: usize, url: &str) {
        url.clone_into(&mut self.places.lock().unwrap()[at]);
    }

    async fn looks(&self) {
        for at in 0..2 {
            let url = self.places.lock().unwrap()[at].clone();
            let ready = is_ready(&url).await;
            self.ready.lock().unwrap()[at] = ready;
        }
        self.looked.fetch_add(1, Ordering::Relaxed);
    }

    fn is_ready(&self, at: usize) -> bool {
        self.ready.lock().unwrap()[at]
    }

    fn picks(&self) -> Option<String> {
        let (places, ready) = (self.places.lock().unwrap(), self.ready.lock().unwrap());
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let at = (first..first + 2).map(|at| at % 2).find(|at| ready[*at])?;
        Some(places[at].clone())
    }
}

/// How often the balancer looks: every five seconds in the field, with a linger of fifteen.
const LOOKS: Duration = Duration::from_millis(1_200);

/// Looks at the servers again and again, until it is over.
async fn looks(balancer: Arc<Balancer>, over: Arc<AtomicBool>) {
    while !over.load(Ordering::Relaxed) {
        balancer.looks().await;
        sleep(LOOKS).await;
    }
}

/// A caller on hold whose rounds are short: how many they heard, and what went wrong.
async fn waits(balancer: Arc<Balancer>, over: Arc<AtomicBool>, call: u32) -> (u32, Vec<String>) {
    let (mut rounds, mut lost) = (0, vec![]);
    while !over.load(Ordering::Relaxed) {
        let url = balancer.picks().expect("a ready replica");
        match hold_round(&url, call).await {
            Ok((200, heard)) if heard.contains("<Play") => rounds += 1,
            other => lost.push(format!("{other:?}")),
        }
        sleep(Duration::from_millis(100)).await;
    }
    (rounds, lost)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_under_load_refuses_no_connection() {
    let twilio = Twilio::open(1).await;
    let mut variables = twilio.variables();
    variables.retain(|(name, _)| *name != "DRAIN_LINGER");
    variables.push(("DRAIN_LINGER", "3".to_owned()));
    let mut servers = [
        Server::start(&variables).await,
        Server::start(&variables).await,
    ];
    let balancer = Arc::new(Balancer {
        places: Mutex::new(servers.iter().map(|it| it.url.clone()).collect()),
        ready: Mutex::new(vec![true; 2]),
        turn: AtomicUsize::new(0),
        looked: AtomicUsize::new(0),
    });
    let over = Arc::new(AtomicBool::new(false));
    let looking = tokio::spawn(looks(Arc::clone(&balancer), Arc::clone(&over)));
    let mut callers = JoinSet::new();
    for call in 0..8 {
        callers.spawn(waits(Arc::clone(&balancer), Arc::clone(&over), call));
    }
    for (at, server) in servers.iter_mut().enumerate() {
        // Just after a look: the balancer knows of nothing for as long as can be.
        let looked = balancer.looked.load(Ordering::Relaxed);
        let next = || balancer.looked.load(Ordering::Relaxed) > looked;
        until("the balancer has looked", next).await;
        server.signal("TERM").await;
        assert_eq!(server.end().await, Some(0));
        // A new one is not there at once.
        sleep(LOOKS).await;
        *server = Server::start(&variables).await;
        balancer.place(at, &server.url);
        until("the balancer has seen it", || balancer.is_ready(at)).await;
    }
    sleep(Duration::from_millis(500)).await;
    over.store(true, Ordering::Relaxed);
    looking.await.unwrap();
    let (mut rounds, mut lost) = (0, vec![]);
    for (more, failed) in callers.join_all().await {
        rounds += more;
        lost.extend(failed);
    }
    assert!(lost.is_empty(), "{} beside {rounds}: {lost:#?}", lost.len());
    assert!(rounds > 100, "{rounds}");
}
