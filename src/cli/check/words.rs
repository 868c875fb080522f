//! Errors of the network in words: what stood in the way, where the libraries say only that a request failed.

use std::{error::Error, io};

use crate::twilio::error::Error as TwilioError;

/// Why a question to Twilio was not answered as hoped.
pub(super) fn of_twilio(error: &TwilioError) -> String {
    match error {
        TwilioError::Unreachable(broken) => format!("Twilio could not be reached: {}", of(broken)),
        TwilioError::Garbled { source, .. } => format!("{error}: {source}"),
        other => other.to_string(),
    }
}

/// Why no answer came: DNS, the connection, TLS, or time.
pub(super) fn of(error: &(dyn Error + 'static)) -> String {
    let mut deepest = error;
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(words) = known(error) {
            return words;
        }
        deepest = error;
        link = error.source();
    }
    deepest.to_string()
}

/// What one link of the chain of causes means, if it says enough.
fn known(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<reqwest::Error>()
        && error.is_timeout()
    {
        let words = if error.is_connect() {
            "no connection came about in time; a firewall may drop what is sent"
        } else {
            "no answer came in time"
        };
        return Some(words.to_owned());
    }
    let text = error.to_string();
    if text.starts_with("dns error") {
        return Some(
            "DNS knows no address for this name; is the name right, and is there a way to a name server?"
                .to_owned(),
        );
    }
    if let Some(certificate) = text.split("invalid peer certificate: ").nth(1) {
        return Some(of_certificate(certificate));
    }
    if text.contains("received corrupt message of type") {
        return Some(
            "TLS failed: what answers there does not speak TLS; is it a port for plain http?"
                .to_owned(),
        );
    }
    if text.contains("received fatal alert") {
        return Some(format!("TLS failed: the other side ended it ({text})"));
    }
    of_connection(error.downcast_ref::<io::Error>()?.kind()).map(str::to_owned)
}

fn of_connection(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => {
            "the connection was refused: nothing listens there, or a firewall rejects it"
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            "the other side broke the connection off"
        }
        io::ErrorKind::UnexpectedEof => "the other side closed the connection in the middle",
        io::ErrorKind::TimedOut => {
            "no connection came about in time; a firewall may drop what is sent"
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no route to it"
        }
        _ => return None,
    })
}

/// What is wrong with a certificate, from the words of rustls.
fn of_certificate(text: &str) -> String {
    let why = if text.contains("UnknownIssuer") {
        "no authority that is known here has signed it; is a certificate of the chain missing, or is it a private one?"
    } else if text.to_ascii_lowercase().contains("expired") {
        "it has expired"
    } else if text.to_ascii_lowercase().contains("not valid for name")
        || text.contains("NotValidForName")
    {
        "it is for another name"
    } else {
        text
    };
    format!("TLS failed: the certificate is not accepted: {why}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    async fn asked(url: &str) -> String {
        let client = crate::twilio::transport::client()
            .no_proxy()
            .timeout(Duration::from_millis(300));
        let client = client.build().expect("a client");
        of(&client.get(url).send().await.expect_err("no answer"))
    }

    #[tokio::test]
    async fn a_port_where_nothing_listens_refuses_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let words = asked(&url).await;
        assert!(words.starts_with("the connection was refused"), "{words}");
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_dns() {
        // Reserved for names that never exist (RFC 6761).
        let words = asked("http://switchboard.invalid").await;
        assert!(words.starts_with("DNS knows no address"), "{words}");
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_late() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        assert_eq!(asked(&url).await, "no answer came in time");
    }

    #[tokio::test]
    async fn plain_http_on_a_port_for_https_is_told_as_that() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        });
        let words = asked(&url).await;
        assert!(words.contains("does not speak TLS"), "{words}");
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told() {
        let told = |text| {
            let error: Box<dyn Error> = format!("invalid peer certificate: {text}").into();
            of(&*error)
        };
        assert!(told("UnknownIssuer").contains("no authority that is known here"));
        assert!(told("certificate expired: verified at time 1").ends_with("it has expired"));
        assert!(told("certificate not valid for name \"a.example\"").ends_with("another name"));
        assert!(told("BadSignature").ends_with("BadSignature"));
    }
}
