//! What went wrong while reading a text.

/// A text that is not what the grammar allows, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (position {position})")]
pub struct ParseError {
    /// Byte offset in the text that was being read.
    pub position: usize,
    /// What was expected or refused, naming the option or word.
    pub message: String,
}

impl ParseError {
    /// An error at a byte offset.
    pub fn new(position: usize, message: impl Into<String>) -> Self {
        Self { position, message: message.into() }
    }
}
