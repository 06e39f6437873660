//! Ids of other forms, translated by the server.

use crate::mailbox::{GraphMailbox, of_mailbox};
use crate::wire::page::Page;
use crate::wire::users::translate_exchange_ids::{self as translate, Translated};
use earmark_mailbox_port::IdForm;
use earmark_model::{Failure, ItemHandle};
use std::collections::{BTreeMap, BTreeSet};

impl GraphMailbox {
    /// The handles that `ids` stand for, in their order. Ids that are handles already are
    /// answered as they are.
    pub(crate) async fn translate_ids(
        &self,
        form: IdForm,
        ids: &[String],
    ) -> Result<Vec<Option<ItemHandle>>, Failure> {
        if form == IdForm::RestImmutable {
            let handle = |id: &String| (!id.is_empty()).then(|| ItemHandle(id.clone()));
            return Ok(ids.iter().map(handle).collect());
        }
        let distinct: BTreeSet<&String> = ids.iter().filter(|id| !id.is_empty()).collect();
        let distinct: Vec<String> = distinct.into_iter().cloned().collect();
        let mut handles = BTreeMap::new();
        for some in distinct.chunks(translate::IDS_MAX) {
            self.translate_some(form, some, &mut handles).await?;
        }
        Ok(ids.iter().map(|id| handles.get(id).cloned()).collect())
    }

    /// Where one id makes the server refuse all of them, they are asked in halves, until it alone
    /// is refused.
    async fn translate_some(
        &self,
        form: IdForm,
        ids: &[String],
        handles: &mut BTreeMap<String, ItemHandle>,
    ) -> Result<(), Failure> {
        let mut left = vec![ids];
        while let Some(ids) = left.pop() {
            let call = translate::request(self.address.as_str(), form.as_str(), ids)?;
            let page: Page<Translated> =
                match self.connection.ask(&self.state.budget, &call).await? {
                    Ok(reply) => reply.json()?,
                    Err(refusal) if refusal.is_about_the_request() => {
                        if ids.len() > 1 {
                            let (one, other) = ids.split_at(ids.len() / 2);
                            left.extend([one, other]);
                        }
                        continue;
                    }
                    Err(refusal) => return Err(of_mailbox(refusal.failure)),
                };
            for one in page.value {
                if let (Some(source), Some(target)) = (one.source_id, one.target_id) {
                    handles.insert(source, ItemHandle(target));
                }
            }
        }
        Ok(())
    }
}
