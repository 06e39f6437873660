//! The tables, as data: names, types, lengths, who may write, how tables are tied.
//!
//! One file per table holds the facts; [`table()`], [`table_by_set`] and [`relations`] find them.
//! The SQL behind them is in the migrations; a test holds the two together.

mod account;
mod activitymimeattachment;
mod activityparty;
mod activitypointer;
mod appointment;
mod businessunit;
mod contact;
mod email;
mod emailsearch;
mod emailserverprofile;
mod exchangesyncidmapping;
mod incident;
mod lead;
mod mailbox;
mod mailboxtrackingcategory;
mod opportunity;
mod organization;
mod privilege;
mod queue;
mod queueitem;
mod queuemembership;
mod recurringappointmentmaster;
mod role;
mod roleprivileges;
mod sdkmessage;
mod sdkmessagefilter;
mod sdkmessageprocessingstep;
mod serviceendpoint;
mod systemuser;
mod systemuserroles;
mod task;
mod team;
mod teammembership;
mod teamroles;
mod tracelog;
mod usersettings;

mod column;
mod relation;
mod relations;
mod table;

pub use column::{Column, Kind, Target};
pub use relation::{Relation, Tie};
pub use relations::{RELATIONS, relation, relations};
pub use table::{Ownership, Table};

/// All tables, by logical name.
static TABLES: &[&Table] = &[
    &account::TABLE,
    &activitymimeattachment::TABLE,
    &activityparty::TABLE,
    &activitypointer::TABLE,
    &appointment::TABLE,
    &businessunit::TABLE,
    &contact::TABLE,
    &email::TABLE,
    &emailsearch::TABLE,
    &emailserverprofile::TABLE,
    &exchangesyncidmapping::TABLE,
    &incident::TABLE,
    &lead::TABLE,
    &mailbox::TABLE,
    &mailboxtrackingcategory::TABLE,
    &opportunity::TABLE,
    &organization::TABLE,
    &privilege::TABLE,
    &queue::TABLE,
    &queueitem::TABLE,
    &queuemembership::TABLE,
    &recurringappointmentmaster::TABLE,
    &role::TABLE,
    &roleprivileges::TABLE,
    &sdkmessage::TABLE,
    &sdkmessagefilter::TABLE,
    &sdkmessageprocessingstep::TABLE,
    &serviceendpoint::TABLE,
    &systemuser::TABLE,
    &systemuserroles::TABLE,
    &task::TABLE,
    &team::TABLE,
    &teammembership::TABLE,
    &teamroles::TABLE,
    &tracelog::TABLE,
    &usersettings::TABLE,
];

/// All tables, by logical name.
pub fn tables() -> &'static [&'static Table] {
    TABLES
}

/// The table of that logical name.
pub fn table(logical: &str) -> Option<&'static Table> {
    TABLES
        .binary_search_by(|table| table.logical.cmp(logical))
        .ok()
        .map(|position| TABLES[position])
}

/// The table of that entity set name.
pub fn table_by_set(set: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.set == set).copied()
}
