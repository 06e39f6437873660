//! Which side gives the other its value, field by field. Source: design section 4, *Field merge*.

use crate::Rules;
use earmark_model::{Field, Instant};

/// A field as both sides have it, each by the hash of its value in the terms of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// Which field.
    pub field: Field,
    /// The item's value.
    pub item: u64,
    /// The record's value.
    pub record: u64,
    /// What both were when they were last compared, item first; `None` where that is not known.
    pub before: Option<(u64, u64)>,
    /// Nothing of the item's own value is lost where the record's takes its place.
    pub is_whole: bool,
}

/// What matters beside the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// The item is a meeting that somebody else organizes: its copy here is that one's.
    pub is_attendee: bool,
    /// The item is a meeting of the owner with others, who would be told of a change.
    pub tells_attendees: bool,
    /// Whether they may be told: by the organization's setting, or by a person's answer; `None`
    /// while nobody said.
    pub may_tell: Option<bool>,
    /// The record was closed by a person and takes no change.
    pub is_closed: bool,
    /// The record is older than when it was compared last: the CRM was restored from a backup, and
    /// what it has is nobody's change.
    pub is_restored: bool,
    /// Nothing tells whether the record was edited, or restored from a backup and edited then.
    pub is_guess: bool,
    /// When the item was last changed, where the server tells.
    pub item_modified: Option<Instant>,
    /// When the record was last changed.
    pub record_modified: Instant,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Merged {
    /// Both have the same.
    Same,
    /// The record gets the item's value.
    ToRecord,
    /// The item gets the record's value.
    ToItem,
    /// Each side keeps its own until one of them changes.
    Apart,
    /// The item would get the record's value, which waits for a person's answer.
    Held,
}

/// Decides about one field. Where both sides changed it, the second answer is true: somebody's
/// value is not kept.
pub fn merge(sides: &Sides, about: &Circumstances, rules: &Rules) -> (Merged, bool) {
    if sides.item == sides.record {
        return (Merged::Same, false);
    }
    let Some((item, record)) = sides.before else { return (Merged::Apart, true) };
    let (by_item, by_record) = (sides.item != item, sides.record != record);
    match (by_item, by_record) {
        (_, true) if about.is_restored => (to_record(about), false),
        (false, true) if about.is_guess => (Merged::Apart, true),
        (true, true) if about.is_guess && !wins(sides.field, about, rules) => (Merged::Apart, true),
        (false, false) => (Merged::Apart, false),
        (true, false) => (to_record(about), false),
        (false, true) if rules.crm_edits_written_back => to_item(sides, about, rules),
        (false, true) => (Merged::Apart, false),
        (true, true) if wins(sides.field, about, rules) => (to_record(about), true),
        (true, true) => (to_item(sides, about, rules).0, true),
    }
}

/// The record's value is the older one, or no matter which: where and when a meeting takes place,
/// and with whom, says its organizer's calendar.
fn wins(field: Field, about: &Circumstances, rules: &Rules) -> bool {
    let is_organizers = rules.calendar_wins_time
        && matches!(field, Field::Time | Field::Location | Field::Attendees);
    let is_later = about.item_modified.is_none_or(|item| item >= about.record_modified);
    !rules.crm_edits_written_back || is_organizers || is_later
}

const fn to_record(about: &Circumstances) -> Merged {
    if about.is_closed { Merged::Apart } else { Merged::ToRecord }
}

/// The second answer is true where the record's value cannot be given to the item.
fn to_item(sides: &Sides, about: &Circumstances, rules: &Rules) -> (Merged, bool) {
    let is_own = matches!(sides.field, Field::ShowAs | Field::Importance);
    if (about.is_attendee && !is_own) || (!sides.is_whole && rules.lossy_fields_stay) {
        return (Merged::Apart, true);
    }
    let may_tell = if rules.meeting_updates_held { about.may_tell } else { Some(true) };
    // Whoever is invited first is told of it.
    let tells_attendees = about.tells_attendees || sides.field == Field::Attendees;
    match may_tell {
        _ if !tells_attendees => (Merged::ToItem, false),
        Some(true) => (Merged::ToItem, false),
        Some(false) => (Merged::Apart, true),
        None => (Merged::Held, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: Circumstances = Circumstances {
        is_attendee: false,
        tells_attendees: false,
        may_tell: None,
        is_closed: false,
        is_restored: false,
        is_guess: false,
        item_modified: Some(Instant::from_millis(10)),
        record_modified: Instant::from_millis(20),
    };

    fn sides(item: u64, record: u64) -> Sides {
        Sides { field: Field::Subject, item, record, before: Some((1, 1)), is_whole: true }
    }

    fn of(sides: Sides, about: Circumstances) -> (Merged, bool) {
        merge(&sides, &about, &Rules::all())
    }

    #[test]
    fn whoever_changed_alone_gives_the_value() {
        assert_eq!(of(sides(1, 1), ABOUT), (Merged::Same, false));
        assert_eq!(of(sides(2, 2), ABOUT), (Merged::Same, false));
        assert_eq!(of(sides(2, 1), ABOUT), (Merged::ToRecord, false));
        assert_eq!(of(sides(1, 2), ABOUT), (Merged::ToItem, false));
    }

    #[test]
    fn the_later_change_wins_and_is_told() {
        assert_eq!(of(sides(2, 3), ABOUT), (Merged::ToItem, true));
        let earlier = Circumstances { record_modified: Instant::from_millis(5), ..ABOUT };
        assert_eq!(of(sides(2, 3), earlier), (Merged::ToRecord, true));
        let place = Sides { field: Field::Location, ..sides(2, 3) };
        assert_eq!(of(place, ABOUT), (Merged::ToRecord, true));
    }

    #[test]
    fn what_was_never_compared_stays_apart_until_one_side_changes() {
        assert_eq!(of(Sides { before: None, ..sides(2, 3) }, ABOUT), (Merged::Apart, true));
        let apart = Sides { before: Some((2, 3)), ..sides(2, 3) };
        assert_eq!(of(apart, ABOUT), (Merged::Apart, false));
        assert_eq!(of(Sides { record: 4, ..apart }, ABOUT), (Merged::ToItem, false));
    }

    #[test]
    fn nothing_is_lost_in_the_mailbox() {
        let cut = Sides { is_whole: false, ..sides(1, 2) };
        assert_eq!(of(cut, ABOUT), (Merged::Apart, true));
        let attendee = Circumstances { is_attendee: true, ..ABOUT };
        assert_eq!(of(sides(1, 2), attendee), (Merged::Apart, true));
        let shows = Sides { field: Field::ShowAs, ..sides(1, 2) };
        assert_eq!(of(shows, attendee), (Merged::ToItem, false));
    }

    #[test]
    fn whoever_is_invited_first_is_told_as_well() {
        let attendees = |item, record| Sides { field: Field::Attendees, ..sides(item, record) };
        assert_eq!(of(attendees(1, 2), ABOUT), (Merged::Held, false));
        assert_eq!(of(attendees(2, 1), ABOUT), (Merged::ToRecord, false));
        assert_eq!(of(attendees(2, 3), ABOUT), (Merged::ToRecord, true));
        let yes = Circumstances { may_tell: Some(true), ..ABOUT };
        assert_eq!(of(attendees(1, 2), yes), (Merged::ToItem, false));
        let invited = Circumstances { is_attendee: true, ..yes };
        assert_eq!(of(attendees(1, 2), invited), (Merged::Apart, true));
    }

    #[test]
    fn what_attendees_are_told_of_waits_for_an_answer() {
        let asked = Circumstances { tells_attendees: true, ..ABOUT };
        assert_eq!(of(sides(1, 2), asked), (Merged::Held, false));
        let yes = Circumstances { may_tell: Some(true), ..asked };
        assert_eq!(of(sides(1, 2), yes), (Merged::ToItem, false));
        let no = Circumstances { may_tell: Some(false), ..asked };
        assert_eq!(of(sides(1, 2), no), (Merged::Apart, true));
    }

    #[test]
    fn what_a_restored_record_has_again_is_nobodys_change() {
        let restored = Circumstances { is_restored: true, ..ABOUT };
        assert_eq!(of(sides(1, 2), restored), (Merged::ToRecord, false));
        assert_eq!(of(sides(2, 3), restored), (Merged::ToRecord, false));
        assert_eq!(of(Sides { before: None, ..sides(2, 3) }, restored), (Merged::Apart, true));
        let closed = Circumstances { is_closed: true, ..restored };
        assert_eq!(of(sides(1, 2), closed), (Merged::Apart, false));
    }

    #[test]
    fn what_nothing_tells_of_is_written_nowhere_in_the_mailbox() {
        let guess = Circumstances { is_guess: true, ..ABOUT };
        assert_eq!(of(sides(1, 2), guess), (Merged::Apart, true));
        assert_eq!(of(sides(2, 3), guess), (Merged::Apart, true));
        assert_eq!(of(sides(2, 1), guess), (Merged::ToRecord, false));
        let earlier = Circumstances { record_modified: Instant::from_millis(5), ..guess };
        assert_eq!(of(sides(2, 3), earlier), (Merged::ToRecord, true));
    }

    #[test]
    fn a_closed_record_takes_no_change_and_gives_its_own() {
        let closed = Circumstances { is_closed: true, ..ABOUT };
        assert_eq!(of(sides(2, 1), closed), (Merged::Apart, false));
        assert_eq!(of(sides(1, 2), closed), (Merged::ToItem, false));
    }
}
