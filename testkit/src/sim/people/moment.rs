//! What somebody does to an item in the very moment before the service writes to it, and what
//! else people have begun and not ended.

use super::{
    super::{
        item::Item,
        log::{By, Happening},
        plan::{Deed, What},
        wire::Network,
    },
    TRACKED, is_ours,
    plans::set_categories,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

/// What people hold in their hands.
#[derive(Default)]
pub(in super::super) struct Hands(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    /// What is done before the next write to a mailbox, by user.
    moments: BTreeMap<String, (Deed, u64)>,
    /// What ends what was begun, by what it is about.
    pub(super) undo: BTreeMap<String, What>,
    /// By organization, the address of the CRM that has the plug-in, and whether it refuses.
    pub(super) plug_ins: BTreeMap<usize, (usize, Arc<AtomicBool>)>,
}

impl Hands {
    pub(super) fn arm(&self, user: &str, deed: u8, n: u64) {
        self.state().moments.insert(user.to_owned(), (Deed::of(deed), n));
    }

    pub(super) fn disarm(&self) {
        self.state().moments.clear();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network {
    /// Somebody acts on a message that the service is about to write to, if anybody waits for
    /// that. `user` is an address or an id.
    pub(in super::super) async fn before_write(&self, user: &str, id: &str) {
        if self.hands.state().moments.is_empty() {
            return;
        }
        let Ok(owner) = self.sandbox.user(user).await else { return };
        let Some(before) = self.item(&owner.mail, id).await else { return };
        let armed = self.hands.state().moments.remove(&owner.mail);
        let Some((deed, n)) = armed else { return };
        if before.is_followed() {
            // What is done to a series may show on its exceptions.
            let plans = self.plans(&owner.mail).await;
            self.do_at_once(&owner.mail, &before, deed, n).await;
            let now = self.plans(&owner.mail).await;
            self.tell_plans(&owner.mail, plans, now, None, |_| By::Person);
            return;
        }
        self.do_at_once(&owner.mail, &before, deed, n).await;
        let after = self.item(&owner.mail, &before.id).await;
        if after.as_ref() != Some(&before) {
            self.tell(Happening::Item {
                user: owner.mail,
                id: before.id.clone(),
                by: By::Person,
                request: None,
                before: Some(before),
                after,
            });
        }
    }

    /// An item of any kind as it is now.
    async fn item(&self, user: &str, id: &str) -> Option<Item> {
        if let Ok(Some(message)) = self.sandbox.message(user, id).await {
            return Some(message.into());
        }
        self.plans(user).await.into_iter().find(|item| item.id == id)
    }

    async fn do_at_once(&self, user: &str, item: &Item, deed: Deed, n: u64) {
        let mut names = item.categories.clone();
        let moment = format!("Moment {n}");
        let is_new = |name: &str| !names.iter().any(|one| one.eq_ignore_ascii_case(name));
        // What the server refuses did not happen.
        match deed {
            Deed::Move | Deed::Read if item.is_followed() => {}
            Deed::Move => drop(self.sandbox.move_message(user, &item.id, "archive").await),
            Deed::Read => drop(self.sandbox.set_read(user, &item.id, !item.is_read).await),
            _ => {
                match deed {
                    Deed::Assign if is_new(&moment) => names.push(moment),
                    Deed::AssignFirst if is_new(&moment) => names.insert(0, moment),
                    Deed::Remove => {
                        let other = names.iter().position(|name| !is_ours(name));
                        if let Some(place) = other {
                            names.remove(place);
                        }
                    }
                    Deed::Track if is_new(TRACKED) => names.push(TRACKED.to_owned()),
                    Deed::Untrack => names.retain(|name| !is_ours(name)),
                    _ => {}
                }
                if names != item.categories {
                    drop(set_categories(&self.sandbox, user, item, names).await);
                }
            }
        }
    }
}
