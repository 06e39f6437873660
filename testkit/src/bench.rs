//! The outside world for the conformance suite of the mailbox port: the Graph connector against
//! the sandbox's HTTP faces.

mod calendar;

mod errand;

mod message;

use crate::World;
use crate::world::{Place, Seen};
use anyhow::{Context, Result};
use async_trait::async_trait;
use earmark_graph::GraphServer;
use earmark_mailbox_port::{
    IdForm, MailboxServer,
    conformance::{Bench, Errand, Failing, Folder, Mail, Meeting},
};
use earmark_model::{CategoryId, Instant, ItemHandle, ItemKind, MailboxAddress};
use http::Method;
use jiff::civil::Date;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than any pause that a server asks for in these tests.
const PAUSE_MAX: Duration = Duration::from_secs(2 * 60 * 60);

/// The Graph connector and its world.
pub struct GraphBench {
    world: World,
    server: GraphServer,
    feed_shows_categories: bool,
}

impl GraphBench {
    /// A bench over an empty world whose mailbox server behaves as `profile` says.
    pub async fn new(profile: &str) -> Result<Self> {
        let world = World::new(1).await?;
        world.behave(profile).await?;
        let server = world.graph_server();
        let shown = world.admin(Method::GET, "/sandbox/v1/quirks", None).await?;
        let bumps = shown["quirks"]["categoryBumpsModified"].as_bool();
        let feed_shows_categories = bumps.context("a quirk has another name")?;
        Ok(Self { world, server, feed_shows_categories })
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

    /// One item of any kind as the outside world has it.
    async fn seen(&self, user: &str, kind: ItemKind, item: &ItemHandle) -> Result<Seen> {
        let found = self.world.admin(Method::GET, &path(user, kind, item)?, None).await?;
        let names = found["categories"].as_array().context("an item has categories")?;
        let categories = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let id = found["id"].as_str().context("an item has an id")?.to_owned();
        let place = match kind {
            ItemKind::Appointment => Place::Calendar,
            ItemKind::Task => Place::Tasks { list: ids(item)?.0.to_owned() },
            ItemKind::Email | ItemKind::MeetingMessage | ItemKind::Contact => Place::Mail,
        };
        Ok(Seen { id, subject: String::new(), categories, place })
    }

    async fn write(
        &self,
        user: &str,
        kind: ItemKind,
        item: &ItemHandle,
        changes: Value,
    ) -> Result<()> {
        let path = path(user, kind, item)?;
        self.world.admin(Method::PATCH, &path, Some(changes)).await.map(drop)
    }

    /// Makes something and answers its id.
    async fn make(&self, path: &str, body: Value) -> Result<String> {
        let made = self.world.admin(Method::POST, path, Some(body)).await?;
        made["id"].as_str().map(str::to_owned).context("what was made has an id")
    }

    /// The id of the occurrence of a series that takes place on `day`.
    async fn occurrence_id(&self, user: &str, master: &ItemHandle, day: Date) -> Result<String> {
        let event = path(user, ItemKind::Appointment, master)?;
        let path = format!(
            "{event}/instances?startDateTime={day}T00:00:00Z&endDateTime={day}T23:59:59Z&$select=id"
        );
        let found = self.world.admin(Method::GET, &path, None).await?;
        let id = found["value"][0]["id"].as_str().map(str::to_owned);
        id.with_context(|| format!("the series does not take place on {day}"))
    }

    async fn remove(&self, user: &str, kind: ItemKind, item: &ItemHandle) -> Result<()> {
        if matches!(kind, ItemKind::Email | ItemKind::MeetingMessage) {
            return self.world.delete_item(user, item.as_str()).await;
        }
        self.world.admin(Method::DELETE, &path(user, kind, item)?, None).await.map(drop)
    }

    async fn category_name(&self, user: &str, id: &CategoryId) -> Result<String> {
        let name = self.world.category_name(user, id.as_str()).await?;
        name.with_context(|| format!("no category has the id {id}"))
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn home(user: &str) -> String {
    format!("/graph/v1.0/users/{}", encoded(user))
}

fn lists(user: &str) -> String {
    format!("{}/todo/lists", home(user))
}

/// The ids of the list and of the task in a task's handle.
fn ids(item: &ItemHandle) -> Result<(&str, &str)> {
    item.as_str().split_once('|').context("the handle of a task names its list")
}

/// Where the Graph face has an item.
fn path(user: &str, kind: ItemKind, item: &ItemHandle) -> Result<String> {
    Ok(match kind {
        ItemKind::Appointment => format!("{}/events/{}", home(user), encoded(item.as_str())),
        ItemKind::Task => {
            let (list, task) = ids(item)?;
            format!("{}/{}/tasks/{}", lists(user), encoded(list), encoded(task))
        }
        ItemKind::Email | ItemKind::MeetingMessage | ItemKind::Contact => {
            format!("{}/messages/{}", home(user), encoded(item.as_str()))
        }
    })
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

    async fn make_event(
        &self,
        mailbox: &MailboxAddress,
        meeting: &Meeting,
    ) -> Result<ItemHandle, String> {
        let path = format!("{}/events", home(mailbox.as_str()));
        self.make(&path, calendar::event(meeting)).await.map(ItemHandle).map_err(said)
    }

    async fn invite(
        &self,
        organizer: &MailboxAddress,
        attendee: &MailboxAddress,
        meeting: &Meeting,
    ) -> Result<(ItemHandle, ItemHandle), String> {
        let mut meeting = meeting.clone();
        meeting.required.push(attendee.as_str().to_owned());
        let own = self.make_event(organizer, &meeting).await?;
        let found = self.world.events(attendee.as_str(), &meeting.subject, None).await;
        match found.map_err(said)?.as_slice() {
            [copy] => Ok((own, ItemHandle(copy.id.clone()))),
            other => Err(format!("the attendee has {} copies", other.len())),
        }
    }

    async fn make_exception(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
        subject: &str,
    ) -> Result<ItemHandle, String> {
        let user = mailbox.as_str();
        let handle = self.occurrence(mailbox, master, day).await?;
        let changes = json!({"subject": subject});
        self.write(user, ItemKind::Appointment, &handle, changes).await.map_err(said)?;
        self.occurrence(mailbox, master, day).await
    }

    async fn occurrence(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
    ) -> Result<ItemHandle, String> {
        let id = self.occurrence_id(mailbox.as_str(), master, day).await;
        id.map(ItemHandle).map_err(said)
    }

    async fn cancel_occurrence(
        &self,
        mailbox: &MailboxAddress,
        master: &ItemHandle,
        day: Date,
    ) -> Result<(), String> {
        let occurrence = self.occurrence(mailbox, master, day).await?;
        self.delete(mailbox, ItemKind::Appointment, &occurrence).await
    }

    async fn make_task_list(&self, mailbox: &MailboxAddress, name: &str) -> Result<String, String> {
        let made = self.make(&lists(mailbox.as_str()), json!({"displayName": name})).await;
        made.map_err(said)
    }

    async fn delete_task_list(&self, mailbox: &MailboxAddress, list: &str) -> Result<(), String> {
        let path = format!("{}/{}", lists(mailbox.as_str()), encoded(list));
        self.world.admin(Method::DELETE, &path, None).await.map(drop).map_err(said)
    }

    async fn make_task(
        &self,
        mailbox: &MailboxAddress,
        list: &str,
        errand: &Errand,
    ) -> Result<ItemHandle, String> {
        let path = format!("{}/{}/tasks", lists(mailbox.as_str()), encoded(list));
        let task = self.make(&path, errand::task(errand)).await.map_err(said)?;
        Ok(ItemHandle(format!("{list}|{task}")))
    }

    async fn move_task(
        &self,
        mailbox: &MailboxAddress,
        task: &ItemHandle,
        list: &str,
    ) -> Result<ItemHandle, String> {
        let path = format!("/sandbox/v1/users/{}/tasks/move", encoded(mailbox.as_str()));
        let (_, id) = ids(task).map_err(said)?;
        let body = json!({"taskId": id, "toListId": list});
        let moved = self.world.admin(Method::POST, &path, Some(body)).await.map_err(said)?;
        let id = moved["taskId"].as_str().ok_or("a moved task has an id")?;
        Ok(ItemHandle(format!("{list}|{id}")))
    }

    async fn flag(&self, mailbox: &MailboxAddress, item: &ItemHandle) -> Result<bool, String> {
        let changes = json!({"flag": {"flagStatus": "flagged"}});
        let write = self.write(mailbox.as_str(), ItemKind::Email, item, changes).await;
        write.map(|()| true).map_err(said)
    }

    async fn share(
        &self,
        mailbox: &MailboxAddress,
        with: &MailboxAddress,
        edits: bool,
    ) -> Result<bool, String> {
        let role = if edits { "editor" } else { "reviewer" };
        self.world.share(mailbox.as_str(), with.as_str(), role).await.map_err(said)?;
        Ok(true)
    }

    async fn other_address(
        &self,
        mailbox: &MailboxAddress,
    ) -> Result<Option<MailboxAddress>, String> {
        let other = MailboxAddress::new(&format!("also-{mailbox}"));
        self.world.sign_in_as(mailbox.as_str(), other.as_str()).await.map_err(said)?;
        Ok(Some(other))
    }

    async fn take_tasks_away(&self, mailbox: &MailboxAddress) -> Result<bool, String> {
        let path = format!("/sandbox/v1/users/{}", encoded(mailbox.as_str()));
        let body = json!({"toDoEnabled": false});
        let changed = self.world.admin(Method::PATCH, &path, Some(body)).await;
        changed.map(|_| true).map_err(said)
    }

    fn push_url(&self) -> Option<String> {
        Some(self.world.push_url().to_owned())
    }

    async fn delivered(&self) -> Result<Vec<Vec<u8>>, String> {
        Ok(self.world.delivered().await.into_iter().map(|body| body.to_vec()).collect())
    }

    async fn end_subscription(&self, subscription: &str) -> Result<(), String> {
        self.world.end_subscription(subscription).await.map_err(said)
    }

    async fn categories(
        &self,
        mailbox: &MailboxAddress,
        kind: ItemKind,
        item: &ItemHandle,
    ) -> Result<Vec<String>, String> {
        let seen = self.seen(mailbox.as_str(), kind, item).await;
        seen.map(|seen| seen.categories).map_err(said)
    }

    async fn set_categories(
        &self,
        mailbox: &MailboxAddress,
        kind: ItemKind,
        item: &ItemHandle,
        names: &[&str],
    ) -> Result<(), String> {
        let changes = json!({"categories": names});
        self.world.advance(Duration::from_secs(1));
        self.write(mailbox.as_str(), kind, item, changes).await.map_err(said)
    }

    async fn before_next_write(
        &self,
        mailbox: &MailboxAddress,
        kind: ItemKind,
        item: &ItemHandle,
        name: &str,
    ) -> Result<bool, String> {
        let user = mailbox.as_str();
        let seen = self.seen(user, kind, item).await.map_err(said)?;
        self.world.assign_before_next_write(user, &seen, name).map_err(said)?;
        Ok(true)
    }

    fn feed_shows_categories(&self) -> bool {
        self.feed_shows_categories
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

    async fn delete(
        &self,
        mailbox: &MailboxAddress,
        kind: ItemKind,
        item: &ItemHandle,
    ) -> Result<(), String> {
        self.remove(mailbox.as_str(), kind, item).await.map_err(said)
    }

    async fn other_name(
        &self,
        mailbox: &MailboxAddress,
        item: &ItemHandle,
        form: IdForm,
    ) -> Result<Option<String>, String> {
        let path = format!("{}/translateExchangeIds", home(mailbox.as_str()));
        let body = json!({
            "inputIds": [item.as_str()],
            "sourceIdType": "restImmutableEntryId",
            "targetIdType": form.as_str(),
        });
        let answer = self.world.admin(Method::POST, &path, Some(body)).await.map_err(said)?;
        let name = answer["value"][0]["targetId"].as_str();
        name.map(|name| Some(name.to_owned())).ok_or_else(|| "the id means nothing".to_owned())
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
