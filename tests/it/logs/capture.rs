//! The log of this thread, as `LOG_FORMAT=json` writes it.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing::{Dispatch, subscriber::DefaultGuard, subscriber::NoSubscriber};

/// What is logged while this lives.
pub(super) struct Capture {
    text: Text,
    _logging: DefaultGuard,
    /// With one subscriber alone, tracing asks the thread that comes first to a line whether it is wanted; other tests
    /// run on other threads, without any.
    _second: Dispatch,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Capture {
    pub(super) fn start() -> Self {
        let text = Text::default();
        let writer = text.clone();
        let lines = tracing_subscriber::fmt()
            .json()
            .with_env_filter("switchboard=debug")
            .with_writer(move || writer.clone())
            .finish();
        let second = Dispatch::new(NoSubscriber::new());
        Self {
            text,
            _logging: tracing::subscriber::set_default(lines),
            _second: second,
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.text.0.lock().unwrap().clone());
        text.expect("text").lines().map(str::to_owned).collect()
    }

    /// The lines in which some words stand.
    pub(super) fn with(&self, words: &str) -> Vec<String> {
        let mut lines = self.lines();
        lines.retain(|line| line.contains(words));
        lines
    }

    /// The lines of one level or another in which some words stand.
    pub(super) fn at(&self, levels: &[&str], words: &str) -> Vec<String> {
        let mut lines = self.with(words);
        lines.retain(|line| {
            let is = |level: &&str| line.contains(&format!("\"level\":\"{level}\""));
            levels.iter().any(is)
        });
        lines
    }
}
