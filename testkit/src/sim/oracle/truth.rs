//! What the log adds up to: the world as it is.

use super::super::log::{Entry, Happening, MasterEntry, Org};
use earmark_embedded::Row;
use earmark_model::{ActivityId, ItemHandle, MailboxId};
use earmark_sandbox::MessageSummary;
use std::collections::BTreeMap;

/// The world as it is.
#[derive(Debug, Default)]
pub struct Truth {
    /// Items that are there, by user and id.
    pub items: BTreeMap<(String, String), MessageSummary>,
    /// Email activities that are there.
    pub records: BTreeMap<(Org, ActivityId), Row>,
    /// Live links.
    pub links: BTreeMap<(Org, MailboxId, ItemHandle), ActivityId>,
    /// Master lists.
    pub masters: BTreeMap<String, Vec<MasterEntry>>,
    /// Nothing goes wrong any more.
    pub is_healed: bool,
}

impl Truth {
    /// Takes one entry in.
    pub fn take_in(&mut self, entry: &Entry) {
        match &entry.what {
            Happening::Item { user, id, after, .. } => {
                let key = (user.clone(), id.clone());
                match after {
                    Some(item) => self.items.insert(key, item.clone()),
                    None => self.items.remove(&key),
                };
            }
            Happening::Master { user, after, .. } => {
                self.masters.insert(user.clone(), after.clone());
            }
            Happening::Record { organization, activity, after, .. } => {
                let key = (*organization, *activity);
                match after {
                    Some(row) => self.records.insert(key, row.clone()),
                    None => self.records.remove(&key),
                };
            }
            Happening::Link { organization, mailbox, handle, activity, is_linked, .. } => {
                let key = (*organization, *mailbox, handle.clone());
                if *is_linked {
                    self.links.insert(key, *activity);
                } else {
                    self.links.remove(&key);
                }
            }
            Happening::Healed => self.is_healed = true,
            _ => {}
        }
    }
}
