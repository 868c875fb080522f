//! What the fragment of a webhook's URL says about time limits and retries.
//!
//! `…#rc=2&rp=5xx,rt` (Twilio: "Webhooks connection overrides"): values outside Twilio's limits are pulled into
//! them, keys that change nothing here (`sni`, `e`) are accepted and have no effect. The connect limit `ct` has none
//! either: in this world a connection is made at once or refused.

use std::time::Duration;

use super::Failure;

/// Time limits and retries of one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Overrides {
    pub(super) read: Duration,
    pub(super) total: Duration,
    pub(super) retries: u32,
    /// The words of `rp`.
    policy: Vec<String>,
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            read: Duration::from_secs(15),
            total: Duration::from_secs(15),
            retries: 1,
            policy: vec!["ct".to_owned()],
        }
    }
}

impl Overrides {
    /// Splits a URL into what is sent and signed, and what its fragment says.
    pub(super) fn of(url: &str) -> (String, Self) {
        let mut overrides = Self::default();
        let Some((url, fragment)) = url.split_once('#') else {
            return (url.to_owned(), overrides);
        };
        for (key, value) in form_urlencoded::parse(fragment.as_bytes()) {
            overrides.read_one(&key, &value);
        }
        (url.to_owned(), overrides)
    }

    /// The same, with nothing that takes longer than `limit`.
    pub(super) fn within(self, limit: Duration) -> Self {
        Self {
            read: self.read.min(limit),
            total: self.total.min(limit),
            ..self
        }
    }

    fn read_one(&mut self, key: &str, value: &str) {
        let millis = || {
            Some(Duration::from_millis(
                value.parse::<u64>().ok()?.clamp(100, 15_000),
            ))
        };
        match key {
            "rt" => self.read = millis().unwrap_or(self.read),
            "tt" => self.total = millis().unwrap_or(self.total),
            "rc" => self.retries = value.parse().map_or(self.retries, |it: u32| it.min(5)),
            "rp" => self.policy = value.split(',').map(str::to_owned).collect(),
            _ => {}
        }
    }

    /// Whether Twilio tries again after `failure`.
    pub(super) fn retries_after(&self, failure: Failure) -> bool {
        let word = match failure {
            Failure::Refused => "ct",
            Failure::Late => "rt",
            Failure::Status(status) if status >= 500 => "5xx",
            Failure::Status(_) => "4xx",
            // Twilio: a partial response is never retried.
            Failure::Lost | Failure::Dropped => return false,
        };
        self.policy.iter().any(|one| one == word || one == "all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fragment_is_read_and_taken_away() {
        let (url, read) = Overrides::of("https://a.example/v?x=1#rc=9&rp=5xx,rt&tt=20000&sni=n");
        assert_eq!(url, "https://a.example/v?x=1");
        assert_eq!((read.retries, read.total), (5, Duration::from_secs(15)));
        assert!(read.retries_after(Failure::Status(502)) && read.retries_after(Failure::Late));
        assert!(!read.retries_after(Failure::Refused) && !read.retries_after(Failure::Status(404)));
    }

    #[test]
    fn by_default_only_a_refused_connection_is_tried_again() {
        let (_, read) = Overrides::of("https://a.example/v");
        assert_eq!(read.retries, 1);
        assert!(read.retries_after(Failure::Refused));
        assert!(!read.retries_after(Failure::Status(500)) && !read.retries_after(Failure::Lost));
    }
}
