//! The error envelope, as tolerant as the services that write it differ.

use serde_json::Value;

/// Units: envelopes inside each other that are looked into.
const DEPTH_MAX: usize = 16;

/// Units: bytes of an error answer that is looked into. A longer one is no envelope.
const BODY_MAX: usize = 64 * 1024;

/// Units: characters of a code that are kept.
const CODE_MAX: usize = 80;

/// The codes of an error answer from the outermost to the most specific; empty where the body
/// is no such envelope. Messages are not read, since they may name people.
pub(crate) fn codes(body: &[u8]) -> Vec<String> {
    let mut codes = Vec::new();
    if body.len() > BODY_MAX {
        return codes;
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return codes };
    let mut envelope = match body.get("error") {
        // The token endpoint writes the code in the place of the envelope.
        Some(Value::String(code)) => {
            codes.extend(tidy(code));
            None
        }
        other => other,
    };
    for _ in 0..DEPTH_MAX {
        let Some(Value::Object(members)) = envelope else { break };
        if let Some(Value::String(code)) = members.get("code") {
            codes.extend(tidy(code));
        }
        envelope = members
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("innererror"))
            .map(|(_, inner)| inner);
    }
    codes
}

/// A code without anything that is not a code, because it reaches logs and pages.
fn tidy(code: &str) -> Option<String> {
    let is_code = |sign: &char| sign.is_ascii_alphanumeric() || "-_.".contains(*sign);
    let code: String = code.chars().filter(is_code).take(CODE_MAX).collect();
    (!code.is_empty()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_outside_to_inside_whatever_the_spelling() {
        let nested =
            br#"{"error":{"code":"a","innerError":{"code":"b","INNERERROR":{"code":"c d"}}}}"#;
        assert_eq!(codes(nested), ["a", "b", "cd"]);
        for body in [&b"<html>"[..], b"", b"[]", br#"{"error":null}"#, br#"{"error":{"code":7}}"#] {
            assert!(codes(body).is_empty());
        }
        let deep = format!("{}{}", r#"{"error":{"innerError":"#, r#"{"innerError":"#.repeat(100));
        assert!(codes(deep.as_bytes()).is_empty());
    }
}
