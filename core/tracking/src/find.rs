//! Which record an item belongs to: found before one is created.

use crate::Rules;
use earmark_model::{ActivityId, Direction, Instant};

/// A record that bears the same natural key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The record.
    pub id: ActivityId,
    /// Sent or received.
    pub direction: Direction,
    /// The sender's address, lower case, where the record has one.
    pub sender: Option<String>,
    /// When it was sent, where the record says so.
    pub sent: Option<Instant>,
    /// When it was created.
    pub created: Instant,
}

/// What the item says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Sent or received.
    pub direction: Direction,
    /// The sender's address, lower case.
    pub sender: Option<&'a str>,
    /// The `Date` header.
    pub sent: Option<Instant>,
    /// Internal mail makes a record for each direction.
    pub two_activities: bool,
    /// A record that must not be found again, because it was deleted before.
    pub except: Option<ActivityId>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Link to this record.
    Link(ActivityId),
    /// Create one.
    Create,
    /// The same `Message-ID` with another sender and another date: link to nothing.
    OtherContent,
}

/// Chooses among the records with the item's `Message-ID`. The oldest wins.
pub fn find(candidates: &[Candidate], wanted: &Wanted<'_>, rules: &Rules) -> Found {
    if !rules.find_before_create {
        return Found::Create;
    }
    let mut fitting: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| Some(candidate.id) != wanted.except)
        .filter(|candidate| fits_direction(candidate, wanted, rules))
        .collect();
    if fitting.is_empty() {
        return Found::Create;
    }
    fitting.retain(|candidate| !is_other_content(candidate, wanted, rules));
    fitting
        .iter()
        .min_by_key(|candidate| (candidate.created, candidate.id))
        .map_or(Found::OtherContent, |candidate| Found::Link(candidate.id))
}

/// Chooses among the records with the natural key of a meeting, or for a task among the one that
/// it carries and the one that its own id leads to. The carried one wins, then the oldest.
pub fn find_by_key(
    candidates: &[Candidate],
    carried: Option<ActivityId>,
    except: Option<ActivityId>,
    rules: &Rules,
) -> Found {
    if !rules.find_before_create {
        return Found::Create;
    }
    let carried = carried.filter(|_| rules.back_link_found);
    candidates
        .iter()
        .filter(|candidate| Some(candidate.id) != except)
        .min_by_key(|candidate| (Some(candidate.id) != carried, candidate.created, candidate.id))
        .map_or(Found::Create, |candidate| Found::Link(candidate.id))
}

fn fits_direction(candidate: &Candidate, wanted: &Wanted<'_>, rules: &Rules) -> bool {
    !wanted.two_activities
        || !rules.direction_of_two_activities
        || candidate.direction == wanted.direction
}

fn is_other_content(candidate: &Candidate, wanted: &Wanted<'_>, rules: &Rules) -> bool {
    let other_sender = matches!(
        (candidate.sender.as_deref(), wanted.sender),
        (Some(known), Some(seen)) if !known.eq_ignore_ascii_case(seen)
    );
    // The CRM may keep whole seconds only.
    let other_date = matches!(
        (candidate.sent, wanted.sent),
        (Some(known), Some(seen)) if known.as_millis() / 1_000 != seen.as_millis() / 1_000
    );
    rules.same_id_other_content && other_sender && other_date
}
