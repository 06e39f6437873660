//! A mailbox server in memory that keeps every promise, or all but one.

use crate::notices;
use crate::shown;
use earmark_mailbox_port::conformance::{Errand, Failing, Folder, Mail, Meeting};
use earmark_mailbox_port::{
    Bounds, Detail, ItemRead, Mailbox, MailboxServer, Notification, PushTarget, Subscription,
};
use earmark_model::{
    ActivityId, Capabilities, CategoryName, Failure, FailureClass, Instant, ItemHandle, ItemKind,
    MailboxAddress, MasterCategory,
};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
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
    OccurrencesAreItems,
    ExceptionsAreForgotten,
    ExceptionsHaveTheirOwnUid,
    EverybodyOrganizes,
    CancelledAreForgotten,
    WallClockIsUtc,
    RoomsAreLost,
    ContentAlways,
    OnlyTheFirstList,
    MirrorIsRead,
    NoTasksIsEmpty,
    LinkStaysBehind,
    ForeignSubscriptionsAreListed,
    EndedIsRenewed,
    OtherHandlesAreTold,
    AnythingIsADelivery,
    IdsIgnoreCase,
    DraftsAreFound,
    OnlyTheFirstCopies,
    AnyFolderReceives,
    FormsAreIgnored,
    UnknownIdsAreLeftOut,
    ReadersAreDelegates,
    OtherNameIsPrimary,
    FirstStampStays,
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
    pub other_names: BTreeMap<MailboxAddress, MailboxAddress>,
    pub fault: Option<(u32, Failing)>,
    pub requests: u64,
    pub expired_before: u64,
    pub race: Option<(ItemHandle, String)>,
    pub subscriptions: Vec<(MailboxAddress, Subscription, PushTarget)>,
    pub delivered: Vec<Vec<u8>>,
    pub flaw: Option<Flaw>,
}

#[derive(Default)]
pub struct Contents {
    pub is_disabled: bool,
    pub items: BTreeMap<ItemHandle, Stored>,
    pub entries: Vec<MasterCategory>,
    pub pause: Option<Instant>,
    pub lists: BTreeSet<String>,
    pub has_no_tasks: bool,
    /// Others who may read, and whether they may change as well.
    pub shared: Vec<(MailboxAddress, bool)>,
    pub stamp: Option<String>,
}

pub struct Stored {
    pub what: What,
    pub categories: Vec<String>,
    pub serial: u64,
    pub at: Instant,
}

pub enum What {
    Mail { mail: Mail, folder: Folder, is_flagged: bool },
    Event(Entry),
    Task { list: String, errand: Errand, link: Option<ActivityId> },
}

pub struct Entry {
    pub meeting: Meeting,
    pub uid: String,
    pub is_organizer: bool,
    /// The series and the day of an exception.
    pub member: Option<(ItemHandle, Date)>,
    pub cancelled: Vec<Date>,
}

impl Stored {
    pub fn kind(&self) -> ItemKind {
        match &self.what {
            What::Mail { mail, .. } if mail.is_meeting_request => ItemKind::MeetingMessage,
            What::Mail { .. } => ItemKind::Email,
            What::Event(_) => ItemKind::Appointment,
            What::Task { .. } => ItemKind::Task,
        }
    }

    pub fn lies_in(&self, wanted: Folder) -> bool {
        matches!(&self.what, What::Mail { folder, .. } if *folder == wanted)
    }

    pub fn bears(&self, names: &[CategoryName]) -> bool {
        self.categories.iter().any(|there| names.iter().any(|name| name.is_same(there)))
    }
}

#[derive(Clone)]
pub struct PretendServer {
    state: Arc<Mutex<State>>,
    flaw: Option<Flaw>,
}

pub struct PretendMailbox {
    state: Arc<Mutex<State>>,
    pub flaw: Option<Flaw>,
    address: MailboxAddress,
    /// As it was opened.
    pub asked: MailboxAddress,
}

impl World {
    pub fn new(flaw: Option<Flaw>) -> Self {
        let state = Arc::new(Mutex::new(State {
            now: Instant::from_millis(1_790_000_000_000),
            flaw,
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
        notices::tell(self, mailbox, handle);
    }
}

impl MailboxServer for PretendServer {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            master_list: true,
            category_ids: true,
            changes: true,
            stable_handles: true,
            tasks: true,
            delegates: true,
            stamp: true,
            push: true,
            parallel_max: 4,
        }
    }

    fn read_notifications(&self, body: &[u8]) -> Result<Vec<Notification>, Failure> {
        match notices::read(body) {
            None if self.flaw == Some(Flaw::AnythingIsADelivery) => Ok(Vec::new()),
            read => {
                let field = "body".to_owned();
                read.ok_or_else(|| failure(FailureClass::Unacceptable { field }))
            }
        }
    }

    fn open_within(&self, address: &MailboxAddress, _: &Bounds) -> Arc<dyn Mailbox> {
        let (state, flaw) = (self.state.clone(), self.flaw);
        let known = state.lock().expect("lock").other_names.get(address).cloned();
        let asked = address.clone();
        Arc::new(PretendMailbox { state, flaw, address: known.unwrap_or(asked.clone()), asked })
    }
}

pub fn failure(class: FailureClass) -> Failure {
    Failure::new(class, "Pretend", "It was asked for.")
}

impl PretendMailbox {
    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// One request: pause, fault, existence, effect, and perhaps a lost answer.
    pub fn request<T>(
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

    /// What a handle reads as that names nothing stored, for example an occurrence.
    fn missing(&self, contents: &Contents, handle: &ItemHandle) -> ItemRead {
        let series = handle.as_str().rsplit_once('@').map(|(series, _)| ItemHandle::from(series));
        let stored = series.and_then(|series| contents.items.get(&series));
        match stored.filter(|_| self.has(Flaw::OccurrencesAreItems)) {
            None => ItemRead::Gone,
            Some(stored) => {
                let item = shown::observed(contents, handle, stored, self.flaw);
                ItemRead::Found { item, content: None }
            }
        }
    }

    pub fn read(&self, handle: &ItemHandle, detail: Detail<'_>) -> Result<ItemRead, Failure> {
        let read = self.request(|state, address| {
            let contents = &state.boxes[address];
            let stored = contents.items.get(handle).filter(|stored| {
                !(self.has(Flaw::TrashIsGone) && stored.lies_in(Folder::DeletedItems))
            });
            let Some(stored) = stored else { return Ok(self.missing(contents, handle)) };
            let is_wanted = match detail {
                Detail::Summary => false,
                Detail::Content => true,
                Detail::ContentIfBearing(names) => {
                    stored.bears(names) || self.has(Flaw::ContentAlways)
                }
            };
            Ok(ItemRead::Found {
                item: shown::observed(contents, handle, stored, self.flaw),
                content: is_wanted
                    .then(|| Box::new(shown::content(contents, handle, stored, self.flaw))),
            })
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
