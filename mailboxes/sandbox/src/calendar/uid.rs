//! The ids by which the copies of one meeting know each other.
//!
//! An id that the original makes is the hexadecimal form of a global object id, with the day of
//! an occurrence in four bytes of it; a foreign id is wrapped into one.

use jiff::civil::Date;
use std::fmt::Write;

/// What every global object id starts with.
const START: &str = "040000008200E00074C5B7101A82E008";

/// Units: hexadecimal digits before and behind the day.
const DAY: std::ops::Range<usize> = 32..40;

/// What stands before a foreign id inside a global object id.
const FOREIGN: &[u8] = b"vCal-Uid\x01\0\0\0";

/// A new id from 16 bytes that no other has. Units: milliseconds since the epoch.
pub fn new(unique: [u8; 16], now_ms: i64) -> String {
    // Hundreds of nanoseconds since the year 1601, in the order of Intel.
    let ticks = (now_ms.saturating_add(11_644_473_600_000)).saturating_mul(10_000);
    let mut bytes = vec![0; 4];
    bytes.extend(ticks.to_le_bytes());
    bytes.extend([0; 8]);
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(unique);
    format!("{START}{}", hex(&bytes))
}

/// The id of the occurrence of a series that was to be on `day`.
pub fn of_occurrence(series: &str, day: Date) -> String {
    with_day(&global_object_id(series), Some(day))
}

/// The global object id in hexadecimal, without a day (`PidLidCleanGlobalObjectId`).
pub fn global_object_id(uid: &str) -> String {
    let is_own = uid.len() > DAY.end
        && uid.get(..START.len()).is_some_and(|start| start.eq_ignore_ascii_case(START))
        && uid.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_own {
        return with_day(&uid.to_ascii_uppercase(), None);
    }
    let mut data = FOREIGN.to_vec();
    data.extend(uid.as_bytes());
    data.push(0);
    let mut bytes = vec![0; 20];
    bytes.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(data);
    format!("{START}{}", hex(&bytes))
}

/// The bytes of a hexadecimal text.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
    hex.as_bytes()
        .chunks_exact(2)
        .filter_map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

fn with_day(id: &str, day: Option<Date>) -> String {
    let day = day.map_or_else(
        || "00000000".to_owned(),
        |day| format!("{:04X}{:02X}{:02X}", day.year(), day.month(), day.day()),
    );
    format!("{}{day}{}", &id[..DAY.start], &id[DAY.end..])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_occurrence_has_an_id_of_its_own_from_that_of_its_series() {
        let day = jiff::civil::date(2026, 11, 23);
        let series = new([7; 16], 1_795_341_600_000);
        let one = of_occurrence(&series, day);
        assert_ne!(one, series);
        assert_eq!(&one[DAY], "07EA0B17");
        assert_eq!(global_object_id(&one), series);
        let foreign = of_occurrence("abc@contoso.test", day);
        assert!(foreign.starts_with(START), "{foreign}");
        assert_eq!(global_object_id(&foreign), global_object_id("abc@contoso.test"));
        assert_eq!(bytes("0aFF"), [10, 255]);
    }
}
