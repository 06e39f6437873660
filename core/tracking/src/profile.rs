//! What an email server profile says about its mailboxes. Source: `emailserverprofile`.

use crate::Rules;
use std::time::Duration;

/// How far apart the regular cycles of a mailbox are: the service's own cycle, or what the profile
/// asks for where that is longer.
pub fn interval(cycle: Duration, asked: Option<Duration>, rules: &Rules) -> Duration {
    match asked {
        Some(asked) if rules.polling_interval_obeyed => cycle.max(asked),
        Some(_) | None => cycle,
    }
}

/// What is said about inactive profiles: each name with the number of its mailboxes, in the order
/// of names; `None` where there are none. `profiles` is one entry for each mailbox.
pub fn inactive<'a>(profiles: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut mailboxes = std::collections::BTreeMap::<&str, usize>::new();
    for name in profiles {
        *mailboxes.entry(name).or_default() += 1;
    }
    let said = mailboxes.iter().map(|(name, count)| format!("{name} ({count})"));
    Some(said.collect::<Vec<_>>().join(", ")).filter(|said| !said.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_profile_makes_cycles_rarer_and_never_more_frequent() {
        let of = |asked| interval(15 * MINUTE, asked, &Rules::all());
        assert_eq!(of(None), 15 * MINUTE);
        assert_eq!(of(Some(Duration::ZERO)), 15 * MINUTE);
        assert_eq!(of(Some(5 * MINUTE)), 15 * MINUTE);
        assert_eq!(of(Some(60 * MINUTE)), 60 * MINUTE);
    }

    #[test]
    fn inactive_profiles_are_named_with_their_mailboxes() {
        assert_eq!(inactive([]), None);
        let said = inactive(["South", "North", "South"]);
        assert_eq!(said.as_deref(), Some("North (1), South (2)"));
    }
}
