//! What people do and see in the CRM, through the OData face.

use super::{World, http::literal};
use anyhow::{Context, Result, bail};
use http::Method;
use serde_json::{Value, json};

pub(super) const ROOT: &str = "/api/data/v9.2";

/// An email activity as a CRM user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailRecord {
    /// The `activityid`.
    pub id: String,
    /// The subject.
    pub subject: String,
    /// Whether it was sent rather than received.
    pub is_outgoing: bool,
    /// Who takes part, in order.
    pub parties: Vec<RecordParty>,
    /// Table and id of what it is about.
    pub regarding: Option<(String, String)>,
    /// Who owns it.
    pub owner: String,
}

/// One party of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordParty {
    /// `from`, `to`, `cc`, `bcc`, `required`, `optional` or `organizer`.
    pub role: String,
    /// The table of the record that it stands for.
    pub table: Option<String>,
    /// That record.
    pub id: Option<String>,
    /// The address.
    pub address: String,
}

impl World {
    /// The email activities with this subject; one that ends in `*` stands for every subject
    /// that begins so. By subject, outgoing last.
    pub async fn records(&self, subject: &str) -> Result<Vec<EmailRecord>> {
        let filter = match subject.strip_suffix('*') {
            Some(beginning) => format!("startswith(subject,{})", literal(beginning)),
            None => format!("subject%20eq%20{}", literal(subject)),
        };
        let select = "activityid,subject,directioncode,_regardingobjectid_value,_ownerid_value";
        let path = format!("{ROOT}/emails?$select={select}&$filter={filter}");
        let mut records = Vec::new();
        for row in self.rows(&path).await? {
            let id = text(&row, "activityid");
            let parties = self.parties(&id).await?;
            records.push(record(&row, id, parties));
        }
        records.sort_by(|a, b| {
            (&a.subject, a.is_outgoing, &a.id).cmp(&(&b.subject, b.is_outgoing, &b.id))
        });
        Ok(records)
    }

    pub(super) async fn parties(&self, id: &str) -> Result<Vec<RecordParty>> {
        let select = "participationtypemask,_partyid_value,addressused";
        let path = format!(
            "{ROOT}/activityparties?$select={select}&$filter=_activityid_value%20eq%20{id}"
        );
        let mut parties: Vec<RecordParty> =
            self.rows(&path).await?.iter().filter_map(party).collect();
        parties.sort();
        Ok(parties)
    }

    /// The links of a record that hold now: ids of the rows that keep them.
    pub async fn links_of(&self, id: &str) -> Result<Vec<String>> {
        let path = format!(
            "{ROOT}/exchangesyncidmappings?$select=exchangesyncidmappingid,isunlinkedincrm\
             &$filter=objectid%20eq%20{id}"
        );
        let rows = self.rows(&path).await?;
        let holds = |row: &&Value| row["isunlinkedincrm"] != true;
        Ok(rows.iter().filter(holds).map(|row| text(row, "exchangesyncidmappingid")).collect())
    }

    /// The names of a record's files, in order.
    pub async fn attachments_of(&self, id: &str) -> Result<Vec<String>> {
        let path = format!(
            "{ROOT}/activitymimeattachments?$select=filename&$filter=_objectid_value%20eq%20{id}"
        );
        let rows = self.rows(&path).await?;
        let mut names: Vec<String> = rows.iter().map(|row| text(row, "filename")).collect();
        names.sort();
        Ok(names)
    }

    /// A CRM user deletes an email activity.
    pub async fn delete_record(&self, id: &str) -> Result<()> {
        self.act();
        self.admin(Method::DELETE, &format!("{ROOT}/emails({id})"), None).await.map(drop)
    }

    /// A CRM user takes a link away.
    pub async fn unlink(&self, mapping: &str) -> Result<()> {
        self.act();
        let path = format!("{ROOT}/exchangesyncidmappings({mapping})");
        self.admin(Method::PATCH, &path, Some(json!({"isunlinkedincrm": true}))).await.map(drop)
    }

    /// A CRM user makes a contact, an account or a lead, for the owner with this address where
    /// one is given.
    pub async fn add_party(
        &self,
        table: &str,
        name: &str,
        address: &str,
        owner: Option<&str>,
    ) -> Result<()> {
        self.act();
        let (first, last) = name.split_once(' ').unwrap_or(("", name));
        let (set, mut body) = match table {
            "contact" => (
                "contacts",
                json!({"firstname": first, "lastname": last, "emailaddress1": address}),
            ),
            "account" => ("accounts", json!({"name": name, "emailaddress1": address})),
            "lead" => (
                "leads",
                json!({
                    "subject": name, "firstname": first, "lastname": last, "emailaddress1": address,
                }),
            ),
            other => bail!("people cannot be made in the table {other}"),
        };
        if let Some(owner) = owner {
            let owner = self.party("user", owner).await?;
            body["ownerid@odata.bind"] = json!(format!("/systemusers({owner})"));
        }
        self.admin(Method::POST, &format!("{ROOT}/{set}"), Some(body)).await.map(drop)
    }

    /// The id of the contact, account or lead of this name.
    pub async fn party_named(&self, table: &str, name: &str) -> Result<String> {
        let (set, key, column) = match table {
            "contact" => ("contacts", "contactid", "fullname"),
            "account" => ("accounts", "accountid", "name"),
            "lead" => ("leads", "leadid", "subject"),
            other => bail!("nobody is found by name in the table {other}"),
        };
        self.only(set, key, column, name).await
    }

    /// The id of the row of `table` that has this address.
    pub async fn party(&self, table: &str, address: &str) -> Result<String> {
        let (set, key, column) = match table {
            "contact" => ("contacts", "contactid", "emailaddress1"),
            "account" => ("accounts", "accountid", "emailaddress1"),
            "lead" => ("leads", "leadid", "emailaddress1"),
            "user" => ("systemusers", "systemuserid", "internalemailaddress"),
            "queue" => ("queues", "queueid", "emailaddress"),
            other => bail!("people are not found in the table {other}"),
        };
        self.only(set, key, column, address).await
    }

    async fn only(&self, set: &str, key: &str, column: &str, value: &str) -> Result<String> {
        let filter = format!("{column}%20eq%20{}", literal(value));
        let path = format!("{ROOT}/{set}?$select={key}&$filter={filter}");
        match self.rows(&path).await?.as_slice() {
            [row] => Ok(text(row, key)),
            rows => bail!("{} {set} are {value}, not one", rows.len()),
        }
    }

    /// An administrator sets an organization setting, as its editor does.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        let xml = format!("<OrgSettings><{name}>{value}</{name}></OrgSettings>");
        self.set_organization(json!({"orgdborgsettings": xml})).await
    }

    /// An administrator takes every organization setting out: each has its default again.
    pub async fn clear_settings(&self) -> Result<()> {
        self.set_organization(json!({"orgdborgsettings": ""})).await
    }

    /// An administrator sets a column of the organization.
    pub async fn set_column(&self, name: &str, value: &str) -> Result<()> {
        let value = match value {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => text.parse::<i64>().map_or_else(|_| json!(text), Value::from),
        };
        self.set_organization(json!({name: value})).await
    }

    async fn set_organization(&self, body: Value) -> Result<()> {
        let id = self.outside.organization();
        let path = format!("{ROOT}/organizations({id})");
        self.admin(Method::PATCH, &path, Some(body)).await?;
        self.engine().refresh(id).await.context("read the settings again")?;
        Ok(())
    }

    /// Serves a mailbox by server-side synchronization, or not at all.
    pub async fn serve_mailbox(&self, address: &str, is_served: bool) -> Result<()> {
        let mailbox = self.mailbox(address).await?;
        let method = if is_served { 2 } else { 0 };
        let path = format!("{ROOT}/mailboxes({mailbox})");
        let body = json!({"incomingemaildeliverymethod": method});
        self.admin(Method::PATCH, &path, Some(body)).await?;
        let organization = self.outside.organization();
        self.engine().refresh(organization).await.context("read the mailboxes again")?;
        Ok(())
    }

    /// The whole CRM as text, to compare two moments or two worlds.
    pub async fn all_records(&self) -> Result<String> {
        let mut text = String::new();
        for record in self.records("*").await? {
            let mut links = self.links_of(&record.id).await?;
            links.sort();
            text.push_str(&format!("{record:?} {links:?}\n"));
        }
        for set in ["appointments", "recurringappointmentmasters", "tasks"] {
            for row in self.rows(&format!("{ROOT}/{set}?$orderby=activityid")).await? {
                let id = row["activityid"].as_str().unwrap_or_default();
                let parties = self.parties(id).await?;
                let mut links = self.links_of(id).await?;
                links.sort();
                text.push_str(&format!("{row} {parties:?} {links:?}\n"));
            }
        }
        Ok(text)
    }

    /// Replaces the faults, as `PUT /sandbox/v1/faults` takes them.
    pub async fn set_faults(&self, rules: Value) -> Result<()> {
        self.admin(Method::PUT, "/sandbox/v1/faults", Some(rules)).await.map(drop)
    }

    /// Adds a fault, tried after those that are there.
    pub async fn add_fault(&self, rule: Value) -> Result<()> {
        let mut answer = self.admin(Method::GET, "/sandbox/v1/faults", None).await?;
        let mut rules = answer["faults"].take();
        rules.as_array_mut().context("no list of faults")?.push(rule);
        self.set_faults(rules).await
    }

    /// Ends every fault.
    pub async fn clear_faults(&self) -> Result<()> {
        self.interrupter.refusals.clear();
        self.admin(Method::DELETE, "/sandbox/v1/faults", None).await.map(drop)
    }

    /// What was asked since the last [`World::clear_counts`]: (target, method, route, count).
    pub async fn counts(&self) -> Result<Vec<(String, String, String, u64)>> {
        let answer = self.admin(Method::GET, "/sandbox/v1/requests", None).await?;
        let list = answer["requests"].as_array().context("no list of requests")?;
        let count = |row: &Value| {
            let number = row["count"].as_u64().unwrap_or_default();
            (text(row, "target"), text(row, "method"), text(row, "route"), number)
        };
        Ok(list.iter().map(count).collect())
    }

    /// Starts counting anew.
    pub async fn clear_counts(&self) -> Result<()> {
        self.clear_calls();
        self.admin(Method::DELETE, "/sandbox/v1/requests", None).await.map(drop)
    }
}

pub(super) fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn table_of(row: &Value, column: &str) -> Option<String> {
    let annotation = format!("{column}@Microsoft.Dynamics.CRM.lookuplogicalname");
    row[annotation.as_str()].as_str().map(str::to_owned)
}

fn record(row: &Value, id: String, parties: Vec<RecordParty>) -> EmailRecord {
    let regarding = row["_regardingobjectid_value"]
        .as_str()
        .map(|id| (table_of(row, "_regardingobjectid_value").unwrap_or_default(), id.to_owned()));
    EmailRecord {
        id,
        subject: text(row, "subject"),
        is_outgoing: row["directioncode"] == true,
        parties,
        regarding,
        owner: text(row, "_ownerid_value"),
    }
}

fn party(row: &Value) -> Option<RecordParty> {
    let role = match row["participationtypemask"].as_i64()? {
        1 => "from",
        2 => "to",
        3 => "cc",
        4 => "bcc",
        5 => "required",
        6 => "optional",
        7 => "organizer",
        _ => return None,
    };
    Some(RecordParty {
        role: role.to_owned(),
        table: table_of(row, "_partyid_value"),
        id: row["_partyid_value"].as_str().map(str::to_owned),
        address: text(row, "addressused"),
    })
}
