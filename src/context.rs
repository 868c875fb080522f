//! What every feature is made of.

use crate::{clock::Clock, rng::Rng, telemetry::Metrics, twilio::Twilio, twiml::Library};

/// The client, the words callers hear, the clock, the source of randomness and the metrics. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// The REST client.
    pub twilio: Twilio,
    /// The words callers hear.
    pub library: Library,
    /// What time it is.
    pub clock: Clock,
    /// Where randomness comes from.
    pub rng: Rng,
    /// What is counted.
    pub metrics: Metrics,
    /// Where Twilio reaches us, without a slash at its end.
    pub public_url: String,
}
