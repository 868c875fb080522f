//! TaskRouter's expression language: how queues name their workers, and workflows their tasks.
//!
//! The grammar (Twilio: "Expression syntax"); keywords in any case, spaces wherever tokens meet:
//!
//! ```text
//! expression  = conjunction { OR conjunction }
//! conjunction = term { AND term }
//! term        = "(" expression ")" | operand operator operand
//! operator    = "==" | "!=" | ">" | ">=" | "<" | "<=" | CONTAINS | HAS | IN | NOT IN
//! operand     = literal | array | path
//! literal     = text in ' or " | number | TRUE | FALSE | NULL
//! array       = "[" [ literal { "," literal } ] "]"
//! path        = name { "." name | "[" digits "]" }
//! name        = a letter or "_", then letters, digits, "_"
//! ```
//!
//! What it means: an attribute that is not there is NULL, and only `== NULL` and `!= NULL` hold for an array; otherwise
//! a scalar operator on an array never holds, nor an array operator on two scalars, nor a comparison of two kinds of
//! value (so `"1" > 1` is false, `"1" != 1` true). Texts are ordered by their letters' codes.
//!
//! What Twilio does not define is refused rather than guessed at, with 20001 and the position: a backslash in a text
//! (no escape is documented), a hyphen in a name (seen to be refused), parentheses more than 32 deep.

mod evaluate;
mod lexer;
mod order;
mod parser;

use serde_json::Value;

pub use self::order::OrderBy;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Every part holds; there are two at least.
    All(Vec<Self>),
    /// One part holds at least; there are two at least.
    Any(Vec<Self>),
    /// Two operands stand to each other as the operator says.
    Compare(Operand, Operator, Operand),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A text, number, truth value, null, or an array of those.
    Literal(Value),
    /// An attribute.
    Attribute(Path),
}

/// Where an attribute stands: `object.array[2]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    first: String,
    rest: Vec<Step>,
}

/// One step down a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a member of an object.
    Member(String),
    /// To an element of an array, counted from zero.
    Element(usize),
}

/// How two operands may stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Same,
    /// `!=`
    Different,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// The left text contains the right one.
    Contains,
    /// The left array has the right value.
    Has,
    /// The left value is in the right array.
    In,
    /// The left value is not in the right array.
    NotIn,
}

/// What the first name of a path may mean.
pub trait Scope {
    /// The value with that name.
    fn member(&self, name: &str) -> Option<&Value>;
}

impl Scope for Value {
    fn member(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }
}

/// The scope of a workflow's targets: `task.…` and `worker.…`.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The task's attributes.
    pub task: &'a Value,
    /// What is known of the worker.
    pub worker: &'a Value,
}

impl Scope for Pair<'_> {
    fn member(&self, name: &str) -> Option<&Value> {
        match name {
            "task" => Some(self.task),
            "worker" => Some(self.worker),
            _ => None,
        }
    }
}

/// Whether a TaskRouter expression holds for some attributes: the language by itself, to try things out.
///
/// # Errors
/// What is wrong with the expression, and where.
pub fn expression_holds(expression: &str, attributes: &Value) -> Result<bool, String> {
    let expression = Expression::read(expression).map_err(|why| why.0)?;
    Ok(expression.holds(attributes))
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// What is not understood, with its position.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let tokens = lexer::tokens(text)?;
        let mut parser = parser::Parser::new(&tokens);
        let whole = parser.expression(0)?;
        parser.end()?;
        Ok(whole)
    }

    /// Whether it holds in this scope.
    pub fn holds(&self, scope: &impl Scope) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(scope)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(scope)),
            Self::Compare(left, operator, right) => {
                evaluate::stand(left.value(scope), *operator, right.value(scope))
            }
        }
    }

    /// Whether a path of it begins with these names.
    #[must_use]
    pub fn asks_for(&self, names: &[&str]) -> bool {
        let asks = |operand: &Operand| match operand {
            Operand::Literal(_) => false,
            Operand::Attribute(path) => path.begins_with(names),
        };
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.asks_for(names)),
            Self::Compare(left, _, right) => asks(left) || asks(right),
        }
    }
}

impl Operand {
    fn value<'a>(&'a self, scope: &'a impl Scope) -> &'a Value {
        match self {
            Self::Literal(value) => value,
            Self::Attribute(path) => path.value(scope),
        }
    }
}

impl Path {
    /// Parses a path, and nothing else.
    ///
    /// # Errors
    /// What is not understood, with its position.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let tokens = lexer::tokens(text)?;
        let mut parser = parser::Parser::new(&tokens);
        let path = parser.path()?;
        parser.end()?;
        Ok(path)
    }

    /// What stands there; null if nothing does.
    pub fn value<'a>(&self, scope: &'a impl Scope) -> &'a Value {
        let mut steps = self.rest.iter();
        scope
            .member(&self.first)
            .and_then(|first| {
                steps.try_fold(first, |value, step| match step {
                    Step::Member(name) => value.get(name),
                    Step::Element(index) => value.get(index),
                })
            })
            .unwrap_or(&Value::Null)
    }

    /// Whether its first steps are these names.
    #[must_use]
    pub fn begins_with(&self, names: &[&str]) -> bool {
        let Some((first, rest)) = names.split_first() else {
            return true;
        };
        let mut steps = self.rest.iter();
        self.first == *first
            && rest
                .iter()
                .all(|name| matches!(steps.next(), Some(Step::Member(member)) if member == name))
    }
}

#[cfg(test)]
mod tests;
