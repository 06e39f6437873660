//! Twenty bugs, put in on purpose: a simulator that finds none of them proves nothing.
//!
//! None of them is in the product's code. A bug is a rule that is switched off, or something that
//! stands between the engine and a port, or between the connector and the wire, and does what a
//! wrong engine, ledger or connector would do. The numbers are those of the list of typical bugs
//! of synchronizers that the simulator has to find.
//!
//! Where the engine is built so that a typical bug only makes it slower (it compares levels in
//! every regular cycle, so that a lost cursor or notification loses nothing), the bug stands for
//! the nearest mistake that would lose something.

mod crm;
mod mailbox;
mod store;
mod wire;

use crate::SeededRandom;
use earmark_crm_port::Crm;
use earmark_http::Transport;
use earmark_ledger::{Lease, Store, Unit};
use earmark_mailbox_port::MailboxServer;
use earmark_model::{Failure, FailureClass, OrganizationId};
use earmark_tracking::Rules;
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

macro_rules! bugs {
    ($($number:literal $name:ident $word:literal $what:literal $rule:expr;)*) => {
        /// One bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $(#[doc = $what] $name,)*
        }

        impl Bug {
            /// All, in their order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its number in the list.
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $number,)* }
            }

            /// The word for it on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What is wrong, in words.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)* }
            }

            /// The rule that is switched off, where the bug is one of the rules.
            const fn rule(self) -> Option<&'static str> {
                match self { $(Self::$name => $rule,)* }
            }
        }
    };
}

bugs! {
    1 PlainCreate "plain-create" "A record is made under a new id instead of its computed one" None;
    2 CursorFirst "cursor-first" "Cursors are stored before what was found up to them" None;
    3 NoIfMatch "no-if-match" "A category is written without the version it was read at" None;
    4 StaleCategories "stale-categories" "Categories are written as they were first seen" None;
    5 MissingMailboxIsEmpty "missing-is-empty" "A mailbox that cannot be read counts as empty" None;
    6 MoveUntracks "move-untracks" "An item in another folder counts as without its category" None;
    7 ThereIsFailure "there-is-failure" "A record that is there already counts as a failure" None;
    8 NoTombstone "no-tombstone" "Untracking leaves no tombstone" Some("tombstone_written");
    9 EchoIsIntent "echo-is-intent" "Our own write counts as a person's act" Some("own_writes");
    10 AttemptsForgotten "attempts-forgotten" "A restart forgets how often an item was tried" None;
    11 TransportCounts "transport-counts" "A gateway's answer counts as an attempt" Some("policy_gateway");
    12 IgnoresRetryAfter "ignores-retry-after" "Nobody waits as long as the server asks" None;
    13 MatchByName "match-by-name" "The category is found by its name only" Some("entry_followed_by_id");
    14 OldNameWins "old-name-wins" "A former name counts for new assignments" Some("old_names_not_for_new");
    15 PushIsTrusted "push-is-trusted" "Whatever is not notified is never looked at" None;
    16 NoResync "no-resync" "A checkpoint that expired is asked for again and again" None;
    17 EarlyAcknowledgement "early-ack" "A notification is accepted and not stored" None;
    18 NoFence "no-fence" "A worker that lost its lease goes on writing" None;
    19 CategorizesAgain "categorizes-again" "A copy that was untracked is categorized again" Some("automatic_ends_at_tombstone");
    20 WrongToken "wrong-token" "Organizations share the cache of tokens" None;
}

impl Bug {
    /// The bug that a word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|bug| bug.as_str() == word)
    }

    /// What an engine with the bug makes of a checkpoint that expired: it is asked for again and
    /// again, and never anew.
    fn read_expired(self, failure: Failure) -> Failure {
        if self == Self::NoResync && failure.class == FailureClass::CheckpointExpired {
            failure.read_as(FailureClass::Unavailable)
        } else {
            failure
        }
    }

    /// The rules that hold under it.
    pub fn rules(bug: Option<Self>) -> Rules {
        bug.and_then(Self::rule).and_then(Rules::without).unwrap_or_else(Rules::all)
    }
}

/// What all workers of a world share by mistake, and the bug itself.
#[derive(Clone)]
pub(super) struct Seeded {
    bug: Bug,
    shared: Arc<Shared>,
}

impl Seeded {
    pub(super) fn new(bug: Bug, seed: u64) -> Self {
        Self { bug, shared: Arc::new(Shared::new(seed)) }
    }

    /// A wire with the bug.
    pub(super) fn wire(&self, inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(wire::BuggyWire { inner, bug: self.bug, shared: self.shared.clone() })
    }

    /// A mailbox server with the bug.
    pub(super) fn server(&self, inner: Arc<dyn MailboxServer>) -> Arc<dyn MailboxServer> {
        Arc::new(mailbox::BuggyServer { inner, bug: self.bug })
    }

    /// A CRM with the bug.
    pub(super) fn crm(&self, inner: Arc<dyn Crm>) -> Arc<dyn Crm> {
        Arc::new(crm::BuggyCrm { inner, bug: self.bug, shared: self.shared.clone() })
    }

    /// A ledger with the bug, for one life of a worker.
    pub(super) fn store(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        let (bug, shared) = (self.bug, self.shared.clone());
        Arc::new(store::BuggyStore { inner, bug, shared, failed: Mutex::default() })
    }
}

/// What all workers of a world share by mistake.
pub(super) struct Shared {
    random: SeededRandom,
    fences: Mutex<BTreeMap<(OrganizationId, Unit), Lease>>,
    categories: Mutex<BTreeMap<String, Vec<Value>>>,
    token: Mutex<Option<HeaderValue>>,
}

impl Shared {
    fn new(seed: u64) -> Self {
        Self {
            random: SeededRandom::new(seed ^ 0x62_75_67),
            fences: Mutex::default(),
            categories: Mutex::default(),
            token: Mutex::default(),
        }
    }

    fn claimed(&self, leases: &[Lease]) {
        let mut all = lock(&self.fences);
        all.extend(leases.iter().map(|it| ((it.organization, it.unit), it.clone())));
    }

    /// The lease that somebody claimed last for the same unit.
    fn newest(&self, lease: &Lease) -> Option<Lease> {
        lock(&self.fences).get(&(lease.organization, lease.unit)).cloned()
    }

    fn categories(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Value>>> {
        lock(&self.categories)
    }

    /// The token that anybody got first stands for everybody's.
    fn any_token(&self, headers: &mut HeaderMap) {
        let Some(own) = headers.get(header::AUTHORIZATION).cloned() else { return };
        let first = lock(&self.token).get_or_insert(own).clone();
        headers.insert(header::AUTHORIZATION, first);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_and_each_has_its_rule_where_it_names_one() {
        let numbers: Vec<u32> = Bug::ALL.iter().map(|bug| bug.number()).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
        for bug in Bug::ALL {
            assert_eq!(Bug::parse(bug.as_str()), Some(*bug));
            let rules = Bug::rules(Some(*bug));
            assert_eq!(rules == Rules::all(), bug.rule().is_none(), "{}", bug.as_str());
        }
    }
}
