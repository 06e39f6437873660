//! Everything a decision may look at.

use earmark_model::{CrmSide, Instant, Link, MailboxSide, ObservedItem};

/// What a read of the mailbox said about one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading<'a> {
    /// The item is there.
    Found(&'a ObservedItem),
    /// The mailbox was read and holds no such item.
    Gone,
    /// The mailbox could not be read.
    Unreadable,
}

/// How the master list stood when it was read after the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MasterView {
    /// It holds the tracked entry under its known name.
    Settled,
    /// The entry is, or was within the last cycle, missing, renamed or re-created.
    Unsettled,
    /// It was not read after the item.
    NotRead,
}

/// The facts about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// What the mailbox says.
    pub reading: Reading<'a>,
    /// **M**, by [`crate::category::mailbox_side`]; of an exception by
    /// [`crate::series::exception_side`].
    pub mailbox: MailboxSide,
    /// The item is an exception that bears the category only because its series does.
    pub inherited: bool,
    /// The item carries the Undeliverable category.
    pub bears_undeliverable: bool,
    /// What is remembered; `None` without a row in the ledger.
    pub link: Option<&'a Link>,
    /// **C** now.
    pub crm: CrmSide,
    /// `TrackCategorizedItems`.
    pub switch_on: bool,
    /// This is the first sweep since this ledger saw the switch off.
    pub first_sweep_after_switch_on: bool,
    /// The master list.
    pub master: MasterView,
    /// A person untracked this message in this mailbox.
    pub tombstone: bool,
    /// The item is a copy, made later, of an item of this mailbox that is linked.
    pub copy_of_linked: bool,
    /// The item is the received copy of internal mail of which only the sent copy is recorded, by
    /// [`crate::acceptance::is_internal`].
    pub is_internal: bool,
    /// Of all links to the record this one gives it its fields, by
    /// [`crate::fields::field_source`].
    pub is_field_source: bool,
    /// The present instant.
    pub now: Instant,
}
