//! Which records the addresses of an item stand for. Source: section 2.5 of the behaviour of
//! the original: sender by order of tables, every match of a recipient. Organizer and attendees
//! of a meeting stand for one record each, chosen like a sender's.

use crate::Rules;
use earmark_model::activity::{Party, PartyRole, RecordRef};
use earmark_model::{Address, Instant, ItemContent, PrincipalId};
use std::collections::BTreeMap;

/// Above this many matches an address resolves to nothing.
const MATCHES_MAX: usize = 100;

/// A record that an address could stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The record.
    pub record: RecordRef,
    /// Whether it is active.
    pub is_active: bool,
    /// Who owns it.
    pub owner: Option<PrincipalId>,
    /// When it was created.
    pub created: Instant,
    /// Who is responsible for the mail that it receives: a user for its own, the owner of a
    /// queue. `None` for everybody else, and without a mailbox.
    pub mail_owner: Option<PrincipalId>,
    /// Whether that one has the right to own an activity.
    pub may_own: bool,
}

/// What the organization and the mailbox say about resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    /// The owner of the mailbox that tracks.
    pub owner: PrincipalId,
    /// Inactive records take part like active ones.
    pub resolve_inactive: bool,
    /// A sender with several matches stays unresolved.
    pub unresolve_ambiguous_sender: bool,
    /// A recipient with several matches becomes one unresolved party.
    pub unresolve_ambiguous_recipients: bool,
}

/// Somebody with a part in an item, before it is known who that is.
struct Person<'a> {
    role: PartyRole,
    address: &'a Address,
}

/// Who takes part in an item, in the order of the parts played. A task has nobody: whom it is
/// assigned to is never read.
fn people(content: &ItemContent) -> Vec<Person<'_>> {
    let (first, lists) = match content {
        ItemContent::Message(message) => (
            message.from.as_ref().or(message.sender.as_ref()).map(|from| (PartyRole::Sender, from)),
            vec![
                (PartyRole::To, &message.to),
                (PartyRole::Cc, &message.cc),
                (PartyRole::Bcc, &message.bcc),
            ],
        ),
        ItemContent::Appointment(appointment) => (
            appointment.organizer.as_ref().map(|organizer| (PartyRole::Organizer, organizer)),
            vec![
                (PartyRole::Required, &appointment.required),
                (PartyRole::Optional, &appointment.optional),
            ],
        ),
        ItemContent::Task(_) => (None, Vec::new()),
    };
    let listed = lists.into_iter().flat_map(|(role, list)| list.iter().map(move |a| (role, a)));
    first.into_iter().chain(listed).map(|(role, address)| Person { role, address }).collect()
}

/// The addresses for which records are looked up, in lower case, each once.
pub fn addresses(content: &ItemContent) -> Vec<String> {
    let people = people(content);
    let mut addresses: Vec<String> = people
        .iter()
        .map(|person| person.address.address.trim().to_lowercase())
        .filter(|address| !address.is_empty())
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

/// The parties of an item. `matches` holds them by address in lower case.
pub fn parties(
    content: &ItemContent,
    matches: &BTreeMap<String, Vec<Match>>,
    resolution: &Resolution,
    rules: &Rules,
) -> Vec<Party> {
    let mut parties = Vec::new();
    for Person { role, address } in people(content) {
        let found = matches.get(&address.address.trim().to_lowercase());
        let found = eligible(found.map_or(&[][..], Vec::as_slice), resolution, rules);
        match role {
            PartyRole::Sender | PartyRole::Organizer => {
                let is_ambiguous = found.len() > 1
                    && resolution.unresolve_ambiguous_sender
                    && rules.ambiguous_sender_unresolved;
                let record = if is_ambiguous { None } else { first(&found, resolution, rules) };
                parties.push(party(role, address, record));
            }
            PartyRole::Required | PartyRole::Optional if rules.attendee_is_one => {
                parties.push(party(role, address, first(&found, resolution, rules)));
            }
            PartyRole::To
            | PartyRole::Cc
            | PartyRole::Bcc
            | PartyRole::Required
            | PartyRole::Optional => {
                parties.extend(recipient(role, address, &found, resolution, rules));
            }
        }
    }
    parties
}

/// Exactly one match counts whatever its state; of several, the active ones.
fn eligible<'a>(found: &'a [Match], resolution: &Resolution, rules: &Rules) -> Vec<&'a Match> {
    if found.len() > MATCHES_MAX && rules.too_many_matches {
        return Vec::new();
    }
    let only_one = found.len() == 1 && rules.single_match_in_any_state;
    if only_one || resolution.resolve_inactive || !rules.inactive_left_out {
        return found.iter().collect();
    }
    found.iter().filter(|candidate| candidate.is_active).collect()
}

/// The one record of several: owned by the tracker, by order of tables, the first created.
fn first(found: &[&Match], resolution: &Resolution, rules: &Rules) -> Option<RecordRef> {
    found
        .iter()
        .min_by_key(|candidate| {
            let foreign = candidate.owner != Some(resolution.owner) && rules.sender_owned_first;
            let order = if rules.sender_order { table_order(&candidate.record.table) } else { 0 };
            let created = rules.sender_oldest_first.then_some(candidate.created);
            (foreign, order, created, candidate.record.id)
        })
        .map(|candidate| candidate.record.clone())
}

fn recipient(
    role: PartyRole,
    address: &Address,
    found: &[&Match],
    resolution: &Resolution,
    rules: &Rules,
) -> Vec<Party> {
    let ambiguous = found.len() > 1
        && resolution.unresolve_ambiguous_recipients
        && rules.ambiguous_recipient_unresolved;
    if found.is_empty() || ambiguous {
        return vec![party(role, address, None)];
    }
    let mut chosen: Vec<&&Match> = found.iter().collect();
    chosen.sort_by_key(|candidate| {
        (table_order(&candidate.record.table), candidate.created, candidate.record.id)
    });
    if !rules.all_recipients {
        chosen.truncate(1);
    }
    chosen
        .into_iter()
        .map(|candidate| party(role, address, Some(candidate.record.clone())))
        .collect()
}

fn party(role: PartyRole, address: &Address, record: Option<RecordRef>) -> Party {
    Party { role, address: address.address.clone(), name: address.name.clone(), record }
}

/// User, contact, account, lead, equipment, team, business unit, then the other tables.
fn table_order(table: &str) -> usize {
    const ORDER: [&str; 7] =
        ["systemuser", "contact", "account", "lead", "equipment", "team", "businessunit"];
    ORDER.iter().position(|name| *name == table).unwrap_or(ORDER.len())
}
