//! The words of an expression, each with its place: characters counted from one.

use serde_json::Number;

use super::{Operator, Unreadable};

/// One word and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) word: Word,
}

/// What a word may be. Keywords are names here; only the parser knows where they are meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Name(String),
    Text(String),
    Number(Number),
    Sign(Operator),
    Open,
    Close,
    OpenArray,
    CloseArray,
    Comma,
    Dot,
    /// Stands last, always.
    End,
}

/// What is said of an expression that is not understood.
pub(super) fn not_understood(at: usize, why: &str) -> Unreadable {
    Unreadable(format!(
        "The expression is not valid at position {at}: {why}"
    ))
}

/// All words of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Unreadable> {
    let letters: Vec<char> = text.chars().collect();
    let mut lexer = Lexer {
        letters: &letters,
        next: 0,
    };
    let mut tokens = Vec::new();
    loop {
        lexer.take_while(char::is_whitespace);
        let at = lexer.next + 1;
        let word = lexer.word()?;
        let last = word == Word::End;
        tokens.push(Token { at, word });
        if last {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    letters: &'t [char],
    next: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.next).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.next += usize::from(there);
        there
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let from = self.next;
        while self.peek().is_some_and(&belongs) {
            self.next += 1;
        }
        self.letters[from..self.next].iter().collect()
    }

    fn refuse(&self, why: &str) -> Unreadable {
        not_understood(self.next + 1, why)
    }

    fn word(&mut self) -> Result<Word, Unreadable> {
        let Some(first) = self.peek() else {
            return Ok(Word::End);
        };
        match first {
            '"' | '\'' => self.text(first),
            '-' | '0'..='9' => self.number(),
            '_' | 'a'..='z' | 'A'..='Z' => self.name(),
            _ => self.sign(first),
        }
    }

    fn name(&mut self) -> Result<Word, Unreadable> {
        let name = self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if self.peek() == Some('-') {
            return Err(self.refuse("a name cannot hold a hyphen"));
        }
        Ok(Word::Name(name))
    }

    fn number(&mut self) -> Result<Word, Unreadable> {
        let at = self.next + 1;
        let digits = |letter: char| letter.is_ascii_digit();
        let mut text = String::new();
        if self.take('-') {
            text.push('-');
        }
        text += &self.take_while(digits);
        if self.take('.') {
            text.push('.');
            text += &self.take_while(digits);
        }
        if self
            .peek()
            .is_some_and(|letter| letter.is_alphabetic() || letter == '_')
        {
            return Err(self.refuse("a name cannot begin with a digit"));
        }
        let number = text.parse();
        number
            .map(Word::Number)
            .map_err(|_| not_understood(at, "this is not a number"))
    }

    /// How a backslash is read is not documented, and a guess would mislead.
    fn text(&mut self, quote: char) -> Result<Word, Unreadable> {
        self.next += 1;
        let inner = self.take_while(|letter| letter != quote && letter != '\\');
        if self.take(quote) {
            return Ok(Word::Text(inner));
        }
        Err(self.refuse(match self.peek() {
            Some(_) => "a text cannot hold a backslash",
            None => "the text does not end",
        }))
    }

    fn sign(&mut self, first: char) -> Result<Word, Unreadable> {
        self.next += 1;
        let word = match first {
            '(' => Word::Open,
            ')' => Word::Close,
            '[' => Word::OpenArray,
            ']' => Word::CloseArray,
            ',' => Word::Comma,
            '.' => Word::Dot,
            '=' if self.take('=') => Word::Sign(Operator::Same),
            '!' if self.take('=') => Word::Sign(Operator::Different),
            '>' if self.take('=') => Word::Sign(Operator::AtLeast),
            '>' => Word::Sign(Operator::Above),
            '<' if self.take('=') => Word::Sign(Operator::AtMost),
            '<' => Word::Sign(Operator::Below),
            _ => {
                let why = format!("`{}` means nothing here", first.escape_default());
                return Err(not_understood(self.next, &why));
            }
        };
        Ok(word)
    }
}
