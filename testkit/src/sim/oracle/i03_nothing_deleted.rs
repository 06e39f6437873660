//! I3: the service never deletes an activity, nor anything in a mailbox but its own entry.

use super::{Checker, Truth};
use crate::sim::log::{By, Entry, Happening};
use anyhow::{Result, ensure};

#[derive(Default)]
pub(super) struct NothingDeleted(u64);

impl Checker for NothingDeleted {
    fn name(&self) -> &'static str {
        "I3"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Record { by: By::Service { .. }, activity, after, .. } => {
                self.0 += 1;
                ensure!(after.is_some(), "the service deleted the record {activity}");
            }
            Happening::Call { method, .. } => {
                self.0 += 1;
                ensure!(!method.contains("delete"), "the service calls {method}");
            }
            Happening::Request { number, method, path, .. } if method == "DELETE" => {
                self.0 += 1;
                let rest = truth.sent.get(number).map_or(&[][..], |sent| sent.rest.as_slice());
                let of_its_own = rest.first().is_some_and(|part| part == "subscriptions")
                    || rest.iter().any(|part| part == "masterCategories");
                ensure!(of_its_own, "the service deletes {path}");
            }
            Happening::Item { by: By::Service { .. }, user, id, after, .. } => {
                self.0 += 1;
                ensure!(after.is_some(), "the service deleted {id} of {user}");
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{SERVICE, Tale, email_row};
    use super::*;

    #[test]
    fn a_deleted_record_is_noticed() {
        let mut tale = Tale::to(NothingDeleted::default());
        let row = || Some(email_row("m1", false));
        tale.email(SERVICE, 1, row(), row()).expect("a change is no end");
        tale.email(By::Person, 1, row(), None).expect("a CRM user may");
        assert!(tale.email(SERVICE, 1, row(), None).is_err());
    }

    #[test]
    fn a_deleted_message_is_noticed() {
        let mut tale = Tale::to(NothingDeleted::default());
        tale.request("DELETE", "/subscriptions/1", "").expect("its own");
        assert!(tale.request("DELETE", "/users/anna%40fabrikam.test/messages/1", "").is_err());
    }
}
