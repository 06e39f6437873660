//! Bodies in the other form: HTML as text, text as HTML, and the first characters of either.

use crate::store::message::{Body, BodyType};

/// Units: characters of `bodyPreview`.
const PREVIEW_CHARS: usize = 255;

/// Units: bytes of a body that are looked at for its preview.
const PREVIEW_SOURCE_MAX: usize = 64 * 1024;

/// The first characters of a body as text.
pub(crate) fn of_body(body: &Body) -> String {
    let mut end = body.content.len().min(PREVIEW_SOURCE_MAX);
    while !body.content.is_char_boundary(end) {
        end -= 1;
    }
    let source = &body.content[..end];
    let text = match body.content_type {
        BodyType::Text => source.to_owned(),
        BodyType::Html => html_to_text(source),
    };
    text.trim().chars().take(PREVIEW_CHARS).collect()
}

/// The body in the form that was asked for.
pub(crate) fn converted(body: &Body, wanted: BodyType) -> Body {
    match (body.content_type, wanted) {
        (BodyType::Html, BodyType::Text) => {
            Body { content_type: wanted, content: html_to_text(&body.content) }
        }
        (BodyType::Text, BodyType::Html) => {
            Body { content_type: wanted, content: text_to_html(&body.content) }
        }
        (BodyType::Text, BodyType::Text) | (BodyType::Html, BodyType::Html) => body.clone(),
    }
}

fn text_to_html(text: &str) -> String {
    let escaped = escape(text).replace("\r\n", "\n").replace('\n', "<br>\r\n");
    format!(
        "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>\r\n<div class=\"PlainText\">{escaped}</div>\r\n</body></html>"
    )
}

/// Text that is safe inside HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The text of an HTML body: tags dropped, blocks as lines, entities resolved.
pub(crate) fn html_to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        push_text(&mut text, &rest[..start]);
        rest = &rest[start..];
        let tag = tag_name(rest);
        match tag.as_str() {
            "!--" => rest = after(rest, "-->"),
            "style" | "script" | "head" | "title" => {
                rest = after_close(rest, &tag);
            }
            "br" | "/p" | "/div" | "/tr" | "/li" | "/h1" | "/h2" | "/h3" | "/table" => {
                line_break(&mut text);
                rest = after(rest, ">");
            }
            _ => rest = after(rest, ">"),
        }
    }
    push_text(&mut text, rest);
    text.trim().to_owned()
}

fn tag_name(rest: &str) -> String {
    if rest.starts_with("<!--") {
        return "!--".to_owned();
    }
    rest[1..]
        .chars()
        .enumerate()
        .take_while(|(index, c)| c.is_ascii_alphanumeric() || (*index == 0 && *c == '/'))
        .map(|(_, c)| c.to_ascii_lowercase())
        .take(16)
        .collect()
}

fn after<'a>(rest: &'a str, end: &str) -> &'a str {
    rest.find(end).map_or("", |at| &rest[at + end.len()..])
}

/// What follows the end tag of `tag`, found in any case.
fn after_close<'a>(rest: &'a str, tag: &str) -> &'a str {
    let mut at = 0;
    while let Some(found) = rest[at..].find("</") {
        at += found + 2;
        if rest.as_bytes()[at..]
            .get(..tag.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(tag.as_bytes()))
        {
            return after(&rest[at..], ">");
        }
    }
    after(rest, ">")
}

fn line_break(text: &mut String) {
    while text.ends_with(' ') {
        text.pop();
    }
    if !text.ends_with("\r\n\r\n") {
        text.push_str("\r\n");
    }
}

/// Runs of white space count as one space, as a browser shows them.
fn push_text(text: &mut String, raw: &str) {
    let decoded = decode_entities(raw);
    for c in decoded.chars() {
        let space = c.is_whitespace() && c != '\u{a0}';
        if !space {
            text.push(if c == '\u{a0}' { ' ' } else { c });
        } else if !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

fn decode_entities(raw: &str) -> String {
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((c, end)) => {
                decoded.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn entity(name: &str) -> Option<char> {
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    match (name, number) {
        (_, Some(number)) => char::from_u32(number),
        ("amp", _) => Some('&'),
        ("lt", _) => Some('<'),
        ("gt", _) => Some('>'),
        ("quot", _) => Some('"'),
        ("apos", _) => Some('\''),
        ("nbsp", _) => Some('\u{a0}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_the_text_that_a_browser_shows() {
        let html = "<html><head><style>p {}</style></head><body><p>One &amp; two</p><!-- x --><div>three&nbsp;&lt;</div></body></html>";
        assert_eq!(html_to_text(html), "One & two\r\nthree <");
    }

    #[test]
    fn broken_html_is_survived() {
        for html in ["<", "<p", "&", "&#x110000;", "a<style>b", "<é>", "&é;"] {
            let _ = html_to_text(html);
        }
    }
}
