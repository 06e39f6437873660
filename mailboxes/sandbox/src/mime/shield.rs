//! Keeps the parser from descending into attached messages.
//!
//! An attached message is kept as its bytes, so nothing is gained by parsing it, while a message
//! within a message within a message would cost a stack frame for each. So in `Content-Type`
//! fields the words `message` and `digest` are replaced, letter for letter, by words that the
//! parser knows nothing of, and put back in whatever content comes out of it.

use std::borrow::Cow;

const FIELD: &[u8] = b"content-type";

/// A word, and the place of a letter in it with what stands for it in small and capital.
struct Word {
    plain: &'static [u8],
    place: usize,
    small: (u8, u8),
    capital: (u8, u8),
}

const WORDS: [Word; 2] = [
    Word { plain: b"message", place: 2, small: (b's', b'5'), capital: (b'S', b'$') },
    Word { plain: b"digest", place: 1, small: (b'i', b'1'), capital: (b'I', b'!') },
];

/// The type under which an attached message comes out of the parser.
pub(super) const MESSAGE: &str = "me5sage";

/// The subtype under which a digest comes out of the parser.
pub(super) const DIGEST: &str = "d1gest";

/// The bytes with shielded `Content-Type` fields.
pub(super) fn shield(bytes: &[u8]) -> Cow<'_, [u8]> {
    replace(bytes, |word| [word.small, word.capital])
}

/// The bytes as they were before [`shield`].
pub(super) fn unshield(bytes: &[u8]) -> Cow<'_, [u8]> {
    let back = |(plain, shielded)| (shielded, plain);
    replace(bytes, move |word| [back(word.small), back(word.capital)])
}

/// As [`unshield`], for text.
pub(super) fn unshield_text(text: &str) -> Cow<'_, str> {
    match unshield(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        // One ASCII letter for another leaves the text valid.
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// How many `Content-Type` fields there seem to be, the ones of nested parts included.
pub(super) fn count_typed_parts(bytes: &[u8]) -> usize {
    let mut count = 0;
    each_value(bytes, |_, _| count += 1);
    count
}

fn replace(bytes: &[u8], pairs: impl Fn(&Word) -> [(u8, u8); 2]) -> Cow<'_, [u8]> {
    let mut changed: Cow<'_, [u8]> = Cow::Borrowed(bytes);
    each_value(bytes, |start, end| {
        for word in &WORDS {
            let size = word.plain.len();
            for at in start..end.saturating_sub(size - 1) {
                let candidate = &bytes[at..at + size];
                let letter = candidate[word.place];
                let to = pairs(word).into_iter().find(|(from, _)| *from == letter);
                if let Some((_, to)) = to
                    && matches_but(candidate, word)
                {
                    changed.to_mut()[at + word.place] = to;
                }
            }
        }
    });
    changed
}

/// Whether all letters but the one that is replaced are those of the word, in any case.
fn matches_but(candidate: &[u8], word: &Word) -> bool {
    candidate
        .iter()
        .zip(word.plain)
        .enumerate()
        .all(|(at, (one, other))| at == word.place || one.eq_ignore_ascii_case(other))
}

/// Calls `act` with the bounds of the value of each line that looks like a `Content-Type` field,
/// up to the first `;`: what follows may be a boundary and is left alone.
fn each_value(bytes: &[u8], mut act: impl FnMut(usize, usize)) {
    let (mut at, mut done) = (0, 0);
    while at < bytes.len() {
        let line = &bytes[at..];
        if let Some(value) = value_offset(line) {
            let start = at + value;
            if start >= done {
                done = value_end(bytes, start);
                act(start, done);
            } else {
                // Within the value before, which was looked at to its end.
                act(start, start);
            }
        }
        match line.iter().position(|byte| *byte == b'\n') {
            Some(end) => at += end + 1,
            None => return,
        }
    }
}

/// Where the value starts in a line that the parser would take for the field: it overlooks white
/// space anywhere in a name, and colons before it.
fn value_offset(line: &[u8]) -> Option<usize> {
    let mut awaited = FIELD.iter();
    let mut next = awaited.next();
    for (at, byte) in line.iter().enumerate() {
        match (byte, next) {
            (b'\n', _) => return None,
            (b':', None) => return Some(at + 1),
            (b':', Some(_)) if awaited.len() + 1 == FIELD.len() => {}
            (byte, _) if byte.is_ascii_whitespace() || *byte == 0x0b => {}
            (byte, Some(letter)) if byte.eq_ignore_ascii_case(letter) => next = awaited.next(),
            _ => return None,
        }
    }
    None
}

/// The end of the type in a value: a `;`, unless a comment stands before it, or the end of the
/// field.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut has_comment = false;
    while at < bytes.len() {
        match bytes[at] {
            b';' if !has_comment => return at,
            b'\n' if !matches!(bytes.get(at + 1), Some(b' ' | b'\t')) => return at,
            b'(' => has_comment = true,
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shielding_is_undone_letter_for_letter() {
        let cases: [(&str, &str); 9] = [
            (":: Content -Type: message/x", ":: Content -Type: me5sage/x"),
            (" \tContent-Type: message/x", " \tContent-Type: me5sage/x"),
            ("Content-Type: (;) message/x", "Content-Type: (;) me5sage/x"),
            ("Content:-Type: message/x", "Content:-Type: message/x"),
            ("Content-Type: Message/RFC822\r\n", "Content-Type: Me5sage/RFC822\r\n"),
            (
                "content-type :\r\n MESSAGE/global; x=message",
                "content-type :\r\n ME$SAGE/global; x=message",
            ),
            ("Content-Type: multipart/digest", "Content-Type: multipart/d1gest"),
            ("Subject: message/rfc822", "Subject: message/rfc822"),
            ("Content-Type: text/plain\nmessage", "Content-Type: text/plain\nmessage"),
        ];
        for (plain, shielded) in cases {
            assert_eq!(shield(plain.as_bytes()).as_ref(), shielded.as_bytes());
            assert_eq!(unshield(shielded.as_bytes()).as_ref(), plain.as_bytes());
        }
    }
}
