//! Messages found by what others call them, and by when they came.

use super::{Bench, Desk, Folder, Mail, Outcome, Verdict, done, ensure, equal};
use crate::IdForm;
use earmark_model::{ItemHandle, ObservedItem};
use std::collections::BTreeSet;
use std::time::Duration;

/// Units: ids, more than any batch that a connector makes of them.
const MANY_IDS: usize = 45;

/// Units: copies of one message, more than a page of them.
const MANY_COPIES: usize = 60;

/// Units: messages, more than a page of received mail.
const MUCH_MAIL: usize = 520;

fn handles(items: &[ObservedItem]) -> Vec<ItemHandle> {
    items.iter().map(|item| item.handle.clone()).collect()
}

fn known_as(subject: &str, message_id: &str) -> Mail {
    Mail { message_id: message_id.to_owned(), ..Mail::new(subject) }
}

impl Desk<'_> {
    async fn found(&self, ids: &[&str]) -> Result<BTreeSet<ItemHandle>, String> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let found = done(self.mailbox.messages(&ids).await, "messages by id")?;
        let set: BTreeSet<ItemHandle> = handles(&found).into_iter().collect();
        equal(&set.len(), &found.len(), "a message comes once")?;
        Ok(set)
    }
}

pub(super) async fn messages_are_found_by_their_ids_in_every_folder(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "found-folders").await?;
    let mut wanted = BTreeSet::new();
    for folder in Folder::ALL {
        let mail = known_as(&format!("In {folder:?}"), "<one@outside.test>").lying_in(folder);
        let handle = desk.deliver(mail).await?;
        if folder != Folder::Drafts {
            wanted.insert(handle);
        }
    }
    desk.deliver(known_as("Other", "<other@outside.test>")).await?;
    equal(&desk.found(&["<one@outside.test>"]).await?, &wanted, "by the id as stored")?;
    equal(&desk.found(&["one@outside.test"]).await?, &wanted, "by the id without brackets")?;
    equal(&desk.found(&["<none@outside.test>"]).await?, &BTreeSet::new(), "by no message's id")?;
    equal(&desk.found(&[]).await?, &BTreeSet::new(), "by no id")?;
    Ok(Verdict::Held)
}

pub(super) async fn messages_are_found_whatever_their_id_is_made_of(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "found-odd").await?;
    let odd = [
        "<O'Neill@outside.test>",
        "<50%25+&#@outside.test>",
        "<A=B/c?d@outside.test>",
        "<$filter@outside.test>",
        "<Case@outside.test>",
        "<case@outside.test>",
        "no-brackets@outside.test",
    ];
    let mut delivered = Vec::new();
    for id in odd {
        delivered.push((id, desk.deliver(known_as(id, id)).await?));
    }
    for (id, handle) in &delivered {
        equal(&desk.found(&[id]).await?, &BTreeSet::from([handle.clone()]), id)?;
    }
    let all = delivered.into_iter().map(|(_, handle)| handle).collect();
    equal(&desk.found(&odd).await?, &all, "all together")?;
    Ok(Verdict::Held)
}

pub(super) async fn many_ids_and_many_copies_come_completely(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "found-many").await?;
    let (mut ids, mut wanted) = (Vec::new(), BTreeSet::new());
    for number in 0..MANY_IDS {
        let id = format!("<{number}@outside.test>");
        wanted.insert(desk.deliver(known_as(&format!("Number {number}"), &id)).await?);
        ids.push(id);
        ids.push(format!("<missing{number}@outside.test>"));
    }
    for number in 0..MANY_COPIES {
        let copy = known_as(&format!("Copy {number}"), "<copied@outside.test>");
        wanted.insert(desk.deliver(copy).await?);
    }
    ids.push("<copied@outside.test>".to_owned());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let found = desk.found(&ids).await?;
    ensure(found == wanted, || format!("{} of {} messages came", found.len(), wanted.len()))?;
    Ok(Verdict::Held)
}

pub(super) async fn received_mail_comes_oldest_first(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "received").await?;
    desk.deliver(Mail::new("Before")).await?;
    bench.advance(Duration::from_secs(60));
    let since = bench.now();
    let mut wanted = Vec::new();
    for number in 0..5 {
        bench.advance(Duration::from_secs(60));
        wanted.push(desk.deliver(Mail::new(&format!("Number {number}"))).await?);
    }
    for folder in [Folder::BelowInbox, Folder::Ordinary, Folder::DeletedItems, Folder::SentItems] {
        bench.advance(Duration::from_secs(60));
        desk.deliver(Mail::new(&format!("In {folder:?}")).lying_in(folder)).await?;
    }
    let received = done(desk.mailbox.received(since).await, "received mail")?;
    equal(&handles(&received), &wanted, "received mail of the root Inbox")?;
    let last = received.last().and_then(|item| item.received);
    let last = last.ok_or("received mail has no time")?;
    equal(&done(desk.mailbox.received(last).await, "newer mail")?.len(), &0, "newer mail")?;
    Ok(Verdict::Held)
}

pub(super) async fn much_received_mail_comes_completely(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "received-much").await?;
    let since = bench.now();
    bench.advance(Duration::from_secs(60));
    let mut wanted = BTreeSet::new();
    for number in 0..MUCH_MAIL {
        wanted.insert(desk.deliver(Mail::new(&format!("Number {number}"))).await?);
    }
    let received = done(desk.mailbox.received(since).await, "received mail")?;
    let found: BTreeSet<ItemHandle> = handles(&received).into_iter().collect();
    ensure(found == wanted, || format!("{} of {} messages came", found.len(), wanted.len()))?;
    Ok(Verdict::Held)
}

pub(super) async fn ids_of_other_forms_lead_to_the_handle(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "translated").await?;
    let handle = desk.deliver(Mail::new("Offer")).await?;
    let mut forms = 0;
    for form in [IdForm::Rest, IdForm::Ews, IdForm::Entry, IdForm::RestImmutable] {
        let Some(name) = bench.other_name(&desk.address, &handle, form).await? else { continue };
        let translated = done(desk.mailbox.translate(form, &[name]).await, "translating")?;
        equal(&translated, &vec![Some(handle.clone())], form.as_str())?;
        forms += 1;
    }
    if forms == 0 {
        return Ok(Verdict::NotApplicable("items have one name only"));
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_id_that_means_nothing_takes_no_other_with_it(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "translated-odd").await?;
    let one = desk.deliver(Mail::new("One")).await?;
    let other = desk.deliver(Mail::new("Other")).await?;
    for form in [IdForm::Rest, IdForm::Ews, IdForm::Entry] {
        let name = async |handle| bench.other_name(&desk.address, handle, form).await;
        let (Some(first), Some(second)) = (name(&one).await?, name(&other).await?) else {
            continue;
        };
        let ids = [&first, "nonsense", &second, "", "a/b+c==", &first].map(str::to_owned);
        let translated = done(desk.mailbox.translate(form, &ids).await, "translating")?;
        let (one, other) = (Some(one.clone()), Some(other.clone()));
        equal(&translated, &vec![one.clone(), None, other, None, None, one], form.as_str())?;
        equal(&done(desk.mailbox.translate(form, &[]).await, "nothing")?.len(), &0, "of nothing")?;
    }
    Ok(Verdict::Held)
}
