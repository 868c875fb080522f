//! The hold document, which every parked caller asks for every half minute, beside a `format!` of the same text.

use std::hint::black_box;

use switchboard::twiml::{
    Library, Speech,
    document::{Document, Hold},
};

use crate::timing::Bench;

const MUSIC: &str = "https://switchboard.example.com/hold-music/0";
const NEXT: &str = "https://switchboard.example.com/hold?worker=WK00000000000000000000000000000001&task=WT00000000000000000000000000000001&workflow=WW00000000000000000000000000000001&since=1800000000000&round=7";
const WORDS: &str = "Thank you for waiting. We have not forgotten you.";

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    let speech = Speech {
        voice: None,
        language: "en-US".to_owned(),
    };
    let library = Library::open(speech, None)?;
    let document = Document::Hold(Hold {
        announcement: Some(WORDS.to_owned()),
        music: MUSIC.to_owned(),
        next: NEXT.to_owned(),
    });
    let floor = || {
        let (words, music, next) = black_box((WORDS, MUSIC, NEXT));
        let next = next.replace('&', "&amp;");
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\n<Say language=\"en-US\">{words}</Say>\n\
             <Play>{music}</Play>\n<Redirect method=\"POST\">{next}</Redirect>\n</Response>"
        )
    };
    let ours = library.render(&document)?;
    assert!(ours.contains(WORDS) && ours.contains(MUSIC), "{ours}");
    bench.compare(
        "hold document",
        || library.render(black_box(&document)),
        floor,
    );
    Ok(())
}
