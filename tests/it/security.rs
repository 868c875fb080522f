//! Every route against everybody who may knock: which door is whose, and what each says to the wrong hand.
//!
//! The list of doors comes from the OpenAPI document, so a route that nobody thought about here fails
//! [`door::doors`]. All requests go through the stage's watch, which hears every answer for words of our insides.

mod bodies;
mod credentials;
mod door;
pub(crate) mod lookup;
mod outside;
mod secrets;
