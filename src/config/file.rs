//! The file `.env`, for what the environment itself does not say.
//!
//! A line that cannot be read is a mistake to be told, not to be skipped: the usual one is a value with spaces and
//! without quotes, and a variable that is silently missing is found on the day it is needed. What is told is the
//! variable's name and never the line, which may hold a secret. A file that cannot be read at all is one mistake, not
//! one for each variable that is missing then.

use std::{collections::BTreeMap, io};

/// Something of the file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What it is. No part of a value.
    pub what: String,
    /// What to do about it.
    pub advice: &'static str,
    /// The variable whose line it is, if that can be seen.
    pub(super) name: Option<String>,
}

impl Unreadable {
    fn line(what: impl Into<String>, name: Option<String>) -> Self {
        Self {
            what: what.into(),
            advice: "Write NAME=value, in quotes if the value has spaces.",
            name,
        }
    }

    fn whole(what: impl Into<String>, advice: &'static str) -> Self {
        Self {
            what: what.into(),
            advice,
            name: None,
        }
    }
}

/// What the file says, and what of it could not be read.
#[derive(Debug, Default)]
pub(super) struct EnvFile {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) unreadable: Vec<Unreadable>,
    /// Nothing of it could be read.
    pub(super) is_closed: bool,
}

/// Reads `.env` in this folder or one above it; `None` where there is no such file.
pub(super) fn find() -> Option<io::Result<Vec<u8>>> {
    let folder = std::env::current_dir().unwrap_or_default();
    let mut paths = folder.ancestors().map(|it| it.join(".env"));
    paths.find(|it| it.is_file()).map(std::fs::read)
}

impl EnvFile {
    /// What was found.
    pub(super) fn of(found: Option<io::Result<Vec<u8>>>) -> Self {
        match found {
            None => Self::default(),
            Some(Ok(bytes)) => Self::decoded(&bytes),
            Some(Err(error)) => Self::closed(
                &format!("the file cannot be opened: {}", error.kind()),
                "Let the user that runs this program read it, or take it away and set the variables in the environment.",
            ),
        }
    }

    fn closed(what: &str, advice: &'static str) -> Self {
        Self {
            unreadable: vec![Unreadable::whole(what, advice)],
            is_closed: true,
            ..Self::default()
        }
    }

    /// Text as editors and shells write it: UTF-8, on Windows with a byte order mark, which is no part of the first
    /// name.
    fn decoded(bytes: &[u8]) -> Self {
        let save = "Save it as UTF-8 (in PowerShell: Set-Content -Encoding utf8).";
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Self::closed("the file is UTF-16, not UTF-8", save);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::read(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = before.split(|byte| *byte == b'\n').count();
                Self::closed(&format!("the file is not UTF-8 text (line {line})"), save)
            }
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
                    let rest = Unreadable::line("the rest of the file cannot be read", None);
                    file.unreadable.push(rest);
                    break;
                }
            }
        }
        file
    }
}

/// The line that holds this part, by the name of its variable. The parser tells the part that it could not read,
/// which is the value where the name was fine.
fn told(text: &str, part: &str) -> Unreadable {
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
        Some(name) if is_name(name) => Unreadable::line(
            format!("the line of {name} cannot be read"),
            Some(name.to_owned()),
        ),
        _ => Unreadable::line("a line is no NAME=value", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(file: &EnvFile) -> Vec<&str> {
        file.unreadable.iter().map(|it| it.what.as_str()).collect()
    }

    #[test]
    fn an_unreadable_line_is_told_by_its_name_and_the_others_are_read() {
        let text = "ACCOUNT_SID=AC1\nHOLD_ANNOUNCEMENT=We have not\nAUTH_TOKEN secret\n\
                    # a comment\nLISTEN=\"here\"\n";
        let file = EnvFile::read(text);
        let told = [
            "the line of HOLD_ANNOUNCEMENT cannot be read",
            "a line is no NAME=value",
        ];
        assert_eq!(told_of(&file), told);
        assert_eq!(file.variables["ACCOUNT_SID"], "AC1");
        assert_eq!(file.variables["LISTEN"], "here");
        assert_eq!(file.variables.len(), 2);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        let file = EnvFile::of(Some(Ok(
            b"\xef\xbb\xbfACCOUNT_SID=AC1\r\nLISTEN=x\r\n".to_vec()
        )));
        assert_eq!(told_of(&file), [""; 0]);
        assert_eq!(file.variables["ACCOUNT_SID"], "AC1");
        assert_eq!(file.variables["LISTEN"], "x");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_one_mistake() {
        let utf16 = b"\xff\xfeA\0=\0b\0".to_vec();
        let latin1 = b"ACCOUNT_SID=AC1\nHOLD_ANNOUNCEMENT=caf\xe9\n".to_vec();
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        for (found, what) in [
            (Ok(utf16), "the file is UTF-16, not UTF-8"),
            (Ok(latin1), "the file is not UTF-8 text (line 2)"),
            (Err(denied), "the file cannot be opened: permission denied"),
        ] {
            let file = EnvFile::of(Some(found));
            assert_eq!(told_of(&file), [what]);
            assert!(file.is_closed && file.variables.is_empty());
        }
    }
}
