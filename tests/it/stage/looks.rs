//! What a test looks at inside a replica.

use switchboard::{twilio::Twilio, web::App};

use super::Stage;

impl Stage {
    /// All that the first replica has counted.
    pub(crate) fn metrics(&self) -> String {
        self.replicas[0].app().parts().context.metrics.render(true)
    }

    /// What the first replica has counted under this name and these labels; 0 if it was never counted.
    pub(crate) fn counted(&self, counter: &str) -> u64 {
        let shown = self.metrics();
        let lines = shown.lines().filter_map(|line| line.rsplit_once(' '));
        let mut values = lines.filter(|(name, _)| *name == counter);
        values
            .next()
            .map_or(0, |(_, value)| value.parse().expect("a count"))
    }

    /// The first replica.
    pub(crate) fn app(&self) -> App {
        self.replicas[0].app()
    }

    /// The client of the first replica.
    pub(crate) fn twilio(&self) -> Twilio {
        self.replicas[0].app().parts().context.twilio.clone()
    }
}
