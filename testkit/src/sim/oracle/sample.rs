//! Hand-made logs, for the tests of checkers.

use super::{
    Checker, Truth,
    names::TRACKED,
    rest::{Rest, RestMailbox, Step},
};
use crate::sim::{
    crm::TABLE,
    item::{Appointment, Item, Says, Task},
    log::{By, Entry, Happening, Org, WorkerLife},
};
use anyhow::Result;
use earmark_embedded::{Row, Value};
use earmark_ledger::{CategoryMemory, MailboxMemory, Record};
use earmark_model::{
    ActivityId, CategoryColor, CategoryName, Instant, ItemHandle, ItemKind, Link, LinkKey,
    MailboxId, OrganizationId,
    calendar::{Recurrence, RecurrenceEnd, RecurrencePattern},
};
use earmark_sandbox::TaskStatus;
use jiff::civil::Date;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use uuid::Uuid;

/// A person of organization 0.
pub const ANNA: &str = "anna@fabrikam.test";
/// Another person of organization 0.
pub const BEN: &str = "ben@fabrikam.test";
/// A person of organization 1.
pub const CLEO: &str = "cleo@adatum.test";

/// The regular cycle of hand-made logs.
pub const CYCLE: Duration = Duration::from_secs(900);

/// The service of organization 0.
pub const SERVICE: By = By::Service { organization: 0, worker: 0 };

/// A log that is told to a checker as it grows.
pub struct Tale {
    pub truth: Truth,
    checker: Option<Box<dyn Checker>>,
    pub now: Instant,
    number: u64,
    pub told: Vec<Entry>,
}

impl Default for Tale {
    fn default() -> Self {
        let mut tale = Self {
            truth: Truth::default(),
            checker: None,
            now: Instant::from_millis(1_000_000_000),
            number: 0,
            told: Vec::new(),
        };
        let homes = [(0, ANNA, 1), (0, BEN, 2), (1, CLEO, 3)];
        let homes = homes.map(|(org, user, id)| (org, user.to_owned(), mailbox(id))).to_vec();
        tale.tell(Happening::Opened { cycle: CYCLE, push: true, stale_reads: false, homes })
            .expect("a beginning");
        tale
    }
}

impl Tale {
    /// A log that `checker` hears.
    pub fn to(checker: impl Checker + 'static) -> Self {
        Self { checker: Some(Box::new(checker)), ..Self::default() }
    }

    /// Something happens, a second after what happened before.
    pub fn tell(&mut self, what: Happening) -> Result<()> {
        self.now = self.now.plus(Duration::from_secs(1));
        let entry = Entry { at: self.now, what };
        self.told.push(entry.clone());
        self.truth.take_in(&entry);
        self.checker.as_mut().map_or(Ok(()), |checker| checker.on(&entry, &self.truth))
    }

    /// Units: things that the checker found to check.
    pub fn occasions(&self) -> u64 {
        self.checker.as_ref().map_or(0, |checker| checker.occasions())
    }

    /// The checker looks at a world at rest.
    pub fn judge(&mut self, rest: &Rest) -> Result<()> {
        let truth = &self.truth;
        self.checker.as_mut().map_or(Ok(()), |checker| checker.judge(rest, truth))
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    pub fn number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    pub fn arrives(&mut self, user: &str, item: Item) {
        self.change(user, By::Server, None, Some(item)).expect("an arrival is nobody's fault");
    }

    /// A person makes an item what it is now.
    pub fn person(&mut self, user: &str, item: Item) {
        self.becomes(user, By::Person, item).expect("an act is nobody's fault");
    }

    /// The service makes an item what it is now.
    pub fn service(&mut self, user: &str, item: Item) -> Result<()> {
        self.becomes(user, SERVICE, item)
    }

    fn becomes(&mut self, user: &str, by: By, item: Item) -> Result<()> {
        let before = self.truth.items.get(&(user.to_owned(), item.id.clone())).cloned();
        self.change(user, by, before, Some(item))
    }

    pub fn change(
        &mut self,
        user: &str,
        by: By,
        before: Option<Item>,
        after: Option<Item>,
    ) -> Result<()> {
        let id = after.as_ref().or(before.as_ref()).map(|item| item.id.clone());
        self.tell(Happening::Item {
            user: user.to_owned(),
            id: id.unwrap_or_default(),
            by,
            request: None,
            before,
            after,
        })
    }

    /// The service of organization 0 sends a request; answers its number.
    pub fn request(&mut self, method: &str, path: &str, body: &str) -> Result<u64> {
        self.request_of(0, "earmark-0", method, path, body)
    }

    pub fn request_of(
        &mut self,
        organization: Org,
        client: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<u64> {
        let number = self.number();
        self.tell(Happening::Request {
            number,
            organization,
            worker: 0,
            method: method.to_owned(),
            path: format!("/graph/v1.0{path}"),
            client: Some(client.to_owned()),
            if_match: Some("W/\"1\"".to_owned()),
            body: body.as_bytes().to_vec(),
        })?;
        Ok(number)
    }

    pub fn answer(&mut self, request: u64, status: u16, retry_after: Option<u64>) -> Result<()> {
        self.tell(Happening::Answer { request, status: Some(status), retry_after })
    }

    /// A promotion of an item that fails with a cause, or succeeds.
    pub fn promote(&mut self, user: &str, id: &str, cause: Option<&'static str>) -> Result<()> {
        let number = self.call(user, id, "promote")?;
        let failure = cause.map(|_| ("refused".to_owned(), "0x80040265".to_owned()));
        self.tell(Happening::Called { call: number, failure, cause, until: None })
    }

    pub fn call(&mut self, user: &str, id: &str, method: &'static str) -> Result<u64> {
        let number = self.number();
        let (organization, mailbox) = self.truth.homes[user];
        let item = Some((mailbox, ItemHandle::from(id)));
        let what =
            Happening::Call { number, organization, worker: 0, method, item, activity: None };
        self.tell(what)?;
        Ok(number)
    }

    pub fn link(&self, user: &str, id: &str) -> Link {
        let (organization, mailbox) = self.truth.homes[user];
        let organization = OrganizationId(Uuid::from_u128(organization as u128));
        let key = LinkKey { organization, mailbox, handle: ItemHandle::from(id) };
        Link::new(key, ItemKind::Email, self.now)
    }

    pub fn links(&mut self, user: &str, links: Vec<Link>) {
        let record = Record { links, ..Record::default() };
        self.record(user, record).expect("nothing wrong is recorded");
    }

    pub fn record(&mut self, user: &str, record: Record) -> Result<()> {
        self.record_under(user, 1, record, true)
    }

    pub fn record_under(
        &mut self,
        user: &str,
        fence: i64,
        record: Record,
        is_taken: bool,
    ) -> Result<()> {
        let (organization, mailbox) = self.truth.homes[user];
        self.tell(Happening::Recorded {
            organization,
            worker: 0,
            mailbox: Some(mailbox),
            fence,
            record: Arc::new(record),
            is_taken,
        })
    }

    /// A worker takes the lease of a mailbox.
    pub fn claim(&mut self, user: &str, fence: i64) -> Result<()> {
        let (organization, mailbox) = self.truth.homes[user];
        let until = self.now.plus(CYCLE);
        let mailbox = Some(mailbox);
        self.tell(Happening::Claimed { organization, worker: 0, mailbox, fence, until })
    }

    /// The service makes or cuts a link in the CRM.
    pub fn linked(&mut self, by: By, user: &str, id: &str, is_linked: bool) -> Result<()> {
        let (organization, mailbox) = self.truth.homes[user];
        self.tell(Happening::Link {
            organization,
            by,
            mailbox,
            handle: ItemHandle::from(id),
            activity: activity(1),
            is_linked,
        })
    }

    pub fn email(
        &mut self,
        by: By,
        id: u128,
        before: Option<Row>,
        after: Option<Row>,
    ) -> Result<()> {
        let activity = activity(id);
        self.tell(Happening::Record { organization: 0, by, activity, before, after })
    }

    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.tell(Happening::Setting { organization: 0, name, value })
    }

    pub fn asks(&mut self, user: &str, id: &str, tracks: bool) {
        let what =
            Happening::Asked { organization: 0, user: user.to_owned(), id: id.to_owned(), tracks };
        self.tell(what).expect("a wish is nobody's fault");
    }

    pub fn worker(&mut self, what: WorkerLife) -> Result<()> {
        self.tell(Happening::Worker { organization: 0, worker: 0, what })
    }

    pub fn master(
        &mut self,
        by: By,
        before: &[(&str, &str)],
        after: &[(&str, &str)],
    ) -> Result<()> {
        let list = |entries: &[(&str, &str)]| {
            entries.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect()
        };
        let (before, after) = (list(before), list(after));
        self.tell(Happening::Master { user: ANNA.to_owned(), by, request: None, before, after })
    }

    /// What the ledger has of an item that is tracked.
    pub fn tracked(&self, user: &str, item: &Item) -> Link {
        let mut link = self.link(user, &item.id);
        link.kind = item.kind;
        link.baseline = earmark_model::Baseline::Tracked;
        link.crm = earmark_model::CrmSide::Linked;
        link.state = earmark_model::ItemState::Tracked;
        link.activity = Some(activity(1));
        link.linked_at = Some(self.now);
        link.is_organizer = item.appointment().is_some_and(|one| one.is_organizer);
        link
    }

    /// A world at rest in which Anna has one tracked item.
    pub fn rest(&self) -> Rest {
        let item = bearing("1");
        let handle = ItemHandle::from("1");
        let mut link = self.link(ANNA, "1");
        link.baseline = earmark_model::Baseline::Tracked;
        link.crm = earmark_model::CrmSide::Linked;
        link.state = earmark_model::ItemState::Tracked;
        link.activity = Some(activity(1));
        let tracked = CategoryMemory {
            id: Some("1".into()),
            name: CategoryName::new(TRACKED),
            color: CategoryColor::None,
            previous_names: Vec::new(),
        };
        let memory = MailboxMemory {
            tracked: Some(tracked),
            last_success: Some(self.now),
            ..MailboxMemory::default()
        };
        let one = RestMailbox {
            organization: 0,
            user: ANNA.to_owned(),
            id: mailbox(1),
            items: vec![item],
            list: vec![("1".to_owned(), TRACKED.to_owned())],
            linked: [(handle.clone(), vec![activity(1)])].into(),
            ledger: [(handle, link)].into(),
            memory,
            intents: 0,
            subscriptions: Vec::new(),
            held: std::collections::BTreeSet::new(),
        };
        Rest {
            step: Step::Healed,
            now: self.now,
            finds_any_case: true,
            tells_moves: true,
            mailboxes: vec![one],
            records: [((0, activity(1)), email_row("m1", false))].into(),
            since: Vec::new(),
            before: None,
        }
    }
}

impl Rest {
    /// The one mailbox of the world is `user`'s, or another like it is, and holds a tracked item
    /// more.
    pub fn holds(&mut self, user: &str, link: Link, item: Item) {
        if self.mailboxes.iter().all(|one| one.user != user) {
            let other = RestMailbox {
                user: user.to_owned(),
                id: link.key.mailbox,
                items: Vec::new(),
                linked: BTreeMap::new(),
                ledger: BTreeMap::new(),
                ..self.mailboxes[0].clone()
            };
            self.mailboxes.push(other);
        }
        let mailbox = self.mailboxes.iter_mut().find(|one| one.user == user).expect("it is there");
        let handle = link.key.handle.clone();
        mailbox.items.retain(|other| other.id != item.id);
        mailbox.items.push(item);
        mailbox.linked.insert(handle.clone(), vec![activity(1)]);
        mailbox.ledger.insert(handle, link);
    }
}

pub fn mailbox(id: u128) -> MailboxId {
    MailboxId(Uuid::from_u128(id))
}

pub fn activity(id: u128) -> ActivityId {
    ActivityId(Uuid::from_u128(id))
}

/// An item without the category. Its message is named after it.
pub fn plain(id: &str) -> Item {
    item(id, &[])
}

/// An item with the category.
pub fn bearing(id: &str) -> Item {
    item(id, &[TRACKED])
}

pub fn item(id: &str, categories: &[&str]) -> Item {
    Item {
        id: id.to_owned(),
        internet_message_id: format!("<m{id}>"),
        subject: format!("Matter {id} in hand"),
        categories: categories.iter().map(|name| (*name).to_owned()).collect(),
        folder: "inbox".to_owned(),
        is_read: false,
        is_draft: false,
        kind: ItemKind::Email,
        says: Says::Nothing,
    }
}

/// A meeting that the owner of the mailbox organizes, by its number.
pub fn meeting(id: &str, number: u64, categories: &[&str]) -> Item {
    Item {
        kind: ItemKind::Appointment,
        internet_message_id: String::new(),
        subject: format!("Meeting {number}"),
        folder: "calendar".to_owned(),
        says: Says::Appointment(Box::new(Appointment {
            start_ms: 9_000,
            end_ms: 10_000,
            location: "Room 1".to_owned(),
            is_all_day: false,
            is_private: false,
            show_as: "busy".to_owned(),
            is_organizer: true,
            recurrence: None,
            member: None,
        })),
        ..item(id, categories)
    }
}

/// A series by its number.
pub fn series(id: &str, number: u64, categories: &[&str]) -> Item {
    let mut series = meeting(id, number, categories);
    if let Says::Appointment(says) = &mut series.says {
        says.recurrence = Some(every_other_day(4));
    }
    series
}

/// Every other day, so many times.
pub fn every_other_day(times: u32) -> Recurrence {
    Recurrence {
        pattern: RecurrencePattern::Daily { interval: 2 },
        start: Date::constant(2026, 3, 2),
        end: RecurrenceEnd::After(times),
        time_zone: "UTC".to_owned(),
    }
}

/// A task by its number.
pub fn task(id: &str, number: u64, categories: &[&str]) -> Item {
    Item {
        kind: ItemKind::Task,
        internet_message_id: String::new(),
        subject: format!("Errand {number}"),
        folder: "Tasks".to_owned(),
        says: Says::Task(Box::new(Task {
            status: TaskStatus::NotStarted,
            due_ms: None,
            carries: Vec::new(),
        })),
        ..item(id, categories)
    }
}

impl Item {
    /// The same appointment at another time.
    pub fn at_another_time(mut self) -> Self {
        if let Says::Appointment(says) = &mut self.says {
            says.start_ms += 1_000;
        }
        self
    }

    /// The same appointment in the mailbox of somebody who is invited.
    pub fn of_attendee(mut self) -> Self {
        if let Says::Appointment(says) = &mut self.says {
            says.is_organizer = false;
        }
        self
    }

    /// The same appointment as an exception of a series.
    pub fn of_series(mut self, series: &str, start_ms: i64) -> Self {
        if let Says::Appointment(says) = &mut self.says {
            says.member = Some((series.to_owned(), start_ms));
        }
        self
    }

    /// The same task, completed.
    pub fn done(mut self) -> Self {
        if let Says::Task(says) = &mut self.says {
            says.status = TaskStatus::Completed;
        }
        self
    }
}

/// The record of [`meeting`].
pub fn meeting_row(number: u64) -> Row {
    Row::from([
        (TABLE.to_owned(), Value::text("appointment")),
        ("subject".to_owned(), Value::text(format!("Meeting {number}"))),
        ("location".to_owned(), Value::text("Room 1")),
        ("scheduledstart".to_owned(), Value::Instant(9_000)),
        ("scheduledend".to_owned(), Value::Instant(10_000)),
        ("statuscode".to_owned(), Value::Int(5)),
    ])
}

/// The record of [`task`].
pub fn task_row(number: u64) -> Row {
    Row::from([
        (TABLE.to_owned(), Value::text("task")),
        ("subject".to_owned(), Value::text(format!("Errand {number}"))),
        ("statuscode".to_owned(), Value::Int(2)),
    ])
}

pub fn email_row(message_id: &str, is_outgoing: bool) -> Row {
    Row::from([
        ("messageid".to_owned(), Value::text(format!("<{message_id}>"))),
        ("directioncode".to_owned(), Value::Bool(is_outgoing)),
        ("subject".to_owned(), Value::text("Matter 1 in hand")),
    ])
}
