//! The file `.env`, for what the environment itself does not say.
//!
//! A line that cannot be read is a mistake to be told, not to be skipped: the usual one is a value with spaces and
//! without quotes, and a variable that is silently missing is found on the day it is needed. What is told is the
//! variable's name and never the line, which may hold a secret.

use std::collections::HashMap;

/// What the file says, and what of it could not be read.
#[derive(Debug, Default)]
pub(super) struct EnvFile {
    pub(super) variables: HashMap<String, String>,
    pub(super) unreadable: Vec<String>,
}

impl EnvFile {
    /// Finds `.env` in this folder or one above it. Without one, there is nothing in it.
    pub(super) fn find() -> Self {
        let folder = std::env::current_dir().unwrap_or_default();
        let Some(path) = folder
            .ancestors()
            .map(|it| it.join(".env"))
            .find(|it| it.is_file())
        else {
            return Self::default();
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::read(&text),
            Err(_) => Self {
                unreadable: vec!["the file is not text that can be opened".to_owned()],
                ..Self::default()
            },
        }
    }

    fn read(text: &str) -> Self {
        let mut file = Self::default();
        for line in dotenvy::Iter::new(text.as_bytes()) {
            match line {
                Ok((name, value)) => {
                    file.variables.insert(name, value);
                }
                Err(dotenvy::Error::LineParse(part, _)) => file.unreadable.push(told(text, &part)),
                Err(_) => {
                    file.unreadable.push("the rest of the file".to_owned());
                    break;
                }
            }
        }
        file
    }
}

/// The line that holds this part, by the name of its variable. The parser tells the part that it could not read,
/// which is the value where the name was fine.
fn told(text: &str, part: &str) -> String {
    let name = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .find(|(_, value)| {
            part.lines()
                .next()
                .is_some_and(|it| it.trim() == value.trim())
        })
        .map(|(name, _)| name.trim().trim_start_matches("export ").trim());
    let is_name = |text: &str| {
        let of_a_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        !text.is_empty() && text.chars().all(of_a_name)
    };
    match name {
        Some(name) if is_name(name) => format!("the line of {name}"),
        _ => "a line that is no NAME=value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_line_is_told_by_its_name_and_the_others_are_read() {
        let text = "ACCOUNT_SID=AC1\nHOLD_ANNOUNCEMENT=We have not\nAUTH_TOKEN secret\n\
                    # a comment\nLISTEN=\"here\"\n";
        let file = EnvFile::read(text);
        assert_eq!(
            file.unreadable,
            [
                "the line of HOLD_ANNOUNCEMENT",
                "a line that is no NAME=value"
            ]
        );
        assert_eq!(file.variables["ACCOUNT_SID"], "AC1");
        assert_eq!(file.variables["LISTEN"], "here");
        assert_eq!(file.variables.len(), 2);
    }
}
