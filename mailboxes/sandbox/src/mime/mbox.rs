//! Messages out of an mbox file, one at a time.

use super::parse::SIZE_MAX;
use std::io::{self, BufRead, Read};

/// Reads the messages of an mbox file without ever holding more than one of them.
///
/// A message starts at a line `From …` that stands at the beginning or after an empty line;
/// `>From ` at the start of a line loses one `>`. What stands before the first such line is
/// taken as a message of its own.
pub struct Messages<R> {
    reader: R,
    line: Vec<u8>,
    after_blank: bool,
    started: bool,
    finished: bool,
}

impl<R: BufRead> Messages<R> {
    /// Reads from the beginning of a file.
    pub fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), after_blank: true, started: false, finished: false }
    }

    fn next_message(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut message = Vec::new();
        loop {
            self.line.clear();
            let limit = u64::try_from(SIZE_MAX).unwrap_or(u64::MAX);
            let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line)?;
            if read == 0 {
                self.finished = true;
                return Ok((self.started || !is_blank(&message)).then(|| trimmed(message)));
            }
            if self.after_blank && self.line.starts_with(b"From ") {
                self.after_blank = false;
                if self.started || !is_blank(&message) {
                    self.started = true;
                    return Ok(Some(trimmed(message)));
                }
                self.started = true;
                message.clear();
                continue;
            }
            self.after_blank = is_blank(&self.line);
            // Whoever parses it refuses a message that is too large; the rest is not needed.
            if message.len() <= SIZE_MAX {
                message.extend_from_slice(unquoted(&self.line));
            }
        }
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.next_message();
        if next.is_err() {
            self.finished = true;
        }
        next.transpose()
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
}

/// The line without the `>` that kept it from being taken for a separator.
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(b"From ") { &line[1..] } else { line }
}

/// The message without the one empty line that separates it from the next.
fn trimmed(mut message: Vec<u8>) -> Vec<u8> {
    for end in [&b"\r\n\r\n"[..], b"\n\n"] {
        if message.ends_with(end) {
            message.truncate(message.len() - end.len() / 2);
            break;
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::Messages;

    fn split(text: &str) -> Vec<String> {
        Messages::new(text.as_bytes())
            .map(|message| String::from_utf8(message.expect("memory")).expect("text"))
            .collect()
    }

    #[test]
    fn an_mbox_is_cut_at_its_separators() {
        let cases: [(&str, &[&str]); 7] = [
            ("", &[]),
            ("\n\n", &[]),
            ("From a Mon\nA: 1\n\nx\n\nFrom b Tue\nB: 2\n\ny\n", &["A: 1\n\nx\n", "B: 2\n\ny\n"]),
            (
                "From a Mon\r\nA: 1\r\n\r\nx\r\n\r\nFrom b\r\nB: 2\r\n",
                &["A: 1\r\n\r\nx\r\n", "B: 2\r\n"],
            ),
            (
                "From a\nA: 1\n\n>From x\n>>From y\n> From z\nFrom w\n",
                &["A: 1\n\nFrom x\n>From y\n> From z\nFrom w\n"],
            ),
            ("A: 1\n\nx\n", &["A: 1\n\nx\n"]),
            ("From a\nFrom b\n", &["From b\n"]),
        ];
        for (text, messages) in cases {
            assert_eq!(split(text), messages, "{text:?}");
        }
    }
}
