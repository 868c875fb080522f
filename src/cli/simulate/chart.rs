//! The day as a drawing: who came, who waited, what the agents did, and how good the service was.
//!
//! Four panels above each other on one time axis, in slices of ten minutes. It is plain SVG 1.1 without scripts, fonts
//! or anything fetched, on a white ground of its own, so that it reads the same in any viewer; an `.html` file is the
//! same drawing in a page.

mod panel;

use std::path::Path;

use self::panel::{Panel, Style};
use super::{
    Day,
    gauge::{Gauge, SLICE},
    options::Plan,
    report,
    tally::Callers,
};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 64.0;
/// Room for half of the last hour's label.
const RIGHT: f64 = 24.0;
const TOP: f64 = 52.0;
const HEIGHT: f64 = 150.0;
const GAP: f64 = 56.0;

/// The drawing, in the form that the file's name asks for.
pub(super) fn page(plan: &Plan, day: &Day, path: &Path) -> String {
    let drawing = svg(plan, day);
    if path.extension().is_some_and(|kind| kind == "html") {
        return format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"/><title>A simulated day</title></head>\n<body>\n{drawing}</body>\n</html>\n"
        );
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{drawing}")
}

fn svg(plan: &Plan, day: &Day) -> String {
    let slices = usize::try_from(plan.day.as_secs() / SLICE.as_secs()).unwrap_or(0);
    let panels = panels(plan, day, slices);
    let count = u32::try_from(panels.len()).unwrap_or(0);
    let height = TOP + f64::from(count) * (HEIGHT + GAP);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\">\n\
         <title>A simulated day of a contact centre</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    text.push_str(&title(plan, day));
    for (place, panel) in panels.iter().enumerate() {
        let place = u32::try_from(place).unwrap_or(0);
        let top = TOP + 24.0 + f64::from(place) * (HEIGHT + GAP);
        text.push_str(&panel.draw(top, slices));
    }
    text.push_str("</svg>\n");
    text
}

fn title(plan: &Plan, day: &Day) -> String {
    let tally = &day.tally;
    let arrived = f64::from(tally.arrived());
    let level = report::percent(f64::from(tally.in_time()), arrived);
    format!(
        "<text x=\"{LEFT}\" y=\"26\" font-size=\"16\" font-weight=\"bold\">{} agents, {} on their own phones, {} calls: {level} answered within {} s</text>\n",
        plan.agents(),
        plan.on_phones,
        report::grouped(arrived),
        plan.within.as_secs()
    )
}

fn panels(plan: &Plan, day: &Day, slices: usize) -> Vec<Panel> {
    let tally = &day.tally;
    let callers = |of: fn(&Callers) -> f64| filled(tally.slices.iter().map(of), slices);
    let averages = |gauge: &Gauge| filled(gauge.averages(), slices);
    let peaks = tally.waiting.peaks().iter().copied().map(f64::from);
    let level = |it: &Callers| 100.0 * f64::from(it.in_time) / f64::from(it.arrived.max(1));
    let (bars, line, stacked) = (Style::Bars, Style::Line, Style::Stacked);
    let came = callers(|it| it.arrived.into());
    let gave_up = callers(|it| it.abandoned.into());
    vec![
        Panel::new("Callers in 10 minutes", "")
            .with("arrived", "#9ecae1", bars, came)
            .with("hung up waiting", "#d62728", bars, gave_up),
        Panel::new("Callers waiting", "")
            .with("most", "#fdae6b", line, filled(peaks, slices))
            .with("on average", "#e6550d", line, averages(&tally.waiting)),
        Panel::new("Agents", "")
            .up_to(f64::from(plan.agents()))
            .with("talking", "#31a354", stacked, averages(&tally.talking))
            .with("wrap-up", "#a1d99b", stacked, averages(&tally.wrapping))
            .with("being rung", "#756bb1", stacked, averages(&tally.ringing))
            .with("away", "#969696", stacked, averages(&tally.away)),
        Panel::new(
            &format!("Answered within {} s", plan.within.as_secs()),
            " %",
        )
        .up_to(100.0)
        .with("80 %", "#bbbbbb", line, vec![80.0; slices])
        .with("service level", "#1f77b4", line, callers(level)),
    ]
}

/// As many numbers as there are slices.
fn filled(numbers: impl Iterator<Item = f64>, slices: usize) -> Vec<f64> {
    let rest = std::iter::repeat(0.0);
    numbers.chain(rest).take(slices).collect()
}
