//! Settling the mailbox's list of categories: followed by id, adopted, created, taken out.

use super::Cycle;
use crate::EngineError;
use earmark_ledger::{CategoryMemory, Intent, Record};
use earmark_model::{CategoryColor, CategoryName, MasterCategory};
use earmark_tracking::{
    MasterView,
    category::{KnownEntry, MasterStep, Names, master_step},
};

/// The kind of intent under which an entry is created.
const MASTER_CATEGORY: &str = "master_category";

impl Cycle<'_> {
    /// Reads the list once and makes it as it should be. Untracks are decided only after a read
    /// that found the entry in its place.
    pub(super) async fn settle_master_list(&mut self) -> Result<(), EngineError> {
        let list = self.mailbox.master_categories().await?;
        let known = self.memory.tracked.clone();
        let wanted = &self.engine.parts.settings;
        let step = master_step(
            &list,
            known.as_ref().map(known_entry),
            (&wanted.tracked_name, wanted.tracked_color),
            self.settings.track_categorized_items,
            self.rules(),
        );
        let was_known = known.is_some();
        let unsettled = !matches!(step, MasterStep::Keep(_)) && was_known;
        if matches!(step, MasterStep::Adopt(_) | MasterStep::Create { .. }) && was_known {
            self.look_for_take_over().await?;
        }
        match step {
            MasterStep::Keep(entry) => self.remember(&entry),
            MasterStep::Follow(entry) => {
                self.raise_for_renamed_entry(&entry);
                self.remember(&entry);
            }
            MasterStep::Adopt(entry) => {
                self.raise_for_new_entry(&entry, was_known);
                self.remember(&entry);
            }
            MasterStep::Create { name, color } => {
                let entry = self.create_entry(&name, color).await?;
                self.raise_for_new_entry(&entry, was_known);
                self.remember(&entry);
            }
            MasterStep::Drop(id) => {
                // Made again later, it takes the name under which it was taken out.
                let entry = list.iter().find(|entry| entry.id == id);
                if let Some(entry) = entry.filter(|entry| self.has_other_name(entry)) {
                    self.remember(entry);
                    self.save_memory().await?;
                }
                self.mailbox.drop_master_category(&id).await?;
                if let Some(entry) = entry {
                    self.raise_for_dropped_entry(entry);
                }
            }
            MasterStep::Leave => {}
        }
        if unsettled && self.settings.track_categorized_items {
            self.memory.unsettled_until = Some(self.now().plus(self.cycle_length()));
        }
        self.remember_undeliverable(&list);
        let own = self.memory.tracked.as_ref().and_then(|entry| entry.id.clone());
        self.of_others = list
            .into_iter()
            .filter(|entry| Some(&entry.id) != own.as_ref())
            .map(|entry| entry.name)
            .collect();
        self.close_intents().await?;
        let waits = self.memory.unsettled_until.is_some_and(|until| until > self.now());
        self.master = if waits { MasterView::Unsettled } else { MasterView::Settled };
        Ok(())
    }

    /// The Undeliverable entry is made when it is needed for the first time.
    pub(super) async fn undeliverable_entry(&self) -> Result<CategoryMemory, EngineError> {
        if let Some(known) = &self.memory.undeliverable {
            return Ok(known.clone());
        }
        let wanted = &self.engine.parts.settings;
        let entry =
            self.create_entry(&wanted.undeliverable_name, wanted.undeliverable_color).await?;
        Ok(CategoryMemory {
            id: Some(entry.id),
            name: entry.name,
            color: entry.color,
            previous_names: Vec::new(),
        })
    }

    /// The names that count in this mailbox now.
    pub(super) fn names(&self) -> Names {
        let tracked = self.memory.tracked.as_ref();
        let configured = &self.engine.parts.settings.undeliverable_name;
        let undeliverable = self.memory.undeliverable.as_ref().map(|entry| entry.name.clone());
        Names {
            current: tracked.map(|entry| entry.name.clone()),
            previous: tracked.map(|entry| entry.previous_names.clone()).unwrap_or_default(),
            of_others: self.of_others.clone(),
            undeliverable: Some(undeliverable.unwrap_or_else(|| configured.clone())),
        }
    }

    /// Creating an entry has no natural key on every server: the intent is written down first,
    /// and the list was read just before.
    async fn create_entry(
        &self,
        name: &CategoryName,
        color: CategoryColor,
    ) -> Result<MasterCategory, EngineError> {
        let intent = Intent {
            kind: MASTER_CATEGORY.to_owned(),
            target: name.as_str().to_owned(),
            issued_at: self.now(),
        };
        let done = (intent.kind.clone(), intent.target.clone());
        let store = &self.engine.parts.store;
        let before = Record { intents: vec![intent], ..Record::default() };
        store.commit(&self.lease, before).await?;
        let entry = self.mailbox.put_master_category(name, color).await?;
        let after = Record { intents_done: vec![done], ..Record::default() };
        store.commit(&self.lease, after).await?;
        Ok(entry)
    }

    /// Whatever became of an attempt to make an entry whose outcome was not recorded: the list was
    /// read since, and showed it.
    async fn close_intents(&self) -> Result<(), EngineError> {
        if self.is_partial() {
            return Ok(());
        }
        let store = &self.engine.parts.store;
        let open = store.intents(self.lease.organization, self.row.id).await?;
        let done: Vec<(String, String)> = open
            .into_iter()
            .filter(|intent| intent.kind == MASTER_CATEGORY)
            .map(|intent| (intent.kind, intent.target))
            .collect();
        if !done.is_empty() {
            let record = Record { intents_done: done, ..Record::default() };
            store.commit(&self.lease, record).await?;
        }
        Ok(())
    }

    /// The Undeliverable entry is followed by its id, or adopted by the configured name.
    fn remember_undeliverable(&mut self, list: &[MasterCategory]) {
        let id = self.memory.undeliverable.as_ref().and_then(|entry| entry.id.as_ref());
        let wanted = &self.engine.parts.settings.undeliverable_name;
        let entry = list
            .iter()
            .find(|entry| Some(&entry.id) == id)
            .or_else(|| list.iter().find(|entry| entry.name == *wanted));
        self.memory.undeliverable = entry.map(|entry| CategoryMemory {
            id: Some(entry.id.clone()),
            name: entry.name.clone(),
            color: entry.color,
            previous_names: Vec::new(),
        });
    }

    fn has_other_name(&self, entry: &MasterCategory) -> bool {
        self.memory.tracked.as_ref().is_some_and(|known| known.name.as_str() != entry.name.as_str())
    }

    fn remember(&mut self, entry: &MasterCategory) {
        let memory = self.memory.tracked.get_or_insert_with(|| CategoryMemory {
            id: Some(entry.id.clone()),
            name: entry.name.clone(),
            color: entry.color,
            previous_names: Vec::new(),
        });
        if memory.name != entry.name {
            let old = std::mem::replace(&mut memory.name, entry.name.clone());
            memory.previous_names.retain(|name| *name != old && *name != entry.name);
            memory.previous_names.push(old);
        }
        memory.name = entry.name.clone();
        memory.id = Some(entry.id.clone());
        memory.color = entry.color;
    }
}

fn known_entry(memory: &CategoryMemory) -> KnownEntry<'_> {
    KnownEntry { id: memory.id.as_ref(), name: &memory.name, color: memory.color }
}
