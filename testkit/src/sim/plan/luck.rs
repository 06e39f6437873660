//! What can happen to a component.

use super::words::events;
use anyhow::{Context, Result, bail, ensure};
use std::{fmt, str::FromStr};

events! {
    /// What happens to a component.
    enum Luck {
        /// A worker is killed at its how-maniest step from now, and started again later.
        KillSoon "kill-soon" {
            /// Which, by index into all workers.
            worker: usize,
            /// Units: steps: requests, calls and uses of the ledger, before and after each.
            steps: u32,
            /// Units: seconds until it is started again.
            for_seconds: u64,
        }
        /// A worker stands still, and goes on.
        Pause "pause" {
            /// Which.
            worker: usize,
            /// Units: seconds.
            for_seconds: u64,
        }
        /// A copy of a ledger is put aside, in place of an earlier one.
        KeepLedger "keep-ledger" {
            /// Whose.
            organization: usize,
        }
        /// The service of an organization ends, and starts again with the copy.
        LedgerBack "ledger-back" {
            /// Whose.
            organization: usize,
            /// The commits since a moment ago are lost with the power, not by an administrator.
            is_power_loss: bool,
        }
        /// The service of an organization ends, and starts again with an empty ledger.
        LedgerLost "ledger-lost" {
            /// Whose.
            organization: usize,
        }
        /// The clock of an organization's service is set.
        ClockJump "clock-jump" {
            /// Whose.
            organization: usize,
            /// Units: minutes, back where negative.
            minutes: i64,
        }
        /// The workers of an organization are started again with another cycle.
        Reload "reload" {
            /// Whose.
            organization: usize,
            /// Units: minutes of the new cycle.
            minutes: u64,
        }
        /// Everything takes long.
        Overload "overload" {
            /// Units: seconds.
            for_seconds: u64,
        }
        /// A CRM is backed up, in place of an earlier copy.
        BackUpCrm "back-up-crm" {
            /// Whose.
            organization: usize,
        }
        /// A CRM is restored from its backup.
        RestoreCrm "restore-crm" {
            /// Whose.
            organization: usize,
        }
        /// A CRM forgets its list of changes up to now.
        PruneCrm "prune-crm" {
            /// Whose.
            organization: usize,
        }
        /// The mailbox server says something about the subscriptions of a mailbox.
        Lifecycle "lifecycle" {
            /// Whose, by index into all users.
            user: usize,
            /// Which of its words.
            event: usize,
        }
        /// The mailbox server forgets the subscriptions of a mailbox.
        Forget "forget" {
            /// Whose.
            user: usize,
        }
        /// The mailbox server asks whether the address wants notifications.
        Validate "validate" {}
    }
}
