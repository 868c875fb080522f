//! The words callers hear: templates in, TwiML out.
//!
//! Every [`Document`] has a template in `twiml/`, one file each. The files are compiled into the program, so that a
//! bare binary can speak; a directory named by `TWIML_DIR` may hold edited copies of any of them. A [`Library`] holds
//! the compiled set. It is swapped as a whole or not at all: a reload compiles every file, renders every sample and
//! lints the result, and the first finding keeps the old set. A slip of the pen is then a line in the log, not an
//! error that callers hear.
//!
//! A value in a template is always escaped, and there is no way to say otherwise (`safe` and `escape` are taken out):
//! a template decides the markup, a value never does. A value that does not exist, or is not set in this document,
//! fails the check instead of being spoken as "none".

pub mod document;
mod escape;
mod layout;
pub mod lint;
mod set;
mod vocabulary;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use minijinja::{Environment, Error};

use self::document::Document;
pub use self::escape::as_heard;

/// The content type of every document (Twilio: "TwiML for Programmable Voice").
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// A document that needs no template: for the day when a template cannot be rendered after all.
pub const LAST_RESORT: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "<Response><Say>Sorry, something went wrong on our end. Please call again.</Say><Hangup/></Response>"
);

/// How words are spoken. A template writes both as attributes with `<Say{{ speech }}>`, or asks for `voice` and `language`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speech {
    /// Twilio's name of a voice, such as `Polly.Joanna-Neural`; Twilio's own choice without it.
    pub voice: Option<String>,
    /// The language, such as `en-US`.
    pub language: String,
}

impl Default for Speech {
    fn default() -> Self {
        Self {
            voice: None,
            language: "en-US".to_owned(),
        }
    }
}

/// Something wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file it is in.
    pub file: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.what)
    }
}

/// Why a set of templates was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("templates not taken: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Findings(pub Vec<Finding>);

/// A template that could not be rendered. Cannot happen to a set that passed its check, short of an exotic template
/// that looks at its values; answer with [`LAST_RESORT`].
#[derive(Debug, thiserror::Error)]
#[error("the template of {document} failed")]
pub struct RenderError {
    document: &'static str,
    #[source]
    source: Error,
}

/// All templates, ready to render. Cheap to clone; clones see a reload too.
#[derive(Clone, Debug)]
pub struct Library {
    set: Arc<RwLock<Arc<Environment<'static>>>>,
    speech: Speech,
    directory: Option<Arc<Path>>,
}

impl Library {
    /// Compiles all templates: those in `directory` where it has them, else those that came with the program.
    ///
    /// # Errors
    /// [`Findings`] when a file cannot be read, compiled, or rendered into good TwiML.
    pub fn open(speech: Speech, directory: Option<PathBuf>) -> Result<Self, Findings> {
        let directory = directory.map(Arc::from);
        let set = set::load(&speech, directory.as_deref())?;
        Ok(Self {
            set: Arc::new(RwLock::new(Arc::new(set))),
            speech,
            directory,
        })
    }

    /// Says `document`.
    ///
    /// # Errors
    /// [`RenderError`] when an edited template fails on these values; the samples make that unlikely.
    pub fn render(&self, document: &Document) -> Result<String, RenderError> {
        // Only the pointer is taken under the lock, so a reload never waits for a render.
        let set = Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner));
        set::render(&set, document)
    }

    /// Reads the directory again and swaps all templates at once. Without a directory there is nothing to read.
    ///
    /// # Errors
    /// [`Findings`]; the old templates stay in use.
    pub fn reload(&self) -> Result<(), Findings> {
        let fresh = Arc::new(set::load(&self.speech, self.directory.as_deref())?);
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What is wrong with the templates as they are on disk now; nothing is swapped.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        set::load(&self.speech, self.directory.as_deref())
            .err()
            .map_or_else(Vec::new, |findings| findings.0)
    }
}
