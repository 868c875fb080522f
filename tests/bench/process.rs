//! The program as a process: how long from its start to its first answer, and how much memory it holds, idle and with
//! 1,024 connections (Linux: `VmRSS`). `cargo bench --bench speed -- --process` runs it alone; it needs more than 1,024
//! open files (`ulimit -n 4096`).

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context;
use tokio::time::Instant;

use crate::{server::TOKEN, timing::median};

const CONNECTIONS: usize = 1_024;

pub(crate) fn run(quick: bool) -> anyhow::Result<()> {
    let (mut starts, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..if quick { 2 } else { 20 } {
        let (serving, took) = Serving::start()?;
        starts.push(took.as_secs_f64() * 1e3);
        pause(Duration::from_millis(300));
        idle.push(serving.megabytes()?);
    }
    let (serving, _) = Serving::start()?;
    let kept = (0..CONNECTIONS).map(|_| serving.asks());
    let kept: Vec<TcpStream> = kept.collect::<anyhow::Result<_>>()?;
    let crowded = serving.megabytes()?;
    drop(kept);
    println!("{:<34} {:>9.1} ms", "start to first answer", median(starts));
    println!("{:<34} {:>9.1} MB", "memory, idle", median(idle));
    println!("{:<34} {crowded:>9.1} MB", "memory, 1,024 connections");
    Ok(())
}

/// `switchboard serve`, killed when dropped.
struct Serving {
    child: Child,
    address: SocketAddr,
}

impl Serving {
    fn start() -> anyhow::Result<(Self, Duration)> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let sid = |prefix: &str| format!("{prefix}{}", "0".repeat(32));
        let start = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .arg("serve")
            .env_clear()
            .envs([
                ("ACCOUNT_SID", sid("AC")),
                ("AUTH_TOKEN", TOKEN.to_owned()),
                ("WORKSPACE_SID", sid("WS")),
                ("SYNC_SERVICE_SID", sid("IS")),
                ("PUBLIC_URL", "https://switchboard.example.com".to_owned()),
                // Nobody is there: the reconciler's questions are refused at once.
                ("TWILIO_BASE_URL", "http://127.0.0.1:9".to_owned()),
                ("LISTEN", address.to_string()),
                ("LOG", "off".to_owned()),
            ])
            .stderr(Stdio::null())
            .spawn()?;
        let serving = Self { child, address };
        while serving.asks().is_err() {
            anyhow::ensure!(
                start.elapsed() < Duration::from_secs(10),
                "it does not start"
            );
            pause(Duration::from_micros(200));
        }
        Ok((serving, start.elapsed()))
    }

    /// One request, answered, over a connection that stays open.
    fn asks(&self) -> anyhow::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address)
            .context("more open files may be needed: ulimit -n 4096")?;
        stream.write_all(b"GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        let mut answer = [0; 512];
        let length = stream.read(&mut answer)?;
        anyhow::ensure!(answer[..length].starts_with(b"HTTP/1.1 200"), "refused");
        Ok(stream)
    }

    fn megabytes(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line
            .and_then(|rest| rest.split_whitespace().next())
            .context("no VmRSS: this needs Linux")?
            .parse()?;
        Ok(kilobytes / 1_000.0)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process is waited for, in real time"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
