//! Time zones by their Windows or IANA name.

use calcard::common::timezone::Tz;
use jiff::tz::TimeZone;

/// The zone of that name; UTC where nobody knows it.
pub(crate) fn zone(name: &str) -> TimeZone {
    let name = name.trim();
    TimeZone::get(name)
        .ok()
        .or_else(|| {
            let known: Tz = name.parse().ok()?;
            TimeZone::get(&known.name()?).ok()
        })
        .unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::zone;

    #[test]
    fn windows_and_iana_names_are_known() {
        for (name, wanted) in [
            ("Europe/Vienna", "Europe/Vienna"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("Pacific Standard Time", "America/Los_Angeles"),
            ("India Standard Time", "Asia/Kolkata"),
            ("UTC", "UTC"),
        ] {
            let known = zone(name);
            let wanted = zone(wanted);
            let at = "2026-07-01T12:00:00Z".parse().expect("an instant");
            assert_eq!(known.to_offset(at), wanted.to_offset(at), "{name}");
        }
        assert_eq!(zone("tzone://Microsoft/Custom"), jiff::tz::TimeZone::UTC);
    }
}
