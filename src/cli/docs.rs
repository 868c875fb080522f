//! `switchboard docs`: prints the guide, as the Markdown that it is written in.
//!
//! A server shows the same at `/docs`; this is for a terminal, without a server.

use std::process::ExitCode;

use super::{
    BAD_SETUP,
    output::{self, complain, say},
};
use crate::guide::{self, Chapter, PARTS};

/// What to print.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Options {
    /// The chapter's name; without it, all chapters
    chapter: Option<String>,
    /// List the chapters instead
    #[arg(long, conflicts_with = "chapter")]
    list: bool,
}

/// Prints what was asked for; 2 when there is no such chapter.
pub(super) fn docs(options: &Options) -> ExitCode {
    let wanted = options.chapter.as_deref();
    let is_wanted = |it: &&Chapter| wanted.is_none_or(|name| it.name == name);
    let chapters: Vec<_> = guide::chapters().filter(is_wanted).map(text).collect();
    if options.list {
        say(&list());
    } else if chapters.is_empty() {
        complain(&format!(
            "switchboard: there is no chapter {:?}; `switchboard docs --list` lists them",
            wanted.unwrap_or_default()
        ));
        return ExitCode::from(BAD_SETUP);
    } else {
        say(chapters.join("\n").trim_end());
    }
    output::exit_code(ExitCode::SUCCESS)
}

fn list() -> String {
    let part = |part: &guide::Part| {
        let chapters = part.chapters.iter();
        let lines = chapters.map(|it| format!("  {:14}{}\n", it.name, it.title()));
        format!("{}\n{}", part.name, lines.collect::<String>())
    };
    let parts: Vec<_> = PARTS.iter().map(part).collect();
    parts.join("\n").trim_end().to_owned()
}

/// The chapter without the comments by which tests find their places in it.
fn text(chapter: &Chapter) -> String {
    let lines = chapter.text.lines();
    let lines = lines.filter(|line| !line.starts_with("<!--"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_chapter_and_no_comment_is_printed() {
        let list = list();
        for chapter in guide::chapters() {
            let line = format!("  {:14}{}", chapter.name, chapter.title());
            assert_eq!(list.lines().filter(|it| *it == line).count(), 1, "{line}");
            assert!(!text(chapter).contains("<!--"), "{}", chapter.name);
        }
    }
}
