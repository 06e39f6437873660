//! One mailbox as mailbox server, CRM and ledger show it.

use super::{Found, Unreadable};
use crate::{
    Engine, EngineError,
    mailbox::{level::is_about_ids, scope::scope_of},
};
use earmark_crm_port::{MailboxRow, OrganizationSettings};
use earmark_ledger::{HeldDecision, MailboxMemory};
use earmark_mailbox_port::{Detail, ItemRead, Mailbox, Scope};
use earmark_model::{
    ActivityId, Baseline, FailureClass, Instant, ItemHandle, ItemKind, ItemState, Link, MailboxId,
    MasterCategory, ObservedItem, OrganizationId, limits,
};
use earmark_tracking::category::Names;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// The kinds that a link may be about.
const KINDS: [ItemKind; 3] = [ItemKind::Email, ItemKind::Appointment, ItemKind::Task];

/// One mailbox from three sides.
pub(super) struct Picture {
    pub(super) mailbox: MailboxId,
    /// What bears one of our names, and what else was read; `None` for what is not there.
    pub(super) read: BTreeMap<ItemHandle, Option<ObservedItem>>,
    /// Units: items that carry the tracking category by one of its names.
    carriers: u64,
    /// The records that the CRM has linked each item to.
    pub(super) linked: BTreeMap<ItemHandle, Vec<ActivityId>>,
    /// Which of the records that somebody believes in are there.
    pub(super) existing: BTreeSet<ActivityId>,
    /// What the ledger knows.
    pub(super) known: BTreeMap<ItemHandle, Link>,
    pub(super) held: BTreeMap<ItemHandle, HeldDecision>,
    pub(super) memory: MailboxMemory,
    /// The mailbox's list of categories.
    pub(super) list: Vec<MasterCategory>,
    pub(super) names: Names,
    /// Parts that cannot be read.
    pub(super) frozen: BTreeSet<Scope>,
    pub(super) switch_on: bool,
    pub(super) unsettled_until: Option<Instant>,
    pub(super) now: Instant,
    pub(super) cycle: Duration,
}

impl Picture {
    pub(super) const fn bearers(&self) -> u64 {
        self.carriers
    }

    pub(super) fn links(&self) -> u64 {
        self.linked.values().map(|records| records.len() as u64).sum()
    }
}

impl Engine {
    /// Reads everything about one mailbox.
    ///
    /// Errors: the mailbox as a whole, its mail, or the CRM cannot be read.
    pub(super) async fn picture(
        &self,
        organization: OrganizationId,
        row: &MailboxRow,
        settings: &OrganizationSettings,
        found: &mut Found,
    ) -> Result<Picture, EngineError> {
        let store = &self.parts.store;
        let mailbox = self.open(row, settings);
        let memory = store.mailbox(organization, row.id).await?;
        let list = mailbox.master_categories().await?;
        let names = self.names_of(&memory, &list);
        let mut picture = Picture {
            mailbox: row.id,
            read: BTreeMap::new(),
            carriers: 0,
            linked: BTreeMap::new(),
            existing: BTreeSet::new(),
            known: BTreeMap::new(),
            held: BTreeMap::new(),
            unsettled_until: memory.unsettled_until,
            memory,
            list,
            names,
            frozen: BTreeSet::new(),
            switch_on: settings.track_categorized_items,
            now: self.now(),
            cycle: self.cycle_of(row),
        };
        self.see_bearers(mailbox.as_ref(), &mut picture, found).await?;
        let known = store.links(organization, row.id).await?;
        picture.known = known.into_iter().map(|link| (link.key.handle.clone(), link)).collect();
        let held = store.held(organization, row.id).await?;
        picture.held = held.into_iter().map(|held| (held.key.handle.clone(), held)).collect();
        self.see_crm(organization, &mut picture).await?;
        self.see_others(mailbox.as_ref(), &mut picture, found).await?;
        Ok(picture)
    }

    /// The names that count: what the list says about our entry comes over what is remembered.
    fn names_of(&self, memory: &MailboxMemory, list: &[MasterCategory]) -> Names {
        let settings = &self.parts.settings;
        let id = memory.tracked.as_ref().and_then(|entry| entry.id.as_ref());
        let listed = list.iter().find(|entry| Some(&entry.id) == id);
        let remembered = memory.tracked.as_ref();
        let known = remembered.map_or(&settings.tracked_name, |entry| &entry.name);
        let current = listed.map_or(known, |entry| &entry.name).clone();
        let before = remembered.map(|entry| entry.previous_names.clone()).unwrap_or_default();
        let previous = before.into_iter().chain([known.clone()]).filter(|name| *name != current);
        let ours = listed.or_else(|| list.iter().find(|entry| entry.name == current));
        let of_others = list.iter().filter(|entry| Some(&entry.id) != ours.map(|entry| &entry.id));
        let undeliverable = memory.undeliverable.as_ref().map(|entry| entry.name.clone());
        Names {
            previous: previous.collect(),
            of_others: of_others.map(|entry| entry.name.clone()).collect(),
            undeliverable: Some(
                undeliverable.unwrap_or_else(|| settings.undeliverable_name.clone()),
            ),
            current: Some(current),
        }
    }

    async fn see_bearers(
        &self,
        mailbox: &dyn Mailbox,
        picture: &mut Picture,
        found: &mut Found,
    ) -> Result<(), EngineError> {
        let ours = picture.names.to_sweep();
        let mut wanted = ours.clone();
        wanted.extend(picture.names.undeliverable.clone());
        for scope in self.scopes() {
            let items = match mailbox.bearing(scope, &wanted).await {
                Ok(items) => items,
                // Nothing is said about a part that cannot be read; the others are compared.
                Err(failure)
                    if scope != Scope::Mail && failure.class == FailureClass::ScopeUnreadable =>
                {
                    found.unreadable.push(Unreadable::new(
                        picture.mailbox,
                        scope.as_str(),
                        &failure,
                    ));
                    picture.frozen.insert(scope);
                    continue;
                }
                Err(failure) => return Err(failure.into()),
            };
            for item in items {
                let carries = |name: &String| ours.iter().any(|one| one.is_same(name));
                picture.carriers += u64::from(item.categories.iter().any(carries));
                picture.read.insert(item.handle.clone(), Some(item));
            }
        }
        Ok(())
    }

    async fn see_crm(
        &self,
        organization: OrganizationId,
        picture: &mut Picture,
    ) -> Result<(), EngineError> {
        let crm = self.crm(organization).ok_or(EngineError::UnknownMailbox)?;
        for (link, activity) in crm.links(picture.mailbox).await? {
            picture.linked.entry(link.handle).or_default().push(activity);
        }
        let tracked = |link: &&Link| link.baseline == Baseline::Tracked;
        let believed = picture.known.values().filter(tracked).filter_map(|link| link.activity);
        let linked = picture.linked.values().flatten().copied();
        let asked: BTreeSet<ActivityId> = believed.chain(linked).collect();
        let asked: Vec<ActivityId> = asked.into_iter().collect();
        picture.existing = crm.existing(&asked).await?.into_iter().collect();
        Ok(())
    }

    /// Reads by id what is linked or tracked and was not seen among the bearers.
    async fn see_others(
        &self,
        mailbox: &dyn Mailbox,
        picture: &mut Picture,
        found: &mut Found,
    ) -> Result<(), EngineError> {
        let mut by_kind: BTreeMap<Scope, (ItemKind, Vec<ItemHandle>)> = BTreeMap::new();
        for link in picture.known.values() {
            let handle = &link.key.handle;
            let open = link.baseline == Baseline::Tracked
                || (picture.linked.contains_key(handle) && link.state != ItemState::SourceGone);
            if open && !picture.read.contains_key(handle) {
                let scope = scope_of(link.kind);
                by_kind.entry(scope).or_insert((link.kind, Vec::new())).1.push(handle.clone());
            }
        }
        for (scope, (kind, handles)) in by_kind {
            for chunk in handles.chunks(limits::SWEEP_EACH_CYCLE_MAX) {
                if picture.frozen.contains(&scope) {
                    break;
                }
                match mailbox.items(kind, chunk).await {
                    Ok(read) => {
                        let read = read.into_iter().map(into_item);
                        picture.read.extend(chunk.iter().cloned().zip(read));
                    }
                    Err(failure) if scope != Scope::Mail => {
                        let part = scope.as_str();
                        found.unreadable.push(Unreadable::new(picture.mailbox, part, &failure));
                        picture.frozen.insert(scope);
                    }
                    Err(failure) => return Err(failure.into()),
                }
            }
        }
        let is_unknown = |handle: &&ItemHandle| {
            !picture.read.contains_key(*handle) && !picture.known.contains_key(*handle)
        };
        let unknown: Vec<ItemHandle> = picture.linked.keys().filter(is_unknown).cloned().collect();
        for handle in unknown {
            if let Some(read) = self.find(mailbox, &handle, &picture.frozen).await? {
                picture.read.insert(handle, read);
            }
        }
        Ok(())
    }

    /// An item of which nobody knows the kind; `None` where that cannot be told.
    async fn find(
        &self,
        mailbox: &dyn Mailbox,
        handle: &ItemHandle,
        frozen: &BTreeSet<Scope>,
    ) -> Result<Option<Option<ObservedItem>>, EngineError> {
        let scopes = self.scopes();
        let mut is_gone = true;
        for kind in KINDS.into_iter().filter(|kind| scopes.contains(&scope_of(*kind))) {
            if frozen.contains(&scope_of(kind)) {
                is_gone = false;
                continue;
            }
            match mailbox.item(kind, handle, Detail::Summary).await {
                Ok(ItemRead::Found { item, .. }) => return Ok(Some(Some(item))),
                Ok(ItemRead::Gone) => {}
                // An id of another kind may make no sense here; nonsense proves nothing.
                Err(failure) if is_about_ids(&failure) => {
                    is_gone &= failure.class != FailureClass::Bug;
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(is_gone.then_some(None))
    }

    /// A handle on a mailbox, for what is compared beside its items.
    pub(super) fn opened(&self, row: &MailboxRow) -> Arc<dyn Mailbox> {
        self.open(row, &OrganizationSettings::default())
    }
}

fn into_item(read: ItemRead) -> Option<ObservedItem> {
    match read {
        ItemRead::Found { item, .. } => Some(item),
        ItemRead::Gone => None,
    }
}
