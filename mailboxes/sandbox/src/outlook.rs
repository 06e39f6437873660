//! What a person does in a mail program beyond one message's categories and folder: drafts,
//! sending, answering, whole conversations, copies, rules, the master list. For tests and sample
//! data.

use crate::{
    delivery::{self, Occasion},
    error::Refusal,
    graph,
    person::{CAUSE, MessageSummary, summary},
    sandbox::Sandbox,
    store::{
        category,
        change::{self, Setting},
        export::export,
        folder,
        handle::{IdKind, MessageKey, message_id, parse_message_id},
        insert::{Place, insert},
        item::{self, COLUMNS, Item},
        message::NewMessage,
        rule::{self, Rule},
        user::{self, User},
    },
};
use earmark_sqlite::rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, json};

/// A place in the order of a mailbox's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(i64);

/// Reads a row of a query over `COLUMNS`, with those that the owner sees.
fn shown(
    tx: &Transaction<'_>,
    owner: &User,
    condition: &str,
    value: &dyn earmark_sqlite::rusqlite::ToSql,
) -> Result<Vec<MessageSummary>, Refusal> {
    let recoverable = folder::well_known(tx, owner.row, folder::RECOVERABLE)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM message m
         WHERE m.user = ?1 AND m.folder <> ?2 AND {condition} ORDER BY m.id"
    );
    let items: Vec<Item> = tx
        .prepare_cached(&sql)?
        .query_map(params![owner.row, recoverable, value], item::read)?
        .collect::<Result<_, _>>()?;
    items.into_iter().map(|item| summary(tx, owner, item)).collect()
}

impl Sandbox {
    /// The `n`-th message of a mailbox in the order of their making, counted round and round;
    /// `None` where there is none. Those in Recoverable Items do not count.
    pub async fn nth_message(&self, mail: &str, n: u64) -> Result<Option<MessageSummary>, Refusal> {
        let mail = mail.to_owned();
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                let gone = folder::well_known(tx, owner.row, folder::RECOVERABLE)?;
                let count: i64 = tx
                    .prepare_cached(
                        "SELECT count(*) FROM message WHERE user = ?1 AND folder <> ?2",
                    )?
                    .query_row([owner.row, gone], |row| row.get(0))?;
                let Some(count) = u64::try_from(count).ok().filter(|count| *count > 0) else {
                    return Ok(None);
                };
                let row: Option<i64> = tx
                    .prepare_cached(
                        "SELECT id FROM message WHERE user = ?1 AND folder <> ?2
                         ORDER BY id LIMIT 1 OFFSET ?3",
                    )?
                    .query_row(
                        params![owner.row, gone, i64::try_from(n % count).unwrap_or(0)],
                        |row| row.get(0),
                    )
                    .optional()?;
                let Some(row) = row else { return Ok(None) };
                let item = item::get(tx, owner.row, MessageKey { row, incarnation: None })?;
                summary(tx, &owner, item).map(Some)
            })
            .await
    }

    /// Where a mailbox stands in the order of its changes.
    pub async fn mark(&self, mail: &str) -> Result<Mark, Refusal> {
        let mail = mail.to_owned();
        self.database().read(move |tx| Ok(Mark(user::get(tx, &mail)?.sequence))).await
    }

    /// The messages of a mailbox that were made since `mark`, oldest first.
    pub async fn made_since(&self, mail: &str, mark: Mark) -> Result<Vec<MessageSummary>, Refusal> {
        let mail = mail.to_owned();
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                shown(tx, &owner, "m.created_at > ?3", &mark.0)
            })
            .await
    }

    /// All messages of the conversation of one, in any folder, oldest first.
    pub async fn conversation(&self, mail: &str, id: &str) -> Result<Vec<MessageSummary>, Refusal> {
        let (mail, id) = (mail.to_owned(), id.to_owned());
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                let one = item::get(tx, owner.row, parse_message_id(owner.guid, &id)?)?;
                shown(tx, &owner, "m.conversation_id = ?3", &one.conversation_id)
            })
            .await
    }

    /// Begins a message; the answer is its immutable id. It has a `Message-ID` from the start.
    pub async fn write_draft(&self, mail: &str, mut new: NewMessage) -> Result<String, Refusal> {
        let now_ms = self.now_ms();
        self.acting(CAUSE, mail, move |tx, _, owner| {
            (new.is_draft, new.is_read) = (true, true);
            new.from = Some(delivery::address_of(owner));
            new.internet_message_id = Some(delivery::new_message_id(tx, &owner.mail)?);
            let folder = folder::well_known(tx, owner.row, "drafts")?;
            let row = insert(tx, Place { user: owner.row, folder, now_ms }, &new)?;
            Ok(message_id(IdKind::Immutable, owner.guid, row, 1))
        })
        .await
    }

    /// Sends a message that was begun before: it becomes the copy in Sent Items.
    ///
    /// Errors: 400 when it was sent already or has no recipients.
    pub async fn send_draft(&self, mail: &str, id: &str) -> Result<(), Refusal> {
        let id = id.to_owned();
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let draft = item::get(tx, owner.row, parse_message_id(owner.guid, &id)?)?;
            delivery::send_draft(tx, occasion, owner, draft)
        })
        .await
    }

    /// Sends a message; a copy stays in Sent Items.
    ///
    /// Errors: 400 when it has no recipients.
    pub async fn send_message(&self, mail: &str, new: NewMessage) -> Result<(), Refusal> {
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            delivery::send_new(tx, occasion, owner, new, true)
        })
        .await
    }

    /// Answers a message to everybody; a copy stays in Sent Items.
    ///
    /// Errors: 400 when nobody would get the answer.
    pub async fn reply_all(&self, mail: &str, id: &str, comment: &str) -> Result<(), Refusal> {
        let (id, comment) = (id.to_owned(), comment.to_owned());
        let now_ms = self.now_ms();
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let original = item::get(tx, owner.row, parse_message_id(owner.guid, &id)?)?;
            let answer = graph::reply_to_all(tx, owner, &original, &comment, now_ms)?;
            delivery::send_new(tx, occasion, owner, answer, true)
        })
        .await
    }

    /// Copies a message into a well-known folder; the answer is the copy's immutable id.
    pub async fn copy_message(&self, mail: &str, id: &str, to: &str) -> Result<String, Refusal> {
        let (id, to) = (id.to_owned(), to.to_owned());
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let item = item::get(tx, owner.row, parse_message_id(owner.guid, &id)?)?;
            let to = folder::well_known(tx, owner.row, &to)?;
            let copy = change::copy_to(tx, setting(occasion, owner), &item, to)?;
            Ok(message_id(IdKind::Immutable, owner.guid, copy.row, copy.incarnation))
        })
        .await
    }

    /// Moves a message into a folder of the person's own at the top, which is made where it is
    /// missing.
    pub async fn file_message(&self, mail: &str, id: &str, name: &str) -> Result<(), Refusal> {
        let (id, name) = (id.to_owned(), name.to_owned());
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let item = item::get(tx, owner.row, parse_message_id(owner.guid, &id)?)?;
            let root = folder::well_known(tx, owner.row, folder::ROOT)?;
            let children = folder::children(tx, owner.row, root, true)?;
            let to = match children.into_iter().find(|folder| folder.name == name) {
                Some(folder) => folder.row,
                None => folder::create(tx, owner.row, root, &name, false, None)?,
            };
            change::move_to(tx, setting(occasion, owner), item, to).map(|_| ())
        })
        .await
    }

    /// Deletes a message for good, whatever folder it is in.
    pub async fn destroy_message(&self, mail: &str, id: &str) -> Result<(), Refusal> {
        let id = id.to_owned();
        self.acting(CAUSE, mail, move |tx, _, owner| {
            let item = item::get(tx, owner.row, parse_message_id(owner.guid, &id)?)?;
            change::destroy(tx, owner.row, &item)
        })
        .await
    }

    /// Exports a message, deletes it for good and imports it again into the same folder, as an
    /// archive does: the answer is its new immutable id.
    pub async fn reimport_message(&self, mail: &str, id: &str) -> Result<String, Refusal> {
        let id = id.to_owned();
        let now_ms = self.now_ms();
        self.acting(CAUSE, mail, move |tx, _, owner| {
            let item = item::get(tx, owner.row, parse_message_id(owner.guid, &id)?)?;
            let message = export(tx, &item)?;
            change::destroy(tx, owner.row, &item)?;
            let place = Place { user: owner.row, folder: item.folder, now_ms };
            let row = insert(tx, place, &message)?;
            Ok(message_id(IdKind::Immutable, owner.guid, row, 1))
        })
        .await
    }

    /// Makes a rule of the Inbox: what has `word` in its subject gets these categories.
    pub async fn add_rule(
        &self,
        mail: &str,
        word: &str,
        categories: Vec<String>,
    ) -> Result<(), Refusal> {
        let word = word.to_owned();
        self.acting(CAUSE, mail, move |tx, _, owner| {
            let rule = Rule {
                row: 0,
                name: format!("Mail about {word}"),
                sequence: 0,
                enabled: true,
                conditions: Map::from_iter([("subjectContains".to_owned(), json!([word]))]),
                exceptions: Map::new(),
                actions: Map::from_iter([("assignCategories".to_owned(), json!(categories))]),
            };
            rule::create(tx, owner, rule).map(|_| ())
        })
        .await
    }

    /// Deletes every rule of a mailbox.
    pub async fn remove_rules(&self, mail: &str) -> Result<(), Refusal> {
        self.acting(CAUSE, mail, |tx, _, owner| {
            for rule in rule::list(tx, owner)? {
                rule::delete(tx, owner, &rule::id(rule.row))?;
            }
            Ok(())
        })
        .await
    }

    /// Deletes a category from the master list; items keep the name.
    ///
    /// Errors: 404 when no entry has that name, in any case.
    pub async fn delete_category(&self, mail: &str, name: &str) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.acting(CAUSE, mail, move |tx, _, owner| {
            let entry = category::find_by_name(tx, owner.row, &name)?;
            let entry = entry.ok_or_else(Refusal::item_not_found)?;
            category::delete(tx, owner.row, &entry.guid)
        })
        .await
    }
}

fn setting<'a>(occasion: &Occasion<'a>, owner: &User) -> Setting<'a> {
    Setting { user: owner.row, now_ms: occasion.now_ms, quirks: occasion.quirks }
}
