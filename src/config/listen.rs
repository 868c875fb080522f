//! Where the server listens, for a command that needs nothing else of the configuration.

use std::net::SocketAddr;

use super::{Sources, Table, general, parse, variable::Need};

/// `LISTEN` of the environment, of `.env`, or its default.
///
/// # Errors
/// What was expected instead of what it says.
pub fn listen() -> Result<SocketAddr, String> {
    let given = Sources::here().value("LISTEN");
    match given.filter(|text| !text.trim().is_empty()) {
        Some(text) => parse::listen(text.trim()),
        None => parse::listen(default()),
    }
}

fn default() -> &'static str {
    let listen = Table::new(&[general::GROUPS]).declared("LISTEN");
    match listen.map(|it| it.need) {
        Some(Need::Default(value)) => value,
        _ => "",
    }
}
