//! The route of a request: its path with every id replaced.

use percent_encoding::percent_decode_str;

/// What stands for an id.
const ID: &str = "{id}";

/// Units: characters from which a segment of mixed signs counts as an opaque id.
const OPAQUE_MIN: usize = 16;

/// `path` without its query and with `{id}` for each GUID, number, address, long opaque id and
/// key in parentheses. Words, well-known names and segments that start with `$` stay.
pub fn route(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut route = String::with_capacity(path.len());
    let mut below_users = false;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let segment = percent_decode_str(segment).decode_utf8_lossy();
        route.push('/');
        let is_key = below_users && !segment.starts_with('$') && !segment.contains('(');
        route.push_str(&if is_key { ID.to_owned() } else { replaced(&segment) });
        below_users = segment.eq_ignore_ascii_case("users");
    }
    if route.is_empty() { "/".to_owned() } else { route }
}

fn replaced(segment: &str) -> String {
    if segment.starts_with('$') {
        return segment.to_owned();
    }
    if let Some((name, key)) = segment.split_once('(') {
        let key = if key == ")" { "" } else { ID };
        return format!("{name}({key})");
    }
    if is_id(segment) { ID.to_owned() } else { segment.to_owned() }
}

fn is_id(segment: &str) -> bool {
    let is_number = segment.bytes().all(|byte| byte.is_ascii_digit());
    is_number || segment.contains('@') || is_guid(segment) || is_opaque(segment)
}

fn is_guid(segment: &str) -> bool {
    let bare = segment.trim_matches(['{', '}']);
    let hex = bare.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes = bare.bytes().filter(|byte| *byte == b'-').count();
    hex == 32 && hex + dashes == bare.len()
}

fn is_opaque(segment: &str) -> bool {
    let has = |test: fn(char) -> bool| segment.chars().any(test);
    segment.chars().count() >= OPAQUE_MIN
        && !segment.contains('.')
        && (has(|sign| sign.is_ascii_digit() || sign == '=')
            || (has(|sign| sign == '-' || sign == '_') && has(|sign| sign.is_ascii_uppercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_replaced_and_words_stay() {
        let cases = [
            ("/users/anna@a.test/messages?$top=5&$skip=10", "/users/{id}/messages"),
            (
                "/users/anna%40a.test/outlook/masterCategories",
                "/users/{id}/outlook/masterCategories",
            ),
            (
                "/users/anna/messages/AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AkQm",
                "/users/{id}/messages/{id}",
            ),
            ("/users/a/messages/AAMkAGI%3D%3DAAAAAAAA/$value", "/users/{id}/messages/{id}/$value"),
            ("/Users('anna')/messages", "/Users({id})/messages"),
            ("/emails(0f1c9b5e-6d7a-4c8e-9b1f-2a3b4c5d6e7f)", "/emails({id})"),
            ("/contacts(emailaddress1='x@y.test')/fullname", "/contacts({id})/fullname"),
            (
                "/users/a/outlook/masterCategories/3c1f6a52-9d7e-4b0a-8f43-51e2a7c9d004",
                "/users/{id}/outlook/masterCategories/{id}",
            ),
            (
                "/users/a/mailFolders/inbox/messages/delta()",
                "/users/{id}/mailFolders/inbox/messages/delta()",
            ),
            (
                "/users/a/mailFolders('inbox')/childFolders",
                "/users/{id}/mailFolders({id})/childFolders",
            ),
            ("/$batch", "/$batch"),
            ("/users/$count", "/users/$count"),
            (
                "/users/a/messages/AAMkAGIAAAAAAAAAA1/microsoft.graph.createForward",
                "/users/{id}/messages/{id}/microsoft.graph.createForward",
            ),
            ("/users/a/translateExchangeIds", "/users/{id}/translateExchangeIds"),
            ("/exchangesyncidmappings", "/exchangesyncidmappings"),
            ("/things/12345", "/things/{id}"),
            ("", "/"),
        ];
        for (path, expected) in cases {
            assert_eq!(route(path), expected, "{path}");
        }
    }
}
