//! Short names for what a violation is about.

use super::super::{
    log::{By, Entry, Happening, Org},
    world::USERS,
};
use earmark_embedded::Value;
use earmark_model::ActivityId;
use std::collections::{BTreeMap, BTreeSet};

/// What is named, each with its short name.
#[derive(Default)]
pub(super) struct Names {
    /// Items by id: user and subject.
    items: BTreeMap<String, (String, String, String)>,
    records: BTreeMap<ActivityId, String>,
}

/// What the service changed.
enum Changed<'a> {
    /// An item, with its `Message-ID`.
    Item(&'a str, &'a str),
    Record(ActivityId),
}

fn last_change(entry: &Entry) -> Option<Changed<'_>> {
    match &entry.what {
        Happening::Item { id, by: By::Service { .. }, before, after, .. } => {
            let message = after.as_ref().or(before.as_ref())?;
            Some(Changed::Item(id, &message.internet_message_id))
        }
        Happening::Record { activity, by: By::Service { .. }, .. } => {
            Some(Changed::Record(*activity))
        }
        _ => None,
    }
}

impl Names {
    /// Everything of `entries` that occurs in `words`, and what belongs to it. Where the words name
    /// nothing, what the service changed last.
    pub(super) fn in_words(words: &str, entries: &[Entry]) -> Self {
        let mut message_ids = BTreeSet::new();
        let mut items = BTreeSet::new();
        let mut records = BTreeSet::new();
        for entry in entries {
            if let Happening::Item { id, before, after, .. } = &entry.what {
                let message = after.as_ref().or(before.as_ref());
                let message_id = message.map(|it| it.internet_message_id.as_str()).unwrap_or("");
                let bare = message_id.trim_matches(['<', '>']);
                if words.contains(id.as_str()) || !bare.is_empty() && words.contains(bare) {
                    items.insert(id.as_str());
                    message_ids.insert(message_id);
                }
            }
            if let Happening::Record { activity, before, after, .. } = &entry.what {
                let row = after.as_ref().or(before.as_ref());
                let key = row.and_then(|row| row.get("messageid")?.as_text()).unwrap_or("");
                if words.contains(&activity.0.to_string()) || !key.is_empty() && words.contains(key)
                {
                    records.insert(*activity);
                    message_ids.insert(key);
                }
            }
        }
        if items.is_empty() && records.is_empty() {
            // What the service changed last is what the checker complained about.
            match entries.iter().rev().find_map(last_change) {
                Some(Changed::Item(id, message_id)) => {
                    items.insert(id);
                    message_ids.insert(message_id);
                }
                Some(Changed::Record(activity)) => drop(records.insert(activity)),
                None => {}
            }
        }
        // A link joins an item and a record.
        for entry in entries {
            let Happening::Link { handle, activity, .. } = &entry.what else { continue };
            if items.contains(handle.as_str()) || records.contains(activity) {
                records.insert(*activity);
                items.insert(handle.as_str());
            }
        }
        message_ids.remove("");
        Self::with_relatives(entries, &items, &records, &message_ids)
    }

    fn with_relatives(
        entries: &[Entry],
        items: &BTreeSet<&str>,
        records: &BTreeSet<ActivityId>,
        message_ids: &BTreeSet<&str>,
    ) -> Self {
        let mut names = Self { items: BTreeMap::new(), records: BTreeMap::new() };
        for entry in entries {
            match &entry.what {
                Happening::Item { user, id, before, after, .. } => {
                    let Some(message) = after.as_ref().or(before.as_ref()) else { continue };
                    let is_related = items.contains(id.as_str())
                        || message_ids.contains(message.internet_message_id.as_str());
                    if is_related && !names.items.contains_key(id) {
                        let short = format!("i{}", names.items.len() + 1);
                        let about = format!("{} {}", message.subject, message.internet_message_id);
                        names.items.insert(id.clone(), (short, user.clone(), about));
                    }
                }
                Happening::Record { activity, before, after, .. } => {
                    let row = after.as_ref().or(before.as_ref());
                    let key = row.and_then(|row| row.get("messageid").and_then(Value::as_text));
                    let is_related = records.contains(activity)
                        || key.is_some_and(|key| message_ids.contains(key));
                    if is_related && !names.records.contains_key(activity) {
                        let short = format!("r{}", names.records.len() + 1);
                        names.records.insert(*activity, short);
                    }
                }
                _ => {}
            }
        }
        names
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.records.is_empty()
    }

    pub(super) fn has_item(&self, id: &str) -> bool {
        self.items.contains_key(id)
    }

    pub(super) fn has_record(&self, activity: ActivityId) -> bool {
        self.records.contains_key(&activity)
    }

    pub(super) fn has_user(&self, user: &str) -> bool {
        self.items.values().any(|(_, owner, _)| owner == user)
    }

    /// An organization of one of the users; without items, every one.
    pub(super) fn has_organization(&self, organization: Org) -> bool {
        self.items.is_empty()
            || USERS
                .get(organization)
                .is_some_and(|users| users.iter().any(|user| self.has_user(user)))
    }

    pub(super) fn is_in_request(&self, path: &str, body: &[u8]) -> bool {
        let body = String::from_utf8_lossy(body);
        let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        self.items.keys().any(|id| path.contains(id.as_str()) || body.contains(id.as_str()))
    }

    /// The same words with short names.
    pub(super) fn shorten(&self, words: &str) -> String {
        let mut words = words.to_owned();
        for (id, (short, ..)) in &self.items {
            words = words.replace(id.as_str(), short);
        }
        for (id, short) in &self.records {
            words = words.replace(&id.0.to_string(), short);
        }
        words
    }

    /// What each short name stands for.
    pub(super) fn legend(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .items
            .iter()
            .map(|(id, (short, user, about))| format!("  {short} = {user}: {about} ({id})"))
            .collect();
        lines.extend(self.records.iter().map(|(id, short)| format!("  {short} = {}", id.0)));
        lines
    }
}
