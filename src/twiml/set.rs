//! One set of templates: read, compiled, and proved on the samples before it is let near a caller.

use std::{fmt::Write as _, io, path::Path};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, value::ValueKind};

use super::{
    Finding, Findings, RenderError, Speech,
    document::{Document, TEMPLATES, Template},
    escape, layout, lint,
};

pub(super) fn render(set: &Environment<'_>, document: &Document) -> Result<String, RenderError> {
    let name = document.template().name;
    set.get_template(name)
        .and_then(|template| template.render(document.values()))
        .map_err(|source| RenderError {
            document: name,
            source,
        })
}

/// Compiles and proves every template.
pub(super) fn load(
    speech: &Speech,
    directory: Option<&Path>,
) -> Result<Environment<'static>, Findings> {
    let mut findings = directory.map_or_else(Vec::new, strangers);
    let mut set = environment(speech);
    for template in &TEMPLATES {
        let file = format!("{}.xml", template.name);
        let sound = source(template, directory)
            .and_then(|source| admit(&mut set, template, &source, speech));
        if let Err(problems) = sound {
            findings.extend(problems.into_iter().map(|what| Finding {
                file: file.clone(),
                what,
            }));
        }
    }
    if findings.is_empty() {
        Ok(set)
    } else {
        Err(Findings(findings))
    }
}

/// A file that is no document is a name misspelt: the edit would have no effect, and the operator would not know why.
fn strangers(directory: &Path) -> Vec<Finding> {
    let known = TEMPLATES.map(|template| format!("{}.xml", template.name));
    let listed = match xml_files(directory, "", &known) {
        Ok(listed) => listed,
        Err(error) => {
            let file = directory.display().to_string();
            return vec![Finding {
                file,
                what: format!("cannot be read: {error}"),
            }];
        }
    };
    let mut strangers: Vec<_> = listed
        .into_iter()
        .filter(|name| !known.contains(name))
        .collect();
    strangers.sort();
    let what = format!("belongs to no document; there are {}", known.join(", "));
    strangers
        .into_iter()
        .map(|file| Finding {
            file,
            what: what.clone(),
        })
        .collect()
}

/// The templates in a folder and in those folders below it that documents live in, named as documents are.
fn xml_files(directory: &Path, below: &str, known: &[String]) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory.join(below))?.flatten() {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        let folder = format!("{name}/");
        if known.iter().any(|known| known.starts_with(&folder)) {
            files.extend(xml_files(directory, &folder, known)?);
        } else if Path::new(&name)
            .extension()
            .is_some_and(|ending| ending == "xml")
        {
            files.push(name);
        }
    }
    Ok(files)
}

fn source(template: &Template, directory: Option<&Path>) -> Result<String, Vec<String>> {
    let Some(directory) = directory else {
        return Ok(template.words.to_owned());
    };
    match std::fs::read_to_string(directory.join(format!("{}.xml", template.name))) {
        Ok(edited) => Ok(edited),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(template.words.to_owned()),
        Err(error) => Err(vec![format!("cannot be read: {error}")]),
    }
}

/// Puts one template into the set, or says what is wrong with it.
fn admit(
    set: &mut Environment<'static>,
    template: &Template,
    source: &str,
    speech: &Speech,
) -> Result<(), Vec<String>> {
    // First as it was written, so that an error names the line its author sees.
    let mut draft = environment(speech);
    draft
        .add_template_owned(template.name, source.to_owned())
        .map_err(|error| vec![explain(&error)])?;
    let used = draft
        .get_template(template.name)
        .map(|draft| draft.undeclared_variables(false));
    let used = used.unwrap_or_default();
    let mut problems: Vec<_> = template
        .vital
        .iter()
        .filter(|name| !used.contains(**name))
        .map(|name| format!("must use {{{{ {name} }}}}, or callers are lost"))
        .collect();
    set.add_template_owned(template.name, layout::in_one_line(source))
        .map_err(|error| vec![explain(&error)])?;
    let samples = Document::samples();
    for sample in samples
        .iter()
        .filter(|sample| sample.template().name == template.name)
    {
        let said = render(&draft, sample).and_then(|_| render(set, sample));
        match said {
            Err(error) => problems.push(explain(&error.source)),
            Ok(said) => {
                let flaws = lint::lint(&said, template.place);
                problems.extend(flaws.iter().map(ToString::to_string));
            }
        }
    }
    problems.dedup();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn explain(error: &Error) -> String {
    let place = error
        .line()
        .map_or_else(String::new, |line| format!("line {line}: "));
    let detail = error
        .detail()
        .map_or_else(String::new, |detail| format!(": {detail}"));
    format!("{place}{}{detail}", error.kind())
}

/// The attributes of every `<Say>`, with the blank before them.
fn attributes(speech: &Speech) -> String {
    let mut written = String::new();
    let named = [
        ("voice", speech.voice.as_deref()),
        ("language", Some(speech.language.as_str())),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            let _ = write!(written, " {name}=\"");
            let _ = escape::escape(value, &mut written);
            written.push('"');
        }
    }
    written
}

fn environment(speech: &Speech) -> Environment<'static> {
    let mut set = Environment::new();
    set.set_undefined_behavior(UndefinedBehavior::Strict);
    // Lines of a template stay out of what we log: the values in them may be a caller's.
    set.set_debug(false);
    for way_out in ["safe", "escape", "e"] {
        set.remove_filter(way_out);
    }
    set.add_global("speech", Value::from_safe_string(attributes(speech)));
    set.add_global("voice", speech.voice.clone());
    set.add_global("language", speech.language.clone());
    set.set_formatter(|out, _, value| match value.kind() {
        ValueKind::Undefined => Err(ErrorKind::UndefinedError.into()),
        ValueKind::None => Err(Error::new(
            ErrorKind::InvalidOperation,
            "a value that is not set here; put it inside {% if … %}",
        )),
        // What a template captured itself (`{% set %}`, a macro) is markup it wrote, with its values escaped.
        _ if value.is_safe() => {
            let markup = value.as_str().unwrap_or_default();
            out.write_str(markup).map_err(Error::from)
        }
        _ => {
            let escaped = match value.as_str() {
                Some(text) => escape::escape(text, out),
                None => escape::escape(&value.to_string(), out),
            };
            escaped.map_err(Error::from)
        }
    });
    set
}
