//! Which categories a message says in its own `Keywords` headers that it has.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The names in the value of one header: separated by commas, in quotes where they hold commas,
/// in encoded words or decoded already.
pub(crate) fn names(value: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let (mut in_quotes, mut is_escaped) = (false, false);
    for sign in value.chars() {
        let Some(name) = names.last_mut() else { break };
        match sign {
            _ if is_escaped => {
                name.push(sign);
                is_escaped = false;
            }
            '\\' if in_quotes => is_escaped = true,
            '"' => in_quotes = !in_quotes,
            ',' if !in_quotes => names.push(String::new()),
            _ => name.push(sign),
        }
    }
    let names = names.iter().map(|name| decoded(name).trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// `text` with its encoded words decoded; a word of another charset than UTF-8 or Latin-1 stays.
fn decoded(text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        let Some((word, after)) = word(from) else { break };
        // Space between two encoded words belongs to neither.
        if !(after_word && before.trim().is_empty()) {
            whole.push_str(before);
        }
        whole.push_str(&word);
        (rest, after_word) = (after, true);
    }
    whole.push_str(rest);
    whole
}

/// The encoded word at the beginning of `text`, and what comes after it. Source: RFC 2047.
fn word(text: &str) -> Option<(String, &str)> {
    let mut parts = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (packed, after) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(packed).ok()?,
        "Q" | "q" => unquoted(packed)?,
        _ => return None,
    };
    let charset = charset.split('*').next().unwrap_or(charset).to_ascii_lowercase();
    let text = match charset.as_str() {
        "utf-8" | "us-ascii" => String::from_utf8(bytes).ok()?,
        "iso-8859-1" => bytes.into_iter().map(char::from).collect(),
        _ => return None,
    };
    Some((text, after))
}

fn unquoted(packed: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(packed.len());
    let mut rest = packed.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_every_way_of_writing_them() {
        for (value, wanted) in [
            ("Blue, Tracked to Dynamics 365", vec!["Blue", "Tracked to Dynamics 365"]),
            ("\"A, B\" , say \"yes\\\"\",,", vec!["A, B", "say yes\""]),
            ("=?utf-8?B?R3LDtsOfZQ==?=, =?ISO-8859-1?Q?Gr=FCn_x?=", vec!["Größe", "Grün x"]),
            ("=?utf-8?Q?Tracked_to?= =?utf-8?Q?_Dynamics?= 365", vec!["Tracked to Dynamics 365"]),
            ("=?utf-7?Q?x?=, =?utf-8?Q?=ZZ?=", vec!["=?utf-7?Q?x?=", "=?utf-8?Q?=ZZ?="]),
            ("", vec![]),
        ] {
            assert_eq!(names(value), wanted, "{value}");
        }
    }
}
