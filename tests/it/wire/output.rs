//! What becomes of a command whose output cannot be written: no panic, a clear sentence, and an exit code that says so.

use std::{
    fs::{File, OpenOptions},
    process::{Command, Output, Stdio},
    time::Duration,
};

use tokio::time::timeout;

use super::{Twilio, beside, client, process::empty_folder};

/// Every command that prints without a configuration.
const PRINTING: [&[&str]; 7] = [
    &["demo"],
    &["demo", "--stay"],
    &["emulator", "--listen", "127.0.0.1:0"],
    &["docs"],
    &["openapi"],
    &["--help"],
    &[
        "simulate",
        "--agents",
        "2",
        "--calls-per-hour",
        "10",
        "--hours",
        "1",
    ],
];

/// Runs a command with its output going there, and waits for its end.
async fn run(arguments: &'static [&'static str], stdout: Stdio) -> Output {
    let ended = beside(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(arguments).env_clear();
        command.current_dir(empty_folder()).stdin(Stdio::null());
        command
            .stdout(stdout)
            .stderr(Stdio::piped())
            .output()
            .unwrap()
    });
    // Each of these ends when its output is lost; a whole demo would take half a minute.
    let ended = timeout(Duration::from_secs(20), ended).await;
    ended.unwrap_or_else(|_| panic!("{arguments:?} goes on"))
}

/// A disk without room. Only Linux has one at hand.
#[cfg(target_os = "linux")]
fn full_disk() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_fails_every_command() {
    for arguments in PRINTING {
        let ended = run(arguments, full_disk().into()).await;
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {told}");
        let wanted =
            "switchboard: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(told, wanted, "{arguments:?}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_goes_away_ends_every_command_quietly_but_not_as_a_success() {
    for arguments in PRINTING {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = run(arguments, writer.into()).await;
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(
            (ended.status.code(), told.as_str()),
            (Some(141), ""),
            "{arguments:?}"
        );
    }
}

/// A log that cannot be written must not take the callers with it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_log_cannot_be_written_goes_on_serving() {
    let twilio = Twilio::open(1).await;
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let mut variables = twilio.variables();
    variables.retain(|(name, _)| *name != "LISTEN");
    variables.push(("LISTEN", format!("127.0.0.1:{port}")));
    let mut server = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    server.arg("serve").env_clear().envs(variables);
    server.current_dir(empty_folder()).stderr(full_disk());
    let mut server = server.spawn().unwrap();
    let healthy = async {
        let live = format!("http://127.0.0.1:{port}/live");
        while client().get(&live).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let healthy = timeout(Duration::from_secs(20), healthy).await;
    let alive = server.try_wait().unwrap().is_none();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(healthy.is_ok() && alive, "it answers, and runs");
}

/// The guide needs no server and no configuration.
#[tokio::test(flavor = "multi_thread")]
async fn one_chapter_of_the_guide_is_printed_or_missed_by_its_name() {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let one = run(&["docs", "scaling"], Stdio::piped()).await;
    assert_eq!(one.status.code(), Some(0));
    let one = text(one.stdout);
    assert!(one.starts_with("# Scaling\n") && one.matches("\n# ").count() == 0);
    let all = text(run(&["docs"], Stdio::piped()).await.stdout);
    assert!(all.contains(one.trim_end()) && all.starts_with("# Run it"));
    let none = run(&["docs", "scalding"], Stdio::piped()).await;
    assert_eq!((none.status.code(), none.stdout), (Some(2), vec![]));
    assert!(text(none.stderr).contains("docs --list"));
}
