//! What an item shows that the ledger does not know yet: a category set seconds ago is *pending*,
//! not *not tracked*.

use crate::service::state::Organization;
use earmark_crm_port::organization::MailboxRow;
use earmark_mailbox_port::ItemRead;
use earmark_model::{
    Baseline, CategoryName, FailureClass, ItemHandle, ItemKind, ItemState, Link, MailboxSide,
    ObservedItem,
};
use earmark_tracking::{
    Reading, Reason, Rules,
    category::{Names, mailbox_side},
};
use std::collections::BTreeMap;

/// What is shown in place of what the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The state.
    pub state: ItemState,
    /// The code of the reason.
    pub reason: &'static str,
}

impl Shown {
    const fn new(state: ItemState, reason: Reason) -> Self {
        Self { state, reason: reason.code() }
    }
}

/// Whether the ledger's word may be older than what the item shows.
pub fn may_be_older(link: Option<&Link>) -> bool {
    link.is_none_or(|link| {
        link.request.is_none()
            && matches!(
                link.state,
                ItemState::NotTracked | ItemState::UntrackedByUser | ItemState::Tracked
            )
            && !link.ignored
            && !link.uncategorized
    })
}

/// Looks at the items themselves, in one batched read for mail, then one for each other kind of what
/// was not found there. Items that show nothing new are absent. Where the mailbox cannot be read,
/// an item of which nothing is known is *pending*, because of that. The second map has the handles of
/// items that were found under an id of another form.
pub async fn look(
    organization: &Organization,
    mailbox: &MailboxRow,
    wanted: Vec<(ItemHandle, Option<Link>)>,
) -> (BTreeMap<ItemHandle, Shown>, BTreeMap<ItemHandle, ItemHandle>) {
    let (mut shown, mut named) = (BTreeMap::new(), BTreeMap::new());
    if wanted.is_empty() || !mailbox.is_enabled {
        return (shown, named);
    }
    let Ok(names) = names(organization, mailbox).await else { return (shown, named) };
    if !names.1 {
        return (shown, named);
    }
    let opened = organization.mailboxes.open(&mailbox.address);
    let tasks = organization.mailboxes.capabilities().tasks.then_some(ItemKind::Task);
    let mut left = wanted;
    for kind in [ItemKind::Email, ItemKind::Appointment].into_iter().chain(tasks) {
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for (handle, link) in left {
            let is_other = link.as_ref().is_some_and(|link| link.kind != kind);
            if is_other { later.push((handle, link)) } else { now.push((handle, link)) }
        }
        if now.is_empty() {
            left = later;
            continue;
        }
        let handles: Vec<ItemHandle> = now.iter().map(|(handle, _)| handle.clone()).collect();
        match opened.items(kind, &handles).await {
            Ok(read) => {
                for ((handle, link), read) in now.into_iter().zip(read) {
                    match read {
                        ItemRead::Found { item, .. } => {
                            let found = compare(&item, link.as_ref(), &names.0);
                            shown.extend(found.map(|found| (handle.clone(), found)));
                            if item.handle != handle {
                                named.insert(handle, item.handle);
                            }
                        }
                        ItemRead::Gone => later.push((handle, link)),
                    }
                }
            }
            Err(failure) => {
                let waits = matches!(
                    failure.class,
                    FailureClass::Throttled { .. }
                        | FailureClass::Timeout
                        | FailureClass::Unavailable
                        | FailureClass::Unauthenticated
                );
                let unknown = now.into_iter().filter(|(_, link)| waits && link.is_none());
                let pending = Shown::new(ItemState::Pending, Reason::MailboxUnreadable);
                shown.extend(unknown.map(|(handle, _)| (handle, pending)));
            }
        }
        left = later;
    }
    (shown, named)
}

/// The names that count in the mailbox, and whether category tracking is on.
async fn names(
    organization: &Organization,
    mailbox: &MailboxRow,
) -> Result<(Names, bool), crate::api::problem::Problem> {
    let memory = organization.store.mailbox(organization.id, mailbox.id).await?;
    let current: Option<CategoryName> = memory.tracked.as_ref().map(|entry| entry.name.clone());
    let is_on = organization.snapshot().await?.settings.track_categorized_items;
    let names = Names {
        current,
        previous: memory.tracked.map(|entry| entry.previous_names).unwrap_or_default(),
        of_others: Vec::new(),
        undeliverable: memory.undeliverable.map(|entry| entry.name),
    };
    Ok((names, is_on))
}

/// What the item says that the link does not.
fn compare(item: &ObservedItem, link: Option<&Link>, names: &Names) -> Option<Shown> {
    let bears = mailbox_side(Reading::Found(item), link, names, &Rules::all());
    let is_tracked = link.is_some_and(|link| link.baseline == Baseline::Tracked);
    match (bears, is_tracked) {
        (MailboxSide::With, false) => Some(match item.kind {
            ItemKind::MeetingMessage => Shown::new(ItemState::Unsupported, Reason::MeetingMessage),
            ItemKind::Contact => Shown::new(ItemState::Unsupported, Reason::UnsupportedKind),
            ItemKind::Email | ItemKind::Appointment | ItemKind::Task => {
                Shown::new(ItemState::Pending, Reason::CategoryAssigned)
            }
        }),
        (MailboxSide::Without, true) => {
            Some(Shown::new(ItemState::Pending, Reason::CategoryRemoved))
        }
        _ => None,
    }
}
