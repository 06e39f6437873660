//! From text to lines of words, and reading them one after another.

use anyhow::{Context, Result, bail};
use std::cell::Cell;

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Given,
    When,
    Then,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) section: Section,
    pub(super) words: Vec<String>,
}

pub(super) fn lines(text: &str) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut section = None;
    for (index, text) in text.lines().enumerate() {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let number = index + 1;
        let mut words = split(trimmed, number)?;
        let first = words.remove(0);
        section = match first.as_str() {
            "given" => Some(Section::Given),
            "when" => Some(Section::When),
            "then" => Some(Section::Then),
            "and" => section,
            other => bail!("line {number}: `{other}` is not given, when, then or and"),
        };
        let Some(section) = section else {
            bail!("line {number}: `and` continues nothing");
        };
        lines.push(Line { number, text: trimmed.to_owned(), section, words });
    }
    Ok(lines)
}

/// Words with spaces stand in double quotes; a comma after a word belongs to the list that it
/// continues and is left out.
fn split(text: &str, number: usize) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let Some((word, after)) = quoted.split_once('"') else {
                bail!("line {number}: a quote is not closed");
            };
            words.push(word.to_owned());
            rest = after.strip_prefix(',').unwrap_or(after).trim_start();
        } else if let Some((name, quoted)) = named(rest) {
            let Some((value, after)) = quoted.split_once('"') else {
                bail!("line {number}: a quote is not closed");
            };
            words.push(format!("{name}={value}"));
            rest = after.trim_start();
        } else {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            words.push(word.strip_suffix(',').unwrap_or(word).to_owned());
            rest = after.trim_start();
        }
    }
    Ok(words)
}

/// `NAME="…` at the beginning: the name, and what comes after the quote.
fn named(text: &str) -> Option<(&str, &str)> {
    text.split_once("=\"").filter(|(name, _)| !name.contains(' '))
}

/// The words of one line, read from left to right.
pub(super) struct Words<'a> {
    words: &'a [String],
    at: Cell<usize>,
}

impl<'a> Words<'a> {
    pub(super) fn new(words: &'a [String]) -> Self {
        Self { words, at: Cell::new(0) }
    }

    /// The next word without taking it; empty at the end.
    pub(super) fn peek(&self) -> &'a str {
        self.words.get(self.at.get()).map_or("", String::as_str)
    }

    /// The word after `first`, where `first` is next; nothing is taken.
    pub(super) fn peek_after(&self, first: &str) -> Option<&'a str> {
        let at = self.at.get();
        let is_next = self.words.get(at).is_some_and(|word| word == first);
        self.words.get(at + 1).filter(|_| is_next).map(String::as_str)
    }

    /// Whether this word is still to come; nothing is taken.
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.words.get(self.at.get()..).unwrap_or_default().iter().any(|one| one == word)
    }

    /// Takes the next word, whatever it is.
    pub(super) fn word(&self) -> Result<&'a str> {
        let at = self.at.get();
        let word = self.words.get(at).context("the line ends too early")?;
        self.at.set(at + 1);
        Ok(word)
    }

    /// Takes a number.
    pub(super) fn number<T: std::str::FromStr>(&self) -> Result<T> {
        let word = self.word()?;
        word.parse().ok().with_context(|| format!("`{word}` is not a number"))
    }

    /// Takes the words of `phrase` where they are next.
    pub(super) fn has(&self, phrase: &str) -> bool {
        let wanted: Vec<&str> = phrase.split(' ').collect();
        let at = self.at.get();
        let there = self.words.get(at..at + wanted.len());
        let is_there = there.is_some_and(|there| there.iter().eq(wanted.iter()));
        if is_there {
            self.at.set(at + wanted.len());
        }
        is_there
    }

    /// Takes the words of `phrase`, which must be next.
    pub(super) fn expect(&self, phrase: &str) -> Result<()> {
        if !self.has(phrase) {
            bail!("`{phrase}` is expected before `{}`", self.rest().join(" "));
        }
        Ok(())
    }

    /// Takes everything that is left.
    pub(super) fn rest(&self) -> Vec<&'a str> {
        let rest = self.words.get(self.at.get()..).unwrap_or_default();
        self.at.set(self.words.len());
        rest.iter().map(String::as_str).collect()
    }

    /// The line must end here.
    pub(super) fn end(&self) -> Result<()> {
        match self.rest().as_slice() {
            [] => Ok(()),
            rest => bail!("nothing reads `{}`", rest.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_keep_their_spaces_and_and_continues() {
        let lines = lines("# x\nwhen anna assigns \"A b\" to Offer\nand cycle").expect("parsed");
        assert_eq!(lines[0].words, ["anna", "assigns", "A b", "to", "Offer"]);
        assert_eq!((lines[1].section, lines[1].number), (Section::When, 3));
    }

    #[test]
    fn a_line_that_means_nothing_is_an_error() {
        assert!(lines("perhaps something").is_err());
        assert!(lines("and nothing").is_err());
        assert!(lines("when \"open").is_err());
    }

    #[test]
    fn words_are_read_from_left_to_right() {
        let lines = lines("then \"A b\", C is not 3 long").expect("parsed");
        let words = Words::new(&lines[0].words);
        assert_eq!((words.word().expect("a"), words.word().expect("b")), ("A b", "C"));
        assert!(!words.has("is well"));
        assert!(words.has("is not"));
        assert_eq!(words.number::<u32>().expect("a number"), 3);
        assert!(words.expect("short").is_err());
        assert!(words.end().is_ok());
    }
}
