//! Notifications: hints that something changed, and the subscriptions they come from.

use earmark_model::{Instant, ItemHandle, ItemKind};

/// Where notifications are to be delivered.
#[derive(Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// The address, reachable for the server.
    pub url: String,
    /// The secret that each delivery repeats. Units: at most 128 characters.
    pub client_state: String,
    /// How long the subscription is to last.
    pub expires: Instant,
}

impl std::fmt::Debug for PushTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushTarget").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// A subscription as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The server's id.
    pub id: String,
    /// The resource, as [`crate::Mailbox::push_resources`] names it.
    pub resource: String,
    /// When it ends; may be earlier than what was asked for.
    pub expires: Instant,
}

/// The outcome of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It lasts until then.
    Until(Instant),
    /// The server does not know it any more.
    Gone,
}

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// This item was made, changed or taken away.
    Changed {
        /// Its kind, as far as the notification tells: a meeting message comes as an email.
        kind: ItemKind,
        /// The item.
        handle: ItemHandle,
    },
    /// Something changed; the notification does not say what.
    Something,
    /// Notifications were lost.
    Missed,
    /// The server ended the subscription.
    SubscriptionRemoved,
    /// The subscription ends soon unless it is renewed.
    RenewalRequired,
}

/// One notification, as a stranger sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// The subscription that it claims to belong to.
    pub subscription: String,
    /// The secret that it repeats.
    pub client_state: Option<String>,
    /// What it says.
    pub happened: Happened,
}

impl std::fmt::Debug for Notification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notification")
            .field("subscription", &self.subscription)
            .field("happened", &self.happened)
            .finish_non_exhaustive()
    }
}
