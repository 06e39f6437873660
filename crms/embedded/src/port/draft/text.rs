//! Texts as columns take them.

use super::put;
use crate::{
    session::check::truncated,
    value::{Row, Value},
};
use earmark_model::{Body, BodyKind};
use mail_parser::decoders::html::html_to_text;

/// Puts a text, cut to the column's length; nothing where it is empty. Units: characters.
pub(super) fn put_given(row: &mut Row, column: &str, text: Option<&str>, max: usize) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        put(row, column, Value::text(truncated(text, max)));
    }
}

/// Puts a text, cut to the column's length; an empty one clears the column. Units: characters.
pub(super) fn put_mapped(row: &mut Row, column: &str, text: &str, max: usize) {
    let text = truncated(text, max);
    let value = if text.is_empty() { Value::Null } else { Value::text(text) };
    put(row, column, value);
}

/// A body as plain text.
pub(super) fn plain(body: &Body) -> String {
    match body.kind {
        BodyKind::Text => body.text.clone(),
        BodyKind::Html => html_to_text(&body.text).trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;
    use earmark_model::{Body, BodyKind};

    #[test]
    fn html_becomes_the_text_that_one_reads() {
        let text = "<html><head><style>p{color:red}</style></head><body><p>One &amp; two</p>\
                    <p>three</p></body></html>";
        let body = Body { kind: BodyKind::Html, text: text.to_owned() };
        assert_eq!(plain(&body), "One & two\nthree");
        let body = Body { kind: BodyKind::Text, text: "a < b".to_owned() };
        assert_eq!(plain(&body), "a < b");
    }
}
