//! C6: where the service asks for notifications, each mailbox that it serves has a subscription to
//! its messages that lasts for a while, at the address of its own organization.

use super::{Checker, Truth, rest::Rest};
use crate::sim::log::Entry;
use anyhow::{Result, ensure};
use std::time::Duration;

/// How long a subscription must last at least.
const MARGIN: Duration = Duration::from_secs(10 * 60);

#[derive(Default)]
pub(super) struct Subscribed(u64);

impl Checker for Subscribed {
    fn name(&self) -> &'static str {
        "C6"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        if !truth.push {
            return Ok(());
        }
        let least = rest.now.plus(MARGIN);
        for mailbox in rest.mailboxes.iter().filter(|mailbox| mailbox.is_served(truth)) {
            if truth.was_clock_set(&mailbox.user) {
                continue;
            }
            self.0 += 1;
            let live: Vec<_> = mailbox
                .subscriptions
                .iter()
                .filter(|one| one.resource.ends_with("/messages"))
                .collect();
            ensure!(live.len() == 1, "{} has {} subscriptions", mailbox.user, live.len());
            for one in live {
                ensure!(one.expires > least, "{}: it ends at {}", mailbox.user, one.expires);
                let own = format!("/{}/", mailbox.organization);
                ensure!(one.url.contains(&own), "{}: it is for {}", mailbox.user, one.url);
            }
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Tale;
    use super::*;
    use earmark_ledger::SubscriptionRow;

    #[test]
    fn a_subscription_that_ends_or_is_missing_is_noticed() {
        let mut tale = Tale::to(Subscribed::default());
        let mut rest = tale.rest();
        assert!(tale.judge(&rest).is_err());
        let mailbox = rest.mailboxes[0].id;
        rest.mailboxes[0].subscriptions.push(SubscriptionRow {
            mailbox,
            resource: "users/anna%40fabrikam.test/messages".to_owned(),
            id: "1".to_owned(),
            client_state: "secret".to_owned(),
            expires: rest.now.plus(Duration::from_secs(3_600)),
            url: "https://sync.earmark.test/0/notifications".to_owned(),
        });
        tale.judge(&rest).expect("subscribed");
        rest.now = rest.now.plus(Duration::from_secs(3_500));
        assert!(tale.judge(&rest).is_err());
    }
}
