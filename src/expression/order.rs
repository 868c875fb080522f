//! `order_by`: which of the workers who may have a task is offered it first.
//!
//! `worker.level DESC, worker.english ASC`: the first path that tells two workers apart decides; `ASC` is meant where
//! nothing is said. Who lacks the attribute, or has something there that cannot be ordered, comes last either way.

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    Path, Scope, Unreadable,
    lexer::{Word, tokens},
    parser::Parser,
};

/// What workers are ordered by, most important first; empty for the order in which they have been idle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderBy(Vec<(Path, Way)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Rising,
    Falling,
}

impl OrderBy {
    /// Parses an `order_by`.
    ///
    /// # Errors
    /// 20001, with the position, for whatever is not understood.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let tokens = tokens(text)?;
        let mut parser = Parser::new(&tokens);
        let mut parts = Vec::new();
        loop {
            let path = parser.path()?;
            let falls = parser.keyword("DESC");
            if !falls {
                parser.keyword("ASC");
            }
            let way = if falls { Way::Falling } else { Way::Rising };
            parts.push((path, way));
            if !parser.skip(&Word::Comma) {
                parser.end()?;
                return Ok(Self(parts));
            }
        }
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which of two comes first.
    pub fn compare(&self, left: &impl Scope, right: &impl Scope) -> Ordering {
        let parts = self.0.iter();
        let parts = parts.map(|(path, way)| order(path.value(left), path.value(right), *way));
        parts.fold(Ordering::Equal, Ordering::then)
    }
}

/// A total order, unlike that of the operators: numbers, then texts, then truth values, then everything else.
fn order(left: &Value, right: &Value, way: Way) -> Ordering {
    let kind = |value: &Value| match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Null | Value::Array(_) | Value::Object(_) => 3,
    };
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let within = match (left, right) {
        (Value::Number(_), Value::Number(_)) => number(left).total_cmp(&number(right)),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => Ordering::Equal,
    };
    let within = match way {
        Way::Rising => within,
        Way::Falling => within.reverse(),
    };
    kind(left).cmp(&kind(right)).then(within)
}
