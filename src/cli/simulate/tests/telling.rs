//! What is printed and drawn of a day.

use std::path::Path;

use jiff::SignedDuration;

use super::{
    super::{chart, gauge::slice, limits, report},
    played,
};

#[test]
fn the_drawing_is_well_formed_and_says_what_is_what() {
    let (plan, day) = played("--agents 6 --calls-per-hour 90,30 --hours 2 --remote 0.5");
    let svg = chart::page(&plan, &day, Path::new("day.svg"));
    let html = chart::page(&plan, &day, Path::new("day.html"));
    for text in [&svg, &html] {
        let options = roxmltree::ParsingOptions {
            allow_dtd: true,
            ..roxmltree::ParsingOptions::default()
        };
        let drawing = roxmltree::Document::parse_with_options(text, options).unwrap();
        let said: Vec<_> = drawing
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
            .filter_map(|node| node.text())
            .collect();
        for word in [
            "arrived",
            "hung up waiting",
            "talking",
            "service level",
            "Callers waiting",
            "08:00",
            "10:00",
            "100 %",
        ] {
            assert!(said.contains(&word), "{word} is missing: {said:?}");
        }
        let bars = drawing
            .descendants()
            .filter(|node| node.attribute("fill") == Some("#9ecae1"));
        // One a slice, and one for the legend.
        assert_eq!(bars.count(), slice(plan.day) + 1);
        for number in drawing
            .descendants()
            .filter_map(|node| node.attribute("points"))
        {
            assert!(!number.contains("NaN"), "{number}");
        }
    }
}

#[test]
fn limits_that_are_passed_are_marked() {
    let (plan, mut day) = played("--agents 4 --calls-per-hour 20 --hours 1 --remote 1");
    let over = |day: &super::Day| {
        limits::limits(&plan, day)
            .iter()
            .filter(|it| it.over)
            .count()
    };
    assert_eq!(over(&day), 0, "{:?}", limits::limits(&plan, &day));
    assert!(!report::text(&plan, &day).contains("OVER"));
    day.traffic.longest_turn = SignedDuration::from_secs(40);
    assert_eq!(over(&day), 1);
    let text = report::text(&plan, &day);
    let marked: Vec<_> = text.lines().filter(|line| line.contains("OVER")).collect();
    // The limit, and the endpoint that it is about.
    assert_eq!(marked.len(), 2, "{text}");
    assert!(marked[0].contains("POST api Calls.json"), "{text}");
}

#[test]
fn what_is_left_is_told() {
    let (plan, mut day) = played("--agents 2 --calls-per-hour 5 --hours 1 --remote 0");
    assert!(report::text(&plan, &day).contains("every call ended"));
    day.left.push("ann is Offline".to_owned());
    assert!(report::text(&plan, &day).ends_with("1 things are LEFT:\n  ann is Offline"));
}

#[test]
fn thousands_are_grouped() {
    let told = [0.0, 999.0, 1_000.0, 1_234_567.0].map(report::grouped);
    assert_eq!(told, ["0", "999", "1,000", "1,234,567"]);
}
