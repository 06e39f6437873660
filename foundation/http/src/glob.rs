//! Patterns over paths.

use percent_encoding::percent_decode_str;

/// Whether `pattern` covers the whole of `path`, compared without case and after decoding.
/// `*` stands for anything inside one segment, `**` for anything, `**/` also for nothing. A
/// leading slash means nothing, and a query is not looked at.
pub fn covers(pattern: &str, path: &str) -> bool {
    let tokens = tokens(&plain(pattern));
    let path: Vec<char> = plain(path).chars().collect();
    // reached[i]: the tokens so far cover the first i characters.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for token in tokens {
        reached = step(token, &reached, &path);
    }
    reached[path.len()]
}

#[derive(Clone, Copy)]
enum Token {
    One(char),
    Segment,
    Anything,
    Folders,
}

fn plain(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    percent_decode_str(path).decode_utf8_lossy().to_lowercase()
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (token, length) = if rest.starts_with("**/") {
            (Token::Folders, 3)
        } else if rest.starts_with("**") {
            (Token::Anything, 2)
        } else if first == '*' {
            (Token::Segment, 1)
        } else {
            (Token::One(first), first.len_utf8())
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens
}

fn step(token: Token, reached: &[bool], path: &[char]) -> Vec<bool> {
    let mut next = vec![false; reached.len()];
    let mut any_before = false;
    for end in 0..reached.len() {
        let before = end.checked_sub(1).map(|last| path[last]);
        let carried = end > 0 && next[end - 1];
        next[end] = match token {
            Token::One(wanted) => before == Some(wanted) && reached[end - 1],
            Token::Segment => reached[end] || (carried && before != Some('/')),
            Token::Anything => reached[end] || carried,
            Token::Folders => reached[end] || (any_before && before == Some('/')),
        };
        any_before |= reached[end];
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_inside_a_segment_and_double_stars_do_not() {
        let cases = [
            ("users/*/messages", "/users/anna%40a.test/messages?$top=5", true),
            ("users/*/messages", "users/a/b/messages", false),
            ("/Users/**", "users/a/messages/1", true),
            ("**/messages", "messages", true),
            ("**/messages", "users/a/messages", true),
            ("**/messages", "users/a/xmessages", false),
            ("users/**/attachments", "users/a/messages/1/attachments", true),
            ("**", "", true),
            ("*", "a/b", false),
            ("emails(*)", "emails(0a1b)", true),
            ("emails*", "emails", true),
            ("emails", "email", false),
            ("$batch", "/$batch", true),
            ("", "x", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(covers(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_spiteful_pattern_is_answered_at_once() {
        assert!(!covers(&"*a**".repeat(60), &"a".repeat(59).replace('a', "b/")));
    }
}
