//! The port over the pretend world.

use crate::pretend::{Contents, Flaw, PretendMailbox, State, Stored, What, failure};
use crate::shown;
use async_trait::async_trait;
use earmark_mailbox_port::conformance::Folder;
use earmark_mailbox_port::{
    CategoryWrite, ChangePage, Checkpoint, Detail, IdForm, ItemRead, Mailbox, PushTarget, Renewal,
    Scope, Subscription,
};
use earmark_model::{
    ActivityId, CategoryColor, CategoryId, CategoryName, Failure, FailureClass, Field, FieldValue,
    FolderRole, Instant, ItemHandle, ItemKind, MailboxAddress, MasterCategory, ObservedItem,
    Version, identity::bare_message_id,
};

#[async_trait]
impl Mailbox for PretendMailbox {
    async fn changes(&self, checkpoint: Option<&Checkpoint>) -> Result<ChangePage, Failure> {
        self.request(|state, address| {
            let next = Checkpoint(format!("serial:{}", state.serial));
            let Some(checkpoint) = checkpoint else {
                return Ok(ChangePage { changed: Vec::new(), gone: Vec::new(), next });
            };
            let since = checkpoint.0.strip_prefix("serial:").and_then(|text| text.parse().ok());
            let since: u64 = since
                .filter(|since| *since >= state.expired_before)
                .ok_or_else(|| failure(FailureClass::CheckpointExpired))?;
            let items = state.boxes[address].items.iter();
            let changed = items
                .filter(|(_, stored)| stored.serial > since)
                .filter(|(_, stored)| matches!(stored.what, What::Mail { .. }))
                .map(|(handle, stored)| self.shown(state, address, handle, stored))
                .collect();
            Ok(ChangePage { changed, gone: Vec::new(), next })
        })
    }

    async fn bearing(
        &self,
        scope: Scope,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure> {
        let found = self.request(|state, address| {
            let contents = &state.boxes[address];
            if scope == Scope::Tasks && contents.has_no_tasks {
                let unreadable = Err(failure(FailureClass::ScopeUnreadable));
                return if self.has(Flaw::NoTasksIsEmpty) { Ok(Vec::new()) } else { unreadable };
            }
            let page = if self.has(Flaw::OnlyTheFirstPage) { 1_000 } else { usize::MAX };
            Ok(contents
                .items
                .iter()
                .filter(|(_, stored)| stored.bears(names) && self.is_in(scope, contents, stored))
                .take(page)
                .map(|(handle, stored)| self.shown(state, address, handle, stored))
                .collect())
        });
        match found {
            Err(failure)
                if failure.class == FailureClass::Unavailable && self.has(Flaw::OutageIsEmpty) =>
            {
                Ok(Vec::new())
            }
            other => other,
        }
    }

    async fn item(
        &self,
        _kind: ItemKind,
        handle: &ItemHandle,
        detail: Detail<'_>,
    ) -> Result<ItemRead, Failure> {
        self.read(handle, detail)
    }

    async fn items(
        &self,
        _kind: ItemKind,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        handles.iter().map(|handle| self.read(handle, Detail::Summary)).collect()
    }

    async fn master_categories(&self) -> Result<Vec<MasterCategory>, Failure> {
        self.request(|state, address| Ok(state.boxes[address].entries.clone()))
    }

    async fn delegates(&self) -> Result<Vec<MailboxAddress>, Failure> {
        self.request(|state, address| {
            let shared = state.boxes[address].shared.iter();
            let edits = |edits: bool| edits || self.has(Flaw::ReadersAreDelegates);
            Ok(shared.filter(|(_, may)| edits(*may)).map(|(with, _)| with.clone()).collect())
        })
    }

    async fn primary_address(&self) -> Result<MailboxAddress, Failure> {
        self.request(|_, address| {
            let is_wrong = self.has(Flaw::OtherNameIsPrimary);
            Ok(if is_wrong { self.asked.clone() } else { address.clone() })
        })
    }

    async fn stamp(&self) -> Result<Option<String>, Failure> {
        self.request(|state, address| Ok(state.boxes[address].stamp.clone()))
    }

    async fn put_stamp(&self, stamp: &str) -> Result<(), Failure> {
        self.request(|state, address| {
            let contents = state.boxes.get_mut(address).expect("there");
            if !(contents.stamp.is_some() && self.has(Flaw::FirstStampStays)) {
                contents.stamp = Some(stamp.to_owned());
            }
            Ok(())
        })
    }

    async fn put_master_category(
        &self,
        name: &CategoryName,
        color: CategoryColor,
    ) -> Result<MasterCategory, Failure> {
        self.request(|state, address| {
            state.serial += 1;
            let id = CategoryId(format!("entry{}", state.serial));
            let entries = &mut state.boxes.get_mut(address).expect("there").entries;
            if let Some(there) = entries.iter().find(|entry| entry.name == *name) {
                return Ok(there.clone());
            }
            entries.push(MasterCategory { id, name: name.clone(), color });
            Ok(entries[entries.len() - 1].clone())
        })
    }

    async fn drop_master_category(&self, id: &CategoryId) -> Result<(), Failure> {
        self.request(|state, address| {
            state.boxes.get_mut(address).expect("there").entries.retain(|entry| entry.id != *id);
            Ok(())
        })
    }

    async fn change_categories(
        &self,
        _kind: ItemKind,
        handle: &ItemHandle,
        add: &[CategoryName],
        remove: &[CategoryName],
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        self.request(|state, address| {
            if let Some((_, name)) = state.race.take_if(|(raced, _)| raced == handle) {
                let items = &mut state.boxes.get_mut(address).expect("there").items;
                items.get_mut(handle).expect("there").categories.push(name);
                state.stamp(address, handle);
            }
            let Some(stored) = state.boxes[address].items.get(handle) else {
                return Ok(CategoryWrite::Gone);
            };
            let goes = |there: &String| {
                remove.iter().any(|name| match self.has(Flaw::CaseMatters) {
                    true => name.as_str() == there,
                    false => name.is_same(there),
                })
            };
            let mut wanted = stored.categories.clone();
            wanted.retain(|there| !goes(there));
            if self.has(Flaw::OtherNamesAreLost) {
                wanted.clear();
            }
            for name in add {
                if !wanted.iter().any(|there| name.is_same(there)) {
                    wanted.push(name.as_str().to_owned());
                }
            }
            if wanted == stored.categories {
                return Ok(CategoryWrite::Done(shown::version(stored)));
            }
            if shown::version(stored) != *base && !self.has(Flaw::BaseIsIgnored) {
                return Ok(CategoryWrite::Stale);
            }
            let items = &mut state.boxes.get_mut(address).expect("there").items;
            items.get_mut(handle).expect("there").categories = wanted;
            state.stamp(address, handle);
            Ok(CategoryWrite::Done(shown::version(&state.boxes[address].items[handle])))
        })
    }

    async fn messages(&self, message_ids: &[String]) -> Result<Vec<ObservedItem>, Failure> {
        self.request(|state, address| {
            let items = state.boxes[address].items.iter();
            let shown = items.map(|(handle, stored)| self.shown(state, address, handle, stored));
            let wanted = |item: &ObservedItem| {
                let id = item.message_id.as_deref().map(bare_message_id);
                let same = |one: &str, other: &str| {
                    one == other || self.has(Flaw::IdsIgnoreCase) && one.eq_ignore_ascii_case(other)
                };
                let asked = |id: &str| message_ids.iter().any(|one| same(bare_message_id(one), id));
                (!item.is_draft || self.has(Flaw::DraftsAreFound)) && id.is_some_and(asked)
            };
            let most = if self.has(Flaw::OnlyTheFirstCopies) { 50 } else { usize::MAX };
            Ok(shown.filter(wanted).take(most).collect())
        })
    }

    async fn received(&self, since: Instant) -> Result<Vec<ObservedItem>, Failure> {
        self.request(|state, address| {
            let items = state.boxes[address].items.iter();
            let shown = items.map(|(handle, stored)| self.shown(state, address, handle, stored));
            let wanted = |item: &ObservedItem| {
                (item.folder == FolderRole::Inbox || self.has(Flaw::AnyFolderReceives))
                    && item.received.is_some_and(|at| at > since)
            };
            let mut found: Vec<ObservedItem> = shown.filter(wanted).collect();
            found.sort_by_key(|item| item.received);
            if self.has(Flaw::OnlyTheFirstPage) {
                found.truncate(500);
            }
            Ok(found)
        })
    }

    async fn translate(
        &self,
        form: IdForm,
        ids: &[String],
    ) -> Result<Vec<Option<ItemHandle>>, Failure> {
        self.request(|state, address| {
            let items = &state.boxes[address].items;
            let handle = |id: &String| {
                let bare = match form {
                    _ if self.has(Flaw::FormsAreIgnored) => Some(id.as_str()),
                    IdForm::RestImmutable => Some(id.as_str()),
                    other => id.strip_prefix(other.as_str()).and_then(|id| id.strip_prefix(':')),
                };
                bare.map(ItemHandle::from).filter(|handle| items.contains_key(handle))
            };
            let mut handles: Vec<_> = ids.iter().map(handle).collect();
            if self.has(Flaw::UnknownIdsAreLeftOut) {
                handles.retain(Option::is_some);
            }
            Ok(handles)
        })
    }

    async fn exceptions(&self, master: &ItemHandle) -> Result<Vec<ObservedItem>, Failure> {
        self.request(|state, address| {
            let of_series = |stored: &Stored| match &stored.what {
                What::Event(entry) => entry.member.as_ref().is_some_and(|(of, _)| of == master),
                What::Mail { .. } | What::Task { .. } => false,
            };
            let items = state.boxes[address].items.iter();
            Ok(items
                .filter(|(_, stored)| of_series(stored))
                .map(|(handle, stored)| self.shown(state, address, handle, stored))
                .collect())
        })
    }

    async fn put_back_link(
        &self,
        handle: &ItemHandle,
        activity: ActivityId,
    ) -> Result<CategoryWrite, Failure> {
        self.request(|state, address| {
            let items = &mut state.boxes.get_mut(address).expect("there").items;
            let Some(What::Task { link, .. }) = items.get_mut(handle).map(|item| &mut item.what)
            else {
                return Ok(CategoryWrite::Gone);
            };
            if *link != Some(activity) {
                *link = Some(activity);
                state.stamp(address, handle);
            }
            Ok(CategoryWrite::Done(shown::version(&state.boxes[address].items[handle])))
        })
    }

    async fn change_fields(
        &self,
        kind: ItemKind,
        handle: &ItemHandle,
        changes: &[(Field, FieldValue)],
        _: Option<&str>,
        base: &Version,
    ) -> Result<CategoryWrite, Failure> {
        self.request(|state, address| {
            let Some(stored) = state.boxes[address].items.get(handle) else {
                return Ok(CategoryWrite::Gone);
            };
            if stored.kind() != kind {
                return Ok(CategoryWrite::Gone);
            }
            if shown::version(stored) != *base {
                return Ok(CategoryWrite::Stale);
            }
            let items = &mut state.boxes.get_mut(address).expect("there").items;
            let stored = items.get_mut(handle).expect("there");
            for (field, value) in changes {
                if !shown::give(&mut stored.what, *field, value) {
                    let field = field.as_str().to_owned();
                    return Err(failure(FailureClass::Unacceptable { field }));
                }
            }
            state.stamp(address, handle);
            Ok(CategoryWrite::Done(shown::version(&state.boxes[address].items[handle])))
        })
    }

    async fn push_resources(&self) -> Result<Vec<String>, Failure> {
        self.request(|state, address| {
            let lists = &state.boxes[address].lists;
            let lists = lists.iter().map(|list| format!("{address}#task#{list}"));
            let own = ["email", "appointment"].map(|kind| format!("{address}#{kind}"));
            Ok(own.into_iter().chain(lists).collect())
        })
    }

    async fn subscribe(
        &self,
        resource: &str,
        target: &PushTarget,
    ) -> Result<Subscription, Failure> {
        self.request(|state, address| {
            state.serial += 1;
            let made = Subscription {
                id: format!("subscription{}", state.serial),
                resource: resource.to_owned(),
                expires: target.expires,
            };
            state.subscriptions.push((address.clone(), made.clone(), target.clone()));
            Ok(made)
        })
    }

    async fn renew(&self, subscription: &str, expires: Instant) -> Result<Renewal, Failure> {
        self.request(|state, _| {
            let found = state.subscriptions.iter_mut().find(|(_, one, _)| one.id == subscription);
            if let Some((_, one, _)) = found {
                one.expires = expires;
            } else if !self.has(Flaw::EndedIsRenewed) {
                return Ok(Renewal::Gone);
            }
            Ok(Renewal::Until(expires))
        })
    }

    async fn subscriptions(&self, url: &str) -> Result<Vec<Subscription>, Failure> {
        self.request(|state, address| {
            let is_listed = |of: &MailboxAddress| {
                of == address || self.has(Flaw::ForeignSubscriptionsAreListed)
            };
            let all = state.subscriptions.iter();
            let ours = all.filter(|(of, _, target)| is_listed(of) && target.url == url);
            Ok(ours.map(|(_, one, _)| one.clone()).collect())
        })
    }

    async fn unsubscribe(&self, subscription: &str) -> Result<(), Failure> {
        self.request(|state, _| {
            state.subscriptions.retain(|(_, one, _)| one.id != subscription);
            Ok(())
        })
    }
}

impl PretendMailbox {
    fn shown(
        &self,
        state: &State,
        address: &MailboxAddress,
        handle: &ItemHandle,
        stored: &Stored,
    ) -> ObservedItem {
        shown::observed(&state.boxes[address], handle, stored, self.flaw)
    }

    fn is_in(&self, scope: Scope, contents: &Contents, stored: &Stored) -> bool {
        match (&stored.what, scope) {
            (What::Mail { folder, .. }, Scope::Mail) => {
                *folder == Folder::Inbox || !self.has(Flaw::OnlyTheInbox)
            }
            (What::Mail { is_flagged, .. }, Scope::Tasks) => {
                *is_flagged && self.has(Flaw::MirrorIsRead)
            }
            (What::Event(entry), Scope::Calendar) => {
                entry.member.is_none() || !self.has(Flaw::ExceptionsAreForgotten)
            }
            (What::Task { list, .. }, Scope::Tasks) => {
                contents.lists.first() == Some(list) || !self.has(Flaw::OnlyTheFirstList)
            }
            _ => false,
        }
    }
}
