//! I2: nothing is tracked, categorized, untracked or given up without a cause outside the service.
//!
//! What tracks: an item of the message bore the category, somebody asked, or new mail is accepted
//! there. What ends: the item was without the category while it was linked, somebody asked, or a
//! CRM user took link or record away. Moving an item to another folder, or a mailbox that cannot
//! be read, is neither.

use super::{Checker, Truth, names::is_undeliverable, story::series_key, truth::record_key};
use crate::sim::{
    item::Item,
    log::{By, Entry, Happening, Org},
};
use anyhow::{Result, ensure};
use earmark_model::{ItemHandle, MailboxId};

#[derive(Default)]
pub(super) struct NoInvention(u64);

impl Checker for NoInvention {
    fn name(&self) -> &'static str {
        "I2"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Record {
                organization,
                by: By::Service { .. },
                before: None,
                after: Some(row),
                activity,
            } => {
                self.0 += 1;
                let key = record_key(row);
                ensure!(
                    is_wanted(truth, *organization, &key),
                    "nobody wanted the record {activity} of {key}"
                );
            }
            Happening::Link { by: By::Service { .. }, mailbox, handle, is_linked, .. } => {
                self.0 += 1;
                if *is_linked {
                    made(truth, *mailbox, handle)?;
                } else {
                    cut(truth, *mailbox, handle)?;
                }
            }
            Happening::Item {
                user,
                id,
                by: By::Service { .. },
                before: Some(before),
                after: Some(after),
                ..
            } => {
                self.0 += 1;
                categorized(truth, user, id, before, after)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

fn is_wanted(truth: &Truth, organization: Org, key: &str) -> bool {
    // An exception is tracked with its series.
    [Some(key), series_key(key)].into_iter().flatten().any(|key| {
        let message = truth.messages.get(&(organization, key.to_owned()));
        message.is_some_and(|message| message.wanted.is_some())
    })
}

fn made(truth: &Truth, mailbox: MailboxId, handle: &ItemHandle) -> Result<()> {
    let story = truth.story(mailbox, handle);
    let is_wanted = story.is_some_and(|story| is_wanted(truth, story.organization, &story.key));
    ensure!(is_wanted, "nobody wanted {handle} of {mailbox} to be linked");
    Ok(())
}

fn cut(truth: &Truth, mailbox: MailboxId, handle: &ItemHandle) -> Result<()> {
    let Some(key) = truth.item_key(mailbox, handle) else { return Ok(()) };
    let Some(story) = truth.stories.get(&key) else { return Ok(()) };
    let message = truth.messages.get(&(story.organization, story.key.clone()));
    let in_crm = message.is_some_and(|message| message.in_crm.is_some());
    // A renamed category counts as taken off where the old name is not known any more, or where
    // somebody made another entry of that name.
    let names = truth.names.get(&key.0);
    let is_without = truth
        .items
        .get(&key)
        .is_none_or(|item| !names.is_some_and(|names| names.bears_all(&item.categories)));
    // Shown as it was a while ago, it may be without the name that the category has now.
    let late = truth.seen_late();
    let was_otherwise = |at| !late.is_zero() && Truth::is_since(at, truth.now.minus(late));
    let was_without =
        was_otherwise(story.without) || was_otherwise(names.and_then(|names| names.changed));
    let has_cause =
        story.was_asked_off || in_crm || story.removed.is_some() || is_without || was_without;
    ensure!(has_cause, "{handle} of {} was untracked without a cause", key.0);
    Ok(())
}

fn categorized(truth: &Truth, user: &str, id: &str, before: &Item, after: &Item) -> Result<()> {
    let Some(story) = truth.stories.get(&(user.to_owned(), id.to_owned())) else { return Ok(()) };
    let had = truth.bears(user, before);
    let has = truth.bears(user, after);
    let message = truth.messages.get(&(story.organization, story.key.clone()));
    if has && !had {
        let is_wanted = is_wanted(truth, story.organization, &story.key);
        ensure!(is_wanted, "nobody wanted the category on {id} of {user}");
    }
    if had && !has {
        let gives_up = after.categories.iter().any(|name| is_undeliverable(name));
        let in_crm = message.is_some_and(|message| message.in_crm.is_some());
        let was_released = truth.places.get(user).is_some_and(|place| place.released.is_some());
        let has_cause = gives_up || in_crm || story.was_asked_off || was_released;
        ensure!(has_cause, "the category was taken off {id} of {user} without a cause");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{
        names::TRACKED,
        sample::{
            ANNA, BEN, SERVICE, Tale, bearing, email_row, item, meeting, plain, series, task,
        },
    };
    use super::*;
    use earmark_ledger::{MailboxMemory, Record};

    #[test]
    fn a_record_that_nobody_wanted_is_noticed() {
        let mut tale = Tale::to(NoInvention::default());
        tale.arrives(ANNA, plain("1"));
        assert!(tale.email(SERVICE, 1, None, Some(email_row("m1", false))).is_err());
        tale.person(ANNA, bearing("1"));
        tale.email(SERVICE, 2, None, Some(email_row("m1", false))).expect("it is wanted");
        tale.linked(SERVICE, ANNA, "1", true).expect("it is wanted");
        tale.arrives(BEN, plain("1"));
        tale.linked(SERVICE, BEN, "1", true).expect("a copy");
        assert!(tale.linked(SERVICE, BEN, "2", true).is_err());
    }

    #[test]
    fn an_exception_is_wanted_with_its_series() {
        let mut tale = Tale::to(NoInvention::default());
        tale.arrives(ANNA, series("e1", 7, &[]));
        let exception = || meeting("e2", 7, &[]).of_series("e1", 9_000);
        tale.arrives(ANNA, exception());
        assert!(tale.linked(SERVICE, ANNA, "e2", true).is_err());
        tale.person(ANNA, series("e1", 7, &[TRACKED]));
        tale.linked(SERVICE, ANNA, "e2", true).expect("its series is wanted");
        tale.arrives(ANNA, task("t1", 7, &[]));
        assert!(tale.linked(SERVICE, ANNA, "t1", true).is_err(), "of another kind");
    }

    #[test]
    fn an_item_that_keeps_its_category_is_not_untracked() {
        let mut tale = Tale::to(NoInvention::default());
        tale.arrives(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        tale.linked(SERVICE, ANNA, "1", true).expect("it is wanted");
        let moved = Item { folder: "archive".to_owned(), ..bearing("1") };
        tale.person(ANNA, moved);
        assert!(tale.linked(SERVICE, ANNA, "1", false).is_err());
        tale.person(ANNA, plain("1"));
        tale.linked(SERVICE, ANNA, "1", false).expect("the category is off");
    }

    #[test]
    fn an_old_name_of_another_entry_counts_for_nothing() {
        let mut tale = Tale::to(NoInvention::default());
        tale.master(By::Person, &[], &[("1", TRACKED)]).expect("made");
        tale.arrives(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        tale.linked(SERVICE, ANNA, "1", true).expect("it is wanted");
        tale.master(By::Person, &[("1", TRACKED)], &[("1", "Mine")]).expect("renamed");
        let both = [("1", "Mine"), ("2", TRACKED)];
        tale.master(By::Person, &[("1", "Mine")], &both).expect("another one");
        tale.linked(SERVICE, ANNA, "1", false).expect("it bears the other one");
    }

    #[test]
    fn a_former_name_is_no_assignment_once_the_service_knows() {
        let renamed = || {
            let mut tale = Tale::to(NoInvention::default());
            tale.master(By::Person, &[], &[("1", TRACKED)]).expect("made");
            tale.master(By::Person, &[("1", TRACKED)], &[("1", "Mine")]).expect("renamed");
            tale.arrives(ANNA, plain("1"));
            tale
        };
        let mut early = renamed();
        early.person(ANNA, bearing("1"));
        early.linked(SERVICE, ANNA, "1", true).expect("the list may not have been read");
        let mut late = renamed();
        late.pass(86_400);
        let memory = MailboxMemory { last_success: Some(late.now), ..MailboxMemory::default() };
        let record = Record { mailbox: Some(memory), ..Record::default() };
        late.record(ANNA, record).expect("a cycle");
        late.person(ANNA, bearing("1"));
        assert!(late.linked(SERVICE, ANNA, "1", true).is_err());
        late.person(ANNA, item("1", &["Mine"]));
        late.linked(SERVICE, ANNA, "1", true).expect("the name that counts");
    }

    #[test]
    fn the_service_takes_no_category_off_by_itself() {
        let mut tale = Tale::to(NoInvention::default());
        tale.arrives(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        assert!(tale.service(ANNA, plain("1")).is_err());
        tale.asks(ANNA, "1", false);
        tale.person(ANNA, bearing("1"));
        tale.service(ANNA, plain("1")).expect("somebody asked");
    }
}
