//! Names that are set and that nothing reads: most are misspelt.
//!
//! A misspelt variable is silently not there, and what it was to do is missed on the day it is needed. So a name that
//! is close to a variable's is an error, and another that begins like ours is a warning. The environment also belongs
//! to the operating system, to the shell and to whatever else runs there (Kubernetes adds variables for every
//! service), so what is not close to one of our names and begins with a common word is never mentioned.

use strsim::osa_distance;

use super::{Table, Variable};

/// Beginnings that other programs' variables have, too.
const COMMON: [&str; 10] = [
    "ACCOUNT",
    "API",
    "AUTH",
    "FLEX",
    "LOG",
    "PUBLIC",
    "SYNC",
    "TWILIO",
    "VOICE",
    "WORKSPACE",
];

/// The prefixes that are often put before our names, by habit.
const HABITS: [&str; 2] = ["SWITCHBOARD_", "TWILIO_"];

/// Below this many letters a name is too short to be misspelt: `LOGS` is not `LOG`.
const SHORTEST: usize = 6;

/// From this many letters on, two mistakes are one misspelling.
const LONG: usize = 8;

/// Where a name is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the environment, which we share with every other program.
    Environment,
    /// Where only our variables have business: in `.env`.
    Own,
}

/// What is said of a name that nothing reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// This variable is meant.
    Misspelt(&'static Variable),
    /// It begins like one of ours.
    Ours,
    /// It belongs to another program.
    Others,
}

/// What a name is; `is_set` tells which of our variables are set.
pub(crate) fn judge(
    table: Table,
    name: &str,
    place: Place,
    is_set: impl Fn(&str) -> bool,
) -> Option<Unknown> {
    if table.declared(name).is_some() {
        return None;
    }
    Some(match close_to(table, name) {
        Some(meant) if !is_set(meant.name) => Unknown::Misspelt(meant),
        // Another program's `ACCOUNT_ID` beside our `ACCOUNT_SID`.
        Some(meant) if place == Place::Environment && is_common(meant.name) => Unknown::Others,
        Some(_) => Unknown::Ours,
        None if begins_like_ours(table, name, place) => Unknown::Ours,
        None => Unknown::Others,
    })
}

/// The variable that a name is a misspelling of, if it is one.
pub(super) fn close_to(table: Table, name: &str) -> Option<&'static Variable> {
    let written = name.trim().to_uppercase().replace(['-', '.'], "_");
    let bare = HABITS.iter().find_map(|habit| written.strip_prefix(habit));
    let distance = |variable: &&Variable| {
        let known = variable.name;
        let forms = [Some(written.as_str()), bare];
        let distances = forms
            .into_iter()
            .flatten()
            .map(|it| osa_distance(it, known));
        let most = match known.len() {
            ..SHORTEST => 0,
            SHORTEST..LONG => 1,
            _ => 2,
        };
        distances.min().filter(|distance| *distance <= most)
    };
    let close = table
        .variables()
        .filter_map(|it| Some((distance(&it)?, it)));
    close
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, it)| it)
}

fn begins_like_ours(table: Table, name: &str, place: Place) -> bool {
    let Some((first, rest)) = name.split_once('_') else {
        return false;
    };
    // What Kubernetes sets for a service that is called like one of our features.
    let of_a_service = rest.starts_with("SERVICE_") || rest == "PORT" || rest.starts_with("PORT_");
    let mut known = table.variables().filter_map(|it| it.name.split_once('_'));
    let ours = known.any(|(known, _)| known == first) || first == "SWITCHBOARD";
    ours && !of_a_service && (place == Place::Own || !is_common(name))
}

fn is_common(name: &str) -> bool {
    let first = name.split('_').next().unwrap_or(name);
    COMMON.contains(&first)
}
