//! What one transaction read about rows that stay as they are, so that it is read once: the parts
//! of an activity ask again and again about the same activity, owner and author.
//!
//! Invariant: every statement that deletes a row or changes an owner or a business unit is
//! followed by [`Known::forget`].

use crate::value::Value;
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};
use uuid::Uuid;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Known {
    rows: RefCell<HashSet<(&'static str, Uuid)>>,
    units: RefCell<HashMap<(&'static str, Uuid), Uuid>>,
    owners: RefCell<HashMap<Uuid, Value>>,
}

impl Known {
    /// Whether the row was seen.
    pub fn is_there(&self, table: &'static str, id: Uuid) -> bool {
        self.rows.borrow().contains(&(table, id))
    }

    /// The row is there.
    pub fn note(&self, table: &'static str, id: Uuid) {
        self.rows.borrow_mut().insert((table, id));
    }

    /// The business unit of an owner.
    pub fn unit(&self, table: &'static str, owner: Uuid) -> Option<Uuid> {
        self.units.borrow().get(&(table, owner)).copied()
    }

    /// The business unit of an owner is `unit`.
    pub fn note_unit(&self, table: &'static str, owner: Uuid, unit: Uuid) {
        self.units.borrow_mut().insert((table, owner), unit);
    }

    /// The owner of an activity.
    pub fn owner(&self, activity: Uuid) -> Option<Value> {
        self.owners.borrow().get(&activity).cloned()
    }

    /// The owner of an activity is `owner`.
    pub fn note_owner(&self, activity: Uuid, owner: Value) {
        self.owners.borrow_mut().insert(activity, owner);
    }

    /// Rows were changed or deleted.
    pub fn forget(&self) {
        self.rows.borrow_mut().clear();
        self.units.borrow_mut().clear();
        self.owners.borrow_mut().clear();
    }
}
