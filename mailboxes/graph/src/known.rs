//! The category names last seen on items, by version, so that a write needs no read before it.

use earmark_model::{ItemHandle, ObservedItem, Version};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Units: items of one mailbox.
const ITEMS_MAX: usize = 512;

/// What recent reads of one mailbox showed; the oldest are forgotten first.
#[derive(Default)]
pub(crate) struct KnownCategories {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: BTreeMap<ItemHandle, (Version, Vec<String>)>,
    order: VecDeque<ItemHandle>,
}

impl KnownCategories {
    pub(crate) fn note(&self, item: &ObservedItem) {
        self.put(&item.handle, &item.version, &item.categories);
    }

    pub(crate) fn put(&self, handle: &ItemHandle, version: &Version, categories: &[String]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let value = (version.clone(), categories.to_vec());
        if state.seen.insert(handle.clone(), value).is_none() {
            state.order.push_back(handle.clone());
        }
        while state.order.len() > ITEMS_MAX {
            if let Some(oldest) = state.order.pop_front() {
                state.seen.remove(&oldest);
            }
        }
    }

    /// The names on the item at exactly `version`, if that is what was seen last.
    pub(crate) fn at(&self, handle: &ItemHandle, version: &Version) -> Option<Vec<String>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (seen, categories) = state.seen.get(handle)?;
        (seen == version).then(|| categories.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_asked_version_is_known_and_the_oldest_item_is_forgotten() {
        let known = KnownCategories::default();
        let handle = |n: usize| ItemHandle(format!("item{n}"));
        for n in 0..=ITEMS_MAX {
            known.put(&handle(n), &Version::from("1"), &["Red".to_owned()]);
        }
        assert_eq!(known.at(&handle(0), &Version::from("1")), None);
        assert_eq!(known.at(&handle(1), &Version::from("1")), Some(vec!["Red".to_owned()]));
        assert_eq!(known.at(&handle(1), &Version::from("2")), None);
    }
}
