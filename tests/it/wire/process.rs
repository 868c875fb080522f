//! `switchboard` as a process of its own.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use super::{beside, until};

/// A running `switchboard serve`. It is killed when the test is over.
pub(super) struct Server {
    child: Arc<Mutex<Child>>,
    log: Arc<Mutex<Vec<String>>>,
    pub(super) url: String,
}

/// How a process ended.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// An empty folder, so that no `.env` of the developer is found.
pub(super) fn empty_folder() -> PathBuf {
    static NTH: AtomicU32 = AtomicU32::new(0);
    let nth = NTH.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("switchboard-{}-{nth}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn command(variables: &[(&'static str, String)]) -> Command {
    started(Command::new(env!("CARGO_BIN_EXE_switchboard")), variables)
}

/// A command with these variables and no others.
fn started(mut command: Command, variables: &[(&'static str, String)]) -> Command {
    command
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (*name, value)))
        .current_dir(empty_folder())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a subcommand to its end; options follow it after a blank.
pub(super) async fn run(subcommand: &'static str, variables: Vec<(&'static str, String)>) -> Ended {
    run_in(empty_folder(), subcommand, variables).await
}

/// Runs a subcommand to its end, in a folder.
pub(super) async fn run_in(
    folder: PathBuf,
    subcommand: &'static str,
    variables: Vec<(&'static str, String)>,
) -> Ended {
    let output = beside(move || {
        let mut command = command(&variables);
        command
            .current_dir(folder)
            .args(subcommand.split_whitespace())
            .output()
            .unwrap()
    })
    .await;
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Server {
    /// Starts it, and waits until it listens.
    pub(super) async fn start(variables: &[(&'static str, String)]) -> Self {
        let mut command = command(variables);
        command.arg("serve");
        Self::run(command).await
    }

    /// The same for a process that may have so many files open.
    pub(super) async fn start_with_files(variables: &[(&'static str, String)], files: u32) -> Self {
        let script = format!("ulimit -n {files}; exec \"$0\" serve");
        let program = env!("CARGO_BIN_EXE_switchboard");
        let mut command = started(Command::new("/bin/sh"), variables);
        command.args(["-c", &script, program]);
        Self::run(command).await
    }

    async fn run(mut command: Command) -> Self {
        let mut child = command.env("LOG_FORMAT", "json").spawn().unwrap();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let (stderr, lines) = (child.stderr.take().unwrap(), Arc::clone(&log));
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let mut server = Self {
            child: Arc::new(Mutex::new(child)),
            log,
            url: String::new(),
        };
        until("the server listens", || server.address().is_some()).await;
        server.url = format!("http://{}", server.address().unwrap());
        server
    }

    fn address(&self) -> Option<String> {
        let log = self.log.lock().unwrap();
        let mut lines = log
            .iter()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let line = lines.find(|line| line["fields"]["message"] == "listening")?;
        line["fields"]["address"].as_str().map(str::to_owned)
    }

    /// Whether a line of its log has these words.
    pub(super) fn says(&self, words: &str) -> bool {
        self.log
            .lock()
            .unwrap()
            .iter()
            .any(|line| line.contains(words))
    }

    /// Sends a signal: `TERM`, `HUP`.
    pub(super) async fn signal(&self, name: &str) {
        let process = self.child.lock().unwrap().id().to_string();
        let name = format!("-{name}");
        let sent = beside(move || Command::new("kill").args([name, process]).status()).await;
        assert!(sent.unwrap().success(), "the signal was sent");
    }

    /// Waits for its end; the exit code.
    pub(super) async fn end(&self) -> Option<i32> {
        let child = Arc::clone(&self.child);
        until("the process ends", || {
            child.lock().unwrap().try_wait().unwrap().is_some()
        })
        .await;
        self.child.lock().unwrap().wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}
