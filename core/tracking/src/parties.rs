//! Which records the addresses of a message stand for. Source: section 2.5 of the behaviour of
//! the original: sender by order of tables, every match of a recipient.

use crate::Rules;
use earmark_model::activity::{Party, PartyRole, RecordRef};
use earmark_model::{Address, Instant, MessageContent, PrincipalId};
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

/// The parties of a message. `matches` holds them by address in lower case.
pub fn parties(
    message: &MessageContent,
    matches: &BTreeMap<String, Vec<Match>>,
    resolution: &Resolution,
    rules: &Rules,
) -> Vec<Party> {
    let of = |address: &Address| {
        let found = matches.get(&address.address.to_lowercase()).map_or(&[][..], Vec::as_slice);
        eligible(found, resolution, rules)
    };
    let mut parties = Vec::new();
    if let Some(from) = message.from.as_ref().or(message.sender.as_ref()) {
        let record = sender(&of(from), resolution, rules);
        parties.push(party(PartyRole::Sender, from, record));
    }
    let lists = [
        (PartyRole::To, &message.to),
        (PartyRole::Cc, &message.cc),
        (PartyRole::Bcc, &message.bcc),
    ];
    for (role, addresses) in lists {
        for address in addresses {
            parties.extend(recipient(role, address, &of(address), resolution, rules));
        }
    }
    parties
}

/// Exactly one match counts whatever its state; of several, the active ones.
fn eligible<'a>(found: &'a [Match], resolution: &Resolution, rules: &Rules) -> Vec<&'a Match> {
    if found.len() > MATCHES_MAX && rules.too_many_matches {
        return Vec::new();
    }
    if found.len() == 1 || resolution.resolve_inactive {
        return found.iter().collect();
    }
    found.iter().filter(|candidate| candidate.is_active).collect()
}

fn sender(found: &[&Match], resolution: &Resolution, rules: &Rules) -> Option<RecordRef> {
    if found.len() > 1 && resolution.unresolve_ambiguous_sender {
        return None;
    }
    found
        .iter()
        .min_by_key(|candidate| {
            let foreign = candidate.owner != Some(resolution.owner) && rules.sender_owned_first;
            let order = if rules.sender_order { table_order(&candidate.record.table) } else { 0 };
            (foreign, order, candidate.created, candidate.record.id)
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
    let ambiguous = found.len() > 1 && resolution.unresolve_ambiguous_recipients;
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
