//! A party of an activity as a row.

use super::{points_to, put, text::put_given};
use crate::{
    request::Child,
    value::{Row, Value},
};
use earmark_model::activity::{Party, PartyRole};

/// Units: characters that the columns take.
const ADDRESS_MAX: usize = 320;
const NAME_MAX: usize = 200;

/// The party of an activity in `table`.
pub(super) fn row(table: &str, party: &Party) -> Child {
    let mut row = Row::new();
    put(&mut row, "participationtypemask", Value::Int(mask(party.role)));
    put_given(&mut row, "addressused", Some(&party.address), ADDRESS_MAX);
    // Teams and business units have addresses, but are no parties: their address stands alone.
    match &party.record {
        Some(record) if points_to("activityparty", "partyid", &record.table) => {
            put(&mut row, "partyid", Value::Lookup(record.clone()));
        }
        _ => {
            let name = if party.name.is_empty() { &party.address } else { &party.name };
            put_given(&mut row, "unresolvedpartyname", Some(name), NAME_MAX);
        }
    }
    Child { relation: format!("{table}_activity_parties"), row, children: Vec::new() }
}

/// `participationtypemask` of a role.
const fn mask(role: PartyRole) -> i64 {
    match role {
        PartyRole::Sender => 1,
        PartyRole::To => 2,
        PartyRole::Cc => 3,
        PartyRole::Bcc => 4,
        PartyRole::Required => 5,
        PartyRole::Optional => 6,
        PartyRole::Organizer => 7,
    }
}
