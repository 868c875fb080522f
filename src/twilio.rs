//! Twilio: identifiers, parties, signatures, and the thin REST client.

pub mod party;
pub mod sid;
pub mod signature;
pub mod transport;

/// The REST client.
#[derive(Clone, Debug)]
pub struct Twilio;
