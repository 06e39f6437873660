//! Teams, roles, owners and queues in the CRM, as an administrator keeps them.

use super::{World, http::literal, records::ROOT};
use anyhow::{Context, Result, bail};
use http::Method;
use serde_json::{Map, Value, json};

impl World {
    /// Makes a team, with a security role where one is named.
    pub async fn add_team(&self, name: &str, role: Option<&str>) -> Result<()> {
        self.act();
        let body = json!({"name": name, "teamtype": 0});
        self.admin(Method::POST, &format!("{ROOT}/teams"), Some(body)).await?;
        match role {
            Some(role) => self.set_role("team", name, role, true).await,
            None => Ok(()),
        }
    }

    /// Deletes a team. What it owned keeps its id.
    pub async fn delete_team(&self, name: &str) -> Result<()> {
        self.act();
        let id = self.principal("team", name).await?;
        self.admin(Method::DELETE, &format!("{ROOT}/teams({id})"), None).await.map(drop)
    }

    /// Gives a security role to a user (by address) or a team (by name), or takes it away.
    pub async fn set_role(&self, kind: &str, who: &str, role: &str, has_it: bool) -> Result<()> {
        self.act();
        let (set, relation) = match kind {
            "team" => ("teams", "teamroles_association"),
            _ => ("systemusers", "systemuserroles_association"),
        };
        let id = self.principal(kind, who).await?;
        let role = self.first("roles", "roleid", "name", role).await?;
        let ties = format!("{ROOT}/{set}({id})/{relation}");
        if has_it {
            let link = json!({"@odata.id": format!("http://crm.test{ROOT}/roles({role})")});
            let path = format!("{ties}/$ref");
            return self.admin(Method::POST, &path, Some(link)).await.map(drop);
        }
        let path = format!("{ties}({role})/$ref");
        self.admin(Method::DELETE, &path, None).await.map(drop)
    }

    /// Gives a queue to a user (by address) or a team (by name).
    pub async fn give_queue(&self, queue: &str, kind: &str, owner: &str) -> Result<()> {
        self.act();
        let id = self.party("queue", queue).await?;
        let body = self.owned_by(kind, owner).await?;
        let path = format!("{ROOT}/queues({id})");
        self.admin(Method::PATCH, &path, Some(body)).await.map(drop)
    }

    /// Changes columns of a row: a `user`, a `queue` or a `mailbox` by address, a contact, account
    /// or lead by its name.
    pub async fn change_row(&self, table: &str, who: &str, columns: &[(&str, &str)]) -> Result<()> {
        self.act();
        let (set, id) = match table {
            "user" => ("systemusers", self.party("user", who).await?),
            "queue" => ("queues", self.party("queue", who).await?),
            "mailbox" => ("mailboxes", self.mailbox(who).await?.to_string()),
            "contact" => ("contacts", self.party_named("contact", who).await?),
            "account" => ("accounts", self.party_named("account", who).await?),
            "lead" => ("leads", self.party_named("lead", who).await?),
            "profile" => ("emailserverprofiles", self.profile(who).await?),
            other => bail!("rows of {other} are not changed"),
        };
        let value = |text: &str| match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => text.parse::<i64>().map_or_else(|_| json!(text), Value::from),
        };
        let body: Map<String, Value> =
            columns.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
        let path = format!("{ROOT}/{set}({id})");
        self.admin(Method::PATCH, &path, Some(Value::Object(body))).await.map(drop)
    }

    /// The CRM makes the instances that its window has reached, as it does once a day.
    pub async fn expand_series(&self) -> Result<()> {
        self.outside.embedded.expand_series(self.now()).await.context("expand series").map(drop)
    }

    /// Makes an email server profile.
    pub async fn add_profile(&self, name: &str) -> Result<()> {
        self.act();
        let body = json!({"name": name, "servertype": 0});
        self.admin(Method::POST, &format!("{ROOT}/emailserverprofiles"), Some(body)).await.map(drop)
    }

    /// Has a mailbox name an email server profile.
    pub async fn choose_profile(&self, user: &str, name: &str) -> Result<()> {
        self.act();
        let (mailbox, profile) = (self.mailbox(user).await?, self.profile(name).await?);
        let bound = format!("/emailserverprofiles({profile})");
        let body = json!({"emailserverprofile@odata.bind": bound});
        let path = format!("{ROOT}/mailboxes({mailbox})");
        self.admin(Method::PATCH, &path, Some(body)).await.map(drop)
    }

    /// Deletes an email server profile.
    pub async fn delete_profile(&self, name: &str) -> Result<()> {
        self.act();
        let path = format!("{ROOT}/emailserverprofiles({})", self.profile(name).await?);
        self.admin(Method::DELETE, &path, None).await.map(drop)
    }

    /// The organization's new mailboxes get this email server profile.
    pub async fn default_profile(&self, name: &str) -> Result<()> {
        self.act();
        let profile = self.profile(name).await?;
        let bound = format!("/emailserverprofiles({profile})");
        let body = json!({"defaultemailserverprofileid@odata.bind": bound});
        let path = format!("{ROOT}/organizations({})", self.outside.organization());
        self.admin(Method::PATCH, &path, Some(body)).await.map(drop)
    }

    async fn profile(&self, name: &str) -> Result<String> {
        self.first("emailserverprofiles", "emailserverprofileid", "name", name).await
    }

    /// The queues that a record waits in, one for each of its places.
    pub async fn queues_of(&self, record: &str) -> Result<Vec<String>> {
        let path = format!(
            "{ROOT}/queueitems?$select=_queueid_value&$filter=_objectid_value%20eq%20{record}"
        );
        let rows = self.rows(&path).await?;
        Ok(rows
            .iter()
            .filter_map(|row| row["_queueid_value"].as_str())
            .map(str::to_owned)
            .collect())
    }

    /// Whether a mailbox is refused, and why.
    pub async fn refusal_of(&self, address: &str) -> Result<Option<String>> {
        let mailbox = self.mailbox(address).await?;
        let snapshot = self.engine().refresh(self.outside.organization()).await;
        let snapshot = snapshot.context("read the mailboxes")?;
        let row = snapshot.mailboxes.iter().find(|row| row.id == mailbox);
        let row = row.with_context(|| format!("{address} is not listed"))?;
        Ok(row.disabled_because.clone())
    }

    /// The id of a user (by address) or a team (by name).
    pub async fn principal(&self, kind: &str, who: &str) -> Result<String> {
        match kind {
            "team" => self.first("teams", "teamid", "name", who).await,
            kind => self.party(kind, who).await,
        }
    }

    async fn owned_by(&self, kind: &str, owner: &str) -> Result<Value> {
        let set = if kind == "team" { "teams" } else { "systemusers" };
        let id = self.principal(kind, owner).await?;
        Ok(json!({"ownerid@odata.bind": format!("/{set}({id})")}))
    }

    async fn first(&self, set: &str, key: &str, column: &str, value: &str) -> Result<String> {
        let filter = format!("{column}%20eq%20{}", literal(value));
        let rows = self.rows(&format!("{ROOT}/{set}?$select={key}&$filter={filter}")).await?;
        let id = rows.first().and_then(|row| row[key].as_str());
        id.map(str::to_owned).with_context(|| format!("no {set} are {value}"))
    }
}
