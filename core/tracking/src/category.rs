//! Which category names count on an item, and what to do about the master list.

use crate::{Reading, Rules};
use earmark_model::{
    CategoryColor, CategoryId, CategoryName, FolderRole, Link, MailboxSide, MasterCategory,
    ObservedItem,
};

/// The names of one mailbox, as its master list and its history have them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The tracked category's present name; `None` before it was first seen or made.
    pub current: Option<CategoryName>,
    /// Names that its id had before.
    pub previous: Vec<CategoryName>,
    /// Names of all other entries of the master list.
    pub of_others: Vec<CategoryName>,
    /// The Undeliverable category's name.
    pub undeliverable: Option<CategoryName>,
}

impl Names {
    /// The names under which bearers are looked for: the current one first.
    pub fn to_sweep(&self) -> Vec<CategoryName> {
        let previous = self.previous.iter().filter(|name| !self.of_others.contains(name));
        self.current.iter().chain(previous).cloned().collect()
    }
}

/// **M** for one reading of one item.
pub fn mailbox_side(
    reading: Reading<'_>,
    link: Option<&Link>,
    names: &Names,
    rules: &Rules,
) -> MailboxSide {
    let item = match reading {
        Reading::Unreadable => return MailboxSide::Unreadable,
        Reading::Gone => return MailboxSide::Gone,
        Reading::Found(item) => item,
    };
    if rules.deleted_items_are_gone && is_discarded(item.folder) {
        return MailboxSide::Gone;
    }
    if bears_current(item, names, rules) || bears_previous(item, link, names, rules) {
        MailboxSide::With
    } else {
        MailboxSide::Without
    }
}

/// A known link whose item is seen with the present name counts as confirmed under that name from
/// now on. Without this, items that one rename rewrote would lose their tracking with the next
/// rename that rewrites nothing.
pub fn follow_name(link: &mut Link, item: &ObservedItem, names: &Names, rules: &Rules) {
    if link.confirmed_name.is_some() && bears_current(item, names, rules) {
        link.confirmed_name.clone_from(&names.current);
    }
}

/// Whether the item carries the Undeliverable category.
pub fn bears_undeliverable(item: &ObservedItem, names: &Names, rules: &Rules) -> bool {
    names.undeliverable.as_ref().is_some_and(|name| carries(item, name, rules))
}

const fn is_discarded(folder: FolderRole) -> bool {
    match folder {
        FolderRole::DeletedItems | FolderRole::Junk | FolderRole::RecoverableItems => true,
        FolderRole::Inbox
        | FolderRole::SentItems
        | FolderRole::Drafts
        | FolderRole::Outbox
        | FolderRole::Other => false,
    }
}

fn bears_current(item: &ObservedItem, names: &Names, rules: &Rules) -> bool {
    names.current.as_ref().is_some_and(|name| carries(item, name, rules))
}

/// An old name counts only for a link confirmed or intended under it, and only while no other
/// entry bears it; never for a new assignment.
fn bears_previous(item: &ObservedItem, link: Option<&Link>, names: &Names, rules: &Rules) -> bool {
    if !rules.old_names_for_known_links {
        return false;
    }
    let confirmed = link.and_then(|link| link.confirmed_name.as_ref());
    names.previous.iter().any(|name| {
        let known = confirmed == Some(name) || !rules.old_names_not_for_new;
        let taken = names.of_others.contains(name) && rules.old_names_not_of_others;
        known && !taken && carries(item, name, rules)
    })
}

fn carries(item: &ObservedItem, name: &CategoryName, rules: &Rules) -> bool {
    item.categories.iter().any(|category| {
        if rules.names_ignore_case { name.is_same(category) } else { name.as_str() == category }
    })
}

/// What is known about a master entry from before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownEntry<'a> {
    /// Its id, where the server has ids.
    pub id: Option<&'a CategoryId>,
    /// Its last known name.
    pub name: &'a CategoryName,
    /// Its last known colour.
    pub color: CategoryColor,
}

/// What to do about the master list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterStep {
    /// The entry is there under its name.
    Keep(MasterCategory),
    /// The entry is there under another name: follow it.
    Follow(MasterCategory),
    /// Another entry bears the name: it is ours from now on.
    Adopt(MasterCategory),
    /// No entry: make it.
    Create {
        /// The last known name, or the configured one.
        name: CategoryName,
        /// The last known colour, or the configured one.
        color: CategoryColor,
    },
    /// The switch is off: take the entry out.
    Drop(CategoryId),
    /// The switch is off and there is nothing to take out, or making entries is switched off.
    Leave,
}

/// Decides about one entry of the master list. `wanted` is the configured name and colour.
pub fn master_step(
    list: &[MasterCategory],
    known: Option<KnownEntry<'_>>,
    wanted: (&CategoryName, CategoryColor),
    switch_on: bool,
    rules: &Rules,
) -> MasterStep {
    let by_id =
        known.and_then(|known| known.id).and_then(|id| list.iter().find(|entry| entry.id == *id));
    if !switch_on && rules.switch_off_is_silent {
        let name = known.map_or(wanted.0, |known| known.name);
        let entry = by_id.or_else(|| list.iter().find(|entry| entry.name == *name));
        return entry.map_or(MasterStep::Leave, |entry| MasterStep::Drop(entry.id.clone()));
    }
    if let (Some(entry), Some(known)) = (by_id, known)
        && rules.entry_followed_by_id
    {
        return if entry.name.as_str() == known.name.as_str() {
            MasterStep::Keep(entry.clone())
        } else {
            MasterStep::Follow(entry.clone())
        };
    }
    let (name, color) = known.map_or(wanted, |known| (known.name, known.color));
    match list.iter().find(|entry| entry.name == *name) {
        Some(entry) if rules.entry_adopted => MasterStep::Adopt(entry.clone()),
        None if rules.entry_recreated || known.is_none() => {
            MasterStep::Create { name: name.clone(), color }
        }
        _ => MasterStep::Leave,
    }
}
