//! Takes the layout out of a template: indentation and line breaks are there for the editor, not for the caller.
//!
//! It is done once, before compiling, so that rendering pays nothing for readable templates and TwiML stays short
//! enough to be sent inline. The rule fits in a sentence: every line is trimmed, and two lines are joined with one
//! blank, except where one of them ends or begins with a tag.

/// The template in one line, after the XML declaration.
pub(super) fn in_one_line(template: &str) -> String {
    let mut line = String::with_capacity(template.len() + DECLARATION.len());
    line.push_str(DECLARATION);
    let source = template.trim_start_matches('\u{feff}').trim_start();
    let body = match source.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or(source, |(_, body)| body),
        None => source,
    };
    for next in body.lines().map(str::trim).filter(|next| !next.is_empty()) {
        let touching = [">", "%}", "#}"].iter().any(|end| line.ends_with(end))
            || ["<", ">", "/>", "{%", "{#"]
                .iter()
                .any(|start| next.starts_with(start));
        if !touching {
            line.push(' ');
        }
        line.push_str(next);
    }
    line
}

/// How every document starts.
pub(super) const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_tag_and_of_a_sentence_keep_their_blanks() {
        let template = "<?xml version='1.0'?>\n{# a\n   note #}\n<Say\n  voice=\"{{ voice }}\"\n  {% if x %} loop=\"2\"{% endif %}>\n  two words\n  {{ more }}\n</Say>\n";
        assert_eq!(
            in_one_line(template),
            format!(
                "{DECLARATION}{{# a note #}}<Say voice=\"{{{{ voice }}}}\"{{% if x %}} loop=\"2\"{{% endif %}}>two words {{{{ more }}}}</Say>"
            )
        );
    }
}
