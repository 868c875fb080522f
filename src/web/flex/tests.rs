//! The gate under paused time, with Twilio's answer given by the test.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Counts how often it was asked.
#[derive(Default)]
struct Iam(AtomicU32);

impl Iam {
    fn asked(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    async fn says(&self, answer: Result<Option<Proof>, Error>) -> Result<Option<Proof>, Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
        answer
    }
}

fn proof(expires: Option<i64>) -> Proof {
    Proof {
        worker: None,
        identity: "ann".to_owned(),
        roles: vec!["agent".to_owned()],
        expires: expires.map(|after| NOW + SignedDuration::from_secs(after)),
    }
}

fn gate() -> Gate {
    Gate::new(Clock::starting_at(NOW))
}

async fn wait(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_valid_token_is_remembered_for_a_minute() {
    let (gate, iam, token) = (gate(), Iam::default(), "token".into());
    for (after, asked) in [(0, 1), (59, 1), (2, 2)] {
        wait(after).await;
        let agent = gate.admit(&token, iam.says(Ok(Some(proof(None))))).await;
        assert_eq!(agent.unwrap().identity, "ann");
        assert_eq!(iam.asked(), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_not_remembered_past_its_end() {
    let (gate, iam, token) = (gate(), Iam::default(), "token".into());
    let ends = || Ok(Some(proof(Some(10))));
    assert!(gate.admit(&token, iam.says(ends())).await.is_ok());
    wait(11).await;
    let problem = gate.admit(&token, iam.says(ends())).await.unwrap_err();
    assert_eq!((problem.kind(), iam.asked()), (Kind::TokenRefused, 2));
}

#[tokio::test(start_paused = true)]
async fn first_questions_that_arrive_together_are_asked_once() {
    let (gate, iam, token) = (gate(), Iam::default(), "token".into());
    let many = (0..50).map(|_| gate.admit(&token, iam.says(Ok(Some(proof(None))))));
    let admitted = futures_util::future::join_all(many).await;
    assert!(admitted.iter().all(Result::is_ok));
    assert_eq!(iam.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn not_valid_is_remembered_for_five_seconds() {
    let (gate, iam, token) = (gate(), Iam::default(), "token".into());
    for (after, asked) in [(0, 1), (4, 1), (2, 2)] {
        wait(after).await;
        let problem = gate.admit(&token, iam.says(Ok(None))).await.unwrap_err();
        assert_eq!((problem.kind(), iam.asked()), (Kind::TokenRefused, asked));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_to_ask_is_told_and_not_remembered() {
    let (gate, iam, token) = (gate(), Iam::default(), "token".into());
    let problem = gate.admit(&token, iam.says(Err(Error::Late))).await;
    assert_eq!(problem.unwrap_err().kind(), Kind::Unavailable);
    assert!(
        gate.admit(&token, iam.says(Ok(Some(proof(None)))))
            .await
            .is_ok()
    );
    assert_eq!(iam.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_first_and_leaves_does_not_take_the_others_along() {
    let (gate, iam, token) = (gate(), Iam::default(), "token".into());
    let hasty = gate.admit(&token, iam.says(Ok(Some(proof(None)))));
    let patient = gate.admit(&token, iam.says(Ok(Some(proof(None)))));
    let (hasty, patient) = tokio::join!(
        tokio::time::timeout(Duration::from_millis(50), hasty),
        patient
    );
    assert!(hasty.is_err() && patient.is_ok());
}

#[test]
fn a_token_comes_from_the_field_or_the_header() {
    let mut headers = HeaderMap::new();
    let (abc, xyz) = ("e30.a.b", "e30..iv.c.tag");
    headers.insert(
        header::AUTHORIZATION,
        format!("Bearer {abc}").parse().unwrap(),
    );
    let from = |headers: &HeaderMap, form: &str| {
        token(headers, &crate::twilio::signature::fields(form.as_bytes()))
            .map(|token| token.expose_secret().to_owned())
            .map_err(|problem| problem.kind())
    };
    assert_eq!(from(&headers, "Token=undefined"), Ok(abc.to_owned()));
    let given = format!("Token={xyz}");
    assert_eq!(from(&headers, &given), Ok(xyz.to_owned()));
    for bad in [
        "",
        "Token=",
        "Token=a%00b",
        "Token=a+b",
        "Token=abc",
        "Token=e30.a",
        "Token=e30.a.b.c",
        "Token=e30.a.b.c.d.e",
        "Token=e30.a.b%2Bc",
        "Token=W10.a.b",
        "Token=..",
        "Token=....",
    ] {
        assert_eq!(from(&HeaderMap::new(), bad), Err(Kind::TokenRefused));
    }
}

#[tokio::test(start_paused = true)]
async fn a_crowd_of_made_up_tokens_keeps_neither_old_agents_out_nor_new_ones() {
    let (gate, iam) = (gate(), Arc::new(Iam::default()));
    let known = SecretString::from("known");
    let valid = || Ok(Some(proof(None)));
    assert!(gate.admit(&known, iam.says(valid())).await.is_ok());
    let crowd: Vec<_> = (0..20_000)
        .map(|nth| {
            let (gate, iam) = (gate.clone(), Arc::clone(&iam));
            tokio::spawn(async move {
                let token = SecretString::from(format!("made up {nth}"));
                gate.admit(&token, iam.says(Ok(None))).await.unwrap_err()
            })
        })
        .collect();
    // Time passes only when all of them have asked, and wait.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = tokio::time::Instant::now();
    assert!(gate.remembered(&known).await.unwrap().is_ok());
    assert!(
        start.elapsed().is_zero(),
        "a remembered token waits for nobody"
    );
    assert!(gate.admit(&"new".into(), iam.says(valid())).await.is_ok());
    assert!(
        start.elapsed() <= Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
    let mut sent_away = 0;
    for problem in crowd {
        let problem = problem.await.unwrap();
        sent_away += u32::from(problem.kind() == Kind::Overloaded);
        assert!(matches!(
            problem.kind(),
            Kind::Overloaded | Kind::TokenRefused
        ));
    }
    assert!(
        iam.asked() < 700 && sent_away > 19_000,
        "{} {sent_away}",
        iam.asked()
    );
    wait(30).await;
    assert!(
        gate.remembered(&known).await.is_some_and(|it| it.is_ok()),
        "refusals push no proof out"
    );
}
