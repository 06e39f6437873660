//! When a server allows the next request.

use http::{HeaderMap, header};

/// Units: milliseconds. A server that asks for more is asked again after a day.
const WAIT_MAX_MS: i64 = 24 * 60 * 60 * 1000;

/// The instant before which nothing may be sent, from `Retry-After` in any of its forms: whole
/// seconds, fractional seconds, or a date, which is read against the answer's own `Date` where
/// there is one, so that a skewed clock does no harm. `None` without the header or where it
/// makes no sense. Units: milliseconds since 1970-01-01T00:00:00Z, both ways.
pub fn retry_after(headers: &HeaderMap, now_ms: i64) -> Option<i64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait_ms = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() => (seconds * 1000.0).ceil() as i64,
        Ok(_) => return None,
        Err(_) => http_date(text)?.saturating_sub(server_date(headers).unwrap_or(now_ms)),
    };
    Some(now_ms.saturating_add(wait_ms.clamp(0, WAIT_MAX_MS)))
}

/// The `Date` of an answer. Units: milliseconds since 1970-01-01T00:00:00Z.
pub fn server_date(headers: &HeaderMap) -> Option<i64> {
    http_date(headers.get(header::DATE)?.to_str().ok()?)
}

/// Reads a date as HTTP writes it. Units: milliseconds since 1970-01-01T00:00:00Z.
pub fn http_date(text: &str) -> Option<i64> {
    let zoned = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(text.trim()).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000_000;

    fn asked(pairs: &[(header::HeaderName, &str)]) -> Option<i64> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name.clone(), value.parse().expect("header"));
        }
        retry_after(&headers, NOW).map(|until| until - NOW)
    }

    #[test]
    fn every_form_is_read() {
        let cases = [
            ("7", Some(7_000)),
            ("2.128", Some(2_128)),
            (" 0 ", Some(0)),
            ("-3", Some(0)),
            ("1e300", Some(WAIT_MAX_MS)),
            ("inf", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(asked(&[(header::RETRY_AFTER, text)]), expected, "{text:?}");
        }
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn a_date_is_read_against_the_date_of_the_answer() {
        let until = (header::RETRY_AFTER, "Sun, 22 Nov 2026 10:00:30 GMT");
        let sent = (header::DATE, "Sun, 22 Nov 2026 10:00:00 GMT");
        assert_eq!(asked(&[until.clone(), sent]), Some(30_000));
        let ahead = http_date("Sun, 22 Nov 2026 10:00:30 GMT").expect("date") - NOW;
        assert_eq!(asked(&[until]), Some(ahead.clamp(0, WAIT_MAX_MS)));
        assert_eq!(asked(&[(header::RETRY_AFTER, "Thu, 01 Jan 1970 00:00:00 GMT")]), Some(0));
    }
}
