//! The paths of our own that a Rust file names, found without a parser of the whole language.

/// Every path of our own that `text` names.
pub(super) fn paths_in(text: &str, module: &[String]) -> Vec<String> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut position = 0;
    while position < tokens.len() {
        let ups = tokens[position..]
            .chunks(2)
            .take_while(|pair| *pair == ["super", "::"])
            .count();
        let base = match (ups, tokens[position], tokens.get(position + 1)) {
            (0, "crate", Some(&"::")) => Some((position + 2, &[][..])),
            (1.., ..) => Some((
                position + 2 * ups,
                &module[..module.len().saturating_sub(ups)],
            )),
            _ => None,
        };
        match base {
            Some((start, base)) => position = expand(&tokens, start, &base.join("::"), &mut found),
            None => position += 1,
        }
    }
    found.iter().map(|path| resolved(path)).collect()
}

/// `web::form::super::reply` is `web::reply`.
fn resolved(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split("::").filter(|part| *part != "self") {
        if part == "super" {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("::")
}

/// Follows the path at `position`, through `{…}` groups; gives where it ends.
fn expand(tokens: &[&str], mut position: usize, base: &str, found: &mut Vec<String>) -> usize {
    let mut path = base.to_owned();
    loop {
        match tokens.get(position).copied() {
            Some("{") => {
                position += 1;
                while tokens.get(position).is_some_and(|token| *token != "}") {
                    let after = expand(tokens, position, &path, found);
                    // A comma, or something that is no path at all.
                    position = after.max(position + usize::from(after == position));
                    position += usize::from(tokens.get(position) == Some(&","));
                }
                return position + 1;
            }
            Some(name) if name.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                path = if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}::{name}")
                };
                position += 1;
                if tokens.get(position) == Some(&"::") {
                    position += 1;
                    continue;
                }
                found.push(path);
                let renamed = tokens.get(position) == Some(&"as");
                return position + if renamed { 2 } else { 0 };
            }
            Some("*") => {
                found.push(path);
                return position + 1;
            }
            _ => {
                found.push(path);
                return position;
            }
        }
    }
}

/// Names, `::` and single characters of the code, without comment lines.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let mut tokens = Vec::new();
    for mut rest in lines {
        while let Some(first) = rest.chars().next() {
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let length = match first {
                _ if is_name(first) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            let (token, after) = rest.split_at(length);
            if !first.is_whitespace() {
                tokens.push(token);
            }
            rest = after;
        }
    }
    tokens
}

#[test]
fn paths_are_read_in_all_their_forms() {
    let text = "
        //! [`crate::not::this`]
        use crate::{web::{form, reply as r}, clock::Clock, twilio};
        use super::{super::emulator::world, sibling::*};
        pub(crate) fn f() -> crate::domain::Error { super::super::cli::run::<u8>(\"é\") } // and on
        macro_rules! m { () => { $crate::config::read() } }
    ";
    let module = ["web".to_owned(), "form".to_owned()];
    let wanted = [
        "web::form",
        "web::reply",
        "clock::Clock",
        "twilio",
        "emulator::world",
        "web::sibling",
        "domain::Error",
        "cli::run",
        "config::read",
    ];
    assert_eq!(paths_in(text, &module), wanted);
}
