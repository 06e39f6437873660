//! JSON of strangers as a tree, whose size in memory is bounded.
//!
//! A tree takes up to a hundred times the room of its text: `{"":0}` is seven bytes on the wire and
//! a node of six hundred in memory. So values are counted before any is made.

use serde_json::Value;

/// Units: values in one text: members, entries, objects and lists.
pub const JSON_VALUES_MAX: usize = 200_000;

/// Reads JSON of at most [`JSON_VALUES_MAX`] values, 128 deep at most.
///
/// **Errors**: a text for people, which says where and never what.
pub fn parse_json(bytes: &[u8]) -> Result<Value, String> {
    if has_more_values(bytes, JSON_VALUES_MAX) {
        return Err(format!(
            "the JSON holds more than {JSON_VALUES_MAX} values; send it in several requests"
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// Whether there are more values than that: each one stands behind a brace, a bracket or a comma.
fn has_more_values(bytes: &[u8], values_max: usize) -> bool {
    let (mut count, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' | b',' if !quoted => {
                count += 1;
                if count > values_max {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_texts() {
        let long = format!(r#"{{"a":"{}"}}"#, "[,{".repeat(JSON_VALUES_MAX));
        assert!(parse_json(long.as_bytes()).is_ok());
        let quoted = r#"["\"[,{\\",1]"#;
        assert!(!has_more_values(quoted.as_bytes(), 2) && has_more_values(quoted.as_bytes(), 1));
    }

    #[test]
    fn too_many_values_are_refused_before_they_are_read() {
        for entry in ["{}", "[]", "0", r#"{"":0}"#] {
            let many = format!("[{}]", vec![entry; JSON_VALUES_MAX + 1].join(","));
            let problem = parse_json(many.as_bytes()).expect_err(entry);
            assert!(problem.contains("200000 values"), "{problem}");
        }
        assert!(parse_json("[".repeat(10_000).as_bytes()).expect_err("deep").contains("recursion"));
    }
}
