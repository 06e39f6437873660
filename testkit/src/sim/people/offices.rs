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
            _ => return,
        };
        let mut state = self.network.hands.state();
        if ends {
            state.undo.remove(&about);
        } else {
            state.undo.insert(about, undo);
        }
    }

    /// A restored CRM may have taken a role from somebody, as it was then.
    pub(in super::super) fn roles_are_given_in_the_end(&self, organization: Org) {
        let mut state = self.network.hands.state();
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
        if self.update(organization, "mailbox", mailbox.0, row).await? {
            let (user, is_enabled) = (user.to_owned(), enabled);
            self.tell(Happening::Mailbox { organization, user, is_enabled });
        }
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
