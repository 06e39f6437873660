//! C7: a world at rest stays as it is: when everything is compared once more, nothing is written.
//!
//! Untracked is what came back without the category and was in no list: out of Deleted Items or Junk,
//! or into the calendar.

use super::{
    Checker, Truth,
    rest::{Rest, Step, writes},
};
use crate::sim::log::{By, Entry, Happening};
use anyhow::{Result, ensure};
use earmark_model::{ItemKind, ItemState};

#[derive(Default)]
pub(super) struct Quiet(u64);

impl Checker for Quiet {
    fn name(&self) -> &'static str {
        "C7"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        if rest.step != Step::Compared {
            return Ok(());
        }
        for entry in &rest.since {
            self.0 += 1;
            if is_unlink_of_returned(&entry.what, rest, truth) {
                continue;
            }
            let (Happening::Request { organization, .. } | Happening::Call { organization, .. }) =
                &entry.what
            else {
                let is_change = matches!(
                    &entry.what,
                    Happening::Item { by: By::Service { .. }, .. }
                        | Happening::Master { by: By::Service { .. }, .. }
                        | Happening::Record { by: By::Service { .. }, .. }
                        | Happening::Link { by: By::Service { .. }, .. }
                );
                ensure!(!is_change, "a world at rest changes: {:?}", entry.what);
                continue;
            };
            // What is out of order for good may be tried again and again.
            let is_broken = truth.organizations.get(organization).is_some_and(|it| it.is_broken)
                || truth
                    .homes
                    .iter()
                    .any(|(user, home)| home.0 == *organization && truth.is_broken(user));
            let write = writes(entry).filter(|_| !is_broken);
            ensure!(write.is_none(), "a world at rest sends {}", write.unwrap_or_default());
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

/// The end of a link of an item that was gone for a while.
fn is_unlink_of_returned(what: &Happening, rest: &Rest, truth: &Truth) -> bool {
    let (mailbox, handle) = match what {
        Happening::Call { method: "unlink", item: Some((mailbox, handle)), .. }
        | Happening::Link { mailbox, handle, is_linked: false, .. } => (mailbox, handle),
        _ => return false,
    };
    let Some(user) = truth.owners.get(mailbox) else { return false };
    let story = truth.stories.get(&(user.clone(), handle.0.clone()));
    let was_put_aside = story.is_some_and(|story| story.discarded.is_some());
    let known = rest.before.iter().flat_map(|before| &before.mailboxes);
    let link = known.filter(|one| one.user == *user).find_map(|one| one.ledger.get(handle));
    let was_gone = link.is_some_and(|link| {
        link.kind == ItemKind::Appointment && link.state == ItemState::SourceGone
    });
    was_gone || (was_put_aside && !rest.tells_moves)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale};
    use super::*;

    #[test]
    fn a_write_at_rest_is_noticed() {
        let mut tale = Tale::to(Quiet::default());
        let mut rest = tale.rest();
        rest.step = Step::Compared;
        tale.request("GET", "/users/anna%40fabrikam.test/messages", "").expect("it reads");
        tale.call(ANNA, "1", "lookup").expect("it reads");
        rest.since.clone_from(&tale.told);
        tale.judge(&rest).expect("quiet");
        tale.call(ANNA, "1", "promote").expect("it writes");
        rest.since.clone_from(&tale.told);
        assert!(tale.judge(&rest).is_err());
    }
}
