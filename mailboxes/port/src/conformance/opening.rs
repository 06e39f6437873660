//! Handles, unknown mailboxes, the shared budget.

use super::failing::Others;
use super::{Bench, Desk, Mail, Outcome, TRACKED, Verdict, done, ensure, equal, fails, names};
use crate::{Detail, Mailbox, Scope};
use earmark_model::{CategoryColor, CategoryName, FailureClass, ItemHandle, ItemKind, Version};
use futures::future::join_all;

pub(super) async fn opening_costs_no_request(bench: &dyn Bench) -> Outcome {
    let Some(before) = bench.requests().await else {
        return Ok(Verdict::NotApplicable("requests are not counted"));
    };
    let _handle = bench.server().open(&bench.unknown_mailbox());
    equal(&bench.requests().await, &Some(before), "requests")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_unknown_mailbox_is_unreadable_and_never_empty(bench: &dyn Bench) -> Outcome {
    let mailbox = bench.server().open(&bench.unknown_mailbox());
    all_unreadable(mailbox.as_ref(), &ItemHandle::from("nothing")).await?;
    // Handles as they are elsewhere, so that the server is really asked for them.
    let elsewhere = Desk::new(bench, "elsewhere").await?;
    let others = Others::make(&elsewhere, "Other").await?;
    others.fail(mailbox.as_ref(), &[FailureClass::ScopeUnreadable]).await?;
    Ok(Verdict::Held)
}

pub(super) async fn a_disabled_mailbox_is_unreadable_and_never_empty(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "disabled").await?;
    let handle = desk.deliver(Mail::new("Offer").with(&[TRACKED])).await?;
    desk.look(&handle).await?;
    let others = Others::make(&desk, "Other").await?;
    if !bench.disable_mailbox(&desk.address).await? {
        return Ok(Verdict::NotApplicable("a mailbox cannot be disabled"));
    }
    all_unreadable(desk.mailbox.as_ref(), &handle).await?;
    others.fail(desk.mailbox.as_ref(), &[FailureClass::ScopeUnreadable]).await?;
    Ok(Verdict::Held)
}

/// Every method fails as `ScopeUnreadable`; above all, nothing reads as gone or empty.
async fn all_unreadable(mailbox: &dyn Mailbox, handle: &ItemHandle) -> Result<(), String> {
    let unreadable = [FailureClass::ScopeUnreadable];
    let kind = ItemKind::Email;
    let handles = [handle.clone(), ItemHandle::from("another")];
    let name = CategoryName::new(TRACKED);
    fails(mailbox.changes(None).await, &unreadable, "the feed")?;
    fails(mailbox.bearing(Scope::Mail, &names(&[TRACKED])).await, &unreadable, "bearing")?;
    fails(mailbox.item(kind, handle, Detail::Summary).await, &unreadable, "an item")?;
    fails(mailbox.item(kind, handle, Detail::Content).await, &unreadable, "its content")?;
    fails(mailbox.items(kind, &handles).await, &unreadable, "several items")?;
    fails(mailbox.master_categories().await, &unreadable, "the master list")?;
    fails(mailbox.delegates().await, &unreadable, "delegates")?;
    fails(mailbox.primary_address().await, &unreadable, "the primary address")?;
    fails(mailbox.stamp().await, &unreadable, "the stamp")?;
    fails(mailbox.put_stamp("ours").await, &unreadable, "putting a stamp")?;
    let put = mailbox.put_master_category(&name, CategoryColor::None).await;
    fails(put, &unreadable, "putting an entry")?;
    let base = Version::from("W/\"never\"");
    let write = mailbox.change_categories(kind, handle, &[name], &[], &base).await;
    fails(write, &unreadable, "a write")
}

pub(super) async fn who_may_change_the_mailbox_is_told(bench: &dyn Bench) -> Outcome {
    if !bench.server().capabilities().delegates {
        return Ok(Verdict::NotApplicable("there are no delegates"));
    }
    let desk = Desk::new(bench, "owner").await?;
    let told = async || desk.mailbox.delegates().await.map_err(|failure| failure.to_string());
    equal(&told().await?, &Vec::new(), "delegates of a mailbox that is nobody else's")?;
    let (editor, reader) = (Desk::new(bench, "editor").await?, Desk::new(bench, "reader").await?);
    for (other, edits) in [(&editor, true), (&reader, false)] {
        if !bench.share(&desk.address, &other.address, edits).await? {
            return Ok(Verdict::NotApplicable("a mailbox cannot be shared"));
        }
    }
    equal(&told().await?, &vec![editor.address.clone()], "delegates")?;
    equal(&editor.mailbox.delegates().await.ok(), &Some(Vec::new()), "of the delegate's own")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_mailbox_says_its_primary_address(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "primary").await?;
    let own = done(desk.mailbox.primary_address().await, "the primary address")?;
    equal(&own, &desk.address, "the primary address")?;
    let Some(other) = bench.other_address(&desk.address).await? else {
        return Ok(Verdict::NotApplicable("a mailbox has no other address"));
    };
    let through = bench.server().open(&other);
    let own = done(through.primary_address().await, "the primary address by another name")?;
    equal(&own, &desk.address, "the primary address by another name")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_stamp_stays_and_changes_no_item(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "stamped").await?;
    let other = Desk::new(bench, "unstamped").await?;
    let handle = desk.deliver(Mail::new("Offer").with(&[TRACKED])).await?;
    let before = desk.look(&handle).await?;
    let stamp = async |desk: &Desk<'_>| done(desk.mailbox.stamp().await, "reading the stamp");
    equal(&stamp(&desk).await?, &None, "the stamp of a new mailbox")?;
    if !bench.server().capabilities().stamp {
        return Ok(Verdict::NotApplicable("mailboxes keep no stamp"));
    }
    for mark in ["2f6c1e0a-0000-4000-8000-00000000000a", "Other's \"mark\"", "Other's \"mark\""] {
        done(desk.mailbox.put_stamp(mark).await, "putting a stamp")?;
        equal(&stamp(&desk).await?, &Some(mark.to_owned()), "the stamp")?;
    }
    let restarted = bench.restarted().open(&desk.address);
    let kept = done(restarted.stamp().await, "reading the stamp after a restart")?;
    equal(&kept.is_some(), &true, "the stamp after a restart")?;
    equal(&stamp(&other).await?, &None, "the stamp of another mailbox")?;
    equal(&desk.look(&handle).await?.version, &before.version, "the version of an item")?;
    Ok(Verdict::Held)
}

pub(super) async fn handles_of_one_mailbox_share_its_budget(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "budget").await?;
    let handle = desk.deliver(Mail::new("Offer")).await?;
    let other = bench.server().open(&desk.address);
    let reads = (0..24).map(|number| {
        let mailbox = if number % 2 == 0 { &desk.mailbox } else { &other };
        mailbox.item(ItemKind::Email, &handle, Detail::Summary)
    });
    for read in join_all(reads).await {
        done(read, "reading in parallel")?;
    }
    let most = bench.server().capabilities().parallel_max;
    let Some(seen) = bench.most_in_flight() else {
        return Ok(Verdict::NotApplicable("requests in flight are not counted"));
    };
    ensure(seen <= most, || format!("{seen} requests were in flight, at most {most} may be"))?;
    Ok(Verdict::Held)
}
