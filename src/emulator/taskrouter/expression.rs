//! The part of TaskRouter's expression language that parking needs.
//!
//! `==` and `!=` between attributes and literals, joined by `AND`, `OR` and parentheses. Whatever else Twilio's
//! language has (`HAS`, `IN`, `CONTAINS`, order, arithmetic) is refused with 20001 rather than guessed at, as Twilio
//! itself refuses what it cannot parse. An absent attribute is null; a scalar operator on an array never holds
//! (Twilio: "Expression syntax").

use serde_json::Value;

use crate::emulator::rest::Refusal;

/// How deep parentheses may nest: what is parsed came from outside.
const DEEPEST: u32 = 32;

/// A parsed expression.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    /// Both sides hold.
    Both(Box<Expression>, Box<Expression>),
    /// One side holds at least.
    Either(Box<Expression>, Box<Expression>),
    /// Two operands are the same (or, if `false`, are not).
    Same(Operand, Operand, bool),
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// A text, number, truth value or null.
    Literal(Value),
    /// An attribute, by its path.
    Attribute(Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Literal(Value),
    Same(bool),
    And,
    Or,
    Open,
    Close,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// 20001 for whatever is not understood.
    pub(crate) fn read(text: &str) -> Result<Self, Refusal> {
        let tokens = tokens(text)?;
        let mut parser = Parser { rest: &tokens };
        let whole = parser.either(0)?;
        if parser.rest.is_empty() {
            Ok(whole)
        } else {
            Err(not_understood())
        }
    }

    /// Whether it holds for these attributes.
    pub(crate) fn holds(&self, attributes: &Value) -> bool {
        match self {
            Self::Both(left, right) => left.holds(attributes) && right.holds(attributes),
            Self::Either(left, right) => left.holds(attributes) || right.holds(attributes),
            Self::Same(left, right, same) => {
                let (left, right) = (left.value(attributes), right.value(attributes));
                let scalar = |value: &Value| !value.is_array() && !value.is_object();
                scalar(left) && scalar(right) && equal(left, right) == *same
            }
        }
    }
}

impl Operand {
    fn value<'a>(&'a self, attributes: &'a Value) -> &'a Value {
        match self {
            Self::Literal(value) => value,
            Self::Attribute(path) => path
                .iter()
                .try_fold(attributes, |value, name| value.get(name))
                .unwrap_or(&Value::Null),
        }
    }
}

/// Numbers are the same whether they are written `1` or `1.0`.
fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => (left - right).abs() < f64::EPSILON,
        _ => left == right,
    }
}

fn not_understood() -> Refusal {
    Refusal::invalid("The expression is not valid")
}

struct Parser<'t> {
    rest: &'t [Token],
}

impl Parser<'_> {
    fn either(&mut self, depth: u32) -> Result<Expression, Refusal> {
        let mut left = self.both(depth)?;
        while self.skip(&Token::Or) {
            left = Expression::Either(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: u32) -> Result<Expression, Refusal> {
        let mut left = self.comparison(depth)?;
        while self.skip(&Token::And) {
            left = Expression::Both(Box::new(left), Box::new(self.comparison(depth)?));
        }
        Ok(left)
    }

    fn comparison(&mut self, depth: u32) -> Result<Expression, Refusal> {
        if self.skip(&Token::Open) {
            if depth >= DEEPEST {
                return Err(not_understood());
            }
            let inner = self.either(depth + 1)?;
            return self
                .skip(&Token::Close)
                .then_some(inner)
                .ok_or_else(not_understood);
        }
        let left = self.operand()?;
        let Some((Token::Same(same), rest)) = self.rest.split_first() else {
            return Err(not_understood());
        };
        self.rest = rest;
        Ok(Expression::Same(left, self.operand()?, *same))
    }

    fn operand(&mut self) -> Result<Operand, Refusal> {
        let (first, rest) = self.rest.split_first().ok_or_else(not_understood)?;
        self.rest = rest;
        match first {
            Token::Literal(value) => Ok(Operand::Literal(value.clone())),
            Token::Name(path) => {
                let path: Vec<_> = path.split('.').map(str::to_owned).collect();
                if path.iter().any(String::is_empty) {
                    return Err(not_understood());
                }
                Ok(Operand::Attribute(path))
            }
            _ => Err(not_understood()),
        }
    }

    fn skip(&mut self, token: &Token) -> bool {
        let next = self.rest.split_first().filter(|(first, _)| *first == token);
        if let Some((_, rest)) = next {
            self.rest = rest;
        }
        next.is_some()
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            '"' | '\'' => quoted(first, &rest[1..])?,
            '=' | '!' => {
                let after = rest.get(1..).and_then(|rest| rest.strip_prefix('='));
                (Token::Same(first == '='), after.ok_or_else(not_understood)?)
            }
            '-' | '0'..='9' => {
                let (word, after) = split(rest, |letter| letter == '-' || is_word(letter));
                let number = word.parse::<serde_json::Number>();
                let number = number.map_err(|_| not_understood())?;
                (Token::Literal(Value::Number(number)), after)
            }
            letter if is_word(letter) => {
                let (word, after) = split(rest, is_word);
                (named(word), after)
            }
            _ => return Err(not_understood()),
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '.'
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|letter| !belongs(letter)).unwrap_or(text.len()))
}

/// How a backslash is read is not documented, so it is refused: nobody may lean on a guess.
fn quoted(quote: char, text: &str) -> Result<(Token, &str), Refusal> {
    let (inner, after) = text.split_once(quote).ok_or_else(not_understood)?;
    if inner.contains('\\') {
        return Err(not_understood());
    }
    Ok((Token::Literal(inner.into()), after))
}

fn named(word: &str) -> Token {
    match word.to_ascii_lowercase().as_str() {
        "and" => Token::And,
        "or" => Token::Or,
        "true" => Token::Literal(Value::Bool(true)),
        "false" => Token::Literal(Value::Bool(false)),
        "null" => Token::Literal(Value::Null),
        _ => Token::Name(word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_parking_asks_is_understood() {
        let task =
            json!({"isParkHangup": true, "call_sid": "CA1", "n": 2, "a": {"b": "it's"}, "l": [1]});
        for (text, holds) in [
            ("1==1", true),
            ("isParkHangup == true AND call_sid == 'CA1'", true),
            ("isParkHangup == true and call_sid == \"CA2\"", false),
            ("isParkHangup==false OR n == 2.0", true),
            ("(n == 3 OR n == 2) AND a.b == \"it's\"", true),
            ("missing == null", true),
            ("missing != 'x'", true),
            ("n == '2'", false),
            ("l == 1", false),
            ("l != 1", false),
            ("n != -2", true),
        ] {
            assert_eq!(
                Expression::read(text).unwrap().holds(&task),
                holds,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let nested = format!("{}1==1{}", "(".repeat(40), ")".repeat(40));
        for text in [
            "",
            "x",
            "x =",
            "x == ",
            "x == 'a",
            "x == 'a\\'b'",
            "skill-level == 3",
            "x > 1",
            "x HAS 'y'",
            "x IN ['y']",
            "x == 1 y == 2",
            "(x == 1",
            "x == 1)",
            "a..b == 1",
            "x == 1 AND",
            "x == 1-2",
            "x = 1",
            "x == ü",
            &nested,
        ] {
            let refusal = Expression::read(text).unwrap_err();
            assert_eq!((refusal.status, refusal.code), (400, 20001), "{text}");
        }
    }
}
