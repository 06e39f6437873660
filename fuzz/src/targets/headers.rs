//! What answers say in headers: when to come back, and what time it is.

use super::text;
use crate::target::{Target, shape};
use earmark_http::{http_date, retry_after, server_date};
use http::{HeaderMap, HeaderValue, header};

/// `Retry-After` in the first line, `Date` in the second.
pub const HEADERS: Target = Target {
    name: "headers",
    about: "Retry-After and Date",
    words: &[
        "Sun, 22 Nov 2026 10:00:00 GMT",
        "GMT",
        "+0000",
        "-9999",
        "Feb",
        "1e9",
        "inf",
        "NaN",
        ".",
        "\n",
        " ",
        "99",
        "Sunday, 22-Nov-26 10:00:00 GMT",
    ],
    outside: &[],
    make: || Box::new(both),
};

/// Units: milliseconds. Nobody is made to wait longer.
const WAIT_MAX: i64 = 24 * 60 * 60 * 1000;

fn both(bytes: &[u8]) -> u64 {
    let now = 1_795_341_600_000;
    let mut headers = HeaderMap::new();
    for (name, line) in
        [header::RETRY_AFTER, header::DATE].into_iter().zip(bytes.split(|byte| *byte == b'\n'))
    {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.insert(name, value);
        }
    }
    let until = retry_after(&headers, now);
    if let Some(until) = until {
        assert!((now..=now + WAIT_MAX).contains(&until), "{until}");
    }
    for now in [i64::MIN, i64::MAX, 0] {
        let _ = retry_after(&headers, now);
    }
    let date = server_date(&headers);
    shape((
        until.map(|until| until - now > 1000),
        date.map(|date| date > now),
        http_date(&text(bytes)).is_some(),
    ))
}
