//! Everything a caller can hear: every document in every shape, with any text, after any edit.

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use roxmltree::Node;
use switchboard::{
    twilio::sid::WorkflowSid,
    twiml::{
        LAST_RESORT, Library, Speech, as_heard,
        document::{Document, Fault, Hold, PickUp, Wait},
        lint::{MAX_INLINE_CHARS, Place, lint},
    },
};

fn library() -> Library {
    Library::open(Speech::default(), None).expect("the templates that come with the program")
}

fn pick_up(action: &str, wait: Option<String>, task: &str) -> Document {
    Document::PickUp(PickUp {
        workflow: WorkflowSid::from_bytes([7; 16]),
        action: action.to_owned(),
        wait,
        priority: 1000,
        task: task.to_owned(),
    })
}

/// A directory of edited templates, gone when the test ends.
struct Edited(PathBuf);

impl Edited {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("switchboard-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).expect("a new folder");
        Self(path)
    }

    fn write(&self, file: &str, words: &str) {
        let path = self.0.join(file);
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("a new folder");
        fs::write(path, words).expect("a new file");
    }

    fn open(&self) -> Result<Library, String> {
        let opened = Library::open(Speech::default(), Some(self.0.clone()));
        opened.map_err(|findings| findings.to_string())
    }
}

impl Drop for Edited {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_document_in_every_shape_is_good_twiml() {
    let speech = Speech {
        voice: Some("Polly.Vicki-Neural".to_owned()),
        language: "de-DE".to_owned(),
    };
    let mut heard = Vec::new();
    for speech in [Speech::default(), speech] {
        let library = Library::open(speech, None).unwrap();
        for sample in Document::samples() {
            let said = library.render(&sample).unwrap();
            assert_eq!(lint(&said, sample.template().place), []);
            heard.push(said.replace("><", ">\n<"));
        }
    }
    insta::assert_snapshot!(heard.join("\n\n"));
}

#[test]
fn the_last_resort_is_good_twiml() {
    assert_eq!(lint(LAST_RESORT, Place::Call), []);
}

#[test]
fn a_pick_up_leaves_most_of_an_inline_document_to_the_attributes() {
    let action = format!(
        "https://switchboard.example.com/hold/left?{}",
        "x".repeat(170)
    );
    let said = library().render(&pick_up(&action, None, "{}")).unwrap();
    let room = MAX_INLINE_CHARS - said.chars().count();
    assert!(room > 3_500, "{room} characters are left for attributes");
}

#[test]
fn a_value_with_markup_in_it_is_spoken_not_obeyed() {
    let announcement = Some("</Say><Hangup/><Say>{{ music }}".to_owned());
    let (music, next) = (
        "https://x.example/m".to_owned(),
        "https://x.example/n".to_owned(),
    );
    let said = library()
        .render(&Document::Hold(Hold {
            announcement,
            music,
            next,
        }))
        .unwrap();
    assert_eq!(lint(&said, Place::Call), []);
    assert!(!said.contains("<Hangup"));
}

#[test]
fn an_edit_is_taken_by_a_reload() {
    let edited = Edited::new("taken");
    let library = edited.open().unwrap();
    let clone = library.clone();
    edited.write(
        "end.xml",
        "<?xml version=\"1.0\"?>\n<Response>\n  <Say>Bye.</Say>\n  <Hangup/>\n</Response>\n",
    );
    assert_eq!(library.check(), []);
    library.reload().unwrap();
    assert_eq!(
        clone.render(&Document::End).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say>Bye.</Say><Hangup/></Response>"
    );
}

#[test]
fn a_bad_edit_keeps_the_whole_old_set_and_says_where_it_is() {
    let edited = Edited::new("kept");
    let library = edited.open().unwrap();
    let old = library.render(&Document::End).unwrap();
    edited.write(
        "end.xml",
        "<Response>\n<Say>Bye.</Say>\n<Hangup/>\n</Response>",
    );
    edited.write(
        "hold.xml",
        "<Response>\n<Play>{{ music }}</Play>\n{% if %}\n</Response>",
    );
    let refusal = library.reload().unwrap_err().to_string();
    assert!(refusal.contains("hold.xml: line 3: "), "{refusal}");
    assert_eq!(library.render(&Document::End).unwrap(), old);
}

/// A file, its words, and what is said about them. `@play` and `@next` stand for the verbs that are right.
const EDITS: &[(&str, &str, &str)] = &[
    (
        "hold.xml",
        "<Response>@play</Response>",
        "must use {{ next }}",
    ),
    (
        "hold.xml",
        "<Response>@play<Pause length=\"{{ next }}\"/></Response>",
        "falls off the end",
    ),
    (
        "hold.xml",
        "<Response>@play@next<Hangup/></Response>",
        "is never reached",
    ),
    (
        "hold.xml",
        "<Response><Say>{{ announcement }}</Say>@play@next</Response>",
        "not set here",
    ),
    (
        "hold.xml",
        "<Response><Say>{{ music|safe }}</Say>@play@next</Response>",
        "unknown filter",
    ),
    (
        "hold.xml",
        "<Response><Say>{{ name }}</Say>@play@next</Response>",
        "undefined",
    ),
    (
        "hold.xml",
        "<Response>@play<redirect>{{ next }}</redirect></Response>",
        "no such verb",
    ),
    (
        "wait.xml",
        "<Response><Dial>{{ music }}</Dial>@next</Response>",
        "waiting in a queue",
    ),
    (
        "pickup.xml",
        "<Response><Enqueue workflowSid=\"{{ workflow }}\" action=\"{{ action }}\" waitUrl=\"{{ task }}\"><Task priority=\"{{ priority }}\">{}</Task></Enqueue></Response>",
        "not well-formed",
    ),
    (
        "fault.xml",
        "<Response>{{ again or '' }}<Hangup></Response>",
        "not well-formed",
    ),
    (
        "holdd.xml",
        "<Response>@play</Response>",
        "belongs to no document",
    ),
    (
        "intake/texts.xml",
        "<Response><Message>{{ said }}</Message></Response>",
        "belongs to no document",
    ),
    (
        "intake/text.xml",
        "<Response><Say>{{ said }}</Say></Response>",
        "no such verb",
    ),
    (
        "intake/menu.xml",
        "<Response><Gather action=\"{{ next }}\"/></Response>",
        "falls off the end",
    ),
];

#[test]
fn what_is_wrong_with_an_edit_is_said() {
    for (at, (file, words, wanted)) in EDITS.iter().enumerate() {
        let edited = Edited::new(&format!("wrong-{at}"));
        let words = words.replace("@play", "<Play>{{ music }}</Play>");
        edited.write(
            file,
            &words.replace("@next", "<Redirect>{{ next }}</Redirect>"),
        );
        let refusal = edited.open().unwrap_err();
        assert!(
            refusal.contains(file) && refusal.contains(wanted),
            "{words}: {refusal}"
        );
    }
}

#[test]
fn a_directory_that_is_not_there_is_said() {
    let missing = PathBuf::from("/nowhere/at/all");
    let refusal = Library::open(Speech::default(), Some(missing))
        .unwrap_err()
        .to_string();
    assert!(
        refusal.contains("/nowhere/at/all: cannot be read"),
        "{refusal}"
    );
}

/// The text of the first element of this name.
fn text<'a>(document: &'a roxmltree::Document<'_>, name: &str) -> &'a str {
    let found = document.descendants().find(|node| node.has_tag_name(name));
    found.as_ref().and_then(Node::text).unwrap_or_default()
}

/// Texts with everything in them that XML dislikes, more often than chance would have it.
fn awkward() -> impl Strategy<Value = String> {
    let special = prop::sample::select(
        "<>&\"'\0\u{1}\u{8}\u{b}\u{1f}\u{7f}\u{85}\u{fffe}\u{ffff}\r\n\t {}%#]]>"
            .chars()
            .collect::<Vec<_>>(),
    );
    prop::collection::vec(prop_oneof![special, any::<char>()], 0..40).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn any_text_in_any_field_survives(
        one in awkward(), two in awkward(), three in awkward(), voice in awkward()
    ) {
        let speech = Speech { voice: Some(voice.clone()), language: two.clone() };
        let library = Library::open(speech, None).or_else(|_| {
            // An empty voice or language is refused by the lint; the rest of the property still counts.
            Library::open(Speech::default(), None)
        }).unwrap();
        let documents = [
            Document::Hold(Hold { announcement: Some(format!("x{one}")), music: two.clone(), next: three.clone() }),
            pick_up(&one, Some(two.clone()), &three),
            Document::Wait(Wait { music: one.clone(), next: two.clone() }),
            Document::Fault(Fault { again: Some(format!("x{one}")) }),
        ];
        for document in documents {
            let said = library.render(&document).unwrap();
            let parsed = roxmltree::Document::parse(&said).unwrap();
            match &document {
                Document::Hold(_) => {
                    prop_assert_eq!(text(&parsed, "Say"), as_heard(&format!("x{one}")));
                    prop_assert_eq!(text(&parsed, "Play"), as_heard(&two));
                    prop_assert_eq!(text(&parsed, "Redirect"), as_heard(&three));
                }
                Document::PickUp(_) => {
                    let enqueue = parsed.root_element().first_element_child().unwrap();
                    prop_assert_eq!(enqueue.attribute("action").unwrap(), as_heard(&one));
                    prop_assert_eq!(enqueue.attribute("waitUrl").unwrap_or_default(), as_heard(&two));
                    prop_assert_eq!(text(&parsed, "Task"), as_heard(&three));
                }
                Document::Wait(_) => {
                    prop_assert_eq!(text(&parsed, "Play"), as_heard(&one));
                    prop_assert_eq!(text(&parsed, "Redirect"), as_heard(&two));
                }
                _ => prop_assert_eq!(text(&parsed, "Redirect"), as_heard(&format!("x{one}"))),
            }
        }
    }
}
