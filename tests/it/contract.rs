//! The contract: what we send to Twilio, and what the emulator answers, held against Twilio's own OpenAPI files.
//!
//! The emulator and the client are written by the same hands, so a field misspelt in both would pass every other
//! test. This is the outside opinion: each [`Exchange`] is checked for its path, method, every query and form
//! parameter, its status and each property of its answer. Twilio's schemas neither require nor close anything, so
//! we are stricter than a JSON Schema validator would be: a property that Twilio does not document and a documented
//! one that is missing are both findings.
//!
//! The files come from the npm package `@twilio/cli-core` and are not vendored; `TWILIO_OPENAPI` names their folder:
//!
//! ```text
//! npm pack @twilio/cli-core@9.0.0 && tar xzf twilio-cli-core-9.0.0.tgz
//! TWILIO_OPENAPI=package/src/services/twilio-api cargo test
//! ```
//!
//! Without the variable these tests say that they were skipped; with `TWILIO_OPENAPI_REQUIRED=1` (as in `.ci/run`)
//! they fail instead. The validator is our own (`schema.rs`) because the files use fourteen keywords and Twilio's
//! own formats; the `jsonschema` crate was measured at 35 more crates and would still need all of our strictness on
//! top. A keyword, format or pattern it does not know is itself a finding, so nothing passes by being overlooked.

mod exception;
mod fields;
mod format;
mod hold;
mod made_up;
mod schema;
mod spec;
mod stories;
mod taskrouter;
mod twilio;
mod urls;

use std::{env, io::Write, path::Path, sync::OnceLock};

use serde_json::Value;

pub(crate) use hold::hold;
use spec::Contract;
pub(crate) use urls::telling;

/// One request to Twilio's REST API and its answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    /// The host's first label: `api`, `sync`, `taskrouter`, `iam`.
    pub(crate) product: String,
    /// `GET`, `POST` or `DELETE`.
    pub(crate) method: String,
    /// The path as it was sent, percent-encoded, without a query.
    pub(crate) path: String,
    /// The decoded query.
    pub(crate) query: Vec<(String, String)>,
    /// The decoded form; empty when there was none.
    pub(crate) form: Vec<(String, String)>,
    /// The `If-Match` header: a compare-and-set only where Twilio says that it is one.
    pub(crate) if_match: Option<String>,
    /// The answer's status.
    pub(crate) status: u16,
    /// The answer's body, when it had one.
    pub(crate) body: Option<Value>,
}

/// What is wrong with `exchange` by Twilio's own description; empty when nothing is, or when the files are absent.
pub(crate) fn check(exchange: &Exchange) -> Vec<String> {
    official().map_or_else(Vec::new, |contract| contract.check(exchange))
}

/// Twilio's files, read once; none when the person running the tests has not fetched them.
fn official() -> Option<&'static Contract> {
    static OFFICIAL: OnceLock<Option<Contract>> = OnceLock::new();
    OFFICIAL.get_or_init(read_official).as_ref()
}

fn read_official() -> Option<Contract> {
    let Some(folder) = env::var_os("TWILIO_OPENAPI") else {
        assert!(
            env::var_os("TWILIO_OPENAPI_REQUIRED").is_none_or(|required| required != "1"),
            "TWILIO_OPENAPI is not set: fetch @twilio/cli-core (see tests/it/contract.rs)"
        );
        // Written past the test harness, which would swallow it.
        let line = "contract tests SKIPPED: TWILIO_OPENAPI is not set (see tests/it/contract.rs)";
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
        return None;
    };
    Some(Contract::read(Path::new(&folder)))
}
