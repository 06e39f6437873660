//! Carrying out rules: on a message that comes in, and on messages that are there.

use super::{Outcome, outcome};
use crate::{
    delivery::Occasion,
    error::Refusal,
    sandbox::Sandbox,
    store::{
        change::{self, Changes, Setting},
        export::export,
        fold, folder,
        handle::{MessageKey, parse_folder_id},
        insert::{Place, insert},
        item::{self, Item},
        message::NewMessage,
        outbox, rule,
        user::{self, User},
    },
};
use earmark_model::Instant;
use earmark_sqlite::rusqlite::Transaction;

/// A run of rules over mail that is there, as Outlook's *Run rules now* does it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RulesRun {
    /// The id of the one rule that is run; `None` runs all that are enabled, in their order.
    pub rule: Option<String>,
    /// The folder by id or well-known name; those below it are left alone.
    pub folder: String,
    /// Categories that are taken off every message of the folder instead: a rule of the mail
    /// program, which the server knows nothing of.
    pub remove_categories: Vec<String>,
}

/// Puts a message that came in into the Inbox of `owner`, or where the rules send it. It is born
/// as they want it, or changed right after, as the quirk has it.
pub(crate) fn carry_out(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    inbox: i64,
    message: &NewMessage,
) -> Result<(), Refusal> {
    let place = Place { user: owner.row, folder: inbox, now_ms: occasion.now_ms };
    let rules = rule::list(tx, owner)?;
    if !rules.iter().any(|rule| rule.enabled) {
        return insert(tx, place, message).map(|_| ());
    }
    let outcome = outcome(tx, owner, &rules, message.clone())?;
    send_on(tx, occasion, owner, &outcome)?;
    if occasion.quirks.rules_change_after_delivery {
        let row = insert(tx, place, message)?;
        let item = item::get(tx, owner.row, MessageKey { row, incarnation: None })?;
        return change_item(tx, occasion, owner, item, &outcome);
    }
    for &folder in &outcome.copies {
        insert(tx, Place { folder, ..place }, &outcome.message)?;
    }
    if !outcome.destroyed {
        let folder = outcome.folder.unwrap_or(inbox);
        insert(tx, Place { folder, ..place }, &outcome.message)?;
    }
    Ok(())
}

/// Does to a message that is there what its rules want.
fn change_item(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    item: Item,
    outcome: &Outcome,
) -> Result<(), Refusal> {
    let at = Setting { user: owner.row, now_ms: occasion.now_ms, quirks: occasion.quirks };
    let wanted = &outcome.message;
    let changes = Changes {
        categories: (item.categories != wanted.categories).then(|| wanted.categories.clone()),
        importance: (item.importance != wanted.importance.as_str())
            .then(|| wanted.importance.as_str().to_owned()),
        is_read: (item.is_read != wanted.is_read).then_some(wanted.is_read),
        ..Changes::default()
    };
    let item =
        if changes == Changes::default() { item } else { change::apply(tx, at, item, &changes)? };
    for &folder in &outcome.copies {
        change::copy_to(tx, at, &item, folder)?;
    }
    if outcome.destroyed {
        return change::destroy(tx, owner.row, &item);
    }
    match outcome.folder.filter(|folder| *folder != item.folder) {
        Some(folder) => change::move_to(tx, at, item, folder).map(|_| ()),
        None => Ok(()),
    }
}

/// Writes down what the rules would send on. Nothing leaves the sandbox.
fn send_on(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    outcome: &Outcome,
) -> Result<(), Refusal> {
    for (recipients, before) in &outcome.sent_on {
        let mut external = Vec::new();
        for recipient in recipients {
            if user::find(tx, recipient)?.is_none() {
                external.push(recipient.clone());
            }
        }
        let sent = outbox::Sent {
            at: Instant::from_millis(occasion.now_ms).to_string(),
            cause: format!("rule, by {}", occasion.cause),
            from: owner.mail.clone(),
            recipients: recipients.clone(),
            external,
            subject: format!("{before}{}", outcome.message.subject),
            internet_message_id: outcome.message.internet_message_id.clone().unwrap_or_default(),
        };
        outbox::record(tx, occasion.now_ms, &sent)?;
    }
    Ok(())
}

impl Sandbox {
    /// Runs rules over the messages of a folder, in one transaction; the answer is how many
    /// messages it changed. Repeatable: yes.
    ///
    /// Errors: 404 when rule or folder is not there.
    pub async fn run_rules(&self, mail: &str, run: RulesRun) -> Result<usize, Refusal> {
        let mail = mail.to_owned();
        let (now_ms, quirks) = (self.now_ms(), self.quirks());
        self.database()
            .write(move |tx| {
                let occasion = Occasion { now_ms, cause: "POST /rules/run", quirks: &quirks };
                let owner = user::get(tx, &mail)?;
                run_over(tx, &occasion, &owner, &run)
            })
            .await
    }
}

fn run_over(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    run: &RulesRun,
) -> Result<usize, Refusal> {
    let folder = if folder::is_well_known(&run.folder) {
        folder::well_known(tx, owner.row, &run.folder)?
    } else {
        folder::get(tx, owner.row, parse_folder_id(owner.guid, &run.folder)?)?.row
    };
    let rules = match &run.rule {
        Some(id) => vec![rule::get(tx, owner, id)?],
        None => rule::list(tx, owner)?,
    };
    let rows: Vec<i64> = tx
        .prepare_cached("SELECT id FROM message WHERE folder = ?1 ORDER BY id")?
        .query_map([folder], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut changed = 0;
    for row in rows {
        let item = item::get(tx, owner.row, MessageKey { row, incarnation: None })?;
        let before = export(tx, &item)?;
        let outcome = if run.remove_categories.is_empty() {
            outcome(tx, owner, &rules, before.clone())?
        } else {
            Outcome { message: without(&before, &run.remove_categories), ..Outcome::default() }
        };
        let untouched = Outcome { message: before, ..Outcome::default() };
        if outcome != untouched {
            send_on(tx, occasion, owner, &outcome)?;
            change_item(tx, occasion, owner, item, &outcome)?;
            changed += 1;
        }
    }
    Ok(changed)
}

fn without(message: &NewMessage, names: &[String]) -> NewMessage {
    let mut message = message.clone();
    message.categories.retain(|one| !names.iter().any(|name| fold(name) == fold(one)));
    message
}
