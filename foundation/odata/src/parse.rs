//! Reads a filter expression. Never panics; time and depth are bounded.

use crate::error::ParseError;
use crate::expr::{Compare, Expr, Literal};
use crate::token::{Placed, Token, tokens};

/// Nesting allowed in a filter: parentheses, `not`, calls and lambdas.
pub const FILTER_DEPTH_MAX: usize = 64;
/// Operands allowed in a filter.
pub const FILTER_TERMS_MAX: usize = 2_000;
/// Length allowed for a filter text, in bytes.
pub const FILTER_BYTES_MAX: usize = 32 * 1024;

/// Reads a filter expression, already percent-decoded.
///
/// **Errors**: anything outside the grammar or above the limits of this module.
pub fn parse_filter(text: &str) -> Result<Expr, ParseError> {
    if text.len() > FILTER_BYTES_MAX {
        return Err(ParseError::new(
            FILTER_BYTES_MAX,
            format!("the filter is longer than {FILTER_BYTES_MAX} bytes"),
        ));
    }
    let mut reader = Reader::new(text)?;
    let expr = reader.either()?;
    match reader.peek() {
        None => Ok(expr),
        Some(found) => Err(ParseError::new(
            found.position,
            format!("Syntax error: {} is not expected here", shown(&found.token)),
        )),
    }
}

/// Reads one constant, such as a key.
pub(crate) fn parse_literal(text: &str) -> Option<Literal> {
    let mut reader = Reader::new(text).ok()?;
    let literal = reader.literal().ok()?;
    reader.peek().is_none().then_some(literal)
}

struct Reader {
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
    terms: usize,
    end: usize,
}

impl Reader {
    fn new(text: &str) -> Result<Self, ParseError> {
        Ok(Self { tokens: tokens(text)?, next: 0, depth: 0, terms: 0, end: text.len() })
    }

    fn peek(&self) -> Option<&Placed> {
        self.tokens.get(self.next)
    }

    fn position(&self) -> usize {
        self.peek().map_or(self.end, |placed| placed.position)
    }

    fn fail<T>(&self, expected: &str) -> Result<T, ParseError> {
        let message = match self.peek() {
            Some(found) => {
                format!("Syntax error: {expected} expected, not {}", shown(&found.token))
            }
            None => format!("Expression expected: {expected} is missing at the end"),
        };
        Err(ParseError::new(self.position(), message))
    }

    fn sees(&self, sign: char) -> bool {
        matches!(self.peek(), Some(Placed { token: Token::Sign(found), .. }) if *found == sign)
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.sees(sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: char) -> Result<(), ParseError> {
        if self.take(sign) { Ok(()) } else { self.fail(&format!("'{sign}'")) }
    }

    fn word(&self) -> Option<&str> {
        match self.peek() {
            Some(Placed { token: Token::Word(word), .. }) => Some(word),
            _ => None,
        }
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = self.word().is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        self.next += usize::from(found);
        found
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if self.depth >= FILTER_DEPTH_MAX {
            return Err(ParseError::new(
                self.position(),
                format!("the filter is nested deeper than {FILTER_DEPTH_MAX}"),
            ));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn either(&mut self) -> Result<Expr, ParseError> {
        let mut operands = vec![self.both()?];
        while self.take_word("or") {
            operands.push(self.both()?);
        }
        Ok(balanced(operands, Expr::Or))
    }

    fn both(&mut self) -> Result<Expr, ParseError> {
        let mut operands = vec![self.negated()?];
        while self.take_word("and") {
            operands.push(self.negated()?);
        }
        Ok(balanced(operands, Expr::And))
    }

    fn negated(&mut self) -> Result<Expr, ParseError> {
        if self.take_word("not") {
            let inner = self.deeper(Self::negated)?;
            return Ok(Expr::Not(Box::new(inner)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expr, ParseError> {
        let left = self.operand()?;
        if let Some(op) = self.word().and_then(Compare::from_word) {
            self.next += 1;
            let right = self.operand()?;
            return Ok(Expr::Compare { left: Box::new(left), op, right: Box::new(right) });
        }
        if self.take_word("in") {
            self.expect('(')?;
            let list = self.list(')')?;
            return Ok(Expr::In { left: Box::new(left), list });
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Expr, ParseError> {
        self.terms += 1;
        if self.terms > FILTER_TERMS_MAX {
            return Err(ParseError::new(
                self.position(),
                format!("the filter has more than {FILTER_TERMS_MAX} terms"),
            ));
        }
        if self.take('(') {
            let inner = self.deeper(Self::either)?;
            self.expect(')')?;
            return Ok(inner);
        }
        match self.peek().map(|placed| placed.token.clone()) {
            Some(Token::Constant(literal)) => {
                self.next += 1;
                Ok(Expr::Literal(literal))
            }
            Some(Token::Word(word)) => match keyword(&word) {
                Some(literal) => {
                    self.next += 1;
                    Ok(Expr::Literal(literal))
                }
                None => self.named(),
            },
            _ => self.fail("a property, a value or '('"),
        }
    }

    /// A path, a call or a lambda.
    fn named(&mut self) -> Result<Expr, ParseError> {
        let start = self.position();
        let mut path = Vec::new();
        loop {
            let Some(word) = self.word().map(str::to_owned) else {
                return self.fail("a name");
            };
            self.next += 1;
            path.push(word);
            if !self.take('/') {
                break;
            }
        }
        if !self.take('(') {
            return Ok(Expr::Path(path));
        }
        let function = path.pop().unwrap_or_default();
        if path.is_empty() {
            return self.call(function);
        }
        match function.to_ascii_lowercase().as_str() {
            "any" => self.lambda(true, path),
            "all" => self.lambda(false, path),
            _ => Err(ParseError::new(
                start,
                format!("the function '{function}' is not allowed after a path"),
            )),
        }
    }

    fn call(&mut self, function: String) -> Result<Expr, ParseError> {
        let function =
            if function.contains('.') { function } else { function.to_ascii_lowercase() };
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                arguments.push(self.deeper(Self::argument)?);
                if !self.take(',') {
                    break;
                }
            }
            self.expect(')')?;
        }
        Ok(Expr::Call { function, arguments })
    }

    fn argument(&mut self) -> Result<Expr, ParseError> {
        let left = self.either()?;
        if !matches!(left, Expr::Path(_)) || !self.take('=') {
            return Ok(left);
        }
        let left = Box::new(left);
        if self.take('[') {
            let list = self.list(']')?;
            return Ok(Expr::In { left, list });
        }
        Ok(Expr::Compare { left, op: Compare::Eq, right: Box::new(self.operand()?) })
    }

    fn lambda(&mut self, any: bool, path: Vec<String>) -> Result<Expr, ParseError> {
        let (mut variable, mut body) = (None, None);
        if !self.take(')') {
            let Some(name) = self.word().map(str::to_owned) else {
                return self.fail("a range variable");
            };
            self.next += 1;
            self.expect(':')?;
            variable = Some(name);
            body = Some(Box::new(self.deeper(Self::either)?));
            self.expect(')')?;
        } else if !any {
            return self.fail("a condition for 'all'");
        }
        Ok(Expr::Lambda { any, path, variable, body })
    }

    fn list(&mut self, close: char) -> Result<Vec<Literal>, ParseError> {
        let mut list = Vec::new();
        if self.take(close) {
            return Ok(list);
        }
        loop {
            self.terms += 1;
            if self.terms > FILTER_TERMS_MAX {
                return self.fail("fewer terms");
            }
            list.push(self.literal()?);
            if !self.take(',') {
                break;
            }
        }
        self.expect(close)?;
        Ok(list)
    }

    fn literal(&mut self) -> Result<Literal, ParseError> {
        let literal = match self.peek().map(|placed| &placed.token) {
            Some(Token::Constant(literal)) => Some(literal.clone()),
            Some(Token::Word(word)) => keyword(word),
            _ => None,
        };
        match literal {
            Some(literal) => {
                self.next += 1;
                Ok(literal)
            }
            None => self.fail("a value"),
        }
    }
}

/// The word constants, in any case as in `eq` and `and`.
fn keyword(word: &str) -> Option<Literal> {
    match word.to_ascii_lowercase().as_str() {
        "null" => Some(Literal::Null),
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        _ => None,
    }
}

fn balanced(mut operands: Vec<Expr>, join: fn(Box<Expr>, Box<Expr>) -> Expr) -> Expr {
    if operands.len() > 1 {
        let right = operands.split_off(operands.len().div_ceil(2));
        return join(Box::new(balanced(operands, join)), Box::new(balanced(right, join)));
    }
    operands.pop().unwrap_or(Expr::Literal(Literal::Bool(true)))
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => format!("'{word}'"),
        Token::Constant(literal) => literal.to_string(),
        Token::Sign(sign) => format!("'{sign}'"),
    }
}
