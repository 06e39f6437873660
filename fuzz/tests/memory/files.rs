//! What messages and calendars cost that are made to cost much.

use crate::{MB, within};
use earmark_fuzz::targets;
use earmark_sandbox::mime;

const HEAD: &str = "From: a@b.test\r\nTo: c@d.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n";

/// Parses a message that may hold so many times its size, and a little.
fn parsed(times: u64, what: &str, message: &[u8]) -> Result<earmark_sandbox::NewMessage, String> {
    let held_max = message.len() as u64 * times + 2 * MB;
    within(held_max, what, || mime::parse(message)).map_err(|refusal| refusal.to_string())
}

#[test]
fn a_message_above_the_limit_is_refused_unread() {
    let mut large = HEAD.as_bytes().to_vec();
    large.resize(mime::parse::SIZE_MAX + 1, b'x');
    let line = parsed(0, "150 MB and a byte", &large).expect_err("too large");
    assert!(line.contains("bytes") && line.contains("at most"), "{line}");
}

#[test]
fn recipients_are_counted() {
    let people = |count: usize| {
        let list: Vec<String> = (0..count).map(|one| format!("p{one}@a.test")).collect();
        format!("From: a@b.test\r\nTo: {}\r\n\r\nx\r\n", list.join(",\r\n "))
    };
    let message = parsed(40, "5000 recipients", people(5_000).as_bytes()).expect("a message");
    assert_eq!(message.to.len(), 5_000);
    let line = parsed(40, "5001 recipients", people(5_001).as_bytes()).expect_err("too many");
    assert!(line.contains("5001 recipients; at most 5000"), "{line}");
}

#[test]
fn depth_and_parts_are_bounded() {
    let nested: String = (0..50_000)
        .map(|level| {
            format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
        })
        .collect();
    let line = parsed(1, "nested parts", format!("{HEAD}{nested}").as_bytes()).expect_err("deep");
    assert!(line.contains("parts; at most 1000"), "{line}");
    let attached = "Content-Type: message/rfc822\r\n\r\nFrom: a@b.test\r\n".repeat(50_000);
    let line =
        parsed(1, "nested messages", format!("{HEAD}{attached}").as_bytes()).expect_err("deep");
    assert!(line.contains("parts; at most 1000"), "{line}");
    let bare = "--b\r\n\r\nx\r\n".repeat(20_000);
    let flat = format!("{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n{bare}--b--\r\n");
    let line = parsed(64, "bare parts", flat.as_bytes()).expect_err("too many");
    assert!(line.contains("at most 1000"), "{line}");
    let fields = "X-A: b\r\n".repeat(20_000);
    let line =
        parsed(64, "fields", format!("{HEAD}{fields}\r\nx").as_bytes()).expect_err("too many");
    assert!(line.contains("header fields; at most 10000"), "{line}");
}

#[test]
fn what_is_encoded_grows_with_its_size_only() {
    let encodings = [
        ("base64", "QUJD".repeat(19).to_string() + "\r\n"),
        ("quoted-printable", "=41=\r\n".repeat(10)),
        ("quoted-printable", " ".repeat(70) + "=20\r\n"),
    ];
    for (encoding, line) in encodings {
        let body = line.repeat((8 << 20) / line.len());
        for kind in ["text/html; charset=utf-16", "application/octet-stream; name=a"] {
            let message = format!(
                "{HEAD}Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
            );
            parsed(8, encoding, message.as_bytes()).expect("a message");
        }
    }
}

#[test]
fn a_field_of_a_megabyte_is_read_once() {
    for (name, piece) in [
        ("Subject", "=?utf-8?B?QUFB?= "),
        ("References", "<a@b.test> "),
        ("Content-Type", "text/plain; a=b;"),
        ("To", "\"a\\\"\" <a@b.test> ("),
        ("To", "((((("),
        ("Keywords", "\"a\","),
        ("X-Long", "x"),
    ] {
        let value = piece.repeat((1 << 20) / piece.len());
        let message = format!("From: a@b.test\r\n{name}: {value}\r\n\r\nx\r\n");
        let _ = parsed(64, name, message.as_bytes());
    }
}

#[test]
fn a_calendar_is_bounded() {
    let target = targets::all().into_iter().find(|target| target.name == "calendar");
    let mut import = (target.expect("a target").make)();
    let event = "BEGIN:VEVENT\r\nSUMMARY:x\r\nDTSTART:20261122T100000Z\r\nEND:VEVENT\r\n";
    let calendars = [
        format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", event.repeat(10_001)),
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n".repeat(100_000),
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{}\r\n", "x\r\n ".repeat(1 << 20)),
        format!("BEGIN:VCALENDAR\r\n{}", "x".repeat(17 << 20)),
    ];
    for calendar in calendars {
        let what: String = calendar.chars().take(40).filter(|c| !c.is_control()).collect();
        // The text is copied on its way in, and once more where it is no UTF-8.
        within(calendar.len() as u64 * 24 + 32 * MB, &what, || import(calendar.as_bytes()));
    }
}
