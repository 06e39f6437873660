//! What must hold once everything is quiet. Each checker counts its occasions: one that never had
//! any has proved nothing.

use super::{
    oracle::{Link, Message, Picture},
    world::{Wish, World},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a checker found wrong.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The sentence that does not hold.
    pub what: String,
    /// The item that it is about: place of the mailbox and immutable id.
    pub item: Option<(usize, String)>,
}

/// What all checkers found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What does not hold.
    pub violations: Vec<Violation>,
    /// Units: times that each checker had something to look at.
    pub occasions: BTreeMap<&'static str, u64>,
}

impl Outcome {
    /// Counts an occasion of `checker`; `what` says how it is broken, where it is.
    pub fn saw(&mut self, checker: &'static str, item: Option<&Message>, what: Option<String>) {
        *self.occasions.entry(checker).or_default() += 1;
        if let Some(what) = what {
            let item = item.map(|message| (message.mailbox, message.id.clone()));
            self.violations.push(Violation { what: format!("{checker}: {what}"), item });
        }
    }
}

/// Looks at everything. `known`: records that were seen at any time before.
pub async fn check(world: &World, picture: &Picture, known: &BTreeSet<String>) -> Outcome {
    let mut outcome = Outcome::default();
    for message in &picture.messages {
        level(&mut outcome, picture, message);
        let book = world.mailboxes[message.mailbox].book.lock().await;
        let wish = book.items.get(&message.id).map_or(Wish::Open, |item| item.wish);
        wished(&mut outcome, picture, message, wish);
    }
    gone(&mut outcome, picture);
    doubled(&mut outcome, picture);
    kept(&mut outcome, picture, known);
    for item in &picture.unsettled {
        outcome.saw("nothing waits", None, Some(item.to_string()));
    }
    outcome.saw("nothing waits", None, None);
    outcome
}

fn live<'a>(picture: &'a Picture, message: &Message) -> Vec<&'a Link> {
    let links = picture.links.get(&message.id).into_iter().flatten();
    links.filter(|link| link.is_live).collect()
}

/// What bears the category is linked, and what is linked bears it.
fn level(outcome: &mut Outcome, picture: &Picture, message: &Message) {
    let live = live(picture, message);
    if message.bears {
        let wrong = match live.as_slice() {
            [link] => match picture.emails.get(&link.activity) {
                Some(email) if email.message_id == message.message_id => None,
                Some(email) => Some(format!("linked to the record of {}", email.message_id)),
                None => Some(format!("linked to {}, which is no record", link.activity)),
            },
            other => Some(format!("has {} live links", other.len())),
        };
        let wrong = wrong.map(|wrong| format!("{} {wrong}", message.message_id));
        outcome.saw("a bearer has one live link to its record", Some(message), wrong);
    } else {
        let wrong = (!live.is_empty()).then(|| format!("{} is linked", message.message_id));
        outcome.saw("what bears nothing is not linked", Some(message), wrong);
    }
}

/// The last thing that a person wanted is so.
fn wished(outcome: &mut Outcome, picture: &Picture, message: &Message, wish: Wish) {
    let is_linked = !live(picture, message).is_empty();
    let (checker, holds) = match wish {
        Wish::Tracked => ("what a person tracked is tracked", message.bears && is_linked),
        Wish::Untracked => ("what a person untracked is not", !message.bears && !is_linked),
        Wish::Open => return,
    };
    let wrong = format!("{}: category {}, linked {is_linked}", message.message_id, message.bears);
    outcome.saw(checker, Some(message), (!holds).then_some(wrong));
}

/// Nobody deleted a message, so that every link has its item.
fn gone(outcome: &mut Outcome, picture: &Picture) {
    let ids: BTreeSet<&str> = picture.messages.iter().map(|message| message.id.as_str()).collect();
    for (id, links) in &picture.links {
        let wrong = (!ids.contains(id.as_str())).then(|| format!("{links:?} have no item {id}"));
        outcome.saw("every link has its item", None, wrong);
    }
}

/// One record for each message and direction.
fn doubled(outcome: &mut Outcome, picture: &Picture) {
    let mut records: BTreeMap<(&str, bool), u32> = BTreeMap::new();
    for email in picture.emails.values() {
        *records.entry((&email.message_id, email.is_outgoing)).or_default() += 1;
    }
    for ((message_id, _), count) in records {
        let own = |message: &&Message| message.message_id == message_id;
        let message = if count > 1 { picture.messages.iter().find(own) } else { None };
        let wrong = (count > 1).then(|| format!("{message_id} has {count} records"));
        outcome.saw("a message has one record in one direction", message, wrong);
    }
}

/// No record that was ever seen has gone.
fn kept(outcome: &mut Outcome, picture: &Picture, known: &BTreeSet<String>) {
    for activity in known {
        let is_gone = !picture.emails.contains_key(activity);
        let wrong = is_gone.then(|| format!("{activity} was deleted"));
        outcome.saw("a record stays", None, wrong);
    }
}
