//! A mailbox server in memory that keeps every promise, or all but one.

use async_trait::async_trait;
use earmark_mailbox_port::conformance::{Failing, Folder, Mail};
use earmark_mailbox_port::{
    CategoryWrite, ChangePage, Checkpoint, Detail, ItemRead, Mailbox, MailboxServer, Notification,
    PushTarget, Renewal, Scope, Subscription,
};
use earmark_model::{
    ActivityId, Attachment, Body, BodyKind, Capabilities, CategoryColor, CategoryId, CategoryName,
    Failure, FailureClass, FolderRole, Importance, Instant, ItemContent, ItemHandle, ItemKind,
    MailboxAddress, MasterCategory, MessageContent, ObservedItem, Version,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// A promise that is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    UnreadableIsGone,
    OutageIsEmpty,
    BaseIsIgnored,
    OtherNamesAreLost,
    TrashIsGone,
    OnlyTheFirstPage,
    OnlyTheInbox,
    PauseIsIgnored,
    CaseMatters,
}

/// Everything, shared by the server and the hands.
#[derive(Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
    flaw: Option<Flaw>,
    server: PretendServer,
}

#[derive(Default)]
pub struct State {
    pub now: Instant,
    pub serial: u64,
    pub boxes: BTreeMap<MailboxAddress, Contents>,
    pub fault: Option<(u32, Failing)>,
    pub requests: u64,
    pub expired_before: u64,
    pub race: Option<(ItemHandle, String)>,
}

#[derive(Default)]
pub struct Contents {
    pub is_disabled: bool,
    pub items: BTreeMap<ItemHandle, Stored>,
    pub entries: Vec<MasterCategory>,
    pub pause: Option<Instant>,
}

pub struct Stored {
    pub mail: Mail,
    pub folder: Folder,
    pub categories: Vec<String>,
    pub serial: u64,
    pub at: Instant,
}

#[derive(Clone)]
pub struct PretendServer {
    state: Arc<Mutex<State>>,
    flaw: Option<Flaw>,
}

struct PretendMailbox {
    state: Arc<Mutex<State>>,
    flaw: Option<Flaw>,
    address: MailboxAddress,
}

impl World {
    pub fn new(flaw: Option<Flaw>) -> Self {
        let state = Arc::new(Mutex::new(State {
            now: Instant::from_millis(1_790_000_000_000),
            ..State::default()
        }));
        Self { server: PretendServer { state: state.clone(), flaw }, state, flaw }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("lock")
    }

    pub fn server(&self) -> &PretendServer {
        &self.server
    }

    pub fn another_server(&self) -> PretendServer {
        PretendServer { state: self.state.clone(), flaw: self.flaw }
    }
}

impl State {
    /// Stamps a changed item.
    pub fn stamp(&mut self, mailbox: &MailboxAddress, handle: &ItemHandle) {
        self.serial += 1;
        let (serial, at) = (self.serial, self.now);
        if let Some(item) = self.boxes.get_mut(mailbox).and_then(|b| b.items.get_mut(handle)) {
            (item.serial, item.at) = (serial, at);
        }
    }
}

impl MailboxServer for PretendServer {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            master_list: true,
            category_ids: true,
            changes: true,
            stable_handles: true,
            tasks: false,
            delegates: false,
            push: false,
            parallel_max: 4,
        }
    }

    fn read_notifications(&self, _: &[u8]) -> Result<Vec<Notification>, Failure> {
        Err(failure(FailureClass::Bug))
    }

    fn open(&self, address: &MailboxAddress) -> Arc<dyn Mailbox> {
        let (state, flaw) = (self.state.clone(), self.flaw);
        Arc::new(PretendMailbox { state, flaw, address: address.clone() })
    }
}

fn failure(class: FailureClass) -> Failure {
    Failure::new(class, "Pretend", "It was asked for.")
}

impl PretendMailbox {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// One request: pause, fault, existence, effect, and perhaps a lost answer.
    fn request<T>(
        &self,
        effect: impl FnOnce(&mut State, &MailboxAddress) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut state = self.state.lock().expect("lock");
        let now = state.now;
        let pause = state.boxes.get(&self.address).and_then(|contents| contents.pause);
        if let Some(until) = pause.filter(|until| now < *until && !self.has(Flaw::PauseIsIgnored)) {
            return Err(failure(FailureClass::Throttled { until: Some(until) }));
        }
        state.requests += 1;
        let failing = state.fault.as_mut().filter(|(left, _)| *left > 0).map(|(left, failing)| {
            *left -= 1;
            *failing
        });
        match failing {
            None | Some(Failing::AnswerLost) => {}
            Some(Failing::Unavailable) => return Err(failure(FailureClass::Unavailable)),
            Some(Failing::Unauthenticated) => return Err(failure(FailureClass::Unauthenticated)),
            Some(Failing::Nonsense) => return Err(failure(FailureClass::Bug)),
            Some(Failing::Throttled { seconds }) => {
                let until = now.plus(Duration::from_secs(seconds.into()));
                if let Some(contents) = state.boxes.get_mut(&self.address) {
                    contents.pause = Some(until);
                }
                return Err(failure(FailureClass::Throttled { until: Some(until) }));
            }
        }
        if state.boxes.get(&self.address).is_none_or(|contents| contents.is_disabled) {
            return Err(failure(FailureClass::ScopeUnreadable));
        }
        let answer = effect(&mut state, &self.address)?;
        if failing.is_some() { Err(failure(FailureClass::Timeout)) } else { Ok(answer) }
    }

    fn read(&self, handle: &ItemHandle, detail: Detail<'_>) -> Result<ItemRead, Failure> {
        let read = self.request(|state, address| {
            let contents = &state.boxes[address];
            let stored = contents.items.get(handle).filter(|stored| {
                !(self.has(Flaw::TrashIsGone) && stored.folder == Folder::DeletedItems)
            });
            Ok(stored.map_or(ItemRead::Gone, |stored| ItemRead::Found {
                item: observed(handle, stored),
                content: (detail != Detail::Summary)
                    .then(|| Box::new(ItemContent::Message(content(stored)))),
            }))
        });
        match read {
            Err(failure)
                if failure.class == FailureClass::ScopeUnreadable
                    && self.has(Flaw::UnreadableIsGone) =>
            {
                Ok(ItemRead::Gone)
            }
            other => other,
        }
    }
}

fn version(stored: &Stored) -> Version {
    Version(format!("v{}", stored.serial))
}

fn observed(handle: &ItemHandle, stored: &Stored) -> ObservedItem {
    let mail = &stored.mail;
    ObservedItem {
        handle: handle.clone(),
        kind: if mail.is_meeting_request { ItemKind::MeetingMessage } else { ItemKind::Email },
        version: version(stored),
        categories: stored.categories.clone(),
        folder: match stored.folder {
            Folder::Inbox => FolderRole::Inbox,
            Folder::SentItems => FolderRole::SentItems,
            Folder::Drafts => FolderRole::Drafts,
            Folder::DeletedItems | Folder::BelowDeletedItems => FolderRole::DeletedItems,
            Folder::Junk | Folder::BelowJunk => FolderRole::Junk,
            Folder::Ordinary | Folder::BelowInbox => FolderRole::Other,
        },
        is_draft: stored.folder == Folder::Drafts,
        message_id: Some(mail.message_id.clone()),
        sender: Some(mail.from.to_lowercase()),
        created: Some(stored.at),
        modified: Some(stored.at),
        received: Some(stored.at),
        ical_uid: None,
        is_series: false,
        series: None,
        is_organizer: false,
    }
}

fn content(stored: &Stored) -> MessageContent {
    let mail = &stored.mail;
    let address =
        |address: &str| earmark_model::Address { name: String::new(), address: address.to_owned() };
    MessageContent {
        subject: mail.subject.clone(),
        body: Body { kind: BodyKind::Html, text: mail.html.clone() },
        from: Some(address(&mail.from)),
        sender: None,
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        sent: Some(stored.at),
        received: Some(stored.at),
        importance: Importance::Normal,
        in_reply_to: mail.in_reply_to.clone(),
        conversation_index: None,
        read_receipt_requested: false,
        delivery_receipt_requested: false,
        has_transport: mail.has_travelled,
        attachments: mail
            .attachments
            .iter()
            .map(|file| Attachment {
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                content_id: file.content_id.clone(),
                is_inline: file.content_id.is_some(),
                size: file.bytes.len() as u64,
                content: Some(file.bytes.clone()),
            })
            .collect(),
        size: mail.html.len() as u64,
    }
}

#[async_trait]
impl Mailbox for PretendMailbox {
    async fn changes(&self, checkpoint: Option<&Checkpoint>) -> Result<ChangePage, Failure> {
        self.request(|state, address| {
            let next = Checkpoint(format!("serial:{}", state.serial));
            let Some(checkpoint) = checkpoint else {
                return Ok(ChangePage { changed: Vec::new(), gone: Vec::new(), next });
            };
            let since = checkpoint.0.strip_prefix("serial:").and_then(|text| text.parse().ok());
            let since: u64 = since
                .filter(|since| *since >= state.expired_before)
                .ok_or_else(|| failure(FailureClass::CheckpointExpired))?;
            let items = state.boxes[address].items.iter();
            let changed = items
                .filter(|(_, stored)| stored.serial > since)
                .map(|(handle, stored)| observed(handle, stored))
                .collect();
            Ok(ChangePage { changed, gone: Vec::new(), next })
        })
    }

    async fn bearing(
        &self,
        _scope: Scope,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure> {
        let found = self.request(|state, address| {
            let bears = |stored: &Stored| {
                stored.categories.iter().any(|there| names.iter().any(|name| name.is_same(there)))
            };
            let page = if self.has(Flaw::OnlyTheFirstPage) { 1_000 } else { usize::MAX };
            let inbox = self.has(Flaw::OnlyTheInbox);
            let items = state.boxes[address].items.iter();
            Ok(items
                .filter(|(_, stored)| bears(stored) && (!inbox || stored.folder == Folder::Inbox))
                .take(page)
                .map(|(handle, stored)| observed(handle, stored))
                .collect())
        });
        match found {
            Err(failure)
                if failure.class == FailureClass::Unavailable && self.has(Flaw::OutageIsEmpty) =>
            {
                Ok(Vec::new())
            }
            other => other,
        }
    }

    async fn item(
        &self,
        _kind: ItemKind,
        handle: &ItemHandle,
        detail: Detail<'_>,
    ) -> Result<ItemRead, Failure> {
        self.read(handle, detail)
    }

    async fn items(
        &self,
        _kind: ItemKind,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        handles.iter().map(|handle| self.read(handle, Detail::Summary)).collect()
    }

    async fn master_categories(&self) -> Result<Vec<MasterCategory>, Failure> {
        self.request(|state, address| Ok(state.boxes[address].entries.clone()))
    }

    async fn put_master_category(
        &self,
        name: &CategoryName,
        color: CategoryColor,
    ) -> Result<MasterCategory, Failure> {
        self.request(|state, address| {
            state.serial += 1;
            let id = CategoryId(format!("entry{}", state.serial));
            let entries = &mut state.boxes.get_mut(address).expect("there").entries;
            if let Some(there) = entries.iter().find(|entry| entry.name == *name) {
                return Ok(there.clone());
            }
            entries.push(MasterCategory { id, name: name.clone(), color });
            Ok(entries[entries.len() - 1].clone())
        })
    }

    async fn drop_master_category(&self, id: &CategoryId) -> Result<(), Failure> {
        self.request(|state, address| {
            state.boxes.get_mut(address).expect("there").entries.retain(|entry| entry.id != *id);
            Ok(())
        })
    }

    async fn change_categories(
        &self,
        _kind: ItemKind,
        handle: &ItemHandle,
        add: &[CategoryName],
        remove: &[CategoryName],
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        self.request(|state, address| {
            if let Some((_, name)) = state.race.take_if(|(raced, _)| raced == handle) {
                let items = &mut state.boxes.get_mut(address).expect("there").items;
                items.get_mut(handle).expect("there").categories.push(name);
                state.stamp(address, handle);
            }
            let Some(stored) = state.boxes[address].items.get(handle) else {
                return Ok(CategoryWrite::Gone);
            };
            let goes = |there: &String| {
                remove.iter().any(|name| match self.has(Flaw::CaseMatters) {
                    true => name.as_str() == there,
                    false => name.is_same(there),
                })
            };
            let mut wanted = stored.categories.clone();
            wanted.retain(|there| !goes(there));
            if self.has(Flaw::OtherNamesAreLost) {
                wanted.clear();
            }
            for name in add {
                if !wanted.iter().any(|there| name.is_same(there)) {
                    wanted.push(name.as_str().to_owned());
                }
            }
            if wanted == stored.categories {
                return Ok(CategoryWrite::Done(version(stored)));
            }
            if version(stored) != *base && !self.has(Flaw::BaseIsIgnored) {
                return Ok(CategoryWrite::Stale);
            }
            let items = &mut state.boxes.get_mut(address).expect("there").items;
            items.get_mut(handle).expect("there").categories = wanted;
            state.stamp(address, handle);
            Ok(CategoryWrite::Done(version(&state.boxes[address].items[handle])))
        })
    }

    async fn exceptions(&self, _: &ItemHandle) -> Result<Vec<ObservedItem>, Failure> {
        Ok(Vec::new())
    }

    async fn put_back_link(&self, _: &ItemHandle, _: ActivityId) -> Result<CategoryWrite, Failure> {
        Ok(CategoryWrite::Gone)
    }

    async fn push_resources(&self) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn subscribe(&self, _: &str, _: &PushTarget) -> Result<Subscription, Failure> {
        Err(failure(FailureClass::Bug))
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
