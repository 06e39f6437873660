//! The Graph connection as a mailbox server.

use crate::budget::Budget;
use crate::connection::Connection;
use crate::folders::Folders;
use crate::known::KnownCategories;
use crate::mailbox::GraphMailbox;
use crate::notifications;
use crate::refused::Refused;
use crate::series::KnownSeries;
use crate::settings::GraphSettings;
use crate::task_lists::TaskLists;
use earmark_http::Transport;
use earmark_mailbox_port::{Bounds, Mailbox, MailboxServer, Notification};
use earmark_model::{Capabilities, Clock, Failure, MailboxAddress, limits};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Units: mailboxes whose state is kept while nobody holds a handle.
const IDLE_MAILBOXES_MAX: usize = 4_096;

/// Opens mailboxes over one Graph connection.
pub struct GraphServer {
    connection: Arc<Connection>,
    mailboxes: Mutex<BTreeMap<MailboxAddress, Arc<MailboxState>>>,
}

/// What all handles of one mailbox share.
pub(crate) struct MailboxState {
    pub(crate) budget: Budget,
    pub(crate) folders: Folders,
    pub(crate) known: KnownCategories,
    pub(crate) series: KnownSeries,
    pub(crate) task_lists: TaskLists,
    /// Filters over the view of the calendar.
    pub(crate) view_filter: Refused,
    /// Filters over tasks.
    pub(crate) task_filter: Refused,
}

impl GraphServer {
    /// A server that sends over `transport` and tells time by `clock`. Sends nothing yet.
    pub fn new(
        settings: GraphSettings,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            connection: Arc::new(Connection::new(settings, transport, clock)),
            mailboxes: Mutex::new(BTreeMap::new()),
        }
    }

    fn state(&self, address: &MailboxAddress) -> Arc<MailboxState> {
        let mut mailboxes = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = mailboxes.get(address) {
            return Arc::clone(state);
        }
        if mailboxes.len() >= IDLE_MAILBOXES_MAX {
            // A mailbox that was told to wait is kept, or its patience would be forgotten.
            let now = self.connection.now();
            mailboxes.retain(|_, state| {
                Arc::strong_count(state) > 1 || state.budget.check(now).is_err()
            });
        }
        let state = Arc::new(MailboxState {
            budget: Budget::new(limits::MAILBOX_REQUESTS_IN_FLIGHT),
            folders: Folders::default(),
            known: KnownCategories::default(),
            series: KnownSeries::default(),
            task_lists: TaskLists::default(),
            view_filter: Refused::default(),
            task_filter: Refused::default(),
        });
        mailboxes.insert(address.clone(), Arc::clone(&state));
        state
    }
}

impl MailboxServer for GraphServer {
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
            parallel_max: limits::MAILBOX_REQUESTS_IN_FLIGHT,
        }
    }

    fn read_notifications(&self, body: &[u8]) -> Result<Vec<Notification>, Failure> {
        notifications::read(body)
    }

    fn open_within(&self, address: &MailboxAddress, bounds: &Bounds) -> Arc<dyn Mailbox> {
        let state = self.state(address);
        if let Some(in_flight) = bounds.in_flight {
            state.budget.narrow(in_flight);
        }
        Arc::new(GraphMailbox::new(Arc::clone(&self.connection), address.clone(), state, *bounds))
    }
}
