//! What administrators do about mailboxes before they are served, and whose they are.

use super::{World, http::encoded, mailboxes::home, records::ROOT};
use anyhow::{Context, Result};
use http::Method;
use serde_json::{Value, json};

/// The property in which a mailbox says whose it is.
const STAMP: &str = "String {7d0b4f0e-51c6-4c0b-9f5b-3e0a5d8c2b61} Name EarmarkOrganization";

/// An organization of another installation.
const ANOTHER: &str = "5d3f0a77-1c2b-4e6d-9a80-aaaabbbbcccc";

/// Whose a mailbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamped {
    /// It does not say.
    Nobodys,
    /// The organization's that is served here.
    Ours,
    /// Another one's.
    Anothers,
}

impl World {
    /// An administrator asks for a test of a mailbox in the CRM, and says whether it is to be taken
    /// over from another organization.
    pub async fn ask_for_test(&self, user: &str, takes_over: bool) -> Result<()> {
        let takes_over = if takes_over { "true" } else { "false" };
        let columns = [
            ("testemailconfigurationscheduled", "true"),
            ("orgmarkedasprimaryforexchangesync", takes_over),
        ];
        self.change_row("mailbox", user, &columns).await
    }

    /// The row of a mailbox as the OData face shows it.
    pub async fn mailbox_row(&self, user: &str) -> Result<Value> {
        let id = self.mailbox(user).await?;
        self.admin(Method::GET, &format!("{ROOT}/mailboxes({id})"), None).await
    }

    /// Whose a mailbox says it is.
    pub async fn stamped(&self, user: &str) -> Result<Stamped> {
        let filter = encoded(&format!("id eq '{STAMP}'"));
        let path = format!(
            "{}/mailFolders/inbox?$expand=singleValueExtendedProperties($filter={filter})",
            home(user)
        );
        let folder = self.admin(Method::GET, &path, None).await?;
        let value = folder["singleValueExtendedProperties"][0]["value"].as_str().unwrap_or("");
        Ok(match value {
            "" => Stamped::Nobodys,
            value if value == self.outside.organization().to_string() => Stamped::Ours,
            _ => Stamped::Anothers,
        })
    }

    /// Another installation makes the mailbox its own, and the entry of its category anew.
    pub async fn take_for_another(&self, user: &str, category: &str) -> Result<()> {
        self.stamp_for_another(user, true).await?;
        if self.category_list(user).await?.iter().any(|name| name == category) {
            self.delete_category(user, category).await?;
            self.create_category(user, category).await?;
        }
        Ok(())
    }

    /// The mailbox bears another installation's stamp, or with `false` forgets whose it is, as one
    /// that was restored.
    pub async fn stamp_for_another(&self, user: &str, is_anothers: bool) -> Result<()> {
        self.act();
        let value = if is_anothers { ANOTHER } else { "" };
        let body = json!({"singleValueExtendedProperties": [{"id": STAMP, "value": value}]});
        let path = format!("{}/mailFolders/inbox", home(user));
        self.admin(Method::PATCH, &path, Some(body)).await.map(drop)
    }

    /// From now on a mailbox answers to another name as well.
    pub async fn sign_in_as(&self, user: &str, name: &str) -> Result<()> {
        let body = json!({"userPrincipalName": name});
        self.change_at_server(user, body).await
    }

    /// A mailbox gets another primary address; it goes on answering to the one before.
    pub async fn readdress(&self, user: &str, address: &str) -> Result<()> {
        self.act();
        self.change_at_server(user, json!({"mail": address})).await
    }

    async fn change_at_server(&self, user: &str, body: Value) -> Result<()> {
        let path = format!("/sandbox/v1/users/{}", encoded(user));
        let answer = self.admin(Method::PATCH, &path, Some(body)).await;
        answer.map(drop).with_context(|| format!("change {user} at the mailbox server"))
    }
}
