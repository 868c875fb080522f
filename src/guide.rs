//! The guide: its chapters, in the order of its table of contents.
//!
//! A chapter is a Markdown file. A feature's chapter is the `README.md` in its folder, so that it is changed together with
//! the code; the others are in `guide/`. The program contains them all: `GET /docs` shows them, `switchboard docs` prints
//! them, and rustdoc shows each at its feature or here. Tables of variables, routes, checks and metrics are written from
//! their declarations, and `tests/it/house/guide.rs` holds them to these.
//!
//! This module is only a list of texts and imports nothing, so the pages and the command line can both use it.

/// One chapter.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// Its short name, unique, as in `switchboard docs parking`.
    pub name: &'static str,
    /// Its file, from the root of the repository. Links in the text are relative to it.
    pub file: &'static str,
    /// Its Markdown. The first line is the title.
    pub text: &'static str,
}

impl Chapter {
    /// Its title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches("# ")
    }
}

/// Chapters that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its heading in the table of contents.
    pub name: &'static str,
    /// Its chapters.
    pub chapters: &'static [Chapter],
}

macro_rules! feature {
    ($name:literal) => {
        Chapter {
            name: $name,
            file: concat!("src/features/", $name, "/README.md"),
            text: include_str!(concat!("features/", $name, "/README.md")),
        }
    };
}

macro_rules! own {
    ($name:literal) => {
        Chapter {
            name: $name,
            file: concat!("src/guide/", $name, ".md"),
            text: include_str!(concat!("guide/", $name, ".md")),
        }
    };
}

/// Every chapter.
pub static PARTS: &[Part] = &[
    Part {
        name: "Start",
        chapters: &[own!("run"), own!("move"), own!("templates"), own!("pages")],
    },
    Part {
        name: "Features",
        chapters: &[
            feature!("parking"),
            feature!("dispatch"),
            feature!("intake"),
            feature!("did"),
            feature!("extension"),
            feature!("voicemail"),
            feature!("callback"),
            feature!("availability"),
            feature!("overview"),
        ],
    },
    Part {
        name: "In operation",
        chapters: &[
            own!("operations"),
            own!("scaling"),
            own!("failure"),
            own!("check"),
        ],
    },
    Part {
        name: "Try things out",
        chapters: &[own!("simulate"), own!("emulator")],
    },
    Part {
        name: "Reference",
        chapters: &[own!("variables"), own!("routes"), own!("metrics")],
    },
    Part {
        name: "Background",
        chapters: &[
            own!("why"),
            Chapter {
                name: "testing",
                file: "tests/README.md",
                text: include_str!("../tests/README.md"),
            },
            own!("speed"),
            own!("limits"),
        ],
    },
];

/// Every chapter, in order.
pub fn chapters() -> impl Iterator<Item = &'static Chapter> {
    PARTS.iter().flat_map(|part| part.chapters)
}

/// The chapters that belong to no feature, for rustdoc.
macro_rules! shown {
    ($($name:ident $file:literal)+) => {$(
        #[doc = include_str!($file)]
        pub mod $name {}
    )+};
}

shown! {
    check "guide/check.md"
    emulator "guide/emulator.md"
    failure "guide/failure.md"
    limits "guide/limits.md"
    metrics "guide/metrics.md"
    moving "guide/move.md"
    operations "guide/operations.md"
    pages "guide/pages.md"
    routes "guide/routes.md"
    run "guide/run.md"
    scaling "guide/scaling.md"
    simulate "guide/simulate.md"
    speed "guide/speed.md"
    templates "guide/templates.md"
    testing "../tests/README.md"
    variables "guide/variables.md"
    why "guide/why.md"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chapter_has_a_name_of_its_own_and_opens_with_its_title() {
        let mut names: Vec<_> = chapters().map(|it| it.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        for chapter in chapters() {
            assert!(chapter.text.starts_with("# "), "{}", chapter.name);
            assert!(!chapter.title().is_empty(), "{}", chapter.name);
        }
    }
}
