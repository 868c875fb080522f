//! The chapters of the guide as HTML for the docs page.
//!
//! Headings get ids below their chapter's, and links between chapters lead there, because the page holds all chapters.
//! Tables get the classes and names by which they fold on a phone. Markup in a text is shown as text.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use serde::Serialize;

use crate::guide::{self, Chapter, PARTS};

/// Chapters that belong together.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    name: &'static str,
    chapters: Vec<Shown>,
}

/// One chapter.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    title: &'static str,
    html: String,
}

/// The whole guide.
pub(super) fn parts() -> Vec<Part> {
    let shown = |chapter: &Chapter| Shown {
        id: id_of(chapter),
        title: chapter.title(),
        html: html_of(chapter),
    };
    let part = |part: &guide::Part| Part {
        name: part.name,
        chapters: part.chapters.iter().map(shown).collect(),
    };
    PARTS.iter().map(part).collect()
}

/// The chapter's place on the page. The prefix keeps it apart from the ids of routes and problems.
fn id_of(chapter: &Chapter) -> String {
    format!("guide-{}", chapter.name)
}

/// The id of a heading, as GitHub makes it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter_map(|it| match it {
        ' ' => Some('-'),
        '-' | '_' => Some(it),
        _ if it.is_alphanumeric() => Some(it.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

fn html_of(chapter: &Chapter) -> String {
    let events: Vec<_> = Parser::new_ext(chapter.text, Options::ENABLE_TABLES).collect();
    let mut shown = Vec::with_capacity(events.len());
    let mut table = Table::default();
    let mut in_title = false;
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if *level == HeadingLevel::H1 => {
                in_title = true;
            }
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => in_title = false,
            _ if in_title => {}
            Event::Start(Tag::Heading { level, .. }) => {
                let id = format!("{}-{}", id_of(chapter), slug(&text_of(&events[at..])));
                let opened = format!("<h{} id=\"{id}\">", depth(*level));
                shown.push(Event::Html(opened.into()));
            }
            Event::End(TagEnd::Heading(level)) => {
                shown.push(Event::Html(format!("</h{}>\n", depth(*level)).into()));
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let to = target(chapter, dest_url).unwrap_or_else(|| dest_url.to_string());
                let opened = format!("<a href=\"{}\">", escaped(&to));
                shown.push(Event::InlineHtml(opened.into()));
            }
            Event::End(TagEnd::Link) => shown.push(Event::InlineHtml("</a>".into())),
            // A comment is for the tests that look for it.
            Event::Html(markup) if markup.trim_start().starts_with("<!--") => {}
            Event::Html(markup) | Event::InlineHtml(markup) => {
                shown.push(Event::Text(markup.clone()));
            }
            other => match table.html(other, &events[at..]) {
                Some(markup) => shown.push(Event::Html(markup)),
                None => shown.push(other.clone()),
            },
        }
    }
    let mut out = String::new();
    html::push_html(&mut out, shown.into_iter());
    out
}

/// The title of a chapter is an `h3` of the page.
fn depth(level: HeadingLevel) -> usize {
    level as usize + 2
}

/// The text of what begins with the first event.
fn text_of(events: &[Event<'_>]) -> String {
    let inside = events.iter().skip(1);
    let inside =
        inside.take_while(|it| !matches!(it, Event::End(TagEnd::Heading(_) | TagEnd::TableCell)));
    let texts = inside.filter_map(|it| match it {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        _ => None,
    });
    texts.collect()
}

/// Where a link leads on the page; `None` if it names a file that is no chapter.
fn target(chapter: &Chapter, to: &str) -> Option<String> {
    if to.starts_with("https://") {
        return Some(to.to_owned());
    }
    let (path, heading) = to.split_once('#').unwrap_or((to, ""));
    let of = if path.is_empty() {
        chapter
    } else {
        let file = joined(chapter.file, path);
        guide::chapters().find(|it| it.file == file)?
    };
    let id = id_of(of);
    Some(match heading {
        "" => format!("#{id}"),
        _ => format!("#{id}-{heading}"),
    })
}

/// The file that `path` names in a link of `file`.
fn joined(file: &str, path: &str) -> String {
    let mut parts: Vec<_> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('"', "&quot;")
}

/// The table that is being written.
#[derive(Debug, Default)]
struct Table {
    heads: Vec<String>,
    in_head: bool,
    /// How many cells of the row have begun.
    column: usize,
}

impl Table {
    /// The markup for an event of a table.
    fn html(&mut self, event: &Event<'_>, from_here: &[Event<'_>]) -> Option<CowStr<'static>> {
        let markup = match event {
            Event::Start(Tag::Table(_)) => "<table class=\"rows\">".to_owned(),
            Event::Start(Tag::TableHead) => {
                (self.heads, self.in_head) = (vec![], true);
                "<thead><tr>".to_owned()
            }
            Event::End(TagEnd::TableHead) => {
                self.in_head = false;
                "</tr></thead><tbody>\n".to_owned()
            }
            Event::Start(Tag::TableRow) => {
                self.column = 0;
                "<tr>".to_owned()
            }
            Event::End(TagEnd::TableRow) => "</tr>\n".to_owned(),
            Event::Start(Tag::TableCell) if self.in_head => {
                self.heads.push(text_of(from_here));
                "<th scope=\"col\">".to_owned()
            }
            Event::Start(Tag::TableCell) => {
                self.column += 1;
                match self.heads.get(self.column - 1) {
                    Some(name) if self.column > 1 => {
                        format!("<td data-name=\"{}\">", escaped(name))
                    }
                    _ => "<th scope=\"row\">".to_owned(),
                }
            }
            Event::End(TagEnd::TableCell) if self.in_head || self.column == 1 => "</th>".to_owned(),
            Event::End(TagEnd::TableCell) => "</td>".to_owned(),
            Event::End(TagEnd::Table) => "</tbody></table>\n".to_owned(),
            _ => return None,
        };
        Some(markup.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn html(text: &'static str) -> String {
        html_of(&Chapter {
            name: "hold",
            file: "src/features/hold/README.md",
            text,
        })
    }

    #[test]
    fn headings_and_links_fit_a_page_of_many_chapters() {
        let shown = html("# Hold\n\n## What it `does`?\n\n[a](#b) [c](../parking/README.md#d)");
        assert_eq!(
            shown,
            "<h4 id=\"guide-hold-what-it-does\">What it <code>does</code>?</h4>\n\
             <p><a href=\"#guide-hold-b\">a</a> <a href=\"#guide-parking-d\">c</a></p>\n"
        );
    }

    #[test]
    fn a_table_has_row_heads_and_names_its_columns() {
        let shown = html("| A | `B` |\n|---|---|\n| 1 | 2 |\n");
        assert_eq!(
            shown,
            "<table class=\"rows\"><thead><tr><th scope=\"col\">A</th><th scope=\"col\"><code>B</code></th></tr>\
             </thead><tbody>\n<tr><th scope=\"row\">1</th><td data-name=\"B\">2</td></tr>\n</tbody></table>\n"
        );
    }

    #[test]
    fn markup_is_text_and_a_comment_is_nothing() {
        let shown = html("a <b onclick=x>c</b>\n\n<script>d</script>\n\n<!-- e -->\n");
        assert!(!shown.contains("<b") && !shown.contains("<script") && !shown.contains("-->"));
        assert!(shown.contains("&lt;script&gt;d&lt;/script&gt;"), "{shown}");
    }

    /// The page is one: a link inside it must find its place there.
    #[test]
    fn every_link_between_chapters_leads_to_a_heading() {
        let mut ids = BTreeSet::new();
        let mut links = vec![];
        for chapter in guide::chapters() {
            assert!(ids.insert(id_of(chapter)));
            let shown = html_of(chapter);
            for rest in shown.split(" id=\"").skip(1) {
                let id = rest.split('"').next().unwrap().to_owned();
                assert!(ids.insert(id.clone()), "{id} stands twice");
            }
            let hrefs = shown.split("href=\"").skip(1);
            links.extend(
                hrefs.map(|rest| (chapter.name, rest.split('"').next().unwrap().to_owned())),
            );
        }
        assert!(links.len() > 10);
        for (from, link) in links {
            let place = link.strip_prefix('#').map(|id| ids.contains(id));
            let is_web = link.starts_with("https://");
            assert!(is_web || place == Some(true), "{from} links to {link}");
        }
    }
}
