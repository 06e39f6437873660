//! A pretend mailbox server: items in memory, a list of what it was asked.

use async_trait::async_trait;
use earmark_mailbox_port::{
    Bounds, CategoryWrite, ChangePage, Checkpoint, Detail, IdForm, ItemRead, Mailbox,
    MailboxServer, Notification, PushTarget, Renewal, Scope, Subscription,
};
use earmark_model::{
    ActivityId, Capabilities, CategoryColor, CategoryId, CategoryName, Failure, FailureClass,
    Field, FieldValue, FolderRole, Instant, ItemContent, ItemHandle, ItemKind, MailboxAddress,
    MasterCategory, ObservedItem, Version,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One item as the pretend server holds it.
#[derive(Debug, Clone)]
pub struct Held {
    pub item: ObservedItem,
    pub content: ItemContent,
}

/// One mailbox.
#[derive(Debug, Default)]
pub struct Contents {
    pub items: BTreeMap<ItemHandle, Held>,
    pub master: Vec<MasterCategory>,
    pub stamp: Option<String>,
    /// Parts that are refused.
    pub refused: BTreeSet<Scope>,
    /// What was asked, in order: a verb and a handle or scope.
    pub asked: Vec<String>,
    /// What is asked after this is told to wait, once.
    pub throttled_after: Option<String>,
    /// After this was asked, a part is refused.
    pub refused_after: Option<(String, Scope)>,
    /// Somebody changes this item's subject at the next write to it.
    pub raced: Option<ItemHandle>,
    /// Just before this is asked for the n-th time from now (the first is 0), somebody gives the
    /// first category of the list this name, on all items that have it.
    pub renames: Vec<(String, u32, String)>,
    throttles: bool,
    versions: u64,
}

impl Contents {
    /// A new version of an item; the series of an exception changes with it.
    pub fn touch(&mut self, handle: &ItemHandle) {
        self.versions += 1;
        let version = Version(format!("v{}", self.versions));
        let Some(held) = self.items.get_mut(handle) else { return };
        held.item.version = version;
        if let Some(master) = held.item.series.as_ref().map(|member| member.master.clone()) {
            self.touch(&master);
        }
    }

    /// Notes what is asked, and answers why it is refused.
    fn ask(&mut self, question: String, scope: Scope) -> Result<(), Failure> {
        if self.throttles {
            self.throttles = false;
            let class = FailureClass::Throttled { until: None };
            return Err(Failure::new(class, "429", "too many requests"));
        }
        self.rename_before(&question);
        self.throttles = self.throttled_after.take_if(|after| *after == question).is_some();
        let refused = self.refused_after.take_if(|(after, _)| *after == question);
        self.asked.push(question);
        self.refuse(scope)?;
        self.refused.extend(refused.map(|(_, scope)| scope));
        Ok(())
    }

    fn rename_before(&mut self, question: &str) {
        let mut due = Vec::new();
        for (before, times, name) in &mut self.renames {
            if before == question {
                if *times == 0 {
                    due.push(name.clone());
                }
                *times = times.checked_sub(1).unwrap_or(u32::MAX);
            }
        }
        for name in due {
            let old = std::mem::replace(&mut self.master[0].name, CategoryName::new(name.as_str()));
            for handle in self.items.keys().cloned().collect::<Vec<_>>() {
                let held = self.items.get_mut(&handle).expect("the item");
                for category in held.item.categories.iter_mut().filter(|one| old.is_same(one)) {
                    name.clone_into(category);
                }
                self.touch(&handle);
            }
        }
    }

    fn refuse(&self, scope: Scope) -> Result<(), Failure> {
        if self.refused.contains(&scope) {
            let class = FailureClass::ScopeUnreadable;
            return Err(Failure::new(class, "ErrorAccessDenied", "access is denied"));
        }
        Ok(())
    }

    fn race(&mut self, handle: &ItemHandle) {
        if self.raced.take_if(|raced| raced == handle).is_some() {
            let held = self.items.get_mut(handle).expect("the raced item");
            super::set_subject(&mut held.content, "changed in the same moment");
            self.touch(handle);
        }
    }
}

#[derive(Default)]
pub struct Server {
    mailboxes: Mutex<BTreeMap<String, Arc<Mutex<Contents>>>>,
}

impl Server {
    pub fn contents(&self, address: &str) -> Arc<Mutex<Contents>> {
        let mut mailboxes = lock(&self.mailboxes);
        Arc::clone(mailboxes.entry(address.to_owned()).or_default())
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MailboxServer for Server {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            master_list: true,
            category_ids: true,
            changes: true,
            stable_handles: true,
            tasks: true,
            delegates: false,
            stamp: true,
            push: false,
            parallel_max: 4,
        }
    }

    fn open_within(&self, address: &MailboxAddress, _: &Bounds) -> Arc<dyn Mailbox> {
        Arc::new(Opened(self.contents(address.as_str())))
    }

    fn read_notifications(&self, _: &[u8]) -> Result<Vec<Notification>, Failure> {
        Ok(Vec::new())
    }
}

struct Opened(Arc<Mutex<Contents>>);

fn scope_of(kind: ItemKind) -> Scope {
    match kind {
        ItemKind::Appointment => Scope::Calendar,
        ItemKind::Task => Scope::Tasks,
        ItemKind::Email | ItemKind::MeetingMessage | ItemKind::Contact => Scope::Mail,
    }
}

fn bears(item: &ObservedItem, names: &[CategoryName]) -> bool {
    item.categories.iter().any(|category| names.iter().any(|name| name.is_same(category)))
}

impl Opened {
    fn found(contents: &Contents, kind: ItemKind, handle: &ItemHandle) -> Option<Held> {
        contents.items.get(handle).filter(|held| held.item.kind == kind).cloned()
    }
}

#[async_trait]
impl Mailbox for Opened {
    async fn changes(&self, _: Option<&Checkpoint>) -> Result<ChangePage, Failure> {
        let next = Checkpoint("now".to_owned());
        Ok(ChangePage { changed: Vec::new(), gone: Vec::new(), next })
    }

    async fn bearing(
        &self,
        scope: Scope,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure> {
        let mut contents = lock(&self.0);
        contents.ask(format!("sweep {}", scope.as_str()), scope)?;
        let items = contents.items.values().map(|held| &held.item);
        let bearing = items.filter(|item| scope_of(item.kind) == scope && bears(item, names));
        Ok(bearing.cloned().collect())
    }

    async fn item(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        _: Detail<'_>,
    ) -> Result<ItemRead, Failure> {
        let mut contents = lock(&self.0);
        contents.ask(format!("read {handle}"), scope_of(kind))?;
        Ok(match Self::found(&contents, kind, handle) {
            Some(Held { item, content }) => {
                ItemRead::Found { item, content: Some(Box::new(content)) }
            }
            None => ItemRead::Gone,
        })
    }

    async fn items(
        &self,
        kind: ItemKind,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        let mut contents = lock(&self.0);
        contents.ask(format!("batch {}", scope_of(kind).as_str()), scope_of(kind))?;
        let read = handles.iter().map(|handle| match Self::found(&contents, kind, handle) {
            Some(Held { item, .. }) => ItemRead::Found { item, content: None },
            None => ItemRead::Gone,
        });
        Ok(read.collect())
    }

    async fn messages(&self, message_ids: &[String]) -> Result<Vec<ObservedItem>, Failure> {
        let mut contents = lock(&self.0);
        contents.ask("messages".to_owned(), Scope::Mail)?;
        let items = contents.items.values().map(|held| &held.item);
        let asked = |item: &&ObservedItem| {
            item.message_id.as_ref().is_some_and(|id| message_ids.contains(id))
        };
        Ok(items.filter(asked).cloned().collect())
    }

    async fn received(&self, since: Instant) -> Result<Vec<ObservedItem>, Failure> {
        let mut contents = lock(&self.0);
        contents.ask("received".to_owned(), Scope::Mail)?;
        let items = contents.items.values().map(|held| &held.item);
        let newer = |item: &&ObservedItem| {
            item.folder == FolderRole::Inbox && item.received.is_some_and(|at| at > since)
        };
        Ok(items.filter(newer).cloned().collect())
    }

    async fn translate(
        &self,
        _: IdForm,
        ids: &[String],
    ) -> Result<Vec<Option<ItemHandle>>, Failure> {
        Ok(ids.iter().map(|id| Some(ItemHandle(id.clone()))).collect())
    }

    async fn exceptions(&self, master: &ItemHandle) -> Result<Vec<ObservedItem>, Failure> {
        let mut contents = lock(&self.0);
        contents.ask(format!("exceptions {master}"), Scope::Calendar)?;
        let of_master = |item: &&ObservedItem| {
            item.series.as_ref().is_some_and(|member| member.master == *master)
        };
        Ok(contents.items.values().map(|held| &held.item).filter(of_master).cloned().collect())
    }

    async fn master_categories(&self) -> Result<Vec<MasterCategory>, Failure> {
        Ok(lock(&self.0).master.clone())
    }

    async fn delegates(&self) -> Result<Vec<MailboxAddress>, Failure> {
        Ok(Vec::new())
    }

    async fn primary_address(&self) -> Result<MailboxAddress, Failure> {
        Ok(MailboxAddress::new("anna@fabrikam.test"))
    }

    async fn stamp(&self) -> Result<Option<String>, Failure> {
        Ok(lock(&self.0).stamp.clone())
    }

    async fn put_stamp(&self, stamp: &str) -> Result<(), Failure> {
        lock(&self.0).stamp = Some(stamp.to_owned());
        Ok(())
    }

    async fn put_master_category(
        &self,
        name: &CategoryName,
        color: CategoryColor,
    ) -> Result<MasterCategory, Failure> {
        let entry =
            MasterCategory { id: CategoryId(format!("id of {name}")), name: name.clone(), color };
        lock(&self.0).master.push(entry.clone());
        Ok(entry)
    }

    async fn drop_master_category(&self, id: &CategoryId) -> Result<(), Failure> {
        lock(&self.0).master.retain(|entry| entry.id != *id);
        Ok(())
    }

    async fn change_categories(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        add: &[CategoryName],
        remove: &[CategoryName],
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        let mut contents = lock(&self.0);
        contents.ask(format!("write {handle}"), scope_of(kind))?;
        contents.race(handle);
        let Some(held) = contents.items.get_mut(handle) else { return Ok(CategoryWrite::Gone) };
        if held.item.version != *base {
            return Ok(CategoryWrite::Stale);
        }
        held.item.categories.retain(|category| !remove.iter().any(|name| name.is_same(category)));
        held.item.categories.extend(add.iter().map(ToString::to_string));
        contents.touch(handle);
        Ok(CategoryWrite::Done(contents.items[handle].item.version.clone()))
    }

    async fn put_back_link(
        &self,
        handle: &ItemHandle,
        activity: ActivityId,
    ) -> Result<CategoryWrite, Failure> {
        let mut contents = lock(&self.0);
        contents.ask(format!("back link {handle}"), Scope::Tasks)?;
        contents.race(handle);
        let Some(Held { content: ItemContent::Task(task), .. }) = contents.items.get_mut(handle)
        else {
            return Ok(CategoryWrite::Gone);
        };
        task.back_link = Some(activity);
        contents.touch(handle);
        Ok(CategoryWrite::Done(contents.items[handle].item.version.clone()))
    }

    async fn change_fields(
        &self,
        _: ItemKind,
        handle: &ItemHandle,
        _: &[(Field, FieldValue)],
        _: Option<&str>,
        _: &Version,
    ) -> Result<CategoryWrite, Failure> {
        panic!("nothing is edited in this CRM, and {handle} is written to");
    }

    async fn push_resources(&self) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn subscribe(&self, _: &str, _: &PushTarget) -> Result<Subscription, Failure> {
        Err(Failure::new(FailureClass::Bug, "NoPush", "this server pushes nothing"))
    }

    async fn renew(&self, _: &str, _: Instant) -> Result<Renewal, Failure> {
        Ok(Renewal::Gone)
    }

    async fn subscriptions(&self, _: &str) -> Result<Vec<Subscription>, Failure> {
        Ok(Vec::new())
    }

    async fn unsubscribe(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }
}
