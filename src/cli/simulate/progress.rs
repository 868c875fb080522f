//! How much of a day has been simulated: a bar on standard error, only on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a second it is drawn at most.
const DRAWINGS: u8 = 10;

/// A bar that grows with the time of the day.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar for a day of this length, after which the last callers are served.
    pub(super) fn new(day: Duration) -> Self {
        // Draws nothing where standard error is no terminal.
        Self::on(ProgressDrawTarget::stderr_with_hz(DRAWINGS), day)
    }

    fn on(target: ProgressDrawTarget, day: Duration) -> Self {
        let bar = ProgressBar::with_draw_target(Some(day.as_secs()), target);
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} % of the day, {eta} left");
        Self(style.map_or(bar.clone(), |style| bar.with_style(style)))
    }

    /// Nothing is shown.
    #[cfg(test)]
    pub(super) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// This much of the day has passed.
    pub(super) fn is_at(&self, passed: Duration) {
        self.0
            .set_position(passed.as_secs().min(self.0.length().unwrap_or(u64::MAX)));
    }

    /// The day is over, and the bar goes away.
    pub(super) fn ends(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use indicatif::TermLike;

    use super::*;

    /// A terminal that remembers what was written to it.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().unwrap().clear();
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_terminal_shows_how_much_of_the_day_has_passed_until_it_is_over() {
        let screen = Screen::default();
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let progress = Progress::on(target, Duration::from_hours(8));
        let shown = || screen.0.lock().unwrap().clone();
        progress.is_at(Duration::from_hours(2));
        progress.0.force_draw();
        assert!(shown().contains(" 25 % of the day"), "{}", shown());
        // The last callers are served after closing time.
        progress.is_at(Duration::from_hours(9));
        progress.0.force_draw();
        assert!(shown().contains("100 % of the day"), "{}", shown());
        progress.ends();
        assert_eq!(shown().trim(), "");
    }
}
