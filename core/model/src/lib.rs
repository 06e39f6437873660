//! The nouns of Earmark: what the rest of the workspace talks about.
//!
//! Read in this order: [`ids`], [`instant`], [`item`] (what a mailbox shows), [`category`],
//! [`content`], [`calendar`] and [`task`] (what items say), [`field`] (what both sides may change), [`activity`] (what the CRM keeps), [`identity`] (which
//! record belongs to which item), [`link`] (what is remembered between cycles), [`actor`] (who did
//! it), [`alert`] (what people are told), [`channel`] (how a mailbox was tested), [`failure`], [`capabilities`], [`clock`], [`limits`].
//!
//! Invariants: nothing here does input or output, reads a clock, or draws a random number;
//! nothing here is serializable, because types that cross a process boundary belong to the
//! crate that owns that boundary; no vendor is named.

pub mod activity;
pub mod actor;
pub mod alert;
pub mod calendar;
pub mod capabilities;
pub mod category;
pub mod channel;
pub mod clock;
pub mod content;
pub mod failure;
pub mod field;
pub mod identity;
pub mod ids;
pub mod instant;
pub mod item;
pub mod limits;
pub mod link;
pub mod task;

pub use activity::{ActivityDraft, Direction, Occurrence, Regarding};
pub use actor::{Actor, Trigger};
pub use alert::{Alert, AlertLevel, AlertLevels, AlertState, alert_id};
pub use calendar::{
    AppointmentContent, Recurrence, RecurrenceEnd, RecurrencePattern, ShowAs, WeekIndex,
};
pub use capabilities::Capabilities;
pub use category::{CategoryColor, CategoryName, MasterCategory};
pub use channel::{ChannelStatus, Obstacle};
pub use clock::{Clock, ClockWatch};
pub use content::{Address, Attachment, Body, BodyKind, Importance, ItemContent, MessageContent};
pub use failure::{Cause, Failure, FailureClass};
pub use field::{Compared, CrmEdits, Field, FieldPair, FieldValue, SyncedField};
pub use ids::{
    ActivityId, CategoryId, ItemHandle, LinkKey, MailboxAddress, MailboxId, OrganizationId,
    PrincipalId, ProfileId, Version,
};
pub use instant::Instant;
pub use item::{FolderRole, ItemKind, ObservedItem, SeriesMember};
pub use link::{
    Baseline, CrmSide, FailureNote, ItemState, Link, MailboxSide, OwnWrite, Request, RequestOrigin,
    RequestWish, UndeliverableMark,
};
pub use task::{TaskContent, TaskStatus};
