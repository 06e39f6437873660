//! Reads by handle.

use super::{Bench, Desk, Folder, Mail, Outcome, TRACKED, Verdict, done, ensure, equal};
use crate::{Detail, ItemRead};
use earmark_model::{FolderRole, ItemHandle, ItemKind};
use std::time::Duration;

pub(super) async fn a_summary_shows_the_item_as_it_is(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "summary").await?;
    let mut mail = Mail::new("Offer").with(&["zebra", "Tracked To dynamics 365", "Apple"]);
    mail.message_id = "<Odd.Id+1=x@Outside.test>".to_owned();
    let handle = desk.deliver(mail.clone()).await?;
    let item = desk.look(&handle).await?;
    equal(&item.handle, &handle, "handle")?;
    equal(&item.kind, &ItemKind::Email, "kind")?;
    equal(&item.categories, &mail.categories, "categories")?;
    equal(&item.message_id, &Some(mail.message_id), "message id")?;
    equal(&item.sender, &Some(mail.from.to_lowercase()), "sender")?;
    equal(&item.folder, &FolderRole::Inbox, "folder")?;
    equal(&item.is_draft, &false, "draft")?;
    for (what, instant) in
        [("created", item.created), ("modified", item.modified), ("received", item.received)]
    {
        ensure(instant.is_some(), || format!("{what} is missing"))?;
    }
    Ok(Verdict::Held)
}

const fn role(folder: Folder) -> FolderRole {
    match folder {
        Folder::Inbox => FolderRole::Inbox,
        Folder::SentItems => FolderRole::SentItems,
        Folder::Drafts => FolderRole::Drafts,
        Folder::DeletedItems | Folder::BelowDeletedItems => FolderRole::DeletedItems,
        Folder::Junk | Folder::BelowJunk => FolderRole::Junk,
        Folder::Ordinary | Folder::BelowInbox => FolderRole::Other,
    }
}

async fn roles_of(bench: &dyn Bench, name: &str, folders: &[Folder]) -> Outcome {
    let desk = Desk::new(bench, name).await?;
    for folder in folders.iter().copied() {
        let mail = Mail::new(&format!("In {folder:?}")).lying_in(folder);
        let item = desk.look(&desk.deliver(mail).await?).await?;
        equal(&item.folder, &role(folder), &format!("role of {folder:?}"))?;
        ensure(!item.is_draft || folder == Folder::Drafts, || "a message is a draft".to_owned())?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn folders_have_their_roles(bench: &dyn Bench) -> Outcome {
    let folders = Folder::ALL.iter().copied();
    let plain = folders.filter(|f| !matches!(f, Folder::BelowDeletedItems | Folder::BelowJunk));
    roles_of(bench, "roles", &plain.collect::<Vec<_>>()).await
}

pub(super) async fn folders_below_deleted_items_and_junk_count_as_those(
    bench: &dyn Bench,
) -> Outcome {
    roles_of(bench, "roles-below", &[Folder::BelowDeletedItems, Folder::BelowJunk]).await
}

pub(super) async fn a_meeting_message_is_one(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "meeting").await?;
    let mut mail = Mail::new("Invitation");
    mail.is_meeting_request = true;
    let item = desk.look(&desk.deliver(mail).await?).await?;
    equal(&item.kind, &ItemKind::MeetingMessage, "kind")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_handle_survives_moves(bench: &dyn Bench) -> Outcome {
    if !bench.server().capabilities().stable_handles {
        return Ok(Verdict::NotApplicable("handles are not stable"));
    }
    let desk = Desk::new(bench, "moves").await?;
    let handle = desk.deliver(Mail::new("Offer").with(&[TRACKED])).await?;
    for folder in [Folder::Ordinary, Folder::DeletedItems, Folder::BelowJunk, Folder::Inbox] {
        bench.move_item(&desk.address, &handle, folder).await?;
        let item = desk.look(&handle).await?;
        equal(&item.folder, &role(folder), "role after a move")?;
        equal(&item.categories, &vec![TRACKED.to_owned()], "categories after a move")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn an_item_is_gone_only_when_it_is(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "gone").await?;
    let handle = desk.deliver(Mail::new("Offer")).await?;
    bench.move_item(&desk.address, &handle, Folder::DeletedItems).await?;
    desk.look(&handle).await?;
    bench.delete(&desk.address, ItemKind::Email, &handle).await?;
    for detail in [Detail::Summary, Detail::Content] {
        let read = desk.mailbox.item(ItemKind::Email, &handle, detail).await;
        equal(&done(read, "reading a deleted item")?, &ItemRead::Gone, "a deleted item")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_version_changes_with_the_item_and_only_then(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "versions").await?;
    let handle = desk.deliver(Mail::new("Offer")).await?;
    let first = desk.look(&handle).await?.version;
    bench.advance(Duration::from_secs(60));
    done(desk.mailbox.item(ItemKind::Email, &handle, Detail::Content).await, "reading")?;
    equal(&desk.look(&handle).await?.version, &first, "version after reading")?;
    bench.set_categories(&desk.address, ItemKind::Email, &handle, &["Red"]).await?;
    let second = desk.look(&handle).await?.version;
    ensure(second != first, || "the version stayed although the item changed".to_owned())?;
    let several = desk.mailbox.items(ItemKind::Email, &[handle.clone(), handle.clone()]).await;
    for read in done(several, "reading several items")? {
        let ItemRead::Found { item, .. } = read else { return Err("an item is gone".into()) };
        equal(&item.version, &second, "version among several items")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn several_items_come_in_the_order_asked_for(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "several").await?;
    let mut handles = Vec::new();
    for number in 0..45 {
        handles.push(desk.deliver(Mail::new(&format!("Number {number}"))).await?);
    }
    for deleted in [0, 19, 20, 44] {
        bench.delete(&desk.address, ItemKind::Email, &handles[deleted]).await?;
    }
    handles.reverse();
    let read = done(desk.mailbox.items(ItemKind::Email, &handles).await, "reading several items")?;
    equal(&read.len(), &handles.len(), "answers")?;
    for (index, (handle, read)) in handles.iter().zip(&read).enumerate() {
        let is_deleted = [0, 19, 20, 44].contains(&(44 - index));
        let found: Option<&ItemHandle> = match read {
            ItemRead::Found { item, .. } => Some(&item.handle),
            ItemRead::Gone => None,
        };
        equal(&found, &(!is_deleted).then_some(handle), &format!("answer {index}"))?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn no_handles_give_no_items(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "none").await?;
    let read = done(desk.mailbox.items(ItemKind::Email, &[]).await, "reading nothing")?;
    equal(&read.len(), &0, "items")?;
    Ok(Verdict::Held)
}
