//! What CRM users do, and what people ask of the service outside Outlook.

use super::{
    super::{
        crm::{TABLE, record, records},
        item::Item,
        log::{By, Happening, Org},
        plan::{Edit, What},
        world::{SimWorld, USERS},
    },
    user,
};
use anyhow::{Context, Result};
use earmark_crm_port::CrmLink;
use earmark_embedded::{CrmError, EmbeddedCrm, Filter, IfMatch, Key, Query, Response, Row, Value};
use earmark_model::{
    ActivityId, Actor, ItemHandle, ItemKind, LinkKey, Request, RequestOrigin, RequestWish,
    activity::RecordRef,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

/// The contact that people say a message is about.
const KIM: Uuid = Uuid::from_u128(0x6b69_6d00_0000_4000_8000_0000_0000_0001);

/// What a person who asks says that it is: nobody tells a message about a meeting from another.
const fn kind_of(item: &Item) -> ItemKind {
    match item.kind {
        ItemKind::MeetingMessage => ItemKind::Email,
        kind => kind,
    }
}

fn table_of(row: &Row) -> &str {
    row.get(TABLE).and_then(Value::as_text).unwrap_or_default()
}

type CrmRequest = earmark_embedded::Request;

/// Units: milliseconds.
const HOUR: i64 = 60 * 60 * 1_000;
const DAY: i64 = 24 * HOUR;

/// The columns of a record with another value; `None` where it has no such thing.
fn edited(row: &Row, edit: Edit, n: u64, now: i64) -> Option<Row> {
    let text = |name: &str| row.get(name).and_then(Value::as_text).unwrap_or_default();
    let later = |start: &str, end: &str| {
        let is_all_day = row.get("isalldayevent").and_then(Value::as_bool) == Some(true);
        let step = if is_all_day { DAY } else { HOUR / 2 };
        let by = step.saturating_mul(1 + i64::try_from(n % 5).ok()?);
        let moved = |name: &str| {
            let at = row.get(name).and_then(Value::as_instant)?;
            Some((name.to_owned(), Value::Instant(at.saturating_add(by))))
        };
        Some(Row::from([moved(start)?, moved(end)?]))
    };
    let (table, is_task) = (table_of(row), table_of(row) == "task");
    match edit {
        Edit::Place if !is_task => {
            Some(Row::from([("location".to_owned(), Value::text(format!("Desk {n}")))]))
        }
        Edit::Subject | Edit::Place => {
            // The number stays, by which it is known.
            let known = text("subject").split(" anew").next().unwrap_or_default();
            let subject = Value::text(format!("{known} anew {n} here"));
            Some(Row::from([("subject".to_owned(), subject)]))
        }
        Edit::Time | Edit::Times if is_task => {
            let today = now.div_euclid(DAY) * DAY;
            let due = today + DAY * (1 + i64::try_from(n % 20).ok()?);
            Some(Row::from([("scheduledend".to_owned(), Value::Instant(due))]))
        }
        Edit::Times if table == "recurringappointmentmaster" => {
            let times = Value::Int(1 + i64::try_from(n % 6).ok()?);
            Some(Row::from([
                ("occurrences".to_owned(), times),
                ("patternendtype".to_owned(), Value::Int(2)),
            ]))
        }
        Edit::Time | Edit::Times if table == "recurringappointmentmaster" => {
            later("starttime", "endtime")
        }
        Edit::Time | Edit::Times => later("scheduledstart", "scheduledend"),
    }
}

impl SimWorld {
    pub(super) async fn act_in_crm(&self, what: &What) -> Result<()> {
        match *what {
            What::Ask { user, item, tracks, regarding } => {
                let Some((user, item)) = self.picked(user, item).await? else { return Ok(()) };
                self.ask(user, &Item::from(item), tracks, regarding).await
            }
            What::AskAbout { user, item, tracks } => {
                let Some((user, item)) = self.picked_plan(user, item, |_| true).await? else {
                    return Ok(());
                };
                self.ask(user, &item, tracks, false).await
            }
            What::DeleteRecord { organization, item } => {
                let organization = organization % USERS.len();
                let request = |key| CrmRequest::Delete {
                    table: "email".to_owned(),
                    key,
                    if_match: IfMatch::Unconditional,
                };
                self.on_record(organization, item, request).await
            }
            What::Close { organization, item, state } => {
                let state = Row::from([("statecode".to_owned(), Value::Int(i64::from(state % 3)))]);
                self.edited(organization, item, state).await
            }
            What::Edit { organization, item, n } => {
                let row = Row::from([
                    ("category".to_owned(), Value::text(format!("Category {n}"))),
                    ("prioritycode".to_owned(), Value::Int(i64::try_from(n % 3).unwrap_or(0))),
                ]);
                self.edited(organization, item, row).await
            }
            What::DeleteActivity { organization, item } => {
                self.on_activity(organization % USERS.len(), item, None).await
            }
            What::CloseActivity { organization, item, state } => {
                let state = Row::from([("statecode".to_owned(), Value::Int(i64::from(state % 3)))]);
                self.on_activity(organization % USERS.len(), item, Some(state)).await
            }
            What::EditActivity { organization, item, n } => {
                let row =
                    Row::from([("category".to_owned(), Value::text(format!("Category {n}")))]);
                self.on_activity(organization % USERS.len(), item, Some(row)).await
            }
            What::ChangeRecord { organization, item, edit, n } => {
                self.change_record(organization % USERS.len(), item, Edit::of(edit), n).await
            }
            What::Unlink { user, item } => self.unlink(user, item).await,
            _ => Ok(()),
        }
    }

    /// The CRM of an organization as its users reach it.
    pub(super) fn crm_of(&self, organization: Org) -> Arc<EmbeddedCrm> {
        self.organizations[organization].embedded.clone()
    }

    /// Carries out a request of an administrator; `None` where the CRM refuses it.
    pub(super) async fn in_crm(
        &self,
        organization: Org,
        request: CrmRequest,
    ) -> Result<Option<Response>> {
        let crm = self.crm_of(organization);
        match crm.execute(request, &crm.administrator()).await {
            Ok(answer) => Ok(Some(answer)),
            Err(CrmError { status: 400..500, .. }) => Ok(None),
            Err(error) => Err(error).context("the CRM refuses an act"),
        }
    }

    pub(super) async fn rows(&self, organization: Org, query: Query) -> Result<Vec<Row>> {
        match self.in_crm(organization, CrmRequest::Query(query)).await? {
            Some(Response::Rows { rows, .. }) => Ok(rows),
            _ => Ok(Vec::new()),
        }
    }

    async fn edited(&self, organization: Org, item: u64, row: Row) -> Result<()> {
        let request = |key| CrmRequest::Update {
            table: "email".to_owned(),
            key,
            row: row.clone(),
            children: None,
            if_match: IfMatch::Unconditional,
        };
        self.on_record(organization % USERS.len(), item, request).await
    }

    /// Does something to the how-maniest email, and tells what became of it and of its links.
    async fn on_record(
        &self,
        organization: Org,
        n: u64,
        request: impl Fn(Key) -> CrmRequest,
    ) -> Result<()> {
        let query = Query { columns: Some(vec!["activityid".to_owned()]), ..Query::of("email") };
        let rows = self.rows(organization, query).await?;
        let count = u64::try_from(rows.len())?;
        if count == 0 {
            return Ok(());
        }
        let row = &rows[usize::try_from(n % count)?];
        let activity = row.get("activityid").and_then(Value::as_id).context("a row has an id")?;
        let activity = ActivityId(activity);
        self.carried_out(organization, activity, request(Key::Id(activity.0))).await
    }

    /// Deletes or updates the how-maniest record that is no email, and what goes with it.
    async fn on_activity(&self, organization: Org, n: u64, row: Option<Row>) -> Result<()> {
        let crm = self.crm_of(organization);
        let mut all = records(&crm).await;
        all.retain(|_, row| table_of(row) != "email");
        let count = u64::try_from(all.len())?;
        if count == 0 {
            return Ok(());
        }
        let (activity, _) =
            all.iter().nth(usize::try_from(n % count)?).context("there are so many")?;
        self.on_one(organization, &all, *activity, row).await
    }

    /// Gives the how-maniest record that an item is linked to, and that is open, another value.
    async fn change_record(
        &self,
        organization: Org,
        n: u64,
        edit: Edit,
        number: u64,
    ) -> Result<()> {
        let home = &self.organizations[organization];
        let mut linked = BTreeSet::new();
        for mailbox in home.mailboxes.values() {
            let links = home.crm.links(*mailbox).await.context("read the links")?;
            linked.extend(links.into_iter().map(|(_, activity)| activity));
        }
        let mut all = records(&self.crm_of(organization)).await;
        all.retain(|_, row| table_of(row) != "email");
        let is_closed = |row: &Row| {
            let state = row.get("statecode").and_then(Value::as_int);
            matches!(state, Some(1 | 2))
        };
        let takes = |(id, row): &(&ActivityId, &Row)| linked.contains(*id) && !is_closed(row);
        let open: Vec<(&ActivityId, &Row)> = all.iter().filter(takes).collect();
        let count = u64::try_from(open.len())?;
        if count == 0 {
            return Ok(());
        }
        let (activity, row) = open[usize::try_from(n % count)?];
        let Some(row) = edited(row, edit, number, self.now().as_millis()) else { return Ok(()) };
        self.on_one(organization, &all, *activity, Some(row)).await
    }

    /// Deletes or updates a record that is one of `all`, and what goes with it.
    async fn on_one(
        &self,
        organization: Org,
        all: &BTreeMap<ActivityId, Row>,
        activity: ActivityId,
        row: Option<Row>,
    ) -> Result<()> {
        let found = all.get(&activity).context("it is one of them")?;
        let (table, key) = (table_of(found).to_owned(), Key::Id(activity.0));
        let if_match = IfMatch::Unconditional;
        let request = match row {
            None => CrmRequest::Delete { table, key, if_match },
            Some(row) => CrmRequest::Update { table, key, row, children: None, if_match },
        };
        // Exceptions go with their series.
        let of_series = |row: &Row| row.get("seriesid").and_then(Value::as_id) == Some(activity.0);
        let members = all.iter().filter(|(_, row)| of_series(row)).map(|(id, _)| *id);
        let mut parts = Vec::new();
        for id in members.collect::<Vec<_>>() {
            let links = self.links_to(organization, id).await?;
            parts.push((id, all.get(&id).cloned(), links));
        }
        self.carried_out(organization, activity, request).await?;
        for (id, before, links) in parts {
            self.tell_record(organization, id, before, links).await?;
        }
        Ok(())
    }

    async fn carried_out(
        &self,
        organization: Org,
        activity: ActivityId,
        request: CrmRequest,
    ) -> Result<()> {
        let before = record(&self.crm_of(organization), activity).await;
        let links = self.links_to(organization, activity).await?;
        if self.in_crm(organization, request).await?.is_none() {
            return Ok(());
        }
        self.tell_record(organization, activity, before, links).await
    }

    /// Tells what became of a record and of the links to it.
    async fn tell_record(
        &self,
        organization: Org,
        activity: ActivityId,
        before: Option<Row>,
        links: Vec<CrmLink>,
    ) -> Result<()> {
        let after = record(&self.crm_of(organization), activity).await;
        let by = By::Person;
        if before != after {
            self.tell(Happening::Record { organization, by, activity, before, after });
        }
        let left = self.links_to(organization, activity).await?;
        for link in links.into_iter().filter(|link| !left.contains(link)) {
            self.tell_unlinked(organization, link, activity);
        }
        Ok(())
    }

    async fn links_to(&self, organization: Org, activity: ActivityId) -> Result<Vec<CrmLink>> {
        let home = &self.organizations[organization];
        let mut found = Vec::new();
        for mailbox in home.mailboxes.values() {
            let links = home.crm.links(*mailbox).await.context("read the links")?;
            found.extend(links.into_iter().filter(|(_, to)| *to == activity).map(|(link, _)| link));
        }
        Ok(found)
    }

    async fn unlink(&self, index: usize, n: u64) -> Result<()> {
        let (organization, mailbox) = self.home(user(index))?;
        let home = &self.organizations[organization];
        let links = home.crm.links(mailbox).await.context("read the links")?;
        let count = u64::try_from(links.len())?;
        if count == 0 {
            return Ok(());
        }
        let (link, activity) = links[usize::try_from(n % count)?].clone();
        let query = Query {
            filter: Filter::And(vec![
                Filter::eq("exchangeentryid", Value::text(link.handle.as_str())),
                Filter::eq("objectid", Value::Guid(activity.0)),
            ]),
            ..Query::of("exchangesyncidmapping")
        };
        let rows = self.rows(organization, query).await?;
        let mapping = rows.first().and_then(|row| row.get("exchangesyncidmappingid")?.as_id());
        let Some(mapping) = mapping else { return Ok(()) };
        let request = CrmRequest::Update {
            table: "exchangesyncidmapping".to_owned(),
            key: Key::Id(mapping),
            row: Row::from([("isunlinkedincrm".to_owned(), Value::Bool(true))]),
            children: None,
            if_match: IfMatch::Unconditional,
        };
        if self.in_crm(organization, request).await?.is_some() {
            self.tell_unlinked(organization, link, activity);
        }
        Ok(())
    }

    fn tell_unlinked(&self, organization: Org, link: CrmLink, activity: ActivityId) {
        let CrmLink { mailbox, handle } = link;
        let (by, is_linked) = (By::Person, false);
        self.tell(Happening::Link { organization, by, mailbox, handle, activity, is_linked });
    }

    /// The wish is stored and the item is looked at as soon as possible, as the own API does it.
    async fn ask(&self, user: &str, item: &Item, tracks: bool, regarding: bool) -> Result<()> {
        let (organization, mailbox) = self.home(user)?;
        let regarding = if tracks && regarding {
            self.meet_kim(organization).await?;
            Some(Some(RecordRef { table: "contact".to_owned(), id: KIM }))
        } else {
            None
        };
        let wish = if tracks { RequestWish::Track { regarding } } else { RequestWish::Untrack };
        let request = Request { wish, origin: RequestOrigin::Person, at: self.now() };
        let handle = ItemHandle::from(item.id.as_str());
        let id = self.organizations[organization].id;
        let key = LinkKey { organization: id, mailbox, handle: handle.clone() };
        let store = self.store(organization)?;
        let stored = store.put_request(key, kind_of(item), request, Actor::Person).await;
        // A ledger that is out of order answers the person with an error.
        if stored.is_err() {
            return Ok(());
        }
        let (user, id_of_item) = (user.to_owned(), item.id.clone());
        self.tell(Happening::Asked { organization, user, id: id_of_item, tracks });
        if let Some(engine) = self.engine(organization) {
            engine.touch(id, mailbox, kind_of(item), handle).await;
        }
        Ok(())
    }

    async fn meet_kim(&self, organization: Org) -> Result<()> {
        let row = Row::from([
            ("contactid".to_owned(), Value::Guid(KIM)),
            ("lastname".to_owned(), Value::text("Lee")),
            ("emailaddress1".to_owned(), Value::text("kim@contoso.test")),
        ]);
        let request = CrmRequest::Create { table: "contact".to_owned(), row, children: Vec::new() };
        // Refused where the contact is there.
        self.in_crm(organization, request).await.map(drop)
    }
}
