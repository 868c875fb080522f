//! HTTPS, as Twilio's API is reached: the client brings its own TLS, and refuses certificates of unknown authorities.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::Certificate;
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use switchboard::twilio::transport;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// A server of HTTPS that answers every request with "ok"; its address, and its certificate, signed by itself.
async fn server() -> (String, Certificate) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not believe the certificate goes away.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let answer =
                b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok".as_slice();
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    let certificate = Certificate::from_der(cert.der()).unwrap();
    (format!("https://localhost:{port}"), certificate)
}

#[tokio::test]
async fn a_server_with_a_certificate_that_is_known_is_answered_over_tls() {
    let (url, certificate) = server().await;
    let client = transport::client()
        .no_proxy()
        .https_only(true)
        .tls_certs_merge([certificate])
        .build();
    let answer = client.unwrap().get(url).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");
}

/// A server that stands in for Twilio has some certificate, but none that an authority known here has signed.
#[tokio::test]
async fn a_server_whose_certificate_no_authority_has_signed_is_told_nothing() {
    let (url, _) = server().await;
    let client = transport::client().no_proxy().build().unwrap();
    let refused = client.get(url).send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    let told = format!("{:?}", anyhow::Error::from(refused));
    assert!(told.contains("invalid peer certificate"), "{told}");
}
