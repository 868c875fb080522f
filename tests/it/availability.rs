//! Availability computed by the server: the stories of the published sample, with every agent's browser closed as far
//! as readiness and room for calls are concerned, because the emulated plugin does not compute them.

mod board;
mod costs;
mod floor;
mod overview;
mod property;
mod sample;
mod stories;
mod trouble;
