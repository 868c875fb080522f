//! From words to an [`Expression`], by recursive descent: one function for each line of the grammar.

use serde_json::Value;

use super::{
    Expression, Operand, Operator, Path, Step, Unreadable,
    lexer::{Token, Word, not_understood},
};

/// How deep parentheses may nest: what is parsed came from outside.
const DEEPEST: u32 = 32;

/// Stands after the last word that was read.
pub(super) struct Parser<'t> {
    rest: &'t [Token],
}

impl<'t> Parser<'t> {
    /// `tokens` end with [`Word::End`].
    pub(super) fn new(tokens: &'t [Token]) -> Self {
        Self { rest: tokens }
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), Unreadable> {
        match self.peek() {
            Word::End => Ok(()),
            _ => Err(self.refuse("AND, OR or the end is expected")),
        }
    }

    pub(super) fn expression(&mut self, depth: u32) -> Result<Expression, Unreadable> {
        let mut parts = vec![self.conjunction(depth)?];
        while self.keyword("OR") {
            parts.push(self.conjunction(depth)?);
        }
        Ok(only(parts, Expression::Any))
    }

    fn conjunction(&mut self, depth: u32) -> Result<Expression, Unreadable> {
        let mut parts = vec![self.term(depth)?];
        while self.keyword("AND") {
            parts.push(self.term(depth)?);
        }
        Ok(only(parts, Expression::All))
    }

    fn term(&mut self, depth: u32) -> Result<Expression, Unreadable> {
        if !self.skip(&Word::Open) {
            let left = self.operand()?;
            let operator = self.operator()?;
            return Ok(Expression::Compare(left, operator, self.operand()?));
        }
        if depth >= DEEPEST {
            return Err(self.refuse("parentheses nest too deep"));
        }
        let inner = self.expression(depth + 1)?;
        if self.skip(&Word::Close) {
            Ok(inner)
        } else {
            Err(self.refuse("`)` is expected"))
        }
    }

    fn operator(&mut self) -> Result<Operator, Unreadable> {
        if let Word::Sign(operator) = *self.peek() {
            self.advance();
            return Ok(operator);
        }
        for (keyword, operator) in [
            ("CONTAINS", Operator::Contains),
            ("HAS", Operator::Has),
            ("IN", Operator::In),
        ] {
            if self.keyword(keyword) {
                return Ok(operator);
            }
        }
        if self.keyword("NOT") {
            if self.keyword("IN") {
                return Ok(Operator::NotIn);
            }
            return Err(self.refuse("IN is expected"));
        }
        Err(self.refuse("an operator is expected"))
    }

    fn operand(&mut self) -> Result<Operand, Unreadable> {
        if self.skip(&Word::OpenArray) {
            return Ok(Operand::Literal(Value::Array(self.array()?)));
        }
        if let Some(value) = self.literal() {
            return Ok(Operand::Literal(value));
        }
        self.path().map(Operand::Attribute)
    }

    fn array(&mut self) -> Result<Vec<Value>, Unreadable> {
        let mut elements = Vec::new();
        while !self.skip(&Word::CloseArray) {
            if !elements.is_empty() && !self.skip(&Word::Comma) {
                return Err(self.refuse("`,` or `]` is expected"));
            }
            let element = self.literal();
            elements.push(element.ok_or_else(|| self.refuse("a literal is expected"))?);
        }
        Ok(elements)
    }

    fn literal(&mut self) -> Option<Value> {
        let value = match self.peek() {
            Word::Text(text) => Value::String(text.clone()),
            Word::Number(number) => Value::Number(number.clone()),
            Word::Name(name) => match name.to_ascii_uppercase().as_str() {
                "TRUE" => Value::Bool(true),
                "FALSE" => Value::Bool(false),
                "NULL" => Value::Null,
                _ => return None,
            },
            _ => return None,
        };
        self.advance();
        Some(value)
    }

    pub(super) fn path(&mut self) -> Result<Path, Unreadable> {
        let first = self.name()?;
        let mut rest = Vec::new();
        loop {
            if self.skip(&Word::Dot) {
                rest.push(Step::Member(self.name()?));
            } else if self.skip(&Word::OpenArray) {
                rest.push(Step::Element(self.index()?));
            } else {
                return Ok(Path { first, rest });
            }
        }
    }

    fn name(&mut self) -> Result<String, Unreadable> {
        let Word::Name(name) = self.peek() else {
            return Err(self.refuse("a name or a literal is expected"));
        };
        let name = name.clone();
        self.advance();
        Ok(name)
    }

    fn index(&mut self) -> Result<usize, Unreadable> {
        let Word::Number(number) = self.peek() else {
            return Err(self.refuse("an index is expected"));
        };
        let index = number.as_u64().and_then(|index| index.try_into().ok());
        let index = index.ok_or_else(|| self.refuse("an index is expected"))?;
        self.advance();
        if self.skip(&Word::CloseArray) {
            Ok(index)
        } else {
            Err(self.refuse("`]` is expected"))
        }
    }

    /// Reads a keyword, whatever its case, if it is the next word.
    pub(super) fn keyword(&mut self, keyword: &str) -> bool {
        let there = matches!(self.peek(), Word::Name(name) if name.eq_ignore_ascii_case(keyword));
        if there {
            self.advance();
        }
        there
    }

    pub(super) fn skip(&mut self, word: &Word) -> bool {
        let there = self.peek() == word;
        if there {
            self.advance();
        }
        there
    }

    fn peek(&self) -> &'t Word {
        self.rest.first().map_or(&Word::End, |token| &token.word)
    }

    /// The end is never read past.
    fn advance(&mut self) {
        if let [_, rest @ ..] = self.rest
            && !rest.is_empty()
        {
            self.rest = rest;
        }
    }

    fn refuse(&self, why: &str) -> Unreadable {
        not_understood(self.rest.first().map_or(1, |token| token.at), why)
    }
}

/// One part stands for itself.
fn only(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(part)) => part,
        (_, last) => join(parts.into_iter().chain(last).collect()),
    }
}
