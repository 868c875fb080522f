//! A table for a terminal that is also a JSON document.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// One answer.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What it lists, as the JSON document calls it.
    name: &'static str,
    /// A sentence for the terminal.
    title: String,
    /// When it was so.
    at: Timestamp,
    columns: &'static [(&'static str, &'static str)],
    rows: Vec<Vec<Value>>,
}

impl Sheet {
    /// A table with these columns, each with its heading and its name in JSON; a name that ends in `Seconds` is shown
    /// as a length of time.
    pub(super) fn new(
        name: &'static str,
        title: String,
        at: Timestamp,
        columns: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            name,
            title,
            at,
            columns,
            rows: vec![],
        }
    }

    /// Adds a row: a value for each column.
    pub(super) fn row<const N: usize>(&mut self, values: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "a value for each column");
        self.rows.push(values.into());
    }

    /// The document.
    #[must_use]
    pub fn json(&self) -> Value {
        let names = || self.columns.iter().map(|(_, name)| (*name).to_owned());
        let row = |row: &Vec<Value>| names().zip(row.iter().cloned()).collect::<Map<_, _>>();
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        json!({ "asOf": format!("{:.0}", self.at), "total": rows.len(), self.name: rows })
    }

    /// The table, in columns as wide as what is in them.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{} (at {:.0})\n", self.title, self.at);
        if self.rows.is_empty() {
            return text;
        }
        let heading = self
            .columns
            .iter()
            .map(|(heading, _)| heading.to_uppercase());
        let mut lines: Vec<Vec<String>> = vec![heading.collect()];
        for row in &self.rows {
            let cells = self.columns.iter().zip(row);
            lines.push(cells.map(|((_, name), value)| shown(name, value)).collect());
        }
        let width = |column: usize| {
            let cells = lines.iter().map(|line| line[column].chars().count());
            cells.max().unwrap_or_default()
        };
        let widths: Vec<_> = (0..self.columns.len()).map(width).collect();
        text.push('\n');
        for line in &lines {
            let mut told = String::new();
            for (cell, width) in line.iter().zip(&widths) {
                // Writing to a string cannot fail.
                let _ = write!(told, "{cell:width$}  ");
            }
            text.push_str(told.trim_end());
            text.push('\n');
        }
        text
    }
}

fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Number(number) if name.ends_with("Seconds") => {
            number.as_u64().map_or_else(String::new, length)
        }
        // A caller's name is theirs to choose, and must not move the cursor of an operator's terminal.
        Value::String(text) => text
            .chars()
            .map(|it| if it.is_control() { ' ' } else { it })
            .collect(),
        other => other.to_string(),
    }
}

/// A length of time, such as `45 s`, `12 min`, `3 h 05 min`.
fn length(seconds: u64) -> String {
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_a_table_and_a_document() {
        let at = Timestamp::constant(1_800_000_000, 0);
        let columns = &[("waits", "waitedSeconds"), ("caller", "caller")];
        let mut sheet = Sheet::new("calls", "Two callers are on hold".to_owned(), at, columns);
        sheet.row([json!(3_725), json!("Carl\u{1b}[2J")]);
        sheet.row([json!(59), Value::Null]);
        let text = "Two callers are on hold (at 2027-01-15T08:00:00Z)\n\n\
                    WAITS       CALLER\n\
                    1 h 02 min  Carl [2J\n\
                    59 s        -\n";
        assert_eq!(sheet.text(), text);
        let json = sheet.json();
        assert_eq!(json["total"], 2);
        assert_eq!(json["calls"][0]["waitedSeconds"], 3_725);
    }
}
