//! The filter of the log: a level for everything, and levels for modules.
//!
//! `tracing-subscriber` takes any word that is no level for the name of a module, and then logs that module alone:
//! `LOG=verbose` would be silence. So a bare word must be a level here.

use strsim::osa_distance;
use tracing_subscriber::EnvFilter;

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// A filter as of `tracing-subscriber`, in which every word without `=` is a level.
pub(super) fn filter(text: &str) -> Result<String, String> {
    let allowed = "expected error, warn, info, debug, trace or off, or levels of modules such as info,switchboard=debug";
    let directives: Vec<_> = text
        .split(',')
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect();
    // Spans have fields with commas of their own, and are left to the parser.
    let checked = if text.contains('[') {
        &[][..]
    } else {
        &directives
    };
    for directive in checked.iter().copied() {
        match directive.split_once('=') {
            None if is_level(directive) => {}
            None => return Err(format!("{directive:?} is no level; {allowed}")),
            Some((_, level)) if !is_level(level) => {
                return Err(format!("{level:?} is no level; {allowed}"));
            }
            Some((module, _)) => {
                let program = module.split("::").next().unwrap_or(module);
                if (1..=2).contains(&osa_distance(program, "switchboard")) {
                    return Err(format!(
                        "nothing is called {program:?}; is switchboard meant?"
                    ));
                }
            }
        }
    }
    // The parser takes no blank after a comma.
    let text = directives.join(",");
    match EnvFilter::builder().parse(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(allowed.to_owned()),
    }
}

fn is_level(text: &str) -> bool {
    LEVELS.iter().any(|level| text.eq_ignore_ascii_case(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_is_refused_with_what_is_allowed() {
        for (text, word) in [
            ("verbose", "\"verbose\""),
            ("info,chatty", "\"chatty\""),
            ("switchboard", "\"switchboard\""),
            ("switchboard=loud", "\"loud\""),
            ("switchbord=debug", "\"switchbord\""),
        ] {
            let told = filter(text).expect_err(text);
            assert!(told.contains(word), "{told}");
        }
        assert!(
            filter("verbose")
                .expect_err("a word")
                .contains("error, warn, info, debug, trace or off")
        );
        for text in [
            "info",
            "WARN",
            "off",
            "info,switchboard=debug",
            "warn, hyper_util::client=trace",
            "info,[request{route=hold}]=trace",
        ] {
            assert!(filter(text).is_ok(), "{text}");
        }
    }
}
