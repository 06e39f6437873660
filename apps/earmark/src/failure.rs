//! How a command ends when it does not succeed: exit code, words and remedy.

use serde_json::json;
use std::process::ExitCode;

/// Why a command ended, as the number that scripts see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 1: any other failure.
    Failure,
    /// 2: the command or a value in it makes no sense.
    Usage,
    /// 3: no such thing.
    NotFound,
    /// 4: not signed in, or not allowed.
    Forbidden,
    /// 5: may work later without any change.
    Temporary,
    /// 6: refused by a guard, or needs a confirmation.
    Refused,
    /// 7: some of it worked.
    Partial,
    /// 8: still pending when waiting ended.
    Pending,
    /// 9: unhealthy.
    Unhealthy,
    /// 130: interrupted from the keyboard.
    Interrupted,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Failure => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Forbidden => 4,
            Self::Temporary => 5,
            Self::Refused => 6,
            Self::Partial => 7,
            Self::Pending => 8,
            Self::Unhealthy => 9,
            Self::Interrupted => 130,
        }
    }
}

/// A command that did not succeed.
#[derive(Debug, Clone)]
pub struct CommandError {
    /// The exit code.
    pub exit: Exit,
    /// A word for machines.
    pub code: String,
    /// One sentence: what.
    pub message: String,
    /// One sentence: the remedy.
    pub hint: Option<String>,
    /// The request that a server refused.
    pub request_id: Option<String>,
}

impl CommandError {
    /// An error without a remedy.
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        let code = code.to_owned();
        Self { exit, code, message: message.into(), hint: None, request_id: None }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Prints the error to stderr, as JSON or for people, and answers the exit code.
    pub fn report(&self, as_json: bool) -> ExitCode {
        if as_json {
            let body = json!({"error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
                "requestId": self.request_id,
                "docs": null,
            }});
            eprintln!("{body}");
        } else {
            eprintln!("error: {}", self.message);
            if let Some(hint) = &self.hint {
                eprintln!("  {hint}");
            }
        }
        ExitCode::from(self.exit.code())
    }
}

impl std::fmt::Display for CommandError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CommandError {}

impl From<earmark_sqlite::OpenError> for CommandError {
    fn from(error: earmark_sqlite::OpenError) -> Self {
        Self::new(Exit::Failure, "database", error.to_string())
    }
}
