//! The outside world for the conformance suite of the mailbox port: the Graph connector against
//! the sandbox's HTTP faces.

mod message;

use crate::World;
use anyhow::{Context, Result};
use async_trait::async_trait;
use earmark_graph::GraphServer;
use earmark_mailbox_port::{
    MailboxServer,
    conformance::{Bench, Failing, Folder, Mail},
};
use earmark_model::{CategoryId, Instant, ItemHandle, MailboxAddress};
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than any pause that a server asks for in these tests.
const PAUSE_MAX: Duration = Duration::from_secs(2 * 60 * 60);

/// The Graph connector and its world.
pub struct GraphBench {
    world: World,
    server: GraphServer,
}

impl GraphBench {
    /// A bench over an empty world.
    pub async fn new() -> Result<Self> {
        let world = World::new(1).await?;
        let server = world.graph_server();
        Ok(Self { world, server })
    }

    async fn folder_id(&self, user: &str, folder: Folder) -> Result<String> {
        let path = match folder {
            Folder::Inbox => return Ok("inbox".to_owned()),
            Folder::SentItems => return Ok("sentitems".to_owned()),
            Folder::Drafts => return Ok("drafts".to_owned()),
            Folder::DeletedItems => return Ok("deleteditems".to_owned()),
            Folder::Junk => return Ok("junkemail".to_owned()),
            Folder::Ordinary => ["msgfolderroot", "Projects"].as_slice(),
            Folder::BelowInbox => &["inbox", "Below"],
            Folder::BelowDeletedItems => &["deleteditems", "Old", "Older"],
            Folder::BelowJunk => &["junkemail", "Below"],
        };
        let (root, names) = path.split_first().context("a path begins with a root")?;
        let mut id = (*root).to_owned();
        for name in names {
            id = self.world.folder_below(user, &id, name).await?;
        }
        Ok(id)
    }

    async fn put(&self, user: &str, mail: &Mail) -> Result<ItemHandle> {
        let id = self.world.import(user, message::rfc5322(mail, self.world.now())).await?;
        if !mail.categories.is_empty() {
            self.world.set_categories(user, &id, &mail.categories).await?;
        }
        let folder = self.folder_id(user, mail.folder).await?;
        self.world.move_item_to_id(user, &id, &folder).await?;
        Ok(ItemHandle::from(id))
    }

    async fn category_name(&self, user: &str, id: &CategoryId) -> Result<String> {
        let name = self.world.category_name(user, id.as_str()).await?;
        name.with_context(|| format!("no category has the id {id}"))
    }
}

fn rule(failing: Failing, count: u32) -> Value {
    let fault = match failing {
        Failing::Throttled { seconds } => json!({"status": 429, "retryAfter": seconds}),
        Failing::Unavailable => json!({"status": 503}),
        Failing::AnswerLost => json!({"dropResponse": true}),
        Failing::Unauthenticated => json!({"status": 401}),
        Failing::Nonsense => json!({"status": 200}),
    };
    let mut rule = json!({"target": "graph", "fault": fault});
    if count != u32::MAX {
        rule["times"] = json!(count);
    }
    rule
}

fn said(error: anyhow::Error) -> String {
    format!("{error:#}")
}

#[async_trait]
impl Bench for GraphBench {
    fn server(&self) -> &dyn MailboxServer {
        &self.server
    }

    fn restarted(&self) -> Box<dyn MailboxServer> {
        Box::new(self.world.graph_server())
    }

    fn now(&self) -> Instant {
        self.world.now()
    }

    fn advance(&self, duration: Duration) {
        self.world.advance(duration);
    }

    async fn make_mailbox(&self, name: &str) -> Result<MailboxAddress, String> {
        let address = format!("{name}@fabrikam.test");
        self.world.add_user(&address, name, false).await.map_err(said)?;
        Ok(MailboxAddress::new(&address))
    }

    fn unknown_mailbox(&self) -> MailboxAddress {
        MailboxAddress::new("nobody@fabrikam.test")
    }

    async fn disable_mailbox(&self, mailbox: &MailboxAddress) -> Result<bool, String> {
        self.world.disable_user(mailbox.as_str()).await.map_err(said)?;
        Ok(true)
    }

    async fn deliver(&self, mailbox: &MailboxAddress, mail: &Mail) -> Result<ItemHandle, String> {
        self.put(mailbox.as_str(), mail).await.map_err(said)
    }

    async fn categories(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
    ) -> Result<Vec<String>, String> {
        let seen = self.world.item_by_id(mailbox.as_str(), item.as_str()).await;
        seen.map(|seen| seen.categories).map_err(said)
    }

    async fn set_categories(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        names: &[&str],
    ) -> Result<(), String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.world.set_categories(mailbox.as_str(), item.as_str(), &names).await.map_err(said)
    }

    async fn before_next_write(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        name: &str,
    ) -> Result<bool, String> {
        let user = mailbox.as_str();
        let seen = self.world.item_by_id(user, item.as_str()).await.map_err(said)?;
        self.world.assign_before_next_write(user, &seen, name).map_err(said)?;
        Ok(true)
    }

    async fn move_item(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        folder: Folder,
    ) -> Result<(), String> {
        let user = mailbox.as_str();
        let folder = self.folder_id(user, folder).await.map_err(said)?;
        self.world.move_item_to_id(user, item.as_str(), &folder).await.map_err(said)
    }

    async fn delete(&self, mailbox: &MailboxAddress, item: &ItemHandle) -> Result<(), String> {
        self.world.delete_item(mailbox.as_str(), item.as_str()).await.map_err(said)
    }

    async fn master_names(&self, mailbox: &MailboxAddress) -> Result<Vec<String>, String> {
        self.world.category_list(mailbox.as_str()).await.map_err(said)
    }

    async fn rename_master_entry(
        &self,
        mailbox: &MailboxAddress,
        id: &CategoryId,
        to: &str,
    ) -> Result<bool, String> {
        let user = mailbox.as_str();
        let from = self.category_name(user, id).await.map_err(said)?;
        self.world.rename_category(user, &from, to, false).await.map_err(said)?;
        Ok(true)
    }

    async fn fail_next(&self, count: u32, failing: Failing) -> Result<(), String> {
        self.world.set_faults(json!([rule(failing, count)])).await.map_err(said)
    }

    async fn heal(&self) -> Result<(), String> {
        self.world.clear_faults().await.map_err(said)?;
        self.world.advance(PAUSE_MAX);
        Ok(())
    }

    async fn expire_checkpoints(&self, mailbox: &MailboxAddress) -> Result<bool, String> {
        // The connector's feed is a window of time: the server keeps nothing that it could forget.
        let _ = mailbox;
        Ok(false)
    }

    async fn requests(&self) -> Option<u64> {
        let counts = self.world.counts().await.ok()?;
        Some(counts.iter().filter(|(side, ..)| side == "graph").map(|(.., count)| count).sum())
    }

    fn most_in_flight(&self) -> Option<usize> {
        Some(self.world.most_in_flight())
    }
}
