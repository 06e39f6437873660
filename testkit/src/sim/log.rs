//! What truly happened, in the order in which it happened.
//!
//! The log is written by whatever stands between the service and the outside ([`super::wire`],
//! [`super::crm`], [`super::store`]), by people's acts and by bad luck. Checkers read nothing else
//! while the world runs, so an entry says all that they need: what was there before and after.

use super::item::Item;
use earmark_embedded::Row;
use earmark_ledger::Record;
use earmark_model::{ActivityId, Instant, ItemHandle, MailboxId};
use std::{
    fmt::Write,
    hash::{DefaultHasher, Hasher},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Units: index of an organization in the world.
pub type Org = usize;

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// A person in Outlook or in the CRM, or an administrator.
    Person,
    /// The mailbox server by itself: a delivery, a rule.
    Server,
    /// A worker of the service.
    Service {
        /// Whose.
        organization: Org,
        /// Which of them.
        worker: usize,
    },
}

/// An entry of a master list: id and name.
pub type MasterEntry = (String, String);

/// Operations of the service on a CRM, by the name of the port's method.
pub type CrmMethod = &'static str;

/// One thing that happened.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "entries are taken in and dropped at once")]
pub enum Happening {
    /// The world begins.
    Opened {
        /// The regular cycle of a mailbox.
        cycle: Duration,
        /// The service asks for notifications.
        push: bool,
        /// The mailbox server may show items as they were a while ago.
        stale_reads: bool,
        /// The mailboxes, all of them enabled, by organization and address.
        homes: Vec<(Org, String, MailboxId)>,
    },
    /// An item came, changed or went.
    Item {
        /// Whose mailbox.
        user: String,
        /// The immutable id.
        id: String,
        /// By whom.
        by: By,
        /// The service's request that did it.
        request: Option<u64>,
        /// What it was; `None` before it was there.
        before: Option<Item>,
        /// What it is; `None` when it is gone.
        after: Option<Item>,
    },
    /// A master list changed.
    Master {
        /// Whose.
        user: String,
        /// By whom.
        by: By,
        /// The service's request that did it.
        request: Option<u64>,
        /// What it was.
        before: Vec<MasterEntry>,
        /// What it is.
        after: Vec<MasterEntry>,
    },
    /// The service sends a request to the mailbox server.
    Request {
        /// Its number; never used again.
        number: u64,
        /// Whose service.
        organization: Org,
        /// Which worker.
        worker: usize,
        /// The method.
        method: String,
        /// Path and query below the authority.
        path: String,
        /// The application that the token was made for; `None` without token.
        client: Option<String>,
        /// `If-Match`.
        if_match: Option<String>,
        /// The body.
        body: Vec<u8>,
    },
    /// The service has the answer, or knows that there will be none.
    Answer {
        /// Of which request.
        request: u64,
        /// The status; `None` without an answer.
        status: Option<u16>,
        /// Units: milliseconds, from `Retry-After`.
        retry_after: Option<u64>,
    },
    /// The mailbox server sent messages because of a request of the service.
    Sent {
        /// Whose service.
        organization: Org,
        /// Of which request.
        request: u64,
        /// Units: messages.
        count: u64,
    },
    /// The service calls the CRM.
    Call {
        /// Its number; never used again, shared with requests.
        number: u64,
        /// Whose service, and whose CRM.
        organization: Org,
        /// Which worker.
        worker: usize,
        /// What it calls.
        method: CrmMethod,
        /// The item, where the call is about one.
        item: Option<(MailboxId, ItemHandle)>,
        /// The record, where the call names one.
        activity: Option<ActivityId>,
    },
    /// The service has the CRM's answer.
    Called {
        /// Of which call.
        call: u64,
        /// Class and code of the failure; `None` where it went well.
        failure: Option<(String, String)>,
        /// The cause of the failure, as [`earmark_model::Cause::as_str`] names it.
        cause: Option<&'static str>,
        /// The CRM asked that nothing be sent before this instant.
        until: Option<Instant>,
    },
    /// An activity came, changed or went: an email, an appointment, a series, an exception, a task.
    /// The instances that the CRM makes of a series by itself are not told.
    Record {
        /// In whose CRM.
        organization: Org,
        /// By whom.
        by: By,
        /// Which.
        activity: ActivityId,
        /// What it was.
        before: Option<Row>,
        /// What it is.
        after: Option<Row>,
    },
    /// A link of an item to a record came or went.
    Link {
        /// In whose CRM.
        organization: Org,
        /// By whom.
        by: By,
        /// The mailbox.
        mailbox: MailboxId,
        /// The item.
        handle: ItemHandle,
        /// The record.
        activity: ActivityId,
        /// Whether it is there now.
        is_linked: bool,
    },
    /// A person asked outside Outlook that an item be tracked or not.
    Asked {
        /// Whose service.
        organization: Org,
        /// Whose mailbox.
        user: String,
        /// The item.
        id: String,
        /// Tracked, or untracked.
        tracks: bool,
    },
    /// An administrator set an organization setting.
    Setting {
        /// Whose.
        organization: Org,
        /// Which.
        name: String,
        /// To what.
        value: String,
    },
    /// An administrator enabled or disabled a mailbox.
    Mailbox {
        /// Whose.
        organization: Org,
        /// Which.
        user: String,
        /// Whether it is served now.
        is_enabled: bool,
    },
    /// A worker holds a lease, anew or prolonged.
    Claimed {
        /// Whose service.
        organization: Org,
        /// Which worker.
        worker: usize,
        /// The mailbox; `None` for the organization itself.
        mailbox: Option<MailboxId>,
        /// The fence.
        fence: i64,
        /// Until when.
        until: Instant,
    },
    /// A worker gave a lease back before its end.
    GaveBack {
        /// Whose service.
        organization: Org,
        /// Which worker.
        worker: usize,
        /// The mailbox; `None` for the organization itself.
        mailbox: Option<MailboxId>,
        /// The fence.
        fence: i64,
    },
    /// A worker wrote to the ledger.
    Recorded {
        /// Whose service.
        organization: Org,
        /// Which worker.
        worker: usize,
        /// The mailbox; `None` for the organization itself.
        mailbox: Option<MailboxId>,
        /// The fence it was written under.
        fence: i64,
        /// What was written.
        record: Arc<Record>,
        /// Whether it was taken.
        is_taken: bool,
    },
    /// An administrator lets the filter of a mailbox take all messages, or none.
    Accepts {
        /// Whose service.
        organization: Org,
        /// Whose mailbox.
        user: String,
        /// All, or none.
        is_all: bool,
    },
    /// An administrator released or took back the decisions of a mailbox that were held.
    Released {
        /// Whose service.
        organization: Org,
        /// Whose mailbox.
        user: String,
    },
    /// From now on a part is out of order for good and may stay behind.
    Broken {
        /// Whose.
        organization: Org,
        /// This mailbox; `None` for the CRM.
        user: Option<String>,
    },
    /// A worker began, ended, or stood still for a while.
    Worker {
        /// Whose service.
        organization: Org,
        /// Which worker.
        worker: usize,
        /// What became of it.
        what: WorkerLife,
    },
    /// The ledger of an organization is not what it was.
    Ledger {
        /// Whose.
        organization: Org,
        /// `None`: it is lost; else it is what it was at this instant.
        as_of: Option<Instant>,
    },
    /// The CRM of an organization was restored to what it was.
    Restored {
        /// Whose.
        organization: Org,
        /// At this instant.
        as_of: Instant,
    },
    /// The clock of an organization's service was set. Instants in the log are always true.
    Clock {
        /// Whose.
        organization: Org,
        /// Units: milliseconds; negative where it was set back.
        by: i64,
    },
    /// A notification reached the service.
    Notified {
        /// Whose service.
        organization: Org,
        /// It came from the mailbox server and was not altered.
        is_genuine: bool,
    },
    /// The service accepted a notification about a mailbox.
    Heard {
        /// Whose service.
        organization: Org,
        /// Which worker.
        worker: usize,
        /// About whose mailbox.
        mailbox: MailboxId,
    },
    /// A fault struck.
    Fault {
        /// `F2`, or a name of its own.
        kind: &'static str,
        /// The request or call that it struck.
        number: Option<u64>,
    },
    /// From now on nothing goes wrong and nobody acts.
    Healed,
    /// Something for people who read the log.
    Note(String),
}

/// What became of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerLife {
    /// It runs.
    Started,
    /// It ended in the middle of what it did.
    Killed,
    /// It stands still, and knows nothing of it afterwards.
    Paused,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// What.
    pub what: Happening,
}

/// The hash of everything so far. Its keys are fixed, so that all processes agree.
#[derive(Debug, Default)]
struct Trace(DefaultHasher);

impl Write for Trace {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl Trace {
    /// Takes an entry in. What is long is taken in by what names its state.
    fn take_in(&mut self, entry: &Entry) {
        self.0.write_i64(entry.at.as_millis());
        let written = match &entry.what {
            Happening::Request { number, organization, worker, method, path, body, .. } => {
                self.0.write(body);
                write!(self, "{number} {organization} {worker} {method} {path}")
            }
            Happening::Record { organization, by, activity, before, after } => {
                let version = |row: &Option<Row>| {
                    row.as_ref().map(|row| (row.len(), row.get("versionnumber").cloned()))
                };
                let (before, after) = (version(before), version(after));
                write!(self, "{organization} {by:?} {activity:?} {before:?} {after:?}")
            }
            what => write!(self, "{what:?}"),
        };
        // Writing into a hash cannot fail.
        debug_assert!(written.is_ok());
    }
}

/// The log of one world. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Entries that nobody has taken yet.
    fresh: Vec<Entry>,
    hash: Trace,
    next: u64,
    count: u64,
}

impl Log {
    /// Appends one entry.
    pub fn tell(&self, at: Instant, what: Happening) {
        let entry = Entry { at, what };
        let mut state = self.state();
        state.count += 1;
        state.hash.take_in(&entry);
        state.fresh.push(entry);
    }

    /// A number for the next request or call.
    pub fn number(&self) -> u64 {
        let mut state = self.state();
        state.next += 1;
        state.next
    }

    /// Everything since the last call.
    pub fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.state().fresh)
    }

    /// The hash of everything so far, and how many entries that were.
    pub fn hash(&self) -> (String, u64) {
        let state = self.state();
        (format!("{:016x}", state.hash.0.finish()), state.count)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
