//! Reads of messages: whole answers become items, partial ones are read by id.

use crate::classify::nonsense;
use crate::content::ContentReader;
use crate::mailbox::GraphMailbox;
use crate::map;
use crate::wire::call::malformed;
use crate::wire::users::messages::{Message, get};
use earmark_mailbox_port::ItemRead;
use earmark_model::{
    Failure, FailureClass, FolderRole, ItemContent, ItemHandle, MessageContent, ObservedItem,
};
use serde_json::Value;
use std::collections::BTreeSet;

impl GraphMailbox {
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
        for read in self.read(&handles).await? {
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
    pub(crate) async fn read(&self, handles: &[ItemHandle]) -> Result<Vec<ItemRead>, Failure> {
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

    pub(crate) async fn read_with_content(&self, handle: &ItemHandle) -> Result<ItemRead, Failure> {
        let call = get::content(self.address.as_str(), handle.as_str());
        let message: Message = match self.connection.send(&self.state.budget, &call).await {
            Ok(reply) => reply.json()?,
            Err(failure) if failure.class == FailureClass::ItemGone => return Ok(ItemRead::Gone),
            Err(failure) => return Err(failure),
        };
        let content = match self.content(handle, &message).await {
            Err(failure) if failure.class == FailureClass::ItemGone => {
                return self.lost_in_between(handle).await;
            }
            other => other?,
        };
        let mut items = self.observed(std::slice::from_ref(&message)).await?;
        let item = items.pop().ok_or_else(partial)?;
        Ok(ItemRead::Found { item, content: Some(Box::new(ItemContent::Message(content))) })
    }

    /// The list of attachments was not found: is the message still there?
    async fn lost_in_between(&self, handle: &ItemHandle) -> Result<ItemRead, Failure> {
        match self.read(std::slice::from_ref(handle)).await?.pop() {
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

fn found(answer: Result<Value, Failure>) -> Result<Option<Message>, Failure> {
    match answer {
        Ok(value) => serde_json::from_value(value).map(Some).map_err(|error| malformed(&error)),
        Err(failure) if failure.class == FailureClass::ItemGone => Ok(None),
        Err(failure) => Err(failure),
    }
}

pub(crate) fn partial() -> Failure {
    nonsense("PartialItem", "A message was answered without its id, version or categories.")
}
