//! I11: at most four requests at once of one worker about one mailbox, and none in a scope before
//! the time is over that the other side asked for: a mailbox, or the CRM of an organization.
//!
//! Allowed is what was on its way: it was let through before the other side said so, and fetched
//! a token first.

use super::{Checker, Truth};
use crate::sim::log::{Entry, Happening, Org, WorkerLife};
use anyhow::{Result, ensure};
use earmark_model::{Instant, limits::MAILBOX_REQUESTS_IN_FLIGHT};
use std::{collections::BTreeMap, time::Duration};

/// What a worker does after it was told to wait and was on its way already.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

type Scope = (Org, usize, String);

#[derive(Default)]
pub(super) struct Budgets {
    /// Places that requests under way take.
    under_way: BTreeMap<Scope, BTreeMap<u64, usize>>,
    fences: BTreeMap<Scope, i64>,
    /// Since when a scope is to be left alone, and until when.
    patience: BTreeMap<Scope, (Instant, Instant)>,
    crm: BTreeMap<(Org, usize), (Instant, Instant)>,
    calls: BTreeMap<u64, (Org, usize)>,
    count: u64,
}

impl Checker for Budgets {
    fn name(&self) -> &'static str {
        "I11"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Request { number, path, .. } => {
                let Some(sent) = truth.sent.get(number) else { return Ok(()) };
                let Some(user) = sent.users.first() else { return Ok(()) };
                self.count += 1;
                let scope = (sent.organization, sent.worker, user.clone());
                self.is_patient(&scope, entry.at, path)?;
                let places = sent.parts.clamp(1, MAILBOX_REQUESTS_IN_FLIGHT);
                let under_way = self.under_way.entry(scope).or_default();
                under_way.insert(*number, places);
                let taken: usize = under_way.values().sum();
                let all = under_way.keys();
                ensure!(
                    taken <= MAILBOX_REQUESTS_IN_FLIGHT,
                    "{taken} requests at once about {user}: {all:?}"
                );
            }
            // Who claims a mailbox anew has let go of what was under way about it.
            Happening::Claimed { organization, worker, mailbox: Some(mailbox), fence, .. } => {
                let home = truth.homes.iter().find(|(_, home)| home.1 == *mailbox);
                let Some((user, _)) = home else { return Ok(()) };
                let scope = (*organization, *worker, user.clone());
                if self.fences.insert(scope.clone(), *fence) != Some(*fence) {
                    self.under_way.remove(&scope);
                }
            }
            Happening::Answer { request, status, retry_after } => {
                let Some(sent) = truth.sent.get(request) else { return Ok(()) };
                let Some(user) = sent.users.first() else { return Ok(()) };
                let scope = (sent.organization, sent.worker, user.clone());
                if let Some(under_way) = self.under_way.get_mut(&scope) {
                    under_way.remove(request);
                }
                if let (Some(429), Some(wait)) = (status, retry_after) {
                    let until = entry.at.plus(Duration::from_millis(*wait));
                    wait_until(
                        self.patience.entry(scope).or_insert((entry.at, until)),
                        entry,
                        until,
                    );
                }
            }
            Happening::Call { number, organization, worker, method, .. } => {
                self.calls.insert(*number, (*organization, *worker));
                let writes = matches!(*method, "promote" | "link" | "unlink" | "update");
                let told = self.crm.get(&(*organization, *worker)).filter(|_| writes);
                if let Some((since, until)) = told {
                    self.count += 1;
                    let is_late = entry.at < *until && entry.at.since(*since) > ON_ITS_WAY;
                    ensure!(!is_late, "{method} before the CRM's time was over at {until}");
                }
            }
            Happening::Called { call, until, .. } => {
                let Some(worker) = self.calls.remove(call) else { return Ok(()) };
                if let Some(until) = until {
                    wait_until(self.crm.entry(worker).or_insert((entry.at, *until)), entry, *until);
                }
            }
            // Patience is measured by the clock of the service.
            Happening::Clock { organization, .. } => {
                self.patience.retain(|(org, ..), _| org != organization);
                self.crm.retain(|(org, _), _| org != organization);
            }
            Happening::Worker { organization, worker, what: WorkerLife::Killed } => {
                let is_others = |org: &Org, one: &usize| (org, one) != (organization, worker);
                self.under_way.retain(|(org, one, _), _| is_others(org, one));
                self.patience.retain(|(org, one, _), _| is_others(org, one));
                self.crm.retain(|(org, one), _| is_others(org, one));
                self.calls.retain(|_, (org, one)| is_others(org, one));
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl Budgets {
    fn is_patient(&self, scope: &Scope, at: Instant, path: &str) -> Result<()> {
        let Some((since, until)) = self.patience.get(scope) else { return Ok(()) };
        let is_early = at < *until && at.since(*since) > ON_ITS_WAY;
        ensure!(!is_early, "{path} is sent before the time is over at {until}");
        Ok(())
    }
}

/// A later end counts; one that ended already is forgotten.
fn wait_until(known: &mut (Instant, Instant), entry: &Entry, until: Instant) {
    if known.1 < entry.at {
        *known = (entry.at, until);
    } else {
        known.1 = known.1.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale};
    use super::*;

    const PATH: &str = "/users/anna%40fabrikam.test/messages";

    #[test]
    fn a_fifth_request_at_once_is_noticed() {
        let mut tale = Tale::to(Budgets::default());
        let first = tale.request("GET", PATH, "").expect("one");
        for _ in 0..3 {
            tale.request("GET", PATH, "").expect("four at once");
        }
        tale.answer(first, 200, None).expect("answered");
        tale.request("GET", PATH, "").expect("four again");
        assert!(tale.request("GET", PATH, "").is_err());
    }

    #[test]
    fn impatience_is_noticed() {
        let mut tale = Tale::to(Budgets::default());
        let number = tale.request("GET", PATH, "").expect("one");
        tale.answer(number, 429, Some(60_000)).expect("told to wait");
        tale.request("GET", PATH, "").expect("on its way already");
        tale.pass(30);
        assert!(tale.request("GET", PATH, "").is_err());
        tale.pass(60);
        tale.request("GET", PATH, "").expect("the time is over");
    }

    #[test]
    fn impatience_with_a_crm_is_noticed() {
        let mut tale = Tale::to(Budgets::default());
        let call = tale.call(ANNA, "1", "promote").expect("one");
        let until = Some(tale.now.plus(Duration::from_secs(600)));
        let what = Happening::Called { call, failure: None, cause: Some("throttled"), until };
        tale.tell(what).expect("told to wait");
        tale.pass(60);
        assert!(tale.call(ANNA, "1", "promote").is_err());
        tale.pass(600);
        tale.call(ANNA, "1", "promote").expect("the time is over");
    }
}
