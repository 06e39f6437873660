//! The names of categories as a `Keywords` field has them: separated by commas; a name with a
//! comma of its own stands in quotes, one beyond ASCII in encoded words.

use super::header::decoded;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Units: bytes of text in one encoded word, so that the word stays within 75 signs.
const ENCODED_MAX: usize = 42;

/// The names in the value of a field, as it stands there, unfolded.
pub(super) fn read(value: &str) -> Vec<String> {
    let names = split(value).into_iter().map(
        |(text, is_quoted)| {
            if is_quoted { text } else { decoded(&text) }
        },
    );
    names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The parts between commas, and whether each stood in quotes.
fn split(value: &str) -> Vec<(String, bool)> {
    let mut parts = vec![(String::new(), false)];
    let (mut in_quotes, mut is_escaped) = (false, false);
    for sign in value.chars() {
        let Some((text, is_quoted)) = parts.last_mut() else { break };
        match sign {
            _ if is_escaped => {
                text.push(sign);
                is_escaped = false;
            }
            '\\' if in_quotes => is_escaped = true,
            '"' if in_quotes => in_quotes = false,
            '"' if text.trim().is_empty() => {
                text.clear();
                (in_quotes, *is_quoted) = (true, true);
            }
            ',' if !in_quotes => parts.push((String::new(), false)),
            _ => text.push(sign),
        }
    }
    parts
}

/// The value of a field with these names.
pub(super) fn write(names: &[String]) -> String {
    names.iter().map(|name| written(name)).collect::<Vec<_>>().join(", ")
}

fn written(name: &str) -> String {
    if !name.is_ascii() || name.contains("=?") {
        return encoded(name);
    }
    if name.contains([',', '"', '\\']) {
        return format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    }
    name.to_owned()
}

fn encoded(name: &str) -> String {
    let mut words = vec![String::new()];
    for sign in name.chars() {
        if words.last().is_some_and(|word| word.len() + sign.len_utf8() > ENCODED_MAX) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(sign);
        }
    }
    let word = |word: &String| format!("=?utf-8?B?{}?=", STANDARD.encode(word));
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_quotes_and_other_alphabets_come_back_as_they_were() {
        let long = "Größe und Gewicht der Lieferung nach Überprüfung durch die Abteilung 你好";
        let names: Vec<String> =
            ["Blue", "A, B", "say \"yes\"", "back\\slash", "Größe", long, "=?x"]
                .map(str::to_owned)
                .to_vec();
        assert_eq!(read(&write(&names)), names);
    }

    #[test]
    fn fields_of_other_programs_are_read() {
        assert_eq!(read("Blue, \"Red\" ,, =?utf-8?Q?Gr=C3=BC=2Cn?="), ["Blue", "Red", "Grü,n"]);
        assert_eq!(read("\"not closed, at all"), ["not closed, at all"]);
        assert!(read(" , ").is_empty());
    }
}
