//! What the operating system may ask of a running process: to stop, or to read the documents again.

use tokio::sync::mpsc;

/// A wish of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// To end: SIGTERM, SIGINT, Ctrl-C.
    Stop,
    /// To read the TwiML documents again: SIGHUP.
    Reload,
}

/// Every signal from now on. Must be called within the runtime, before anybody can have a reason to send one.
///
/// # Errors
/// When the system does not let us listen.
#[cfg(unix)]
pub(super) fn listen() -> std::io::Result<mpsc::Receiver<Signal>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (said, heard) = mpsc::channel(8);
    let kinds = [
        (SignalKind::terminate(), Signal::Stop),
        (SignalKind::interrupt(), Signal::Stop),
        (SignalKind::hangup(), Signal::Reload),
    ];
    for (kind, meaning) in kinds {
        let (mut signals, said) = (signal(kind)?, said.clone());
        tokio::spawn(async move {
            while signals.recv().await.is_some() && said.send(meaning).await.is_ok() {}
        });
    }
    Ok(heard)
}

/// Every Ctrl-C from now on; there is nothing like SIGHUP here.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same face on every system")]
pub(super) fn listen() -> std::io::Result<mpsc::Receiver<Signal>> {
    let (said, heard) = mpsc::channel(8);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && said.send(Signal::Stop).await.is_ok() {}
    });
    Ok(heard)
}
