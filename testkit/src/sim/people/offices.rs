//! What administrators do.

use super::{
    super::{
        log::{Happening, Org},
        plan::{SETTINGS, What},
        world::{SimWorld, USERS},
    },
    mail::REFUSED_WORD,
    refused, user,
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use earmark_embedded::{
    CrmError, Filter, IfMatch, Key, Query, Request, Row, Value,
    error::code,
    provision::DEFAULT_ROLE,
    step::{Image, Message, Step},
};
use earmark_model::activity::RecordRef;
use earmark_sandbox::UserChange;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use uuid::Uuid;

/// A plug-in that refuses new emails with a certain word in their subject.
struct Refusing(Arc<AtomicBool>);

#[async_trait]
impl Step for Refusing {
    fn applies(&self, table: &str, message: Message) -> bool {
        table == "email" && message == Message::Create
    }

    async fn run(&self, image: &Image) -> Result<Row, CrmError> {
        let subject = image.target.get("subject").and_then(Value::as_text).unwrap_or_default();
        if self.0.load(Ordering::SeqCst) && subject.contains(REFUSED_WORD) {
            return Err(CrmError::new(code::ISV_ABORTED, "the plug-in refuses this word"));
        }
        Ok(Row::new())
    }
}

impl SimWorld {
    pub(super) async fn administer(&self, what: &What) -> Result<()> {
        self.remember(what);
        match *what {
            What::Setting { organization, which, on } => {
                self.set(organization % USERS.len(), which % SETTINGS.len(), on).await
            }
            What::Mailbox { user: index, at_server, enabled } => {
                self.serve(user(index), at_server, enabled).await
            }
            What::Filter { user: index, accepts } => self.filter(user(index), accepts).await,
            What::Role { user: index, given } => self.role(user(index), given).await,
            What::PlugIn { organization, refuses } => {
                self.plug_in(organization % USERS.len(), refuses);
                Ok(())
            }
            What::Conflicts { organization, asks } => {
                self.conflicts(organization % USERS.len(), asks).await
            }
            What::Profile { organization, active } => {
                self.profile(organization % USERS.len(), active).await
            }
            _ => Ok(()),
        }
    }

    /// Remembers how to end what begins with this act.
    fn remember(&self, what: &What) {
        let (about, ends, undo) = match *what {
            What::Setting { organization, which: 0, on } => {
                let undo = What::Setting { organization, which: 0, on: true };
                (format!("switch {}", organization % USERS.len()), on, undo)
            }
            What::Mailbox { user: index, at_server, enabled } => {
                let undo = What::Mailbox { user: index, at_server, enabled: true };
                (format!("mailbox {} {at_server}", user(index)), enabled, undo)
            }
            What::Role { user: index, given } => {
                let undo = What::Role { user: index, given: true };
                (format!("role {}", user(index)), given, undo)
            }
            What::PlugIn { organization, refuses } => {
                let undo = What::PlugIn { organization, refuses: false };
                (format!("plug-in {}", organization % USERS.len()), !refuses, undo)
            }
            What::Conflicts { organization, asks } => {
                let undo = What::Conflicts { organization, asks: false };
                (format!("conflicts {}", organization % USERS.len()), !asks, undo)
            }
            What::Profile { organization, active } => {
                let undo = What::Profile { organization, active: true };
                (format!("profile {}", organization % USERS.len()), active, undo)
            }
            _ => return,
        };
        let mut state = self.network.hands.state();
        if ends {
            state.undo.remove(&about);
        } else {
            state.undo.insert(about, undo);
        }
    }

    /// A restored CRM may ask about conflicts, and have taken a role from somebody, as it was then.
    pub(in super::super) fn restored_in_the_end(&self, organization: Org) {
        let mut state = self.network.hands.state();
        let undo = What::Conflicts { organization, asks: false };
        state.undo.insert(format!("conflicts {organization}"), undo);
        for (index, user) in crate::sim::plan::users().into_iter().enumerate() {
            if self.home(user).is_ok_and(|(home, _)| home == organization) {
                let undo = What::Role { user: index, given: true };
                state.undo.insert(format!("role {user}"), undo);
            }
        }
    }

    /// Everything that administrators began is ended, and nobody waits for a moment any more.
    pub(in super::super) async fn mend(&self) -> Result<()> {
        self.network.hands.disarm();
        let undo = std::mem::take(&mut self.network.hands.state().undo);
        for what in undo.into_values() {
            self.administer(&what).await?;
        }
        Ok(())
    }

    async fn set(&self, organization: Org, which: usize, on: bool) -> Result<()> {
        let name = SETTINGS[which];
        let row = if which == SETTINGS.len() - 1 {
            Row::from([(name.to_owned(), Value::Bool(on))])
        } else {
            let text = format!("<OrgSettings><{name}>{on}</{name}></OrgSettings>");
            Row::from([("orgdborgsettings".to_owned(), Value::Text(text))])
        };
        let id = self.organizations[organization].id.0;
        if self.update(organization, "organization", id, row).await? {
            self.tell_setting(organization, name.to_owned(), on);
        }
        Ok(())
    }

    /// What is in conflict waits for an answer that nobody gives, until it is saved again.
    async fn conflicts(&self, organization: Org, asks: bool) -> Result<()> {
        let word = if asks { "ask" } else { "save" };
        let text =
            format!("<OrgSettings><SchedulingConflicts>{word}</SchedulingConflicts></OrgSettings>");
        let row = Row::from([("orgdborgsettings".to_owned(), Value::Text(text))]);
        let id = self.organizations[organization].id.0;
        if self.update(organization, "organization", id, row).await? {
            self.tell_setting(organization, "SchedulingConflicts asks".to_owned(), asks);
        }
        Ok(())
    }

    /// One profile, which all mailboxes of the organization have from the first time on.
    async fn profile(&self, organization: Org, active: bool) -> Result<()> {
        let home = &self.organizations[organization];
        let before = home.crm.settings().await?;
        let table = || "emailserverprofile".to_owned();
        let rows = self.rows(organization, Query::of("emailserverprofile")).await?;
        let known = rows.first().and_then(|row| row.get("emailserverprofileid")?.as_id());
        let id = known.unwrap_or_else(|| Uuid::from_u128(0x7072_6f66));
        if known.is_none() {
            let row = Row::from([
                ("emailserverprofileid".to_owned(), Value::Guid(id)),
                ("name".to_owned(), Value::text("Branch")),
                ("servertype".to_owned(), Value::Int(0)),
            ]);
            let request = Request::Create { table: table(), row, children: Vec::new() };
            self.in_crm(organization, request).await?;
        }
        for mailbox in home.mailboxes.values() {
            let target = RecordRef { table: table(), id };
            let row = Row::from([("emailserverprofile".to_owned(), Value::Lookup(target))]);
            self.update(organization, "mailbox", mailbox.0, row).await?;
        }
        let (state, status) = if active { (0, 1) } else { (1, 2) };
        let row = Row::from([
            ("statecode".to_owned(), Value::Int(state)),
            ("statuscode".to_owned(), Value::Int(status)),
        ]);
        self.update(organization, "emailserverprofile", id, row).await?;
        self.tell_settings(organization, &before, &home.crm.settings().await?);
        Ok(())
    }

    async fn serve(&self, user: &str, at_server: bool, enabled: bool) -> Result<()> {
        if at_server {
            let change = UserChange { enabled: Some(enabled), ..UserChange::default() };
            self.sandbox.change_user(user, change).await.map_err(refused)?;
            let note = format!("the server serves the mailbox {user}: {enabled}");
            self.tell(Happening::Note(note));
            return Ok(());
        }
        let (organization, mailbox) = self.home(user)?;
        let method = if enabled { 2 } else { 0 };
        let row = Row::from([("incomingemaildeliverymethod".to_owned(), Value::Int(method))]);
        let crm = &self.organizations[organization].crm;
        let before = crm.settings().await?;
        self.update(organization, "mailbox", mailbox.0, row).await?;
        // Its profile may be inactive all the same.
        self.tell_settings(organization, &before, &crm.settings().await?);
        Ok(())
    }

    async fn filter(&self, user: &str, accepts: bool) -> Result<()> {
        let (organization, _) = self.home(user)?;
        let id = self.system_user(organization, user).await?;
        let method = if accepts { 0 } else { 4 };
        let row = Row::from([("incomingemailfilteringmethod".to_owned(), Value::Int(method))]);
        if self.update(organization, "usersettings", id, row).await? {
            self.tell_setting(organization, format!("filter of {user}"), accepts);
        }
        Ok(())
    }

    async fn role(&self, user: &str, given: bool) -> Result<()> {
        let (organization, _) = self.home(user)?;
        let id = self.system_user(organization, user).await?;
        let role =
            Query { filter: Filter::eq("name", Value::text(DEFAULT_ROLE)), ..Query::of("role") };
        let rows = self.rows(organization, role).await?;
        let role = rows.first().and_then(|row| row.get("roleid")?.as_id());
        let target = RecordRef { table: "role".to_owned(), id: role.context("the role")? };
        let (table, key) = ("systemuser".to_owned(), Key::Id(id));
        let relation = "systemuserroles_association".to_owned();
        let request = if given {
            Request::Associate { table, key, relation, target }
        } else {
            Request::Disassociate { table, key, relation, target: Some(target) }
        };
        if self.in_crm(organization, request).await?.is_some() {
            self.tell_setting(organization, format!("role of {user}"), given);
        }
        Ok(())
    }

    fn plug_in(&self, organization: Org, refuses: bool) {
        let crm = self.crm_of(organization);
        let address = Arc::as_ptr(&crm).addr();
        let mut state = self.network.hands.state();
        let known = state.plug_ins.get(&organization).filter(|(there, _)| *there == address);
        let switch = known.map(|(_, switch)| switch.clone()).unwrap_or_else(|| {
            let switch = Arc::<AtomicBool>::default();
            crm.add_step(Arc::new(Refusing(switch.clone())));
            switch
        });
        switch.store(refuses, Ordering::SeqCst);
        state.plug_ins.insert(organization, (address, switch));
        drop(state);
        self.tell_setting(organization, "plug-in refuses".to_owned(), refuses);
    }

    async fn system_user(&self, organization: Org, mail: &str) -> Result<Uuid> {
        let query = Query {
            filter: Filter::eq("internalemailaddress", Value::text(mail)),
            ..Query::of("systemuser")
        };
        let rows = self.rows(organization, query).await?;
        let id = rows.first().and_then(|row| row.get("systemuserid")?.as_id());
        id.with_context(|| format!("{mail} is no user of the CRM"))
    }

    /// Whether the CRM took it.
    async fn update(&self, organization: Org, table: &str, id: Uuid, row: Row) -> Result<bool> {
        let request = Request::Update {
            table: table.to_owned(),
            key: Key::Id(id),
            row,
            children: None,
            if_match: IfMatch::Unconditional,
        };
        Ok(self.in_crm(organization, request).await?.is_some())
    }

    fn tell_setting(&self, organization: Org, name: String, on: bool) {
        self.tell(Happening::Setting { organization, name, value: on.to_string() });
    }
}
