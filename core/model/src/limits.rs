//! Numbers with a meaning, each with its unit and its source.

use std::time::Duration;

/// Units: retries after the first attempt. Source: R21 in reading A5.
pub const MAX_TRACK_RETRIES: u32 = 5;

/// The regular cycle of a mailbox. Source: R12, R15.
pub const CYCLE: Duration = Duration::from_secs(15 * 60);

/// Units: tenths of a percent by which a mailbox's cycle is shifted, so that mailboxes spread out.
pub const CYCLE_JITTER_PER_MILLE: u64 = 100;

/// Units: bytes. A larger message is not tracked. Source: A17 and section 2.2 (150 MB).
pub const MESSAGE_SIZE_MAX: u64 = 150 * 1024 * 1024;

/// Units: bearers up to which the level sweep runs in each cycle. Source: design section 6.
pub const SWEEP_EACH_CYCLE_MAX: usize = 2_000;

/// How often a larger mailbox is swept. Source: design section 6.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Units: decisions that end tracking in one sliding window of a cycle, below which the brake
/// stays open. Source: A8.
pub const BRAKE_MIN: usize = 25;

/// Units: percent of the links. Source: A8.
pub const BRAKE_PERCENT: usize = 20;

/// Units: failures of different items in a row that open a circuit. Source: design section 3.
pub const CIRCUIT_FAILURES: usize = 5;

/// At most this often is an open circuit probed. Source: design section 3.
pub const CIRCUIT_PROBE_INTERVAL: Duration = Duration::from_secs(60);

/// Our own time-out on one call of the CRM, a promotion above all. Source: R22 (b) and the client
/// time-out of Dataverse.
pub const CRM_CALL_MAX: Duration = Duration::from_secs(2 * 60);

/// How long an item must be missing before a wish about it is dropped: a mailbox server may answer
/// for minutes that it does not know a message that came just now.
pub const MISSING_BELIEVED_AFTER: Duration = Duration::from_secs(30 * 60);

/// Units: requests in flight for one mailbox. Source: the documented Outlook limit.
pub const MAILBOX_REQUESTS_IN_FLIGHT: usize = 4;

/// How far back exceptions of series are looked for where nobody says otherwise. Source: design
/// section 4.
pub const CALENDAR_PAST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How far ahead exceptions of series are looked for where nobody says otherwise. Source: design
/// section 4.
pub const CALENDAR_AHEAD: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Units: entries kept of one link's history. Source: design section 7.
pub const HISTORY_ENTRIES_MAX: usize = 200;

/// How long a history entry is kept. Source: design section 7.
pub const HISTORY_AGE_MAX: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Units: characters of a `Message-ID` that the CRM keeps. Source: email column `messageid`.
pub const MESSAGE_ID_MAX: usize = 320;

/// How long a copy of a tracked message is expected in another recipient's mailbox. Source: design
/// section 4.
pub const COPY_EXPECTED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a mailbox is asked who else may change it. Names are compared in each cycle.
pub const DELEGATES_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a mailbox is asked which organization it belongs to, where nothing hints at another. An
/// idle mailbox is to cost no more than a twentieth above its floor.
pub const STAMP_INTERVAL: Duration = Duration::from_secs(8 * 60 * 60);

/// How long a test of a mailbox waits before it is repeated, where what failed may pass.
pub const TEST_RETRY: Duration = Duration::from_secs(60);

/// Units: repetitions of a test whose failure may pass, before it counts as failed.
pub const TEST_RETRIES_MAX: u32 = 5;
