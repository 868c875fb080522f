//! The one seam to the network.
//!
//! Everything we send to Twilio goes through a [`Transport`]: a boxed service from a reqwest request to a reqwest
//! response. In production it is a `reqwest::Client`; in tests it is the emulator in the same process, with no
//! socket, so that paused time moves it. Retries, time limits and credentials live above the seam, in
//! [`Twilio`](crate::twilio::Twilio), and are therefore exercised by every test.

use std::{error::Error, fmt, sync::Once};

use tower::{Service, ServiceExt, util::BoxCloneSyncService};

/// Where requests leave and answers come back. Cheap to clone.
#[derive(Clone)]
pub struct Transport(BoxCloneSyncService<reqwest::Request, reqwest::Response, Broken>);

/// The request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// Nothing reached the other side: refused, unreachable, no name. Safe to repeat.
    #[error("the connection could not be made")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The connection broke after the request may have been read: the other side may have acted.
    #[error("the connection broke before the answer came")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        // The error's text would name the URL, and a URL may hold a key that a client chose.
        let error = error.without_url();
        if error.is_connect() || error.is_builder() {
            Self::Refused(error.into())
        } else {
            Self::Lost(error.into())
        }
    }
}

/// A client of the network, with TLS: every one in this crate begins here.
///
/// TLS is rustls with ring and not with rustls' default provider, aws-lc, which is half a minute of C to compile and wants
/// the kernel's headers, which Alpine does not have by default. Ring has no post-quantum key exchange: traffic that is
/// recorded today might be read by a quantum computer one day. The roots of the system decide which certificate is good.
pub fn client() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Refused when a program that uses this crate has chosen its own, which is then used.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where all others come from"
    )]
    reqwest::Client::builder()
}

impl Transport {
    /// A transport over anything that answers requests.
    #[must_use]
    pub fn new<S>(service: S) -> Self
    where
        S: Service<reqwest::Request, Response = reqwest::Response> + Clone + Send + Sync + 'static,
        S::Error: Into<Broken>,
        S::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(service.map_err(Into::into)))
    }

    /// The real network.
    #[must_use]
    pub fn network(client: reqwest::Client) -> Self {
        Self::new(client)
    }

    /// Sends one request, once.
    ///
    /// # Errors
    /// [`Broken`] when no answer came.
    pub async fn send(&self, request: reqwest::Request) -> Result<reqwest::Response, Broken> {
        self.0.clone().oneshot(request).await
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}
