//! What commands print: results to stdout, everything else to stderr.

use crate::arguments::GlobalArguments;
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// The form of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Aligned columns with a heading.
    People,
    /// One JSON value.
    Json,
    /// One record per line, separated by tabs.
    Plain,
}

/// Where and how a command prints.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// The form of the results.
    pub form: Form,
    /// Nothing but results and errors.
    pub quiet: bool,
    /// Colour is welcome on stdout.
    pub color: bool,
}

impl Output {
    /// As the flags and the environment want it.
    pub fn new(global: &GlobalArguments) -> Self {
        let form = match (global.json, global.plain) {
            (true, _) => Form::Json,
            (false, true) => Form::Plain,
            (false, false) => Form::People,
        };
        Self { form, quiet: global.quiet, color: wants_color(global.no_color) }
    }

    /// Whether results are printed as JSON.
    pub fn is_json(self) -> bool {
        self.form == Form::Json
    }

    /// Prints `value` as JSON, or what `lines` makes for people.
    pub fn value(self, value: &Value, lines: impl FnOnce() -> String) {
        match self.form {
            Form::Json => print_line(&value.to_string()),
            Form::People | Form::Plain => print_line(lines().trim_end()),
        }
    }

    /// Prints a list: the whole `value` as JSON, or its rows.
    pub fn table(self, value: &Value, heading: &[&str], rows: &[Vec<String>]) {
        match self.form {
            Form::Json => print_line(&value.to_string()),
            Form::Plain => rows.iter().for_each(|row| print_line(&plain(row))),
            Form::People if rows.is_empty() => self.note("nothing to show"),
            Form::People => self.aligned(heading, rows),
        }
    }

    /// Prints checks, of which each row has its result, its name, what was found, and what to do: for
    /// people one below the other, with the remedy on a line of its own.
    pub fn checks(self, value: &Value, rows: &[[String; 4]]) {
        if self.form != Form::People {
            let rows: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
            return self.table(value, &[], &rows);
        }
        for row in rows {
            let [result, name, detail, remedy] = row.each_ref().map(|cell| printable(cell));
            let colon = if detail.is_empty() { "" } else { ": " };
            print_line(&format!("{result:<4}  {name}{colon}{detail}"));
            if !remedy.is_empty() {
                print_line(&format!("      {remedy}"));
            }
        }
    }

    /// A remark on stderr, unless quiet.
    pub fn note(self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    fn aligned(self, heading: &[&str], rows: &[Vec<String>]) {
        let heading: Vec<String> = heading.iter().map(|name| words(name).to_uppercase()).collect();
        let widths = widths(&heading, rows);
        let line = aligned_line(&heading, &widths);
        if self.color {
            print_line(&format!("\u{1b}[1m{line}\u{1b}[0m"));
        } else {
            print_line(&line);
        }
        for row in rows {
            print_line(&aligned_line(row, &widths));
        }
    }
}

/// Prints one line to stdout. A reader that went away (`| head`) is no error.
pub fn print_line(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// A JSON value as a cell: text without quotes, nothing for null.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Text from outside as people may safely see it in a terminal: no control characters, no
/// characters that reverse the direction of writing.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

fn plain(row: &[String]) -> String {
    row.iter().map(|cell| printable(cell)).collect::<Vec<_>>().join("\t")
}

/// A member's name as words: `lastSuccess` is "last success".
fn words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

fn widths(heading: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

fn aligned_line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let cell = printable(cell);
        let padding = width.saturating_sub(cell.chars().count()) + 2;
        line.push_str(&cell);
        line.extend(std::iter::repeat_n(' ', padding));
    }
    line.trim_end().to_owned()
}

fn wants_color(refused: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if refused || set("NO_COLOR") || std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        return false;
    }
    set("CLICOLOR_FORCE") || std::io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_control_characters_cannot_reach_the_terminal() {
        let rows = vec![vec!["a\u{1b}[2J".to_owned(), "b".to_owned()]];
        let widths = widths(&["address".to_owned(), words("lastSuccess")], &rows);
        assert_eq!(aligned_line(&rows[0], &widths), "a [2J    b");
        assert_eq!(words("lastSuccess"), "last success");
    }
}
