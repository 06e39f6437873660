//! What people do, one person for each mailbox: the load, at saturation.

use super::{
    mail::{mbox, message},
    random::Random,
    world::{Behind, Book, Item, Mailbox, Wish, World},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Units: messages of one burst; as many requests as one batch takes.
const BURST: usize = 20;

/// Units: items of one mailbox that wait for the service before the person pauses.
const BEHIND: usize = 30;

/// Units: items of one mailbox above which the person begins to untrack the oldest, and above which
/// no new ones come.
const TRACKED_MANY: usize = 60;
const TRACKED_MAX: usize = 100;

/// Units: items of one mailbox that are tracked by request, above which the person asks that some be
/// untracked. Who tidies up by category leaves them.
const REQUESTED_MANY: usize = 15;

/// The pace of a person who waits.
const PACE: Duration = Duration::from_millis(50);

/// When a category is renamed for the first time; each time after that comes later by the square of
/// the times before.
const RENAMED_AFTER: Duration = Duration::from_secs(8);
const RENAMED_LATER: Duration = Duration::from_secs(30);

/// The pace of requests.
const REQUESTS: Duration = Duration::from_secs(1);

/// One person.
struct Person {
    world: Arc<World>,
    number: usize,
    /// Part of the names of messages.
    name: String,
    random: Random,
    /// Units: messages made so far.
    made: usize,
}

/// Lets the person of mailbox `number` act on mail and categories until `stop`.
pub async fn act(world: Arc<World>, number: usize, stop: CancellationToken) {
    let mut person = Person::new(world, number, 100);
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        pace.tick().await;
        let (tracked, behind) = person.behind().await;
        if behind.to_track < BEHIND && tracked < TRACKED_MAX {
            person.burst().await;
            person.seldom().await;
        }
        if behind.to_untrack < BEHIND {
            person.tidy().await;
        }
    }
}

/// Lets the same person ask the service for things until `stop`. Each answer is waited for.
pub async fn ask(world: Arc<World>, number: usize, stop: CancellationToken) {
    let mut person = Person::new(world, number, 200);
    let mut pace = tokio::time::interval(REQUESTS);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        pace.tick().await;
        let requested = person.requested().await;
        match person.random.below(3) {
            _ if requested > REQUESTED_MANY => person.ask_for_untracking().await,
            0 => person.ask_for_tracking().await,
            1 => person.ask_for_untracking().await,
            _ => person.ask_for_tracking_again().await,
        }
    }
}

impl Person {
    fn new(world: Arc<World>, number: usize, part: u64) -> Self {
        let part = part + u64::try_from(number).expect("small");
        let random = Random::new(world.options.seed, part);
        let name = format!("{part}-{number}");
        Self { world, number, name, random, made: 0 }
    }

    fn world(&self) -> Arc<World> {
        Arc::clone(&self.world)
    }

    /// How many items are to be tracked, and how far the service is behind.
    async fn behind(&self) -> (usize, Behind) {
        let book = self.world.mailboxes[self.number].book.lock().await;
        (book.tracked.len(), book.behind(&self.world.linked()))
    }

    /// Units: items that are tracked by request.
    async fn requested(&self) -> usize {
        self.world.mailboxes[self.number].book.lock().await.requested().len()
    }

    /// New mail arrives and is categorized.
    async fn burst(&mut self) {
        let world = self.world();
        let mailbox = &world.mailboxes[self.number];
        let names: Vec<String> = (0..BURST).map(|_| self.next_id()).collect();
        let messages: Vec<String> =
            names.iter().map(|name| message(name, None, &[&mailbox.address])).collect();
        let path = format!("/users/{}/import", mailbox.address);
        let answer = world.put_mail(&path, "application/mbox", mbox(&messages)).await;
        let ids: Vec<String> = strings(&answer["ids"]);
        assert_eq!(ids.len(), BURST, "{answer}");
        let mut book = mailbox.book.lock().await;
        let category = book.category();
        categorize(&world, mailbox, &ids, &json!([category])).await;
        for (id, name) in ids.iter().zip(names) {
            book.learn(id, name);
            book.wish(id, Wish::Tracked, note(&world, "categorized"));
        }
        // Somebody who clicks on the wrong ones takes it back at once.
        if self.random.chance(10) {
            let wrong: Vec<String> = ids.into_iter().take(3).collect();
            categorize(&world, mailbox, &wrong, &json!([])).await;
            for id in &wrong {
                book.wish(id, Wish::Untracked, note(&world, "category removed at once"));
            }
        }
    }

    /// What people do now and then.
    async fn seldom(&mut self) {
        if self.random.chance(20) {
            self.track_again().await;
        }
        if self.random.chance(25) {
            self.share().await;
        }
        self.rename().await;
    }

    /// Keeps the number of tracked items where it is.
    async fn tidy(&mut self) {
        let world = self.world();
        let mailbox = &world.mailboxes[self.number];
        let mut book = mailbox.book.lock().await;
        if book.tracked.len() <= TRACKED_MANY {
            return;
        }
        let linked = world.linked();
        let by_category = |id: &&String| linked.contains(*id) && !book.items[*id].is_request;
        let ids: Vec<String> =
            book.tracked.iter().filter(by_category).take(BURST).cloned().collect();
        if ids.is_empty() {
            return;
        }
        categorize(&world, mailbox, &ids, &json!([])).await;
        for id in &ids {
            book.wish(id, Wish::Untracked, note(&world, "category removed"));
        }
    }

    /// A message without the category is tracked by request.
    async fn ask_for_tracking(&mut self) {
        let world = self.world();
        let mailbox = &world.mailboxes[self.number];
        let name = self.next_id();
        let text = message(&name, None, &[&mailbox.address]);
        let path = format!("/users/{}/import", mailbox.address);
        let answer = world.put_mail(&path, "message/rfc822", text).await;
        let id = strings(&answer["ids"]).remove(0);
        mailbox.book.lock().await.learn(&id, name);
        self.request("track", mailbox, id, Wish::Tracked).await;
    }

    async fn ask_for_untracking(&mut self) {
        let world = self.world();
        let mailbox = &world.mailboxes[self.number];
        let mut book = mailbox.book.lock().await;
        let requested = book.requested();
        let choice = if requested.len() > REQUESTED_MANY { &requested } else { &book.tracked };
        let Some(id) = self.one_of(choice) else { return };
        book.wish(&id, Wish::Open, note(&world, "untracking is asked for"));
        drop(book);
        self.request("untrack", mailbox, id, Wish::Untracked).await;
    }

    async fn ask_for_tracking_again(&mut self) {
        let world = self.world();
        let mailbox = &world.mailboxes[self.number];
        let mut book = mailbox.book.lock().await;
        let Some(id) = self.one_of(&book.untracked) else { return };
        book.wish(&id, Wish::Open, note(&world, "tracking is asked for again"));
        drop(book);
        self.request("track", mailbox, id, Wish::Tracked).await;
    }

    /// Asks until a worker has answered. Nobody does anything else to the item meanwhile.
    async fn request(&mut self, what: &str, mailbox: &Mailbox, id: String, wish: Wish) {
        let path = format!("/api/v1/items/{what}");
        let body = json!({"mailbox": mailbox.address, "items": [{"itemId": id}]});
        let first = self.random.below(2);
        let answer = self.world.insist(first, Method::POST, &path, Some(body)).await;
        assert_eq!(answer["items"][0]["error"], Value::Null, "{answer}");
        let mut book = mailbox.book.lock().await;
        book.wish(&id, wish, note(&self.world, "it was stored"));
        book.items.get_mut(&id).expect("a known item").is_request = true;
    }

    /// The category comes back to an item that lost it.
    async fn track_again(&mut self) {
        let world = self.world();
        let mailbox = &world.mailboxes[self.number];
        let mut book = mailbox.book.lock().await;
        let Some(id) = self.one_of(&book.untracked) else { return };
        if book.items[&id].is_request {
            return;
        }
        let category = book.category();
        categorize(&world, mailbox, std::slice::from_ref(&id), &json!([category])).await;
        book.wish(&id, Wish::Tracked, note(&world, "categorized again"));
    }

    /// One message for two people, from outside or from the third; the first one tracks it.
    async fn share(&mut self) {
        let world = self.world();
        let count = world.mailboxes.len();
        let (own, other) =
            (&world.mailboxes[self.number], &world.mailboxes[(self.number + 1) % count]);
        let name = self.next_id();
        let sender = self.random.chance(50).then(|| &world.mailboxes[(self.number + 2) % count]);
        let to = [own.address.as_str(), other.address.as_str()];
        let text = message(&name, sender.map(|sender| sender.address.as_str()), &to);
        world.put_mail("/deliver", "message/rfc822", text).await;
        for copy in std::iter::once(other).chain(sender) {
            let id = found(&world, copy, &name).await;
            copy.book.lock().await.learn(&id, name.clone());
        }
        let id = found(&world, own, &name).await;
        let mut book = own.book.lock().await;
        let category = book.category();
        categorize(&world, own, std::slice::from_ref(&id), &json!([category])).await;
        book.learn(&id, name);
        book.wish(&id, Wish::Tracked, note(&world, "shared; categorized here"));
    }

    /// The category gets another name, on all items that have it: less and less often, because
    /// every name that it ever had is looked for in each whole cycle.
    async fn rename(&mut self) {
        let world = self.world();
        let mailbox = &world.mailboxes[self.number];
        let mut book = mailbox.book.lock().await;
        let before = u32::try_from(book.names.len() - 1).expect("few");
        if world.elapsed() < (RENAMED_AFTER + RENAMED_LATER * before * before).as_millis() {
            return;
        }
        let name = format!("Tracked {} of {}", book.names.len(), self.number);
        let body = json!({"from": book.category(), "to": name, "rewriteItems": true});
        let path = format!("/users/{}/categories/rename", mailbox.address);
        world.control(Method::POST, &path, body).await;
        book.names.push(name);
    }

    fn one_of(&mut self, ids: &[String]) -> Option<String> {
        if ids.is_empty() { None } else { Some(ids[self.random.below(ids.len())].clone()) }
    }

    fn next_id(&mut self) -> String {
        self.made += 1;
        format!("chaos-{}-{}@contoso.test", self.name, self.made)
    }
}

impl Book {
    /// The category's present name.
    pub fn category(&self) -> String {
        self.names.last().expect("it has a name").clone()
    }

    /// Items that are tracked by request.
    fn requested(&self) -> Vec<String> {
        let is_request = |id: &&String| self.items[*id].is_request;
        self.tracked.iter().filter(is_request).cloned().collect()
    }

    fn learn(&mut self, id: &str, message_id: String) {
        let item = Item { message_id, wish: Wish::Open, is_request: false, story: Vec::new() };
        self.items.insert(id.to_owned(), item);
    }

    /// The person shows it by the category.
    fn wish(&mut self, id: &str, wish: Wish, note: String) {
        let item = self.items.get_mut(id).expect("a known item");
        item.wish = wish;
        item.is_request = false;
        item.story.push(note);
        self.tracked.retain(|known| known != id);
        self.untracked.retain(|known| known != id);
        match wish {
            Wish::Tracked => self.tracked.push(id.to_owned()),
            Wish::Untracked => self.untracked.push(id.to_owned()),
            Wish::Open => {}
        }
        // Older ones are left in peace, so that the choice stays quick.
        if self.untracked.len() > 1_000 {
            self.untracked.drain(..100);
        }
    }
}

fn note(world: &World, what: &str) -> String {
    format!("{:>8} ms  {what}", world.elapsed())
}

/// Writes the categories of up to twenty messages in one batch.
async fn categorize(world: &World, mailbox: &Mailbox, ids: &[String], categories: &Value) {
    let requests: Vec<Value> = ids
        .iter()
        .enumerate()
        .map(|(number, id)| {
            json!({
                "id": number.to_string(), "method": "PATCH",
                "url": format!("/users/{}/messages/{id}", mailbox.address),
                "headers": {"Content-Type": "application/json", "Prefer": "IdType=\"ImmutableId\""},
                "body": {"categories": categories},
            })
        })
        .collect();
    let body = json!({"requests": requests});
    let answer = world.graph(Method::POST, "/$batch", Some(body)).await;
    for one in answer["responses"].as_array().expect("responses") {
        assert_eq!(one["status"], 200, "{one}");
    }
}

/// The immutable id of a delivered message.
async fn found(world: &World, mailbox: &Mailbox, message_id: &str) -> String {
    let path = format!(
        "/users/{}/messages?$select=id&$filter=internetMessageId eq '<{message_id}>'",
        mailbox.address
    );
    let page = world.graph(Method::GET, &path, None).await;
    page["value"][0]["id"].as_str().unwrap_or_else(|| panic!("{message_id}: {page}")).to_owned()
}

fn strings(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
