//! The doctor at the proxy in front of the server: what does it change of a request on the way?
//!
//! Each probe is the webhook of a call that rings, which the server notes and forgets, with something in it that proxies
//! are known to touch. The server accepts it if the signature still fits, or if what was changed does not matter to it.

use http::StatusCode;

use super::{Finding, Scene};

/// One thing that a proxy may touch.
struct Probe {
    what: &'static str,
    query: &'static str,
    /// What must be put right; `Err`: what to beware of, where our own links do not need it.
    advice: Result<&'static str, &'static str>,
}

const KEEP_QUERY: &str = "Twilio signs the URL as it was given. Let the proxy hand path and query on as they came: for nginx, proxy_pass \
                          without a path behind the host; no rewrite rules, no normalizing of the query.";

const PROBES: [Probe; 6] = [
    Probe {
        what: "a query",
        query: "a=1&b=2",
        advice: Ok(KEEP_QUERY),
    },
    Probe {
        what: "an encoded blank in the query",
        query: "a=x%20y",
        advice: Ok(KEEP_QUERY),
    },
    Probe {
        what: "a plus in the query",
        query: "a=x+y",
        advice: Ok(KEEP_QUERY),
    },
    Probe {
        what: "an encoded plus in the query",
        query: "a=x%2By",
        advice: Ok(KEEP_QUERY),
    },
    Probe {
        what: "an encoded quotation mark in the query",
        query: "a=%27",
        advice: Ok(KEEP_QUERY),
    },
    Probe {
        what: "the order of the query",
        query: "b=2&a=1",
        advice: Err(
            "This server's own links are in alphabetical order, so sorting does them no harm. In URLs that you \
                     configure at Twilio yourself, write the parameters in alphabetical order, too.",
        ),
    },
];

/// How long a body is sent: longer than any webhook, shorter than what the server takes.
const LONG: usize = 48 * 1024;

/// A route deep below the public URL.
const DEEP: &str = "/features/callback-and-voicemail/studio/wait-experience";

/// The request id by which this server is known: it gives it back.
const ID: &str = "check-of-the-path";

/// Sends each probe.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let mut findings = Vec::new();
    for probe in &PROBES {
        findings.push(query(scene, probe).await);
    }
    findings.push(body(scene).await);
    findings.push(path(scene).await);
    findings
}

async fn query(scene: &Scene, probe: &Probe) -> Finding {
    let what = probe.what;
    let changed = |how: String| match probe.advice {
        Ok(advice) => Finding::fail(how, advice),
        Err(advice) => Finding::warn(how, advice),
    };
    match ring(scene, probe.query, "").await {
        Ok(StatusCode::NO_CONTENT) => Finding::pass(format!("{what} arrives as it was sent")),
        Ok(StatusCode::FORBIDDEN) => changed(format!("{what} is changed on the way")),
        Ok(status) => changed(format!("a webhook with {what} is answered {status}")),
        Err(why) => changed(format!("a webhook with {what} gets no answer: {why}")),
    }
}

async fn body(scene: &Scene) -> Finding {
    let advice = "The longest webhooks of Twilio's must get through: let the proxy take bodies of 64 KiB (for nginx, \
                  client_max_body_size), and leave them as they are.";
    match ring(scene, "", &"x".repeat(LONG)).await {
        Ok(StatusCode::NO_CONTENT) => Finding::pass("a long body arrives as it was sent"),
        Ok(StatusCode::FORBIDDEN) => Finding::fail("a long body is changed on the way", advice),
        Ok(status) => Finding::fail(format!("a long body is answered {status}"), advice),
        Err(why) => Finding::fail(format!("a long body gets no answer: {why}"), advice),
    }
}

/// Whether a long path gets here. Nothing is signed, so this server refuses it, under the request's own id.
async fn path(scene: &Scene) -> Finding {
    let url = format!("{}{DEEP}", scene.config.general.public_url);
    let advice = "Let the proxy hand on every path below PUBLIC_URL, with or without PUBLIC_URL's own path in front.";
    match scene.site.knock(&url, ID).await {
        Ok(answer) if answer.headers.get("x-request-id").is_none_or(|it| it != ID) => {
            Finding::fail(
                format!("something else than this server answers at {url}"),
                advice,
            )
        }
        Ok(answer) if answer.status == StatusCode::FORBIDDEN => {
            Finding::pass("a path of several parts arrives as it was sent")
        }
        Ok(answer) => Finding::fail(
            format!(
                "a path of several parts is changed on the way: it is answered {}",
                answer.status
            ),
            advice,
        ),
        Err(why) => Finding::fail(format!("{url} gives no answer: {why}"), advice),
    }
}

/// A call rings.
async fn ring(scene: &Scene, query: &str, filler: &str) -> Result<StatusCode, String> {
    let config = &scene.config;
    let join = if query.is_empty() { "" } else { "?" };
    let url = format!(
        "{}/call-status-handler{join}{query}",
        config.general.public_url
    );
    let account = config.general.account.sid.to_string();
    let fields = [
        ("AccountSid", account.as_str()),
        ("CallSid", "CA00000000000000000000000000000000"),
        ("CallStatus", "ringing"),
        ("Filler", filler),
    ];
    let Some(token) = config.general.account.auth_tokens.first() else {
        return Err("there is no auth token to sign with".to_owned());
    };
    let answer = scene.site.post(&url, &fields, token).await?;
    Ok(answer.status)
}
