//! What the organization says about itself: settings and mailboxes.

use earmark_model::{
    AlertLevels, ChannelStatus, Instant, MailboxAddress, MailboxId, Obstacle, OrganizationId,
    PrincipalId, ProfileId, limits,
};
use std::time::Duration;

/// The organization settings that the engine obeys, effective values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSettings {
    /// `TrackCategorizedItems`.
    pub track_categorized_items: bool,
    /// `MeetingUpdatesFromCrm` is `send`: what is changed in the CRM may be told to attendees.
    pub tells_attendees: bool,
    /// `SchedulingConflicts` is `ask`: an appointment at the same time as another one of the same
    /// people is not saved before somebody says so.
    pub asks_about_conflicts: bool,
    /// `IgnoreCopiedItemsInSSSForMailbox`.
    pub ignore_copied_items: bool,
    /// Internal mail makes one record for the sender and one for the recipients (the
    /// organization column `ignoreinternalemail` is false).
    pub two_activities: bool,
    /// `ResolveForInactiveEntities`.
    pub resolve_inactive: bool,
    /// `UnresolveSenderInCaseOfMultipleMatch`.
    pub unresolve_ambiguous_sender: bool,
    /// The organization column `unresolveemailaddressifmultiplematch`.
    pub unresolve_ambiguous_recipients: bool,
    /// `CreateQueueItemsForAcceptingQueueRecipients`.
    pub queue_items_of_recipients: bool,
    /// `CreateQueueItemForSynchronizingMailbox`.
    pub queue_item_of_mailbox: bool,
    /// The organization columns `generatealertsforerrors`, `…warnings` and `…information`.
    pub alerts: AlertLevels,
    /// `TraceLogPersistenceTimeInDays`. Units: days for which alerts are kept.
    pub alert_days: u32,
    /// `UseFilteringMethodOfSyncingMailboxOnlyForCorrelation`: of all recipients only the mailbox
    /// that is looked at may accept a message.
    pub own_filter_only: bool,
    /// `IgnoreInternalEmailDetectionEnhancement`: with one record for internal mail, the received
    /// copy is rejected only where the sent one is recorded.
    pub reject_internal_if_recorded: bool,
    /// `DoNotIgnoreInternalEmailToQueues`.
    pub keep_internal_to_queues: bool,
    /// `IgnoreInternalEmailFromQueues`.
    pub reject_internal_from_queues: bool,
    /// `CalendarPastWindowInDays`: how far back exceptions of series are looked for.
    pub calendar_past: Duration,
    /// `CalendarFutureWindowInDays`: how far ahead they are.
    pub calendar_ahead: Duration,
}

impl Default for OrganizationSettings {
    fn default() -> Self {
        Self {
            track_categorized_items: true,
            tells_attendees: false,
            asks_about_conflicts: false,
            ignore_copied_items: true,
            two_activities: true,
            resolve_inactive: false,
            unresolve_ambiguous_sender: false,
            unresolve_ambiguous_recipients: false,
            queue_items_of_recipients: true,
            queue_item_of_mailbox: true,
            alerts: AlertLevels::default(),
            alert_days: 30,
            own_filter_only: false,
            reject_internal_if_recorded: true,
            keep_internal_to_queues: true,
            reject_internal_from_queues: false,
            calendar_past: limits::CALENDAR_PAST,
            calendar_ahead: limits::CALENDAR_AHEAD,
        }
    }
}

/// Who a mailbox belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailboxOwner {
    /// A user.
    User(PrincipalId),
    /// A queue, with the user or team that owns the queue.
    Queue {
        /// The queue.
        queue: PrincipalId,
        /// Its owner.
        owner: PrincipalId,
    },
}

impl MailboxOwner {
    /// Who owns the records of this mailbox.
    pub const fn record_owner(&self) -> PrincipalId {
        match self {
            Self::User(user) => *user,
            Self::Queue { owner, .. } => *owner,
        }
    }

    /// The queue, where it is a queue's.
    pub const fn queue(&self) -> Option<PrincipalId> {
        match self {
            Self::User(_) => None,
            Self::Queue { queue, .. } => Some(*queue),
        }
    }
}

/// How a mailbox gets its mail into the CRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryMethod {
    /// Not at all.
    None,
    /// By server-side synchronization.
    ServerSideSynchronization,
    /// By something else, which we leave alone.
    Other,
}

/// Which new mail is accepted automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilteringMethod {
    /// 0.
    AllMessages,
    /// 1.
    InResponse,
    /// 2.
    FromLeadsContactsAccounts,
    /// 3.
    FromEmailEnabledRecords,
    /// 4.
    NoMessages,
}

/// How the last test of each channel ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tested {
    /// Incoming mail.
    pub incoming: ChannelStatus,
    /// Outgoing mail.
    pub outgoing: ChannelStatus,
    /// Appointments, contacts and tasks.
    pub act: ChannelStatus,
}

/// A test that somebody asked for and that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TestRequest {
    /// When it was asked for, where the CRM knows.
    pub asked: Option<Instant>,
    /// It is not to be tried before.
    pub not_before: Option<Instant>,
    /// Units: how often it was repeated.
    pub repeated: u32,
    /// The mailbox is taken away from another organization.
    pub takes_over: bool,
}

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestOutcome {
    /// It ended: what is a success is enabled from now on, and nothing else.
    Ended {
        /// Incoming mail.
        incoming: ChannelStatus,
        /// Appointments, contacts and tasks.
        act: ChannelStatus,
    },
    /// It is to be repeated.
    Postponed {
        /// Not before.
        until: Instant,
        /// Units: how often it will have been repeated then.
        repeated: u32,
    },
}

/// The email server profile of a mailbox, as far as it says how its mailboxes are synchronized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerProfile {
    /// The profile.
    pub id: ProfileId,
    /// Its name.
    pub name: String,
    /// It is active; the mailboxes of one that is not are not synchronized.
    pub is_active: bool,
    /// `minpollingintervalinminutes`: its mailboxes are not looked through more often than this.
    pub polling_interval: Duration,
    /// `maxconcurrentconnections`. Units: requests that may be under way at once in each of its
    /// mailboxes; `None` where the profile does not say.
    pub connections: Option<usize>,
}

/// How the synchronization of a mailbox goes, as the CRM shows it beside the mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// When a cycle last went well.
    pub last_success: Option<Instant>,
    /// Why the mailbox is not synchronized at present.
    pub error: Option<SyncError>,
}

/// Why a mailbox is not synchronized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncError {
    /// The number of the alert about it.
    pub number: u32,
    /// What happened, in one sentence. Never a subject, body or address.
    pub text: String,
    /// Since when.
    pub since: Instant,
}

/// A mailbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxRow {
    /// The row.
    pub id: MailboxId,
    /// The primary address.
    pub address: MailboxAddress,
    /// Whose it is.
    pub owner: MailboxOwner,
    /// How incoming mail is handled.
    pub incoming: DeliveryMethod,
    /// How appointments, contacts and tasks are handled.
    pub act: DeliveryMethod,
    /// What keeps it from being tested.
    pub obstacle: Option<Obstacle>,
    /// How its last test ended.
    pub tested: Tested,
    /// A test that was asked for.
    pub test: Option<TestRequest>,
    /// Approved, tested, enabled for incoming mail, and active.
    pub is_enabled: bool,
    /// Why it is not enabled, in words; `None` when it is.
    pub disabled_because: Option<String>,
    /// The automatic filter, forced by the organization where it does that.
    pub filtering: FilteringMethod,
    /// The watermark of automatic acceptance.
    pub process_received_after: Option<Instant>,
    /// Its email server profile.
    pub profile: Option<ServerProfile>,
    /// How its synchronization goes, as it was last kept.
    pub health: Health,
}

/// Settings and mailboxes as one read showed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSnapshot {
    /// The organization.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: OrganizationSettings,
    /// All its mailboxes, enabled or not, ordered by address.
    pub mailboxes: Vec<MailboxRow>,
}
