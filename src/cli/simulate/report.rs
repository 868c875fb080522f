//! What is printed about a day.

use std::{collections::BTreeSet, fmt::Write, time::Duration};

use super::{
    Day, limits,
    options::Plan,
    tally::{Offers, Tally, mean, percentile},
    traffic::Rate,
};

/// The whole report.
pub(super) fn text(plan: &Plan, day: &Day) -> String {
    let mut text = String::new();
    let parts = [
        head(plan),
        callers(plan, &day.tally),
        agents(plan, &day.tally),
        offers(&day.tally),
        upstream(plan, day),
        webhooks(plan, day),
        limit_lines(plan, day),
        warnings(day),
        end(day),
    ];
    for part in parts.iter().filter(|part| !part.is_empty()) {
        text.push_str(part);
        text.push('\n');
    }
    text.trim_end().to_owned()
}

fn head(plan: &Plan) -> String {
    let rates: Vec<_> = plan.rates.iter().map(|rate| rate.round()).collect();
    let steady = rates
        .windows(2)
        .all(|two| two[0].total_cmp(&two[1]).is_eq());
    let rate = match rates.first() {
        Some(rate) if steady => grouped(*rate),
        _ => "varying".to_owned(),
    };
    format!(
        "{} agents, {} in Flex and {} on their own phones; {rate} calls an hour for {} h; seed {}\n",
        plan.agents(),
        plan.in_flex,
        plan.on_phones,
        plan.rates.len(),
        plan.seed
    )
}

fn callers(plan: &Plan, tally: &Tally) -> String {
    let arrived = f64::from(tally.arrived());
    let (answered, abandoned) = (count(tally.waits.len()), count(tally.vain.len()));
    let (nine, ninety_five) = (percentile(&tally.waits, 90), percentile(&tally.waits, 95));
    let mut text = String::from("Callers\n");
    line(&mut text, "arrived", &grouped(arrived), "");
    let who = format!(
        "{}; {} in Flex, {} on phones",
        percent(answered, arrived),
        grouped(f64::from(tally.flex.accepted)),
        grouped(f64::from(tally.phones.accepted))
    );
    line(&mut text, "answered", &grouped(answered), &who);
    let level = percent(f64::from(tally.in_time()), arrived);
    let within = format!("of all who arrived, within {} s", plan.within.as_secs());
    line(&mut text, "service level", &level, &within);
    let waits = format!(
        "on average; 90 % up to {}, 95 % up to {}",
        seconds(nine),
        seconds(ninety_five)
    );
    line(&mut text, "waited", &seconds(mean(&tally.waits)), &waits);
    let after = format!(
        "{}; after {} on average",
        percent(abandoned, arrived),
        seconds(mean(&tally.vain))
    );
    line(&mut text, "hung up waiting", &grouped(abandoned), &after);
    if tally.lost > 0 {
        let lost = grouped(f64::from(tally.lost));
        line(&mut text, "lost", &lost, "their task ended before them");
    }
    let most = grouped(f64::from(tally.waiting.most));
    line(&mut text, "longest queue", &most, "");
    text
}

fn agents(plan: &Plan, tally: &Tally) -> String {
    let staffed = f64::from(plan.agents()) * plan.day.as_secs_f64();
    let share = |area: f64| percent(area, staffed);
    let (talk, wrap) = (tally.talking.area(plan.day), tally.wrapping.area(plan.day));
    let mut text = String::from("Agents, of the time they are there\n");
    let of = format!("talking {}, wrap-up {}", share(talk), share(wrap));
    line(&mut text, "occupancy", &share(talk + wrap), &of);
    let ringing = share(tally.ringing.area(plan.day));
    line(&mut text, "being rung", &ringing, "");
    let away = share(tally.away.area(plan.day));
    let why = "cooling down, or off line after an offer that timed out";
    line(&mut text, "away", &away, why);
    text
}

fn offers(tally: &Tally) -> String {
    let sides = [&tally.flex, &tally.phones];
    let mut text = format!("{:<21}{:>10}{:>10}\n", "Offers", "Flex", "phones");
    let mut row = |name: &str, of: &dyn Fn(&Offers) -> u32| {
        let [flex, phones] = sides.map(|side| grouped(f64::from(of(side))));
        let _ = writeln!(text, "  {name:<19}{flex:>10}{phones:>10}");
    };
    row("made", &|it| it.made);
    row("accepted", &|it| it.accepted);
    row("caller hung up", &|it| it.canceled);
    row("timed out", &|it| it.timed_out);
    let causes: BTreeSet<_> = sides.iter().flat_map(|it| it.rejected.keys()).collect();
    for cause in causes {
        let name = format!("rejected: {cause}");
        row(&name, &|it| it.rejected.get(cause).copied().unwrap_or(0));
    }
    text
}

fn upstream(plan: &Plan, day: &Day) -> String {
    let mut text = table_head("Asked of Twilio", "limit");
    for (endpoint, rate) in &day.traffic.upstream {
        let (product, method, path) = endpoint;
        let limit = limits::of_endpoint(plan, day, endpoint);
        let (limit, over) = limit.unwrap_or_default();
        let mark = if over { "  OVER" } else { "" };
        let name = format!("{method} {product} {}", shortened(path));
        let _ = writeln!(
            text,
            "{}  {limit}{mark}",
            rate_row(plan, &name, rate).trim_end()
        );
    }
    trimmed(&text)
}

fn webhooks(plan: &Plan, day: &Day) -> String {
    let mut text = table_head("Asked by Twilio", "");
    for (path, rate) in &day.traffic.webhooks {
        text.push_str(&rate_row(plan, path, rate));
        text.push('\n');
    }
    trimmed(&text)
}

fn limit_lines(plan: &Plan, day: &Day) -> String {
    let mut text = format!("{:<36}{:<40}{}\n", "Twilio's limits", "found", "limit");
    for limit in limits::limits(plan, day) {
        let mark = if limit.over { "  OVER" } else { "" };
        let _ = writeln!(
            text,
            "  {:<34}{:<40}{}{mark}",
            limit.what, limit.found, limit.bound
        );
    }
    text
}

fn warnings(day: &Day) -> String {
    if day.traffic.warnings.is_empty() {
        return String::new();
    }
    let mut text = String::from("Twilio's error log\n");
    for (code, count) in &day.traffic.warnings {
        let _ = writeln!(text, "  {code}  {}", grouped(f64::from(*count)));
    }
    text
}

fn end(day: &Day) -> String {
    if day.left.is_empty() {
        return "At the end: every call ended, every task over, every agent available.".to_owned();
    }
    let mut text = format!("At the end, {} things are LEFT:\n", day.left.len());
    for left in day.left.iter().take(20) {
        let _ = writeln!(text, "  {left}");
    }
    text
}

/// A path as it is known, without what all of its product begin with.
fn shortened(path: &str) -> &str {
    let bases = [
        "/2010-04-01/Accounts/{AC}/",
        "/v1/Services/{IS}/",
        "/v1/Workspaces/{WS}/",
    ];
    let shorter = bases.iter().find_map(|base| path.strip_prefix(base));
    shorter.unwrap_or(path)
}

fn table_head(name: &str, last: &str) -> String {
    let head = format!("{name:<56}{:>9}{:>9}{:>8}", "total", "a second", "peak");
    format!("{head}  {last}").trim_end().to_owned() + "\n"
}

fn rate_row(plan: &Plan, name: &str, rate: &Rate) -> String {
    let total = f64::from(rate.total);
    let average = total / plan.day.as_secs_f64();
    format!(
        "  {name:<54}{:>9}{average:>9.2}{:>8}",
        grouped(total),
        rate.peak
    )
}

fn line(text: &mut String, name: &str, value: &str, more: &str) {
    let row = format!("  {name:<16}{value:>10}  {more}");
    text.push_str(row.trim_end());
    text.push('\n');
}

fn trimmed(text: &str) -> String {
    let lines = text.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

pub(super) fn percent(part: f64, whole: f64) -> String {
    if whole <= 0.0 {
        return "–".to_owned();
    }
    format!("{:.1} %", 100.0 * part / whole)
}

#[expect(clippy::cast_precision_loss, reason = "people are counted, not atoms")]
fn count(number: usize) -> f64 {
    number as f64
}

/// A whole number with commas between thousands.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
