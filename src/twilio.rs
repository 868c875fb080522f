//! Twilio: identifiers, parties, signatures, and the thin REST client.

pub mod deadline;
pub mod error;
pub mod party;
pub mod resource;
pub mod sid;
pub mod signature;
pub mod transport;

/// The REST client.
#[derive(Clone, Debug)]
pub struct Twilio;
