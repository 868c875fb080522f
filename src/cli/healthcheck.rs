//! `switchboard healthcheck`: asks the server on this machine how it is, for a container without a shell.
//!
//! It reads `LISTEN` as `serve` does, and nothing else of the configuration, so that it answers for a server whose secrets
//! it was not given. It asks `/live` unless `--ready` is given: a container must not be restarted because its check
//! failed while it was draining.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, ensure};

use crate::{config, twilio::transport};

/// How long the answer may take. A server on the same machine needs a millisecond.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is asked.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(after_help = "\
Exit status:
  0  the server answered that it is well
  1  it did not
  2  LISTEN is not an address")]
pub(super) struct Options {
    /// Ask /ready, whether requests should be sent there, instead of /live
    #[arg(long)]
    ready: bool,
}

/// Asks; 0 when the server is well.
///
/// # Errors
/// When it is not, or does not answer.
pub(super) fn healthcheck(options: Options) -> anyhow::Result<ExitCode> {
    let listen = match config::listen() {
        Ok(listen) => listen,
        Err(problem) => {
            super::complain(&format!("switchboard: LISTEN: {problem}"));
            return Ok(ExitCode::from(super::BAD_SETUP));
        }
    };
    let path = if options.ready { "ready" } else { "live" };
    let url = format!("http://{}/{path}", on_this_machine(listen));
    let status = super::runtime()?.block_on(async {
        let client = transport::client().no_proxy().timeout(PATIENCE);
        let answer = client.build()?.get(&url).send().await?;
        anyhow::Ok(answer.status())
    });
    let status = status.with_context(|| format!("no answer from {url}"))?;
    ensure!(status.is_success(), "{url} answers {status}");
    super::say("ok");
    Ok(ExitCode::SUCCESS)
}

/// The address at which a server that listens there is reached from here.
fn on_this_machine(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("127.0.0.1:9", "127.0.0.1:9"),
            ("192.0.2.1:80", "192.0.2.1:80"),
        ] {
            let listen = listen.parse().expect("an address");
            assert_eq!(on_this_machine(listen).to_string(), asked);
        }
    }
}
