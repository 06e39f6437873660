//! Reads of messages: whole answers become items, partial ones are read by id.

use crate::classify::nonsense;
use crate::connection::found;
use crate::content::ContentReader;
use crate::mailbox::{GraphMailbox, bears, of_mailbox};
use crate::map;
use crate::wire::users::messages::{Message, get, list};
use earmark_mailbox_port::ItemRead;
use earmark_model::{
    CategoryName, Failure, FailureClass, FolderRole, Instant, ItemContent, ItemHandle,
    MessageContent, ObservedItem, identity::bare_message_id,
};
use std::collections::{BTreeMap, BTreeSet};

impl GraphMailbox {
    /// Every message of all folders that carries one of `names`. One request for each spelling:
    /// whether the server folds case is not documented.
    pub(crate) async fn bearing_messages(
        &self,
        names: &[CategoryName],
    ) -> Result<Vec<ObservedItem>, Failure> {
        let spellings: BTreeSet<&str> = names.iter().map(CategoryName::as_str).collect();
        let mut messages: BTreeMap<String, Message> = BTreeMap::new();
        for name in spellings {
            let call = list::bearing(self.address.as_str(), name);
            let listing = self.connection.list::<Message>(&self.state.budget, call).await;
            for message in listing.map_err(of_mailbox)?.entries {
                messages.insert(message.id.clone().ok_or_else(partial)?, message);
            }
        }
        let mut items = self.summaries(messages.into_values().collect()).await?;
        items.retain(|item| bears(item, names));
        items.sort_by(|one, other| one.handle.cmp(&other.handle));
        Ok(items)
    }

    /// Every message that has one of these `Message-ID`s, drafts left out.
    pub(crate) async fn messages_with_ids(
        &self,
        message_ids: &[String],
    ) -> Result<Vec<ObservedItem>, Failure> {
        let bare: BTreeSet<&str> =
            message_ids.iter().map(|id| bare_message_id(id)).filter(|id| !id.is_empty()).collect();
        if bare.is_empty() {
            return Ok(Vec::new());
        }
        // The server compares the header as it stands: brackets, or what else was given.
        let mut stored: BTreeSet<String> = bare.iter().map(|id| format!("<{id}>")).collect();
        let is_id = |id: &&String| !bare_message_id(id).is_empty();
        stored.extend(message_ids.iter().filter(is_id).cloned());
        let address = self.address.as_str();
        let calls: Vec<_> = stored.iter().map(|id| list::with_message_id(address, id)).collect();
        let mut messages: BTreeMap<String, Message> = BTreeMap::new();
        for list in self.connection.list_all::<Message>(&self.state.budget, &calls).await? {
            for message in list.map_err(|refusal| of_mailbox(refusal.failure))? {
                messages.insert(message.id.clone().ok_or_else(partial)?, message);
            }
        }
        let mut items = self.summaries(messages.into_values().collect()).await?;
        // A server may fold case where it should not.
        items.retain(|item| {
            let id = item.message_id.as_deref().map(bare_message_id);
            let is_draft = item.is_draft || item.folder == FolderRole::Drafts;
            !is_draft && id.is_some_and(|id| bare.contains(id))
        });
        items.sort_by(|one, other| one.handle.cmp(&other.handle));
        Ok(items)
    }

    /// What lies in the root Inbox and was received after `since`, the oldest first.
    pub(crate) async fn received_after(
        &self,
        since: Instant,
    ) -> Result<Vec<ObservedItem>, Failure> {
        let call = list::received(self.address.as_str(), since);
        let listing = self.connection.list::<Message>(&self.state.budget, call).await;
        let mut items = self.summaries(listing.map_err(of_mailbox)?.entries).await?;
        // What a list showed too little of was read by id, and may lie elsewhere by now.
        let is_there = |item: &ObservedItem| item.folder == FolderRole::Inbox;
        items.retain(|item| is_there(item) && item.received.is_some_and(|at| at > since));
        items.sort_by(|one, other| {
            one.received.cmp(&other.received).then_with(|| one.handle.cmp(&other.handle))
        });
        items.dedup_by(|one, other| one.handle == other.handle);
        Ok(items)
    }

    /// The items that `messages` of a list show; what a list shows too little of is read by id.
    pub(crate) async fn summaries(
        &self,
        messages: Vec<Message>,
    ) -> Result<Vec<ObservedItem>, Failure> {
        let (partial, whole): (Vec<_>, Vec<_>) = messages.into_iter().partition(map::is_partial);
        let handles: BTreeSet<ItemHandle> =
            partial.into_iter().filter_map(|message| message.id.map(ItemHandle)).collect();
        let handles: Vec<ItemHandle> = handles.into_iter().collect();
        let mut items = self.observed(&whole).await?;
        for read in self.read_messages(&handles).await? {
            if let ItemRead::Found { item, .. } = read {
                items.push(item);
            }
        }
        Ok(items)
    }

    /// The items that whole answers show.
    async fn observed(&self, messages: &[Message]) -> Result<Vec<ObservedItem>, Failure> {
        let folders = messages.iter().filter_map(|message| message.parent_folder_id.as_deref());
        let roles = self
            .state
            .folders
            .roles(&self.connection, &self.state.budget, self.address.as_str(), folders.collect())
            .await?;
        messages
            .iter()
            .map(|message| {
                let folder = message.parent_folder_id.as_ref().and_then(|id| roles.get(id));
                let folder = folder.copied().unwrap_or(FolderRole::Other);
                let item = map::observed(message, folder).ok_or_else(partial)?;
                self.state.known.note(&item);
                Ok(item)
            })
            .collect()
    }

    /// Summaries by id, in the order asked for.
    pub(crate) async fn read_messages(
        &self,
        handles: &[ItemHandle],
    ) -> Result<Vec<ItemRead>, Failure> {
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        let call = |handle: &ItemHandle| get::summary(self.address.as_str(), handle.as_str());
        let calls: Vec<_> = handles.iter().map(call).collect();
        let answers = self.connection.read_all(&self.state.budget, &calls).await?;
        let messages: Vec<Option<Message>> =
            answers.into_iter().map(found).collect::<Result<_, _>>()?;
        let there: Vec<Message> = messages.iter().flatten().cloned().collect();
        let mut items = self.observed(&there).await?.into_iter();
        let read = |message: Option<Message>| match message.and_then(|_| items.next()) {
            Some(item) => ItemRead::Found { item, content: None },
            None => ItemRead::Gone,
        };
        Ok(messages.into_iter().map(read).collect())
    }

    /// One message with its content, where `wants` it; only then are its attachments read.
    pub(crate) async fn read_message_content(
        &self,
        handle: &ItemHandle,
        wants: impl Fn(&ObservedItem) -> bool + Send,
    ) -> Result<ItemRead, Failure> {
        let call = get::content(self.address.as_str(), handle.as_str());
        let message: Message = match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => reply.json()?,
            Err(failure) if failure.class == FailureClass::ItemGone => return Ok(ItemRead::Gone),
            Err(failure) => return Err(failure),
        };
        let mut items = self.observed(std::slice::from_ref(&message)).await?;
        let item = items.pop().ok_or_else(partial)?;
        if !wants(&item) {
            return Ok(ItemRead::Found { item, content: None });
        }
        match self.content(handle, &message).await {
            Ok(content) => {
                let content = Some(Box::new(ItemContent::Message(content)));
                Ok(ItemRead::Found { item, content })
            }
            Err(failure) if failure.class == FailureClass::ItemGone => {
                self.lost_in_between(handle).await
            }
            Err(failure) => Err(failure),
        }
    }

    /// The list of attachments was not found: is the message still there?
    async fn lost_in_between(&self, handle: &ItemHandle) -> Result<ItemRead, Failure> {
        match self.read_messages(std::slice::from_ref(handle)).await?.pop() {
            Some(ItemRead::Gone) | None => Ok(ItemRead::Gone),
            Some(ItemRead::Found { .. }) => Err(nonsense(
                "AttachmentsMissing",
                "The message is there and its list of attachments is not.",
            )),
        }
    }

    async fn content(
        &self,
        handle: &ItemHandle,
        message: &Message,
    ) -> Result<MessageContent, Failure> {
        let reader = ContentReader {
            connection: &self.connection,
            state: &self.state,
            address: self.address.as_str(),
            id: handle.as_str(),
        };
        reader.read(message).await
    }
}

pub(crate) fn partial() -> Failure {
    nonsense("PartialItem", "An item was answered without its id, version, categories or place.")
}
